"""Names and identity numbers of fictional persons and units, with valid check digits."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from stdnum.cn import ric, uscc

from xiantong.sample.chance import pick

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
MALE = "伟强磊军勇杰涛明超刚平辉鹏华飞鑫波斌宇浩凯建国志海峰健俊林松涛建平文斌国栋"
FEMALE = "芳娜敏静秀丽艳娟霞燕玲桂英丹萍红玉梅琳雪慧莉倩婷颖洁岚晶妍茜秋云"
BOTH = "晓文思佳雨新春子嘉小永一天世德光清振泽"
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_BIRTHS = 29_000  # days from 1936 on which patients are born
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def person_name(rng: np.random.Generator, gender: str | None = None) -> str:
    """A common name of two or three characters."""
    last = MALE if (gender or pick(rng, "MF")) == "M" else FEMALE
    middle = pick(rng, BOTH + last) if rng.random() < 0.72 else ""
    return pick(rng, SURNAMES) + middle + pick(rng, last)


def credit_code(kind: str, area_code: str, serial: int) -> str:
    """A unified social credit code (GB 32100-2015): kind (``91``), county, organisation number."""
    body = f"{serial:08d}"
    rest = sum(w * int(c) for w, c in zip(_ORG_WEIGHTS, body, strict=True)) % 11
    check = {10: "X", 11: "0"}.get(11 - rest, str(11 - rest))
    first = f"{kind}{area_code[:6]}{body}{check}"
    return first + str(uscc.calc_check_digit(first))


def citizen_id(area_code: str, born: date, serial: int) -> str:
    """An identity number (GB 11643) with its check digit."""
    first = f"{area_code[:6]}{born:%Y%m%d}{serial:03d}"
    return first + str(ric.calc_check_digit(f"{first}0"))


class Patients:
    """Identity numbers of any number of insured persons; number ``i`` is always the same person."""

    def __init__(self, areas: list[str]) -> None:
        days = np.datetime64("1936-01-01") + np.arange(_BIRTHS)
        months = days.astype("datetime64[M]")
        years = days.astype("datetime64[Y]")
        self._births = (
            (years.astype(np.int64) + 1970) * 10_000
            + ((months - years).astype(np.int64) + 1) * 100
            + ((days - months).astype(np.int64) + 1)
        )
        self._areas = np.array([int(code[:6]) for code in areas], dtype=np.int64)
        self._checks = pa.array(list("10X98765432"))

    def ids(self, persons: np.ndarray) -> pa.Array:
        """Identity numbers of up to 29 million different persons."""
        births = self._births[(persons * 7919) % _BIRTHS]
        serials = (persons // _BIRTHS) % 999 + 1
        areas = self._areas[np.where(persons % 17 == 0, persons % len(self._areas), 0)]
        numbers = areas * 10**11 + births * 1000 + serials
        total = np.zeros(len(numbers), dtype=np.int64)
        rest = numbers
        for weight in reversed(_ID_WEIGHTS):
            rest, digit = np.divmod(rest, 10)
            total += digit * weight
        return pc.binary_join_element_wise(
            pc.cast(pa.array(numbers), pa.string()), self._checks.take(pa.array(total % 11)), ""
        )
