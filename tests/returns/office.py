"""The way of one file: filled form, check, return, and the return handed in again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from xiantong.checking import check_batch
from xiantong.checking.lake import EmptyLake
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract, Severity
from xiantong.delivered import DeliveryFile
from xiantong.findings import CheckedSubmission, EarlierExplanation, Finding
from xiantong.forms import write_template
from xiantong.names import DatasetId
from xiantong.parsing import parse_delivery
from xiantong.periods import Period
from xiantong.returns import REVIEW_SHEET, write_return

KEY = b"secret"


class Remembered:
    """Explanations of the submissions that a test says were settled."""

    def __init__(self, *settled: CheckedSubmission) -> None:
        self.known = {
            (f.rule_id, str(f.fingerprint)): EarlierExplanation(f.explanation, c.submission_id)
            for c in settled
            for f in c.findings
            if f.explanation
        }

    def explained(
        self, dataset: DatasetId, period: Period, reporter_code: str
    ) -> Mapping[tuple[str, str], EarlierExplanation]:
        return self.known


@dataclass
class Office:
    """Checks real files and writes real returns, one delivery after the other."""

    contract: Contract
    catalogue: Catalogue
    folder: Path
    number: int = 0

    def form(self, rows: Sequence[Mapping[str, Any]], period: str = "2023-10") -> Path:
        """The blank form, filled in."""
        reporter = f"980121000000{self.contract.id.department}"
        path = self.folder / f"表{period}.xlsx"
        return write_template(
            self.contract, self.catalogue, path, Period(period), reporter, list(rows)
        )

    def source(self, path: Path, sidecar: Path | None = None) -> DeliveryFile:
        self.number += 1
        at = datetime(2023, 11, 8) + timedelta(hours=self.number)
        number = f"{self.number:020d}"
        return DeliveryFile(number, self.contract.id, path, path.name, at, sidecar=sidecar)

    def check(
        self, *paths: Path, sidecar: Path | None = None, earlier: Remembered | None = None
    ) -> list[CheckedSubmission]:
        """Check files in one batch."""
        work = self.folder / f"work{self.number}"
        work.mkdir()
        sources = [self.source(path, sidecar) for path in paths]
        parsed = [parse_delivery(s, self.contract, self.catalogue, work) for s in sources]
        return check_batch(
            self.contract, self.catalogue, parsed, EmptyLake(), work, KEY, earlier=earlier
        )

    def returned(self, path: Path, checked: CheckedSubmission) -> Path:
        out = self.folder / f"return{self.number}.xlsx"
        return write_return(path, self.contract, self.catalogue, checked, out)


def explain(path: Path, texts: Mapping[int | None, str], rule: str) -> None:
    """Write explanations of one rule into the review of a returned workbook, by row number."""
    book = load_workbook(path)
    sheet = book[REVIEW_SHEET]
    columns = review_columns(sheet)
    answered = set()
    for line in sheet.iter_rows(min_row=8):
        row = line[columns["行号"]].value
        if str(line[columns["规则编号"]].value).endswith(rule) and row in texts:
            line[columns["说明"]].value = texts[row]
            answered.add(row)
    assert answered == set(texts)
    book.save(path)


def review_columns(sheet: Worksheet) -> dict[str, int]:
    return {str(cell.value): n for n, cell in enumerate(sheet[7])}


def warnings(checked: CheckedSubmission, rule: str) -> list[Finding]:
    """The warnings of one rule in row order."""
    found = [f for f in checked.findings if f.rule_id.endswith(rule)]
    assert all(f.severity is Severity.WARNING for f in found)
    return found
