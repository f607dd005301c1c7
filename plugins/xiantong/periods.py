"""Reporting periods: months, quarters, school semesters and years, as people write them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache, total_ordering
from typing import ClassVar


class Frequency(StrEnum):
    """How often a dataset is owed. An event dataset is delivered by the month it happened in."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    SEMESTER = "semester"
    ANNUAL = "annual"
    EVENT = "event"

    @property
    def of_periods(self) -> Frequency:
        """The frequency of the periods by which it is delivered."""
        return Frequency.MONTHLY if self is Frequency.EVENT else self


# Years that have a first and a last day, in digits that sort; 0000 and 9999-12 have none.
_LABEL = re.compile(
    r"(?P<year>[12][0-9]{3})(?:-(?:(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4])|S(?P<semester>[12])))?"
)


@total_ordering
@dataclass(frozen=True, slots=True)
class Period:
    """One reporting period. ``label`` is canonical: ``2023-10``, ``2023-Q3``, ``2023-S2``, ``2023``.

    S1 is the spring term (February to July), S2 the autumn term (August to January of the next
    year), labelled by the year it starts in.
    """

    label: str

    TERM_START_MONTHS: ClassVar[dict[int, int]] = {1: 2, 2: 9}

    def __post_init__(self) -> None:
        if not _LABEL.fullmatch(self.label):
            raise ValueError(
                f"{self.label!r} is not a period; expected 2023-10, 2023-Q3, 2023-S2 or 2023"
            )

    def __str__(self) -> str:
        return self.label

    def __lt__(self, other: Period) -> bool:
        return (self.start, self.end, self.label) < (other.start, other.end, other.label)

    @property
    def _parts(self) -> re.Match[str]:
        match = _LABEL.fullmatch(self.label)
        assert match
        return match

    @property
    def year(self) -> int:
        return int(self._parts["year"])

    @property
    def frequency(self) -> Frequency:
        if self._parts["month"]:
            return Frequency.MONTHLY
        if self._parts["quarter"]:
            return Frequency.QUARTERLY
        if self._parts["semester"]:
            return Frequency.SEMESTER
        return Frequency.ANNUAL

    @property
    def ordinal(self) -> int:
        """Number of the period inside its year: month 1–12, quarter 1–4, semester 1–2, else 1."""
        parts = self._parts
        return int(parts["month"] or parts["quarter"] or parts["semester"] or 1)

    @property
    def start(self) -> date:
        return _bounds(self)[0]

    @property
    def end(self) -> date:
        """Last day."""
        return _bounds(self)[1]

    def shift(self, count: int) -> Period:
        """The period ``count`` periods later (earlier when negative)."""
        per_year = {"monthly": 12, "quarterly": 4, "semester": 2, "annual": 1}[self.frequency]
        year, index = divmod(self.year * per_year + self.ordinal - 1 + count, per_year)
        pattern = {12: "{}-{:02d}", 4: "{}-Q{}", 2: "{}-S{}", 1: "{}"}[per_year]
        return Period(pattern.format(year, index + 1))

    @property
    def prior(self) -> Period:
        return self.shift(-1)

    @property
    def same_period_last_year(self) -> Period:
        return self.shift(
            -{"monthly": 12, "quarterly": 4, "semester": 2, "annual": 1}[self.frequency]
        )

    @classmethod
    def of(cls, day: date, frequency: Frequency) -> Period:
        """The period of ``frequency`` that contains ``day``."""
        match frequency:
            case Frequency.QUARTERLY:
                return cls(f"{day.year}-Q{(day.month + 2) // 3}")
            case Frequency.SEMESTER:
                if day.month == 1:
                    return cls(f"{day.year - 1}-S2")
                return cls(f"{day.year}-S{1 if day.month <= 7 else 2}")
            case Frequency.ANNUAL:
                return cls(f"{day.year}")
            case _:
                return cls(f"{day.year}-{day.month:02d}")


@lru_cache(maxsize=10_000)
def _bounds(period: Period) -> tuple[date, date]:
    """First and last day; boards compare periods by the hundred thousand."""
    year, ordinal = period.year, period.ordinal
    match period.frequency:
        case Frequency.MONTHLY:
            return date(year, ordinal, 1), _month_end(year, ordinal)
        case Frequency.QUARTERLY:
            return date(year, 3 * ordinal - 2, 1), _month_end(year, 3 * ordinal)
        case Frequency.SEMESTER:
            end = _month_end(year, 7) if ordinal == 1 else _month_end(year + 1, 1)
            return date(year, Period.TERM_START_MONTHS[ordinal], 1), end
        case _:
            return date(year, 1, 1), date(year, 12, 31)


def _month_end(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def period_range(first: Period, last: Period) -> list[Period]:
    """All periods from ``first`` to ``last``, both included; both of one frequency."""
    if first.frequency != last.frequency:
        raise ValueError(f"{first} and {last} are periods of different frequencies")
    periods = []
    while first <= last:
        periods.append(first)
        first = first.shift(1)
    return periods


_DIGIT = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0}
_CHINESE_MONTH = {"十": 10, "十一": 11, "十二": 12} | {c: i for c, i in _DIGIT.items() if i}
_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4}  # Ⅲ is III once it is normalised
_QUARTERS = "一二三四"
_FIRST_TERM = frozenset("一1上秋")
_NUM = r"(?:\d{1,2}|[一二三四五六七八九十]{1,2})"
_TO = r"\s*[-—–~至到]\s*"
_YEAR = r"(?<!\d)(?P<year>(?:19|20)\d{2})\s*(?:年度|年)?"
_BEFORE_DAY = r"(?!\s*[-/.日\d])"
_TERM = r"(?:第?\s*(?P<term>[一二12])|(?P<half>[上下])|(?P<season>[春秋])季?)\s*学期"
_CHINESE_YEAR = re.compile(r"[〇零○一二三四五六七八九]{4}(?=\s*年)")
_DAY = re.compile(r"(?P<month>\d{4}[-/.年]\d{1,2})[-/.月]\d{1,2}日?(?:\s*0{1,2}:00(?::00)?)?")

# Tried in this order; the first that is found wins.
_WRITTEN = [
    (
        "school_year",
        re.compile(
            rf"(?P<year>(?:19|20)\d{{2}})\s*[-—–~至/]\s*(?:19|20)?\d{{2}}\s*(?:学年度?|年度?)?\s*{_TERM}"
        ),
    ),
    ("school_year", re.compile(rf"(?<!\d)(?P<year>(?:19|20)\d{{2}})\s*学年度?\s*{_TERM}")),
    ("term", re.compile(_YEAR + r"\s*(?P<season>春|秋)\S{0,1}学?期?")),
    ("cumulated", re.compile(_YEAR + rf"\s*(?:前|[1一]{_TO})(?P<quarter>[二三四2-4])\s*个?季度?")),
    (
        "quarter",
        re.compile(_YEAR + r"\s*[-.]?\s*第?\s*(?P<quarter>[一二三四1-4]|IV|I{1,3})\s*季度?"),
    ),
    ("quarter", re.compile(_YEAR + r"[-_ ]?Q(?P<quarter>[1-4])(?!\d)", re.IGNORECASE)),
    ("half", re.compile(_YEAR + r"\s*(?P<half>上|下)半年")),
    ("semester", re.compile(_YEAR + r"[-_ ]?S(?P<term>[12])(?!\d)", re.IGNORECASE)),
    (
        "window",
        re.compile(
            _YEAR
            + rf"\s*[-.]?\s*(?P<first>{_NUM})\s*(?:月份?)?{_TO}(?:(?P=year)\s*年?\s*)?(?P<month>{_NUM})\s*月(?!\s*\d+\s*日)"
        ),
    ),
    (
        "window",
        re.compile(
            _YEAR
            + rf"\s*(?P<first>{_NUM})\s*月\s*\d+\s*日?{_TO}(?:(?P=year)\s*年\s*)?(?P<month>{_NUM})\s*月\s*\d+\s*日"
        ),
    ),
    ("month", re.compile(_YEAR + rf"\s*[-/.]?\s*(?P<month>{_NUM})\s*月(?:份)?")),
    (
        "month",
        re.compile(
            r"(?<!\d)(?P<year>(?:19|20)\d{2})[-/._](?P<month>0?[1-9]|1[0-2])(?!\d)" + _BEFORE_DAY
        ),
    ),
    ("month", re.compile(r"(?<!\d)(?P<year>(?:19|20)\d{2})(?P<month>0[1-9]|1[0-2])(?!\d)")),
    ("whole", re.compile(_YEAR + r"\s*全年")),
    ("year", re.compile(r"(?<!\d)(?P<year>(?:19|20)\d{2})\s*(?:年度?|全年)?(?!\d)")),
]


def written_period(period: Period) -> str:
    """The period as a title row writes it: ``2023年10月``, ``2023年第三季度``,
    ``2023-2024学年第一学期`` (2023-S2), ``2023年度``. ``find_period`` reads it back."""
    match period.frequency:
        case Frequency.QUARTERLY:
            return f"{period.year}年第{_QUARTERS[period.ordinal - 1]}季度"
        case Frequency.SEMESTER:
            first = period.year if period.ordinal == 2 else period.year - 1
            return f"{first}-{first + 1}学年第{'一' if period.ordinal == 2 else '二'}学期"
        case Frequency.ANNUAL:
            return f"{period.year}年度"
        case _:
            return f"{period.year}年{period.ordinal}月"


def find_period(text: str, frequency: Frequency | None = None) -> Period | None:
    """Find a period written in ``text`` the way forms and file names write it.

    ``2023年10月``, ``2023年1-10月`` (the window ends in October), ``2023年三季度``,
    ``2023-2024学年第一学期`` (2023-S2), ``2023-10``, ``202310``, ``2023年度``. With ``frequency``
    a period of another frequency counts as not found, except that a month at the end of a quarter,
    half-year or year may stand for it, and a window since January (上半年, 前三季度, 全年) for the
    month or quarter in which it ends.
    """
    text = _CHINESE_YEAR.sub(_in_digits, unicodedata.normalize("NFKC", text))
    for kind, pattern in _WRITTEN:
        match = pattern.search(text)
        if match:
            try:
                found = _from_match(kind, match)
            except (KeyError, ValueError):  # 2023年13月 is no month
                return None
            if frequency is None:
                return found
            return _as_frequency(found, frequency, kind in _SINCE_JANUARY)
    return None


def read_period(text: str, frequency: Frequency) -> Period | None:
    """The period that a cell meant for it holds: as ``find_period`` reads it, or the month of a day,
    because a spreadsheet makes the first of October of a typed 2023年10月."""
    day = _DAY.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return find_period(day["month"].replace("年", "-") if day else text, frequency)


def _in_digits(year: re.Match[str]) -> str:
    return "".join(str(_DIGIT[character]) for character in year[0])


_SINCE_JANUARY = frozenset({"cumulated", "half", "whole"})


def _from_match(kind: str, match: re.Match[str]) -> Period:
    year = int(match["year"])
    match kind:
        case "school_year":
            term = match["term"] or match["half"] or match["season"]
            return Period(f"{year}-S2") if term in _FIRST_TERM else Period(f"{year + 1}-S1")
        case "semester":
            return Period(f"{year}-S{match['term']}")
        case "term":
            return Period(f"{year}-S{1 if match['season'] == '春' else 2}")
        case "quarter" | "cumulated":
            return Period(f"{year}-Q{_number(match['quarter'])}")
        case "half":
            return Period(f"{year}-S{1 if match['half'] == '上' else 2}")
        case "window":
            return _window(year, _number(match["first"]), _number(match["month"]))
        case "month":
            return Period(f"{year}-{_number(match['month']):02d}")
        case _:
            return Period(str(year))


def _window(year: int, first: int, last: int) -> Period:
    """1-10月 ends in October, 7-9月 is the third quarter; other windows are no period."""
    if first in (1, last):
        return Period(f"{year}-{last:02d}")
    if last - first == 2 and last % 3 == 0:
        return Period(f"{year}-Q{last // 3}")
    raise ValueError(f"{year} {first}-{last} is no reporting period")


def _number(text: str) -> int:
    return int(text) if text.isdigit() else (_CHINESE_MONTH | _ROMAN)[text]


def _as_frequency(period: Period, frequency: Frequency, since_january: bool) -> Period | None:
    wanted = frequency.of_periods
    if period.frequency == wanted:
        return period
    if since_january and wanted in (Frequency.MONTHLY, Frequency.QUARTERLY):
        last_month = (
            6 * period.ordinal if period.frequency is Frequency.SEMESTER else period.end.month
        )
        return Period.of(date(period.year, last_month, 1), wanted)
    if period.frequency is Frequency.MONTHLY and wanted is not Frequency.SEMESTER:
        longer = Period.of(period.start, wanted)
        return longer if longer.end == period.end else None
    return None
