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


_DIGIT = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0}
_CHINESE_MONTH = {"十": 10, "十一": 11, "十二": 12} | {c: i for c, i in _DIGIT.items() if i}
_NUM = r"(?:\d{1,2}|[一二三四五六七八九十]{1,2})"
_YEAR = r"(?<!\d)(?P<year>(?:19|20)\d{2})\s*(?:年度|年)?"
_BEFORE_DAY = r"(?!\s*[-/.日\d])"

# Tried in this order; the first that is found wins.
_WRITTEN = [
    (
        "semester",
        re.compile(
            r"(?P<year>(?:19|20)\d{2})\s*[-—–~至/]\s*(?:19|20)\d{2}\s*学?年度?\s*(?:第)?(?P<term>[一二12])\s*学期"
        ),
    ),
    ("term", re.compile(_YEAR + r"\s*(?P<season>春|秋)\S{0,1}学?期?")),
    ("quarter", re.compile(_YEAR + r"\s*[-.]?\s*第?\s*(?P<quarter>[一二三四1-4])\s*季度?")),
    ("quarter", re.compile(_YEAR + r"\s*前(?P<quarter>[一二三四1-4])\s*季度")),
    ("quarter", re.compile(_YEAR + r"[-_ ]?Q(?P<quarter>[1-4])(?!\d)", re.IGNORECASE)),
    ("half", re.compile(_YEAR + r"\s*(?P<half>上|下)半年")),
    ("semester", re.compile(_YEAR + r"[-_ ]?S(?P<term>[12])(?!\d)", re.IGNORECASE)),
    ("window", re.compile(_YEAR + rf"\s*[-.]?\s*1\s*[-—–~至]\s*(?P<month>{_NUM})\s*月")),
    ("month", re.compile(_YEAR + rf"\s*[-/.]?\s*(?P<month>{_NUM})\s*月(?:份)?")),
    (
        "month",
        re.compile(
            r"(?<!\d)(?P<year>(?:19|20)\d{2})[-/._](?P<month>0?[1-9]|1[0-2])(?!\d)" + _BEFORE_DAY
        ),
    ),
    ("month", re.compile(r"(?<!\d)(?P<year>(?:19|20)\d{2})(?P<month>0[1-9]|1[0-2])(?!\d)")),
    ("year", re.compile(r"(?<!\d)(?P<year>(?:19|20)\d{2})\s*(?:年度?|全年)?(?!\d)")),
]


def find_period(text: str, frequency: Frequency | None = None) -> Period | None:
    """Find a period written in ``text`` the way forms and file names write it.

    ``2023年10月``, ``2023年1-10月`` (the window ends in October), ``2023年三季度``,
    ``2023-2024学年第一学期`` (2023-S2), ``2023-10``, ``202310``, ``2023年度``. With ``frequency``
    a period of another frequency counts as not found, except that a month at the end of a quarter,
    half-year or year may stand for it.
    """
    text = unicodedata.normalize("NFKC", text)
    for kind, pattern in _WRITTEN:
        match = pattern.search(text)
        if match:
            try:
                found = _from_match(kind, match)
            except (KeyError, ValueError):  # 2023年13月 is no month
                return None
            return found if frequency is None else _as_frequency(found, frequency)
    return None


def _from_match(kind: str, match: re.Match[str]) -> Period:
    year = int(match["year"])
    match kind:
        case "semester":
            term = _number(match["term"])
            academic = "学" in match[0]
            if academic:
                return Period(f"{year}-S2") if term == 1 else Period(f"{year + 1}-S1")
            return Period(f"{year}-S{term}")
        case "term":
            return Period(f"{year}-S{1 if match['season'] == '春' else 2}")
        case "quarter":
            return Period(f"{year}-Q{_number(match['quarter'])}")
        case "half":
            return Period(f"{year}-S{1 if match['half'] == '上' else 2}")
        case "window" | "month":
            return Period(f"{year}-{_number(match['month']):02d}")
        case _:
            return Period(str(year))


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _CHINESE_MONTH[text]


def _as_frequency(period: Period, frequency: Frequency) -> Period | None:
    wanted = frequency.of_periods
    if period.frequency == wanted:
        return period
    if period.frequency is Frequency.MONTHLY and wanted is not Frequency.SEMESTER:
        longer = Period.of(period.start, wanted)
        return longer if longer.end == period.end else None
    return None
