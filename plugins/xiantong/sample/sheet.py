"""One delivery on its way to paper: columns, rows, total row, unit; what mistakes then spoil."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from xiantong.contracts.model import CodeList, Column, Contract, Delivery, Kind, Reporter
from xiantong.periods import Period
from xiantong.sample.table import Table, Value


@dataclass(frozen=True, slots=True)
class Raw:
    """Text that stands in the cell exactly as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Number:
    """A numeric cell where text belongs, as when an id was typed into a cell of format General."""

    value: float


@dataclass(frozen=True, slots=True)
class CellError:
    """A cell whose formula failed, such as ``#DIV/0!``."""

    code: str


_REMARK = "remark"

Cell = Value | Raw | Number | CellError
Cells = dict[str, Cell]


@dataclass
class Sheet:
    """A delivery before it is written. Mistakes change it in place.

    ``columns`` are printed in this order, ``headers`` holds the text above a column where it is not
    the usual one, ``totals`` the 合计 row (empty: none), ``unit`` the 计量单位 line.
    """

    contract: Contract
    period: Period
    reporter: Reporter
    columns: list[str]
    rows: list[Cells]
    remarks: dict[int, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    totals: Cells = field(default_factory=dict)
    unit: str | None = None

    @property
    def kept(self) -> list[Column]:
        return [self.contract.by_name[name] for name in self.columns]

    def header(self, column: Column) -> str:
        return self.headers.get(column.name) or self.contract.header(column, self.period)

    def copied(self) -> Sheet:
        """A copy to spoil; the contract is shared."""
        twin = copy.copy(self)
        twin.columns = list(self.columns)
        twin.rows = [dict(row) for row in self.rows]
        twin.remarks, twin.headers, twin.totals = (
            dict(self.remarks),
            dict(self.headers),
            dict(self.totals),
        )
        return twin


def make_sheet(contract: Contract, period: Period, reporter: Reporter, table: Table,
               totals: Sequence[str] = ()) -> Sheet:  # fmt: skip
    """The correct sheet of a delivery with a 合计 row over ``totals``. Explanations go into the
    form's own 备注 column where it has one."""
    sheet = Sheet(
        contract=contract,
        period=period,
        reporter=reporter,
        columns=[column.name for column in contract.table_columns],
        rows=[dict(row) for row in table.rows],
        remarks={} if _REMARK in contract.by_name else dict(table.remarks),
        unit=contract.layout(period).unit,
    )
    if _REMARK in contract.by_name:
        for number, text in table.remarks.items():
            sheet.rows[number][_REMARK] = text
    for name in totals:
        sheet.totals[name] = sum_of(sheet, name)
    return sheet


def sum_of(sheet: Sheet, name: str) -> Decimal:
    return sum((Decimal(str(row[name])) for row in sheet.rows if row[name] is not None), Decimal(0))


def to_text(
    column: Column, value: Cell, labels: Mapping[str, CodeList], *, names: bool, dates: str
) -> str:
    """A value as text: with ``names`` codes and ISO dates for machines, else labels and ``dates``."""
    if value is None:
        return ""
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, CellError):
        return value.code
    if isinstance(value, Number):
        return f"{value.value:g}"
    if isinstance(value, bool):
        return ("true" if value else "false") if names else ("是" if value else "否")
    if isinstance(value, date):
        return value.isoformat() if names else written_date(value, dates)
    if column.code_list and isinstance(value, str) and not names:
        code = labels[column.code_list].by_code.get(value)
        return code.zh if code else value
    return str(value)


def written_date(day: date, style: str) -> str:
    """``style`` is a strftime pattern; ``%-m`` would not be portable, so ``年月日`` is spelled out."""
    return f"{day.year}年{day.month}月{day.day}日" if style == "年月日" else day.strftime(style)


@dataclass(frozen=True)
class Signed:
    """Who hands the delivery in, and when."""

    filler: str
    reviewer: str
    head: str
    at: datetime


def is_form(contract: Contract) -> bool:
    return contract.delivery in (Delivery.XLSX, Delivery.XLS)


def is_long_code(column: Column) -> bool:
    """Columns that spreadsheets would turn into numbers, so that exports protect them."""
    return (
        column.kind is Kind.STRING
        and (column.length or 0) >= 10
        and column.name.endswith(("_no", "uscc", "_code"))
    )
