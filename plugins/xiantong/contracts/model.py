"""What a contract says, as immutable objects. The file format is read in ``odcs.py``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from xiantong.names import DatasetId
from xiantong.periods import Frequency, Period


class Strict(BaseModel):
    """Base of everything that is read from a file: frozen, and unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Kind(StrEnum):
    """Kind of value in a column."""

    STRING = "string"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    BOOLEAN = "boolean"
    CODE = "code"
    PERIOD = "period"
    YEAR = "year"
    MONTH = "month"
    TIMESTAMP = "timestamp"


class Severity(StrEnum):
    """``error`` (强制性) returns, ``warning`` (核实性) needs an explanation, ``info`` informs.

    The words for people stand here only; statistics offices call the kinds of checks so. Returns,
    lists, pages, messages and the dictionary all take them from here. ``language`` is zh or en.
    """

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def name_zh(self) -> str:
        """The kind, as short as a badge."""
        return self.named("zh")

    @property
    def label_zh(self) -> str:
        """What is wrong and what has to be done about it."""
        return self.label("zh")

    def named(self, language: str) -> str:
        return _SEVERITY_WORDS[self][language].name

    def problem(self, language: str) -> str:
        """One finding of the kind."""
        return _SEVERITY_WORDS[self][language].problem

    def demand(self, language: str) -> str:
        """What the reporter has to do about it."""
        return _SEVERITY_WORDS[self][language].demand

    def label(self, language: str) -> str:
        problem, demand = self.problem(language), self.demand(language)
        return f"{problem}（{demand}）" if language == "zh" else f"{problem}: {demand}"

    def counted(self, number: int, language: str) -> str:
        """So many findings of the kind and what has to be done about them."""
        problem, demand = self.problem(language), self.demand(language)
        if language == "zh":
            return f"{number:,}处{problem}（{demand}）"
        return f"{number:,} {problem.lower()}{'' if number == 1 else 's'} ({demand})"


@dataclass(frozen=True, slots=True)
class _Words:
    name: str
    problem: str
    demand: str


_SEVERITY_WORDS = {
    Severity.ERROR: {
        "zh": _Words("强制性", "强制性错误", "必须改正"),
        "en": _Words("Error", "Error", "must be corrected"),
    },
    Severity.WARNING: {
        "zh": _Words("核实性", "核实性问题", "须说明原因"),
        "en": _Words("Warning", "Warning", "needs an explanation"),
    },
    Severity.INFO: {
        "zh": _Words("提示", "提示", "供参考，不影响受理"),
        "en": _Words("Note", "Note", "for information"),
    },
}


class LoadMode(StrEnum):
    """How accepted rows of one delivery relate to earlier ones."""

    SNAPSHOT = "snapshot"
    UPSERT = "upsert"
    APPEND = "append"


class Delivery(StrEnum):
    """Channel and format in which a dataset usually comes."""

    XLSX = "xlsx"
    XLS = "xls"
    CSV_UTF8 = "csv_utf8"
    CSV_GB18030 = "csv_gb18030"
    HTTP_JSON = "http_json"
    DATABASE = "database"
    SFTP = "sftp"


class Privacy(StrEnum):
    """``sensitive`` values are hashed before they are stored as data and never shown (a code list's
    few words may stay readable inside, see ``Column.is_clear``)."""

    NONE = "none"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"


class Reach(StrEnum):
    """Where one code names one thing: within its county (a parcel number, the number of a case), or in
    the whole country (a credit code). Whoever defines a code says so; who refers to it need not."""

    COUNTY = "county"
    NATIONAL = "national"


class Column(Strict):
    """One column of a dataset.

    ``unit`` is the stored unit; ``aliases`` are further headers; ``signed`` allows negative
    numbers; ``source`` is ``envelope`` where the value comes from title rows or the file name and
    need not stand in the table. ``is_clear``: a sensitive code that marts count by is stored as its
    code; it is still masked in findings and left out of the published snapshot.
    """

    name: str
    header_zh: str
    aliases: tuple[str, ...] = ()
    kind: Kind
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    unit: str | None = None
    required: bool = False
    key: bool = False
    privacy: Privacy = Privacy.NONE
    source: Literal["table", "envelope"] = "table"
    code_list: str | None = None
    ref: str | None = None
    soft_ref: bool = False
    reach: Reach = Reach.COUNTY
    signed: bool = False
    is_clear: bool = False
    description: str = ""

    @property
    def is_hashed(self) -> bool:
        """True where lake and warehouse hold only the keyed hash of the value."""
        return self.privacy is Privacy.SENSITIVE and not self.is_clear

    @property
    def is_numeric(self) -> bool:
        return self.kind in (Kind.INTEGER, Kind.DECIMAL)

    @property
    def is_text_id(self) -> bool:
        """True where a numeric spreadsheet cell has lost or may have lost characters."""
        return self.kind in (Kind.STRING, Kind.CODE)

    @property
    def is_identity(self) -> bool:
        """True for a key that is no place and no time, which many rows have."""
        is_time = self.kind in (Kind.PERIOD, Kind.YEAR, Kind.MONTH)
        return self.key and not is_time and not (self.ref or "").startswith("_areas.")

    @property
    def ref_dataset(self) -> DatasetId | None:
        """The dataset that ``ref`` points to; None for areas, zones and no reference."""
        if self.ref is None or self.ref.startswith("_"):
            return None
        return DatasetId.parse(self.ref.rpartition(".")[0])

    @property
    def ref_column(self) -> str | None:
        return self.ref.rpartition(".")[2] if self.ref else None


class Rule(Strict):
    """One check, as the contract or the derivation states it.

    ``columns`` are marked in the returned workbook, the first one foremost. ``message_zh`` may hold
    ``{value}`` and ``{header}``; ``fix_zh`` says how to mend. ``expectation`` and ``kwargs`` are
    the Great Expectations implementation.
    """

    id: str
    scope: Literal["row", "table", "cross_period", "cross_dataset"]
    severity: Severity
    columns: tuple[str, ...]
    expectation: str
    kwargs: dict[str, Any] = Field(default_factory=dict)
    message_zh: str
    fix_zh: str = ""
    needs: tuple[DatasetId, ...] = ()


class Layout(Strict):
    """Look of the printed form. ``header_rows`` is 1 or 2, 2 with merged parents above 其中 columns.

    A changed form is a second layout with its own validity, never a change of the old one;
    ``headers`` replaces the header of columns while the layout is valid.
    """

    title_rows: int = 4
    header_rows: Literal[1, 2] = 1
    unit: str | None = None
    total_row: Literal["none", "optional", "first", "last"] = "optional"
    footer: tuple[str, ...] = ("填表人", "审核人", "单位负责人", "填报日期")
    headers: dict[str, str] = Field(default_factory=dict)
    valid_from: str | None = None
    valid_to: str | None = None

    def is_valid(self, period: Period) -> bool:
        first = self.valid_from is None or Period(self.valid_from) <= period
        return first and (self.valid_to is None or period <= Period(self.valid_to))


class Acceptance(Strict):
    """``whole``: any error returns everything. ``rows``: wrong rows go back, the others are
    accepted as long as at most ``max_bad_share`` of the rows is wrong."""

    mode: Literal["whole", "rows"] = "whole"
    max_bad_share: float = 0.0


class Due(Strict):
    """When a period is due: ``count`` (working) days after its ``anchor``, or on ``month_day``
    (``03-31``) of the period's year plus ``year_offset``."""

    count: int = 0
    unit: Literal["day", "working_day"] = "day"
    anchor: Literal["period_end", "period_start", "month_day"] = "period_end"
    month_day: str | None = None
    year_offset: int = 0
    not_due: Literal["never", "january", "school_holidays"] = "never"


class TownshipKind(StrEnum):
    """What a place at the level of townships is, by digits 7 to 9 of its statistical area code
    (统计用区划代码和城乡划分代码编制规则)."""

    SUBDISTRICT = "subdistrict"
    TOWN = "town"
    RURAL = "rural"
    OTHER = "other"

    @classmethod
    def of(cls, area_code: str) -> TownshipKind | None:
        """None for a county and whatever is above it."""
        match int(area_code[6:9] or 0):
            case 0:
                return None
            case digits if digits < 100:
                return cls.SUBDISTRICT
            case digits if digits < 200:
                return cls.TOWN
            case digits if digits < 400:
                return cls.RURAL
            case _:
                return cls.OTHER


class Contract(Strict):
    """The contract of one dataset: everything else about it is derived from here.

    ``not_owed_by``: kinds of townships that have nothing to report, such as subdistricts, which have
    no villages.
    """

    id: DatasetId
    version: str
    title_zh: str
    title_en: str
    grain: str
    tier: int
    reporter: str
    reporter_kind: str
    not_owed_by: tuple[TownshipKind, ...] = ()
    delivery: Delivery
    frequency: Frequency
    due: Due
    due_text: str
    load_mode: LoadMode
    form_no: str
    acceptance: Acceptance = Acceptance()
    layouts: tuple[Layout, ...] = (Layout(),)
    check_row_count: bool = False
    columns: tuple[Column, ...]
    own_rules: tuple[Rule, ...] = ()

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @property
    def key(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.key)

    @property
    def has_national_facts(self) -> bool:
        """Whether one fact is the same whichever county reports it. What a snapshot or a register says
        about a thing is said for its county, however far the code of that thing reaches."""
        is_national = all(column.reach is Reach.NATIONAL for column in self.key)
        return self.load_mode is LoadMode.APPEND and bool(self.key) and is_national

    @cached_property
    def table_columns(self) -> tuple[Column, ...]:
        """Columns that have to stand in the table itself."""
        return tuple(column for column in self.columns if column.source == "table")

    def layout(self, period: Period) -> Layout:
        """The form as it is printed for ``period``."""
        valid = [layout for layout in self.layouts if layout.is_valid(period)]
        if not valid:
            raise ValueError(f"{self.id}: no layout is valid in {period}")
        return valid[-1]

    def header(self, column: Column, period: Period) -> str:
        return self.layout(period).headers.get(column.name, column.header_zh)

    def is_owed_by(self, reporter: Reporter) -> bool:
        """Whether the reporter is one of those that the contract names. A bureau that only collects
        from them is not."""
        return (
            reporter.kind == self.reporter_kind
            and reporter.department in (None, self.id.department)
            and not self.excludes(reporter)
        )

    def excludes(self, reporter: Reporter) -> bool:
        """Whether the reporter has nothing to report in this dataset, though others of its kind do."""
        return (
            reporter.kind == self.reporter_kind
            and TownshipKind.of(reporter.area_code) in self.not_owed_by
        )


class Code(Strict):
    """One entry of a code list. Attributes that only some lists have are kept in ``extra``.

    ``valid_from`` is the first, ``valid_to`` the first day on which it no longer is in use.
    """

    code: str
    zh: str
    rank: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    extra: dict[str, Any] = Field(default_factory=dict)


class CodeList(Strict):
    """A closed list of codes. Readers accept the code or the Chinese label.

    ``attributes``: what the codes' own attributes mean, ``中文名：English`` by attribute.
    """

    name: str
    title_zh: str
    note: str = ""
    attributes: dict[str, str] = Field(default_factory=dict)
    codes: tuple[Code, ...]

    @cached_property
    def by_code(self) -> dict[str, Code]:
        return {code.code: code for code in self.codes}


class Area(Strict):
    """An administrative area with its statistical code (12 digits) and validity in time.

    ``is_forest_town`` marks the townships (林业镇) that keep watch in the fire season.
    """

    area_code: str
    area_name: str
    area_level: Literal["province", "prefecture", "county", "township", "village"]
    parent_code: str | None = None
    urban_rural_code: str | None = None
    resident_population: int | None = None
    is_forest_town: bool | None = None
    valid_from: date = date(2000, 1, 1)
    valid_to: date | None = None

    @property
    def county_code(self) -> str:
        return self.area_code[:6] + "000000"

    def is_valid(self, day: date) -> bool:
        """Whether the code is in force on ``day``; ``valid_to`` is the first day on which it is not."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


class AreaChange(Strict):
    """What became of an area code: ``share`` (0 to 1) of it went to ``successor_code`` on a day."""

    area_code: str = Field(pattern=r"^\d{12}$")
    successor_code: str = Field(pattern=r"^\d{12}$")
    changed_on: date
    kind: Literal["merge", "split", "rename", "recode"]
    share: Decimal = Field(default=Decimal(1), gt=0, le=1)
    document: str | None = None


class Zone(Strict):
    zone_code: str
    zone_name: str
    zone_level: str
    host_area_code: str


class Reporter(Strict):
    """A unit that delivers. ``kind`` is one of the contract's reporter kinds; ``department`` is
    None for units that report to several, such as townships."""

    reporter_code: str
    reporter_name: str
    kind: str
    department: str | None = None
    area_code: str
