"""Units of forms: from what a header or a 计量单位 line says to the unit that is stored."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import lru_cache

_MU = Fraction(10_000, 15)  # square metres; 1 公顷 = 15 亩

# dimension -> unit -> size in the dimension's base unit
_SIZES: dict[str, dict[str, Fraction]] = {
    "money": {"元": Fraction(1), "圆": Fraction(1), "角": Fraction(1, 10)},
    "area": {
        "平方米": Fraction(1), "㎡": Fraction(1), "m2": Fraction(1), "平米": Fraction(1),
        "亩": _MU, "市亩": _MU, "公顷": Fraction(10_000), "hm2": Fraction(10_000),
        "平方公里": Fraction(1_000_000), "平方千米": Fraction(1_000_000), "km2": Fraction(1_000_000),
    },
    "electricity": {
        "千瓦时": Fraction(1), "kwh": Fraction(1), "度": Fraction(1), "千瓦小时": Fraction(1),
        "兆瓦时": Fraction(1000), "mwh": Fraction(1000),
    },
    "power": {
        "千瓦": Fraction(1), "kw": Fraction(1), "兆瓦": Fraction(1000), "mw": Fraction(1000),
        "瓦": Fraction(1, 1000), "w": Fraction(1, 1000),
    },
    "coal": {
        "吨标准煤": Fraction(1), "吨标煤": Fraction(1), "tce": Fraction(1),
        "千克标准煤": Fraction(1, 1000), "公斤标准煤": Fraction(1, 1000), "kgce": Fraction(1, 1000),
        "克标准煤": Fraction(1, 1_000_000), "gce": Fraction(1, 1_000_000),
    },
    "mass": {
        "吨": Fraction(1), "t": Fraction(1), "千克": Fraction(1, 1000), "公斤": Fraction(1, 1000),
        "kg": Fraction(1, 1000), "克": Fraction(1, 1_000_000), "g": Fraction(1, 1_000_000),
        "斤": Fraction(1, 2000),
    },
    "energy": {
        "千焦": Fraction(1), "kj": Fraction(1), "兆焦": Fraction(1000), "mj": Fraction(1000),
        "吉焦": Fraction(1_000_000), "gj": Fraction(1_000_000), "百万千焦": Fraction(1_000_000),
    },
    "length": {
        "公里": Fraction(1), "千米": Fraction(1), "km": Fraction(1), "米": Fraction(1, 1000),
        "m": Fraction(1, 1000),
    },
    "volume": {
        "立方米": Fraction(1), "m3": Fraction(1), "方": Fraction(1), "升": Fraction(1, 1000),
        "毫升": Fraction(1, 1_000_000),
    },
    "time": {
        "小时": Fraction(60), "学时": Fraction(60), "时": Fraction(60), "分钟": Fraction(1),
        "秒": Fraction(1, 60),
    },
    "ratio": {
        "%": Fraction(1), "百分比": Fraction(1), "百分点": Fraction(1), "个百分点": Fraction(1),
        "‰": Fraction(1, 10), "千分比": Fraction(1, 10), "比值": Fraction(100),
    },
    "person": {"人": Fraction(1), "名": Fraction(1), "位": Fraction(1), "口": Fraction(1)},
    "person-visit": {"人次": Fraction(1)},
    "household": {"户": Fraction(1)},
    "day": {"天": Fraction(1), "日": Fraction(1)},
    "person-day": {"人日": Fraction(1), "工日": Fraction(1), "人天": Fraction(1)},
    "point": {"分": Fraction(1), "score": Fraction(1)},
    "year": {"年": Fraction(1), "岁": Fraction(1)},
}  # fmt: skip
_COUNTED = frozenset("个家件次条张处节台株宗项场款支份辆起村期对笔套座所栋只头例篇部本班间组批") | {
    "户次",
    "家次",
    "张或对",
}
_MULTIPLES = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "十万": 100_000, "百万": 1_000_000,
              "千万": 10_000_000, "亿": 100_000_000}  # fmt: skip
_NO_UNIT = re.compile(r"[见表栏列无略]|^[-—_/]+$")
_BETWEEN_UNITS = re.compile(r"[、,;和及\s]+")
_COUNT = "count"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit by what it measures (numerator and, for ratios, denominator) and its size."""

    dimension: str
    size: Fraction


@lru_cache(maxsize=1_024)
def find_unit(text: str) -> Unit | None:
    """The unit that ``text`` names, None when it is not known. ``万元/亩`` is a ratio."""
    text = _plain(text)
    known = _simple(text)
    if known or "/" not in text:
        return known
    above, _, below = text.partition("/")
    numerator, denominator = _simple(above), _simple(below)
    if not numerator or not denominator:
        return None
    return Unit(f"{numerator.dimension}/{denominator.dimension}", numerator.size / denominator.size)


def _plain(text: str) -> str:
    text = re.sub(r"\s|人民币", "", unicodedata.normalize("NFKC", text))
    return text.lower().strip("()[]:。")


def _simple(text: str) -> Unit | None:
    for dimension, sizes in _SIZES.items():
        if text in sizes:
            return Unit(dimension, sizes[text])
    if text in _COUNTED:
        return Unit(_COUNT, Fraction(1))
    for length in (2, 1):
        multiple = _MULTIPLES.get(text[:length])
        if multiple and len(text) > length:
            unit = _simple(text[length:])
            if unit and unit.dimension != "ratio":
                return Unit(unit.dimension, unit.size * multiple)
    return None


def same_text(one: str, other: str) -> bool:
    return _plain(one) == _plain(other)


def comparable(one: Unit, other: Unit) -> bool:
    """Counted things are written as 个 or by their own counter; both mean the same number."""
    counters = {_COUNT, "person", "household"}
    if one.dimension == other.dimension:
        return True
    return (
        _COUNT in (one.dimension, other.dimension) and {one.dimension, other.dimension} <= counters
    )


def factor(delivered: Unit, stored: Unit) -> Decimal:
    """What a delivered number is multiplied with, to at most 12 digits after the point."""
    ratio = delivered.size / stored.size
    with localcontext() as context:
        context.prec = 40
        exact = Decimal(ratio.numerator) / Decimal(ratio.denominator)
        rounded = exact.quantize(Decimal("1e-12")) if exact > Decimal("1e-6") else exact
    return Decimal(f"{rounded.normalize():f}")


def split_line(text: str) -> list[str]:
    """The units of a 计量单位 line such as ``万元、亩``; none where it refers to the columns."""
    parts = [part.strip() for part in _BETWEEN_UNITS.split(unicodedata.normalize("NFKC", text))]
    return [part for part in parts if part and (find_unit(part) or not _NO_UNIT.search(part))]


def is_additive(unit: str | None) -> bool:
    """False where a total is no sum: percentages, scores, prices, indices."""
    if unit is None:
        return True
    known = find_unit(unit)
    if known is None:
        return "/" not in unit and "=" not in unit
    return "/" not in known.dimension and known.dimension not in ("ratio", "point", "year")
