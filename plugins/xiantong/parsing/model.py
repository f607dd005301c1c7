"""What parsing hands to the check: an all-text table with the place of every row, and the envelope."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from xiantong.delivered import DeliveryFile, Envelope, Explanation
from xiantong.findings import Finding


@dataclass(frozen=True, slots=True)
class ParsedDelivery:
    """A delivery as text.

    ``rows_path``: Parquet with one string column per table column of the contract (null = blank or
    column not delivered; text as delivered, outer white space and a leading apostrophe or tab
    removed), ``_remark`` (string, the row's 备注 or 说明 if the form has one), ``_row`` (int64, 0-based
    number inside the delivery), ``_src_sheet`` (string, null for CSV and JSON) and ``_src_row``
    (int64, the row as the reporter sees it: spreadsheet row, line of the CSV, index in JSON from 1).
    ``unit_factors``: column -> factor from the delivered to the stored unit, where it is not 1.
    ``column_letters``: column -> spreadsheet column letter, for cell addresses.
    ``sheet_letters``: the same for sheets whose columns stand elsewhere.
    ``missing``: table columns whose header was not found.
    ``is_nil``: the reporter says that nothing occurred in the period (零报告), and there are no rows.
    ``findings``: what parsing itself found; an ``error`` among them returns the delivery.
    """

    source: DeliveryFile
    envelope: Envelope
    rows_path: Path | None
    row_count: int
    findings: tuple[Finding, ...] = ()
    unit_factors: dict[str, Decimal] = field(default_factory=dict)
    column_letters: dict[str, str] = field(default_factory=dict)
    sheet_letters: dict[str, dict[str, str]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    explanations: tuple[Explanation, ...] = ()
    is_nil: bool = False

    def letter(self, sheet: str | None, column: str) -> str | None:
        """Spreadsheet letter of a column in one sheet."""
        return self.sheet_letters.get(sheet or "", self.column_letters).get(column)

    @property
    def cells(self) -> dict[str, str]:
        """Letters by column, and by ``<sheet>!<column>`` where a sheet has them elsewhere."""
        elsewhere = {
            f"{sheet}!{column}": letter
            for sheet, letters in self.sheet_letters.items()
            for column, letter in letters.items()
        }
        return self.column_letters | elsewhere

    @property
    def submission_id(self) -> str:
        return self.source.submission_id
