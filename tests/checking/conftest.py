"""Deliveries as parsing hands them over, written as real Parquet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xiantong.checking import AcceptedFile, check_batch
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract
from xiantong.delivered import DeliveryFile, Envelope, Explanation
from xiantong.findings import CheckedSubmission
from xiantong.names import DatasetId
from xiantong.parsing.model import ParsedDelivery
from xiantong.periods import Period
from xiantong.settings import Settings
from xiantong.verdict import is_acceptable

Row = dict[str, str | None]
COUNTY = "980121000000"


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue(Settings().expectations)


class Lake:
    """Accepted files by dataset."""

    def __init__(self) -> None:
        self.files: dict[DatasetId, list[AcceptedFile]] = {}

    def accepted(self, dataset: DatasetId) -> list[AcceptedFile]:
        return self.files.get(dataset, [])


class Desk:
    """Writes deliveries, checks them, and accepts what the test wants accepted."""

    def __init__(self, catalogue: Catalogue, folder: Path) -> None:
        self.catalogue = catalogue
        self.folder = folder
        self.lake = Lake()
        self._number = 0

    def delivery(
        self,
        dataset: str,
        period: str,
        rows: Sequence[Row],
        *,
        submitted_at: datetime = datetime(2026, 1, 1),
        explanations: Sequence[Explanation] = (),
        **more: object,
    ) -> ParsedDelivery:
        contract = self.catalogue.contract(dataset)
        self._number += 1
        submission_id = f"s{self._number:04d}"
        columns: dict[str, pa.Array] = {
            c.name: pa.array([row.get(c.name) for row in rows], pa.string())
            for c in contract.columns
        }
        columns["_remark"] = pa.array([row.get("_remark") for row in rows], pa.string())
        columns["_row"] = pa.array(range(len(rows)), pa.int64())
        columns["_src_sheet"] = pa.array(["Sheet1"] * len(rows), pa.string())
        columns["_src_row"] = pa.array(range(7, 7 + len(rows)), pa.int64())
        path = self.folder / f"{submission_id}.text.parquet"
        pq.write_table(pa.table(columns), path)
        return ParsedDelivery(
            source=DeliveryFile(submission_id, contract.id, path, "file.xlsx", submitted_at),
            envelope=Envelope(
                submitted_at,
                Period(period),
                str(more.pop("reporter", COUNTY + contract.id.department)),
                str(more.pop("reporter_area", COUNTY)),
            ),
            rows_path=path,
            row_count=len(rows),
            explanations=tuple(explanations),
            **more,  # type: ignore[arg-type]
        )

    def check(self, *deliveries: ParsedDelivery, **options: object) -> list[CheckedSubmission]:
        contract = self.catalogue.contract(deliveries[0].source.dataset)
        return check_batch(
            contract, self.catalogue, deliveries, self.lake, self.folder / "typed", b"key",
            **options,  # type: ignore[arg-type]
        )  # fmt: skip

    def accept(self, *checked: CheckedSubmission, revision: int = 1) -> None:
        for submission in checked:
            assert submission.candidate, submission.findings
            file = AcceptedFile(
                submission.candidate,
                submission.submission_id,
                str(submission.envelope.reporter_code),
                submission.envelope.period or Period("1970"),
                revision,
                datetime.now(UTC).replace(tzinfo=None),
                submission.envelope.reporter_area_code,
            )
            self.lake.files.setdefault(submission.dataset, []).append(file)

    def accepts(self, checked: CheckedSubmission) -> bool:
        """Whether settling would accept it."""
        return is_acceptable(self.catalogue.contract(checked.dataset), checked)

    def contract(self, dataset: str) -> Contract:
        return self.catalogue.contract(dataset)


@pytest.fixture
def desk(catalogue: Catalogue, tmp_path: Path) -> Desk:
    return Desk(catalogue, tmp_path)


def rules_of(checked: CheckedSubmission) -> dict[str, list[int | None]]:
    """Short rule name -> rows."""
    found: dict[str, list[int | None]] = {}
    for finding in checked.findings:
        found.setdefault(finding.rule_id.rpartition(".")[2], []).append(finding.row)
    return found


RowMaker = Callable[..., Row]
