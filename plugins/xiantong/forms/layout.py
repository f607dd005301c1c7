"""What is written on a form and where."""

from __future__ import annotations

from dataclasses import dataclass

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Column, Contract, Kind, Layout
from xiantong.forms.wording import column_header
from xiantong.parsing.headers import is_remark

REMARK = "备注"
REMARK_WIDTH = 24.0


@dataclass(frozen=True)
class Form:
    """What is written and where: ``top`` is the first header row, ``first`` the first data row."""

    contract: Contract
    catalogue: Catalogue
    layout: Layout
    columns: tuple[Column, ...]
    top: int
    rows: int

    @property
    def first(self) -> int:
        return self.top + self.layout.header_rows

    @property
    def last(self) -> int:
        return self.first + self.rows - 1

    @property
    def width(self) -> int:
        return len(self.columns) + self.has_remark

    @property
    def has_remark(self) -> bool:
        """Whether 备注 is added as the last column; some forms have one of their own."""
        return not any(is_remark(self.header(column)) for column in self.columns)

    def header(self, column: Column) -> str:
        return column_header(self.contract, column, self.layout)

    def column_width(self, column: Column) -> float:
        """Wide enough for the values, and for the header in two lines."""
        least = {Kind.STRING: 14, Kind.DATE: 13, Kind.DECIMAL: 14, Kind.TIMESTAMP: 20}.get(
            column.kind, 10
        )
        typed = min(30, (column.length or 0) * 1.15 + 2) if column.kind is Kind.STRING else 0
        header = 1.1 * min(len(self.header(column)), 18) + 2.5
        return float(round(max(least, typed, header)))
