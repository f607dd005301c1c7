"""What stands around the table: 填报单位, 报告期, 计量单位, 表号 above it, names and date below."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from xiantong.parsing.cells import Cell, plain_text
from xiantong.parsing.found import Place
from xiantong.parsing.units import find_unit, split_line


class Label(StrEnum):
    """Labels of a form that mean something to us; ``OTHER`` only ends the value before it."""

    REPORTER = "reporter"
    REPORTER_CODE = "reporter_code"
    PERIOD = "period"
    UNIT = "unit"
    FORM_NO = "form_no"
    FILLER = "filler"
    REVIEWER = "reviewer"
    HEAD = "head"
    DATASET = "dataset"
    OTHER = "other"


_WORDINGS = {
    Label.REPORTER: "填报单位 报送单位 填表单位 编报单位 申报单位 报表单位 上报单位 单位名称 单位详细名称 填报部门 报送部门 填报机构 编制单位",
    Label.REPORTER_CODE: "填报单位代码 报送单位代码 单位代码 填报单位编码",
    Label.PERIOD: "报告期 报告期别 报表期 报表期间 统计期 统计期间 统计时间 统计月份 报送期 报告时间 报告期间 所属期 所属时期 所属期间 数据期 期间 填报期 报表时间",
    Label.UNIT: "计量单位 金额单位 面积单位 数量单位",
    Label.FORM_NO: "表号 表 号",
    Label.FILLER: "填表人 制表人 填报人 经办人",
    Label.REVIEWER: "审核人 复核人",
    Label.HEAD: "单位负责人 单位领导 负责人 单位主要负责人",
    Label.OTHER: "填报日期 填报时间 报出日期 制表日期 填表日期 制定机关 制表机关 批准机关 批准文号 备案机关 备案文号 文号 有效期至 有效期 联系电话 联系方式 电话 统计负责人 分管负责人 打印日期 导出时间 打印时间 导出日期",
}  # fmt: skip
_LABEL_OF = {
    wording: label
    for label, wordings in _WORDINGS.items()
    for wording in wordings.split(" ")
    if len(wording) > 1
}
_SPACED = "|".join(
    r"\s*".join(map(re.escape, wording)) for wording in sorted(_LABEL_OF, key=len, reverse=True)
)
# Words that are labels only where a colon follows: alone they are values, too.
_WITH_COLON = {"制表": Label.FILLER, "复核": Label.REVIEWER, "校对": Label.OTHER}
_COLONED = "|".join(r"\s*".join(word) for word in ["单位", *_WITH_COLON])
_SEAL = r"(?:\s*(?:[(\[][^)\]\n]{0,8}[)\]]|签字|签名|签章|盖章))?"
_LABELLED = re.compile(rf"(?P<label>{_SPACED}|{_COLONED}){_SEAL}\s*:")
_BARE = re.compile(rf"(?:{_SPACED}){_SEAL}")
_FOOTER_LABELS = frozenset({Label.FILLER, Label.REVIEWER, Label.HEAD, Label.REPORTER, Label.OTHER})
_ORGANISATION = re.compile(r"[局镇乡道府处委司院校会部所站办行厂社]|中心|集团|\d{12}")
_FILLER = " \t\n_-—/|。；;,，、"


@dataclass(frozen=True, slots=True)
class Said:
    """A value that a title row gives for a label, and where."""

    label: Label
    value: str
    place: Place


@dataclass
class Titles:
    """Everything said around the tables of a delivery, in reading order.

    ``free`` are cells above a table without any label, such as the form's title.
    """

    said: list[Said] = field(default_factory=list)
    free: list[tuple[str, Place]] = field(default_factory=list)

    def of(self, label: Label) -> list[Said]:
        return [said for said in self.said if said.label is label]

    def first(self, label: Label) -> str | None:
        return next((said.value for said in self.said if said.label is label), None)

    def read(self, cells: Sequence[Cell], place: Place, free: bool = True) -> None:
        """Read one row above or below a table."""
        texts = [text for text in map(plain_text, cells) if text]
        if not texts:
            return
        line = "\n".join(unicodedata.normalize("NFKC", text) for text in texts)
        found = list(_label_places(line))
        for number, (label, _, end) in enumerate(found):
            stop = found[number + 1][1] if number + 1 < len(found) else len(line)
            value = _first_value(line[end:stop])
            if value and label is not Label.OTHER:
                self.said.append(Said(label, value, place))
        if free:
            self.free += [(text, place) for text in line.split("\n") if not _LABELLED.search(text)]


def _label_places(line: str) -> Iterable[tuple[Label, int, int]]:
    """Label, where it begins and where its value begins; a bare label fills a cell of its own."""
    places = [
        (_label(match["label"], line[match.end() :]), match.start(), match.end())
        for match in _LABELLED.finditer(line)
    ]
    start = 0
    for cell in line.split("\n"):
        bare = _BARE.fullmatch(cell)
        if bare and start + len(cell) < len(line):
            word = re.sub(r"\s|[(\[].*", "", cell)
            places.append((_LABEL_OF.get(word, Label.OTHER), start, start + len(cell)))
        start += len(cell) + 1
    return sorted(places, key=lambda place: place[1])


def _label(wording: str, value: str) -> Label:
    word = re.sub(r"\s", "", wording)
    if word == "单位":  # 单位：万元 is a unit, 单位：青岭镇人民政府 is not
        said = _first_value(value) or ""
        is_unit = any(map(find_unit, split_line(said))) or not _ORGANISATION.search(said)
        return Label.UNIT if is_unit else Label.REPORTER
    return _LABEL_OF.get(word) or _WITH_COLON[word]


def _first_value(text: str) -> str | None:
    """The rest of the label's own cell, else the next cell."""
    for cell in text.split("\n"):
        value = cell.strip(_FILLER)
        if value:
            return value
    return None


def is_footer(text: str) -> bool:
    """True for the first cell of the signature row below a table."""
    match = _LABELLED.match(unicodedata.normalize("NFKC", text).lstrip())
    if match is None:
        return False
    word = re.sub(r"\s", "", match["label"])
    return (_LABEL_OF.get(word) or _WITH_COLON.get(word)) in _FOOTER_LABELS


def has_label(text: str) -> bool:
    """True for the cells of title rows, such as ``报告期：2023年10月``."""
    return _LABELLED.search(unicodedata.normalize("NFKC", text)) is not None


def is_bare_footer(text: str) -> bool:
    """True where the label of a signature fills its cell and the name stands in the next one."""
    word = re.sub(r"\s", "", text)
    return _LABEL_OF.get(word) in (Label.FILLER, Label.REVIEWER, Label.HEAD)


def footer_pattern() -> str:
    """RE2 pattern of how a signature row may begin; what it finds is looked at more closely."""
    words = [word for word, label in _LABEL_OF.items() if label in _FOOTER_LABELS]
    words += _WITH_COLON
    return "|".join(r"\s*".join(map(re.escape, word)) for word in words)
