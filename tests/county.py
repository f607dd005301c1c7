"""A small deployment in a folder, and checked submissions with real files, for tests."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Column, Contract, Kind, Severity
from xiantong.delivered import Envelope
from xiantong.findings import CheckedSubmission, Finding
from xiantong.ledger import Delivery, Ledger
from xiantong.names import DatasetId
from xiantong.periods import Period
from xiantong.settings import PROJECT_ROOT, Settings
from xiantong.settling import SettleSummary, settle
from xiantong.store import Store
from xiantong.warehouse import open_warehouse

ROSTER = "education.master_studio"  # snapshot, whole
ENTITY = "market_regulation.market_entity"  # upsert, whole
TRAINING = "education.training_record"  # append, whole
CLAIM = "medical_insurance.claim"  # append, rows
REPORTER = "980121000000education"
AREA = "980121000000"
NOW = datetime(2023, 12, 1, 8, 30)

Row = dict[str, Any]


@dataclass(frozen=True)
class County:
    """Everything a settling needs, below one folder."""

    home: Path
    catalogue: Catalogue
    ledger_url: str = ""
    warehouse_url: str = ""
    store_url: str = ""

    @cached_property
    def settings(self) -> Settings:
        return Settings(
            home=self.home,
            ledger=self.ledger_url,
            warehouse=self.warehouse_url,
            store=self.store_url,
            expectations=PROJECT_ROOT / "expectations",
        )

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger.of(self.settings)

    @cached_property
    def store(self) -> Store:
        return Store.of(self.settings)

    def contract(self, dataset: str) -> Contract:
        return self.catalogue.contract(dataset)

    def deliver(
        self, dataset: str, name: str, at: datetime, content: bytes | None = None
    ) -> Delivery:
        """Store an original and register it as a received delivery."""
        path = self.home / "arrived" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            write_workbook(path, self.contract(dataset), name)
        else:
            path.write_bytes(content)
        original = self.store.put_original(path, name)
        self.store.flush()
        modified_ns = int(at.replace(tzinfo=UTC).timestamp() * 1e9)
        identity = f"{dataset}|{name}|{modified_ns}|{original.sha256}"
        delivery = Delivery(
            id=hashlib.sha256(identity.encode()).hexdigest()[:20],
            dataset=DatasetId.parse(dataset),
            name=name,
            sha256=original.sha256,
            size=original.size,
            modified_ns=modified_ns,
            submitted_at=at,
            received_at=NOW,
        )
        self.ledger.register([delivery])
        return delivery

    def checked(
        self,
        delivery: Delivery,
        period: str | None,
        rows: Sequence[Row],
        findings: Sequence[Finding] = (),
        reporter: str | None = REPORTER,
        **values: Any,
    ) -> CheckedSubmission:
        """What a check would hand over for a delivery, with its typed Parquet."""
        contract = self.catalogue.contract(delivery.dataset)
        candidate = self.home / "work" / f"{delivery.id}.parquet"
        write_candidate(candidate, contract, delivery.id, period or "2023-10", rows)
        counts: dict[str, int] = {}
        for finding in findings:
            counts[finding.rule_id] = counts.get(finding.rule_id, 0) + 1
        result = CheckedSubmission(
            submission_id=delivery.id,
            dataset=delivery.dataset,
            envelope=Envelope(
                submitted_at=delivery.submitted_at,
                period=Period(period) if period else None,
                reporter_code=reporter,
                reporter_area_code=AREA if reporter else None,
                reporter_name="教育局",
                filler_name="王小明",
            ),
            findings=tuple(findings),
            rule_counts=counts,
            row_count=len(rows),
            good_rows=len(rows),
            candidate=candidate,
            content_digest=hashlib.sha256(repr(rows).encode()).hexdigest(),
        )
        return replace(result, **values)

    def submit(
        self, dataset: str, name: str, at: datetime, period: str | None, rows: Sequence[Row],
        findings: Sequence[Finding] = (), **values: Any,
    ) -> CheckedSubmission:  # fmt: skip
        """A delivery whose content is its rows, checked."""
        content = values.pop("content", repr((name, rows)).encode())
        delivery = self.deliver(dataset, name, at, content)
        return self.checked(delivery, period, rows, findings, **values)

    def settle(
        self, dataset: str, *checked: CheckedSubmission, now: datetime = NOW
    ) -> SettleSummary:
        return settle(
            self.ledger, self.store, self.catalogue, self.contract(dataset), checked,
            self.settings, now=now,
        )  # fmt: skip

    def raw(self, dataset: str, columns: str = "*", order: str = "1") -> list[tuple[Any, ...]]:
        table = DatasetId.parse(dataset).raw_table
        return self.fetch(f"select {columns} from raw.{table} order by {order}")

    def fetch(self, query: str) -> list[tuple[Any, ...]]:
        with open_warehouse(self.settings.warehouse_url) as warehouse:
            return warehouse.fetch(query)


def error(rule: str = "r.wrong", row: int | None = 5, **values: Any) -> Finding:
    return Finding(rule, Severity.ERROR, "数值有误", "请改正", row=row, **values)


def warning(rule: str = "r.odd", row: int | None = 5, explanation: str | None = None) -> Finding:
    return Finding(rule, Severity.WARNING, "请核实", "请说明", row=row, explanation=explanation)


def write_workbook(path: Path, contract: Contract, text: str) -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append([contract.title_zh])
    sheet.append([column.header_zh for column in contract.table_columns])
    sheet.append([text for _ in contract.table_columns])
    workbook.save(path)


def write_candidate(
    path: Path, contract: Contract, submission_id: str, period: str, rows: Sequence[Row]
) -> Path:
    """Typed Parquet as the check writes it. Columns that a row does not name get plain values."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fields = [
        ("_submission_id", pa.string()),
        ("_src_sheet", pa.string()),
        ("_src_row", pa.int64()),
    ]
    fields += [(column.name, _arrow_type(column)) for column in contract.columns]
    columns = [
        pa.array([submission_id] * len(rows), pa.string()),
        pa.array(["Sheet1"] * len(rows), pa.string()),
        pa.array(range(5, 5 + len(rows)), pa.int64()),
    ]
    for column in contract.columns:
        values = [
            period if column.kind is Kind.PERIOD else row.get(column.name, _plain(column, number))
            for number, row in enumerate(rows)
        ]
        columns.append(pa.array(values, _arrow_type(column)))
    pq.write_table(pa.Table.from_arrays(columns, schema=pa.schema(fields)), path)
    return path


def _arrow_type(column: Column) -> pa.DataType:
    match column.kind:
        case Kind.DECIMAL:
            return pa.decimal128(column.precision or 38, column.scale or 0)
        case Kind.INTEGER:
            return pa.int64()
        case Kind.YEAR:
            return pa.int32()
        case Kind.BOOLEAN:
            return pa.bool_()
        case Kind.DATE:
            return pa.date32()
        case Kind.TIMESTAMP:
            return pa.timestamp("us")
        case _:
            return pa.string()


def _plain(column: Column, number: int) -> Any:
    match column.kind:
        case Kind.DECIMAL:
            return Decimal(number + 1)
        case Kind.INTEGER:
            return number
        case Kind.YEAR:
            return 2023
        case Kind.BOOLEAN:
            return number % 2 == 0
        case Kind.DATE:
            return date(2023, 10, 1 + number % 28)
        case Kind.TIMESTAMP:
            return datetime(2023, 10, 1, 8, number % 60)
        case Kind.MONTH:
            return "2023-10"
        case _:
            return (
                f"{column.name} {number}" if column.key else ('值,"带"引号\n' if number % 3 else "")
            )
