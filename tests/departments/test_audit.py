"""Every own rule of the audit datasets, once broken and once kept."""

from __future__ import annotations

import pytest

from tests.checking.conftest import Desk, Row, rules_of


def project(**changes: str | None) -> Row:
    row: Row = {
        "audit_no": "SJ2023-001", "audit_name": "预算执行审计", "audit_kind": "预算执行", "audit_theme": "高质量发展",
        "plan_year": "2023", "auditee_uscc": "91350100M000100Y43", "start_date": "2023-03-01", "report_date": "2023-06-01",
        "quality_score": "90", "audit_status": "完成",
    }  # fmt: skip
    return row | changes


def item(**changes: str | None) -> Row:
    row: Row = {
        "item_no": "SJ2023-001-01", "audit_no": "SJ2023-001", "responsible_unit": "财政局", "amount_wan": "100",
        "due_date": "2023-12-31", "rectified_wan": "40", "item_status": "部分整改",
    }  # fmt: skip
    return row | changes


CLOSED: Row = {
    "item_status": "已销号",
    "rectified_wan": "100",
    "close_date": "2023-10-08",
    "evidence_no": "ZG-1",
}


def own(rules: dict[str, list[int | None]]) -> set[str]:
    return {name for name in rules if not name.startswith("auto_ref")}


@pytest.mark.parametrize(
    ("dataset", "period", "row", "rules"),
    [
        ("audit_project", "2023-Q3", project(), set()),
        ("audit_project", "2023-Q3", project(report_date="2023-02-28"), {"report_after_start"}),
        ("audit_project", "2023-Q3", project(quality_score="100.1"), {"score_band"}),
        ("audit_project", "2023-Q3", project(report_date=None, audit_status="现场实施"), {"report_late"}),
        ("audit_project", "2023-Q3", project(report_date=None, audit_status="现场实施", start_date="2023-04-03"), set()),
        ("rectification_item", "2023-10", item(), set()),
        ("rectification_item", "2023-10", item(rectified_wan="100.01"), {"rectified_part"}),
        ("rectification_item", "2023-10", item(**CLOSED), set()),
        ("rectification_item", "2023-10", item(**CLOSED | {"evidence_no": None}), {"close_evidence"}),
        ("rectification_item", "2023-10", item(**CLOSED | {"close_date": None}), {"close_evidence"}),
        ("rectification_item", "2023-10", item(due_date="2023-10-30"), {"overdue"}),
        ("rectification_item", "2023-10", item(due_date="2023-10-31"), set()),
    ],
)  # fmt: skip
def test_a_row_is_judged_on_its_own(
    desk: Desk, dataset: str, period: str, row: Row, rules: set[str]
) -> None:
    (checked,) = desk.check(desk.delivery(f"audit.{dataset}", period, [row]))
    assert own(rules_of(checked)) == rules


def test_what_was_rectified_stays_rectified(desk: Desk) -> None:
    def ask(**remark: str) -> list[set[str]]:
        months = (
            ("2023-08", item()),
            ("2023-10", item(rectified_wan="39") | remark),
            ("2023-11", item(rectified_wan="39")),
        )
        deliveries = [desk.delivery("audit.rectification_item", p, [row]) for p, row in months]
        return [own(rules_of(checked)) for checked in desk.check(*deliveries)]

    # What goes back is no earlier period: without a reason August is compared with again.
    assert ask() == [set(), {"monotonic"}, {"monotonic"}]
    assert ask(_remark="审计认定核减1万元") == [set(), {"monotonic"}, set()]
