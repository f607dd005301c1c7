"""The indicator registry: what each statistic is and how its mart is read.

One file per subject, ``expectations/indicators/<subject>.yaml``. Adding an indicator is one entry in
one file; the models that compute it, its row in ``dim_indicator`` and its standing target follow from
the entry.
"""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from xiantong.contracts.model import Strict
from xiantong.contracts.odcs import ContractError
from xiantong.periods import Frequency

AreaLevel = Literal["province", "prefecture", "county", "township", "zone"]


class MartTime(StrEnum):
    """How a mart knows time. ``state``: a row describes its period. ``event``: the period is that
    of the business date. ``as_of``: versions with ``valid_from`` and ``valid_to``."""

    STATE = "state"
    EVENT = "event"
    AS_OF = "as_of"


class Window(StrEnum):
    """Which rows of the mart make up the observation of a period; the rules stand in
    ``dbt_project/models/marts/core/fct_indicator_value_business_rules.md``."""

    PERIOD = "period"
    YEAR_TO_DATE = "year_to_date"
    TO_DATE = "to_date"
    AS_OF = "as_of"


class Basis(StrEnum):
    CURRENT = "current"
    YTD = "ytd"
    CUMULATIVE = "cumulative"
    STOCK = "stock"


class Contributor(Strict):
    """Whose data stand behind a row. An observation with fewer than five persons or three
    enterprises behind it is confidential. ``is_count``: the column of an aggregate says how many
    stand behind the row, instead of who."""

    column: str
    kind: Literal["person", "enterprise"]
    is_count: Literal[True] | None = None


_WORD = re.compile(r"[a-z_][a-z0-9_]*")
_LITERAL = re.compile(r"'(?:[^']|'')*'")
_SQL_WORDS = frozenset(
    {
        *("sum", "count", "avg", "min", "max", "filter", "where", "distinct"),
        *("and", "or", "not", "in", "is", "null", "between", "true", "false"),
        *("case", "when", "then", "else", "end", "cast", "as", "integer", "decimal"),
        *("coalesce", "nullif", "abs", "greatest", "least", "extract", "year", "from"),
    }
)


def columns_of(expression: str) -> set[str]:
    """Names of columns in an SQL expression; literals, constants and SQL words left out."""
    bare = re.sub(r"\bconst\.\w+", "", _LITERAL.sub("", expression))
    return set(_WORD.findall(bare.lower())) - _SQL_WORDS


class MartReading(Strict):
    """How indicators read one mart.

    ``delivery_frequency`` (as_of marts only) is the frequency of the deliveries behind the versions:
    it says how far a version is known to hold. ``as_of_columns`` are columns that depend on the day
    looked at, as SQL over columns of the mart, ``year_start`` and ``period_end``. ``status_column``
    holds an obs_status code of the source. ``has_revision`` says that rows carry ``_revision``.
    ``versions`` (as_of marts that keep the current version only) names the model with all of them.
    ``counted_from`` (marts of cells) names the model of persons behind the cells: a cell that the mart
    withholds still counts in the county's total, and contributors are counted once each.
    ``delivered_by`` (event marts only) names the dataset that the events come from: a period that was
    delivered without an event of its own has the sum of the year, too.
    """

    time: MartTime
    delivery_frequency: Frequency | None = None
    as_of_columns: dict[str, str] = Field(default_factory=dict)
    contributor: Contributor | None = None
    status_column: str | None = None
    has_revision: bool = True
    versions: str | None = None
    counted_from: str | None = None
    delivered_by: str | None = Field(default=None, pattern=r"^[a-z]\w*\.[a-z]\w*$")

    def model(self, mart: str) -> str:
        """The model whose rows are counted: the mart itself, or what it is made from."""
        return self.counted_from or self.versions or mart

    def columns(self) -> set[str]:
        """Columns of the mart that the reading itself needs."""
        needed = set().union(*(columns_of(e) for e in self.as_of_columns.values()))
        needed -= {"year_start", "period_end"}
        named = (self.contributor.column if self.contributor else None, self.status_column)
        return needed | {name for name in named if name}

    @model_validator(mode="after")
    def _as_of_needs_frequency(self) -> MartReading:
        if (self.time is MartTime.AS_OF) != (self.delivery_frequency is not None):
            raise ValueError("delivery_frequency belongs to as_of marts, and all of them need it")
        return self

    @model_validator(mode="after")
    def _deliveries_belong_to_events(self) -> MartReading:
        if self.delivered_by and self.time is not MartTime.EVENT:
            raise ValueError("delivered_by belongs to event marts")
        return self


class Target(Strict):
    """A standing target, valid in every year without an explicit one."""

    value: float
    comparator: Literal[">=", "<=", "="] = ">="


_ONE_FILTER = re.compile(r"(?:sum|avg|min|max)\([^()]*\) filter \(where (?P<condition>.+)\)")


class Indicator(Strict):
    """A defined statistic. ``formula`` is one aggregate expression over columns of ``mart``.

    ``breakdown_columns``: breakdown list -> column of the mart. ``area_rollup`` ``exact`` takes rows
    of the very area instead of adding up from below. ``benchmark_levels`` are area levels whose
    observations come from ``statistics.benchmark_series`` where the marts have none.
    ``same_year_versions`` (as_of marts): only versions delivered in the year of the period count.
    ``confidential_cells`` false switches the contributor rule off where the register is public.
    """

    code: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$")
    name_zh: str
    name_en: str
    unit: str
    frequency: Frequency
    measure_basis: Basis
    window: Window
    aggregation: Literal["sum", "ratio", "last"]
    direction: Literal["up", "down", "neutral"]
    mart: str
    formula: str
    breakdown_columns: dict[str, str] = Field(default_factory=dict)
    area_levels: tuple[AreaLevel, ...] = Field(min_length=1)
    area_rollup: Literal["prefix", "exact"] = "prefix"
    benchmark_levels: tuple[AreaLevel, ...] = ()
    same_year_versions: bool = False
    confidential_cells: bool = True
    target: Target | None = None
    note: str = ""

    def columns(self) -> set[str]:
        """Columns of the mart that the formula and the breakdowns read."""
        return columns_of(self.formula) | set(self.breakdown_columns.values())

    def constants(self) -> set[str]:
        return set(re.findall(r"\bconst\.(\w+)", self.formula))

    @property
    def contributing(self) -> str | None:
        """Condition on the rows that enter the value, where the formula is one filtered amount."""
        match = _ONE_FILTER.fullmatch(self.formula)
        return match["condition"] if match else None


class _SubjectFile(Strict):
    subject: str
    name_zh: str
    marts: dict[str, MartReading] = Field(default_factory=dict)
    indicators: tuple[Indicator, ...]


class IndicatorRegistry:
    """All indicators of a deployment, by code, with the subject of each and the marts they read."""

    def __init__(self, subjects: dict[str, _SubjectFile]) -> None:
        self.indicators: dict[str, Indicator] = {}
        self.subject_of: dict[str, str] = {}
        self.marts: dict[str, MartReading] = {}
        self.file_of: dict[str, str] = {}
        self.names_zh: dict[str, str] = {name: file.name_zh for name, file in subjects.items()}
        for name, file in subjects.items():
            self._add(name, file)
        unread = sorted({i.mart for i in self.indicators.values()} - set(self.marts))
        if unread:
            raise ContractError(f"indicators read marts that no registry file describes: {unread}")
        for indicator in self.indicators.values():
            self._check_window(indicator)

    def _add(self, name: str, file: _SubjectFile) -> None:
        if file.subject != name:
            raise ContractError(f"indicators/{name}.yaml says subject {file.subject!r}")
        for mart, reading in file.marts.items():
            if mart in self.marts:
                raise ContractError(f"indicators/{name}.yaml: mart {mart} is described twice")
            self.marts[mart] = reading
            self.file_of[mart] = f"expectations/indicators/{name}.yaml"
        for indicator in file.indicators:
            if indicator.code in self.indicators:
                raise ContractError(f"indicators/{name}.yaml: {indicator.code} is defined twice")
            self.indicators[indicator.code] = indicator
            self.subject_of[indicator.code] = name

    def _check_window(self, indicator: Indicator) -> None:
        as_of = self.marts[indicator.mart].time is MartTime.AS_OF
        if as_of != (indicator.window is Window.AS_OF):
            raise ContractError(
                f"{indicator.code}: window {indicator.window} does not fit the "
                f"{self.marts[indicator.mart].time} mart {indicator.mart}"
            )

    def of_mart(self, mart: str) -> list[Indicator]:
        return [i for i in self.indicators.values() if i.mart == mart]


def read_registry(folder: Path) -> IndicatorRegistry:
    """Read ``expectations/indicators/*.yaml``; raise ``ContractError`` naming file and place."""
    subjects = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            data = yaml.safe_load(path.read_text(encoding="utf-8"))
            subjects[path.stem] = _SubjectFile.model_validate(data)
        except yaml.YAMLError as error:
            raise ContractError(f"{path}: not valid YAML: {error}") from error
        except ValidationError as error:
            places = "; ".join(
                f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}"
                for e in error.errors()[:5]
            )
            raise ContractError(f"{path}: {places}") from error
    return IndicatorRegistry(subjects)
