"""A small contract with one column of every kind, and files that deliver it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import (
    Column,
    Contract,
    Delivery,
    Due,
    Kind,
    Layout,
    LoadMode,
    Privacy,
)
from xiantong.delivered import DeliveryFile
from xiantong.names import DatasetId
from xiantong.parsing import parse_delivery
from xiantong.parsing.model import ParsedDelivery
from xiantong.periods import Frequency, Period

COLUMNS = (
    Column(name="period", header_zh="报告期", kind=Kind.PERIOD, required=True, source="envelope"),
    Column(name="uscc", header_zh="统一社会信用代码", aliases=("社会信用代码",), kind=Kind.STRING, length=18,
           required=True, key=True),
    Column(name="firm_name", header_zh="企业名称", aliases=("单位名称",), kind=Kind.STRING, length=120,
           required=True),
    Column(name="area_code", header_zh="行政区划代码", aliases=("区划代码",), kind=Kind.STRING, length=12),
    Column(name="firm_kind", header_zh="企业类型", kind=Kind.CODE, code_list="firm_kind"),
    Column(name="invest_wan", header_zh="计划总投资", kind=Kind.DECIMAL, precision=16, scale=2, unit="万元",
           required=True),
    Column(name="equipment_wan", header_zh="其中:设备投资", aliases=("设备投资",), kind=Kind.DECIMAL,
           precision=16, scale=2, unit="万元"),
    Column(name="output_month_wan", header_zh="工业总产值-本月", kind=Kind.DECIMAL, precision=16, scale=2,
           unit="万元"),
    Column(name="output_ytd_wan", header_zh="工业总产值-本年累计", kind=Kind.DECIMAL, precision=16, scale=2,
           unit="万元"),
    Column(name="land_mu", header_zh="用地面积", kind=Kind.DECIMAL, precision=12, scale=2, unit="亩"),
    Column(name="worker_cnt", header_zh="从业人数", kind=Kind.INTEGER, unit="人"),
    Column(name="share_pct", header_zh="完成率", kind=Kind.DECIMAL, precision=8, scale=2, unit="%"),
    Column(name="meter_value", header_zh="起码", kind=Kind.DECIMAL, precision=18, scale=4),
    Column(name="start_date", header_zh="开工日期", kind=Kind.DATE),
    Column(name="plan_month", header_zh="计划年月", kind=Kind.MONTH),
    Column(name="plan_year", header_zh="计划年度", kind=Kind.YEAR),
    Column(name="is_open", header_zh="是否开工", kind=Kind.BOOLEAN),
    Column(name="owner_id_no", header_zh="法人身份证号", kind=Kind.STRING, length=18,
           privacy=Privacy.SENSITIVE),
)  # fmt: skip
SUBMITTED_AT = datetime(2023, 11, 5, 9, 30)
FIRMS = ("91350100M000100Y43", "91512081MA62K0260E", "91110000600037341L")


def contract(**changes: Any) -> Contract:
    facts: dict[str, Any] = {
        "id": DatasetId("energy", "firm_form"),
        "version": "1.0.0",
        "title_zh": "企业投资情况表",
        "title_en": "Firms",
        "grain": "one row per firm",
        "tier": 1,
        "reporter": "energy office",
        "reporter_kind": "enterprise",
        "delivery": Delivery.XLSX,
        "frequency": Frequency.MONTHLY,
        "due": Due(count=10),
        "due_text": "10th",
        "load_mode": LoadMode.SNAPSHOT,
        "form_no": "测试01表",
        "layouts": (Layout(unit="万元"),),
        "columns": COLUMNS,
    }
    return Contract(**(facts | changes))


CONTRACT = contract()
HEADERS = tuple(c.header_zh for c in CONTRACT.table_columns)


def table_row(**values: Any) -> list[Any]:
    """A row in the order of the form; columns that are not given stay blank."""
    given = {"uscc": FIRMS[0], "firm_name": "青岭水泥厂", "invest_wan": 100, **values}
    return [given.get(column.name) for column in CONTRACT.table_columns]


def rows_of(*rows: dict[str, Any]) -> list[list[Any]]:
    return [
        table_row(uscc=FIRMS[n % 3], **row) if "uscc" not in row else table_row(**row)
        for n, row in enumerate(rows)
    ]


TITLES: tuple[list[Any], ...] = (
    ["企业投资情况表"],
    ["表号：测试01表", None, None, "制定机关：统计局"],
    ["填报单位：青澧县发展和改革局", None, None, "报告期：2023年10月"],
    ["计量单位：万元"],
)
FOOTER: list[Any] = [
    "填表人：张三",
    None,
    "审核人：李四",
    None,
    "单位负责人：王五",
    None,
    "填报日期：2023-11-03",
]


def form(
    rows: Sequence[Sequence[Any]],
    headers: Sequence[Any] = HEADERS,
    titles: Sequence[Sequence[Any]] = TITLES,
    footer: Sequence[Any] | None = FOOTER,
) -> list[Sequence[Any]]:
    """All rows of a form as people fill it in: titles, header, rows, a blank row, signatures."""
    return [*titles, headers, *rows, *([[], footer] if footer else [])]


def write_xlsx(path: Path, rows: Sequence[Sequence[Any]], sheet: str = "表1") -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = sheet
    fill(book.active, rows)
    book.save(path)
    return path


def fill(sheet: Any, rows: Sequence[Sequence[Any]]) -> None:
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            if value is not None:
                sheet.cell(number, column, value)


class Reader:
    """Parses files as one deployment would."""

    def __init__(self, catalogue: Catalogue, out: Path, contract: Contract = CONTRACT) -> None:
        self.catalogue = catalogue
        self.out = out
        self.contract = contract

    def read(self, path: Path, name: str | None = None, period: str | None = None,
             reporter: str | None = None, sidecar: Path | None = None) -> ParsedDelivery:  # fmt: skip
        source = DeliveryFile(
            "d" * 20, self.contract.id, path, name or path.name, SUBMITTED_AT,
            Period(period) if period else None, reporter, sidecar,
        )  # fmt: skip
        return parse_delivery(source, self.contract, self.catalogue, self.out)

    def form(self, rows: Sequence[Sequence[Any]], **parts: Any) -> ParsedDelivery:
        """Parse an xlsx form with these data rows."""
        return self.read(write_xlsx(self.out / "form.xlsx", form(rows, **parts)))


def texts(parsed: ParsedDelivery) -> list[dict[str, Any]]:
    """The rows of the Parquet file, blank cells left out."""
    assert parsed.rows_path is not None, parsed.findings
    rows: list[dict[str, Any]] = pq.read_table(parsed.rows_path).to_pylist()
    return [{key: value for key, value in row.items() if value is not None} for row in rows]


def column(parsed: ParsedDelivery, name: str) -> list[Any]:
    assert parsed.rows_path is not None, parsed.findings
    values: list[Any] = pq.read_table(parsed.rows_path, columns=[name])[name].to_pylist()
    return values


def kinds(parsed: ParsedDelivery) -> list[str]:
    """Rule ids of all findings without the dataset's name."""
    return [
        finding.rule_id.removeprefix(f"{parsed.source.dataset}.") for finding in parsed.findings
    ]
