"""Names and makers that the tests of returns share."""

from __future__ import annotations

from xiantong.contracts.model import Severity
from xiantong.findings import Finding

SHEET = "负面清单'检查"
DATASET = "medical_insurance.negative_list_finding"
LETTERS = {
    "finding_no": "B",
    "institution_code": "C",
    "check_kind": "D",
    "check_date": "E",
    "finding_cnt": "F",
    "amount_yuan": "G",
    "returned_yuan": "H",
}
HEADERS = ["序号", "检查记录号", "定点医药机构编码", "检查方式", "检查日期", "问题数", "涉及金额", "已退回基金"]  # fmt: skip


def record(n: int) -> list[object]:
    return [n, f"JC{n:05d}", "H98012100001", "日常检查", "2023-10-11", 1, 1000 + n, 500.5]


def finding(rule: str, severity: Severity = Severity.ERROR, **more: object) -> Finding:
    values: dict[str, object] = {
        "message_zh": "退回金额大于涉及金额",
        "fix_zh": "请核对两个金额",
    } | more
    return Finding(rule_id=f"{DATASET}.{rule}", severity=severity, **values)  # type: ignore[arg-type]


def at(cell: str, column: str, header: str, sheet: str | None = SHEET) -> dict[str, object]:
    row = int("".join(c for c in cell if c.isdigit()))
    return {"sheet": sheet, "row": row, "cell": cell, "column": column, "header": header}
