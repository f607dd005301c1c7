"""The rules of the economic bureau's forms: each violated once and kept once."""

from __future__ import annotations

import pytest

from tests.checking.conftest import Desk, Row, rules_of
from tests.checking.conftest import desk as desk
from tests.departments.deliveries import ONE, TWO, entity

MONTHLY, EVALUATION = "industry.enterprise_monthly", "industry.enterprise_evaluation"
FUNNEL, RENOVATION = "industry.funnel_project", "industry.technical_renovation"
REGISTER, PROGRESS = "investment.project_register", "investment.project_monthly"
CODE = "2201-980121-04-01-510013"


def output(uscc: str = ONE, **changes: str | None) -> Row:
    row: Row = {
        "uscc": uscc, "enterprise_name": "青澧某某有限公司", "area_code": "980121101000", "industry_code": "C2662",
        "output_current_wan": "100", "output_ytd_wan": "900", "output_ytd_ly_wan": "850", "sales_ytd_wan": "880",
        "export_ytd_wan": "80", "employee_cnt": "60", "power_current_kwh": "10000", "above_scale_since": "2015-03",
        "report_status": "正常",
    }  # fmt: skip
    return row | changes


def evaluation(uscc: str = ONE, **changes: str | None) -> Row:
    row: Row = {
        "uscc": uscc, "enterprise_name": "青澧某某有限公司", "area_code": "980121101000", "above_scale": "是",
        "land_mu": "50", "revenue_wan": "2000", "tax_wan": "100", "has_rd_unit": "是", "rd_staff_cnt": "5",
        "tech_center_level": "省级", "official_grade": "B类鼓励提升",
    }  # fmt: skip
    return row | changes


def project(number: str = "Q1", **changes: str | None) -> Row:
    row: Row = {
        "project_no": number, "project_name": "某某项目", "area_code": "980121101000", "source_batch": "大会签约",
        "industry_group": "生物化工", "total_invest_wan": "10000", "sign_date": "2023-01-10",
        "plan_start_date": "2023-02-10", "start_date": "2023-08-01",
    }  # fmt: skip
    return row | changes


def renovation(**changes: str | None) -> Row:
    row: Row = {
        "project_code": CODE, "project_name": "某某改造", "uscc": ONE, "area_code": "980121101000", "industry_code": "C2662",
        "renovation_type": "设备更新", "total_invest_wan": "500", "equipment_wan": "500", "invest_current_wan": "20",
        "invest_ytd_wan": "120", "invest_ytd_ly_wan": "90",
    }  # fmt: skip
    return row | changes


def own_rules(desk: Desk, dataset: str, period: str, row: Row) -> set[str]:
    (checked,) = desk.check(desk.delivery(dataset, period, [row]))
    return {rule for rule in rules_of(checked) if not rule.startswith("auto_")}


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({}, set()),
        ({"output_current_wan": "900"}, set()),
        ({"output_current_wan": "900.01"}, {"ytd_ge_current"}),
        ({"export_ytd_wan": "880.5"}, {"export_le_sales"}),
        ({"export_ytd_wan": "880.5", "sales_ytd_wan": None}, set()),
        ({"output_ytd_ly_wan": "600"}, set()),
        ({"output_ytd_ly_wan": "599"}, {"yoy_swing"}),
        ({"output_ytd_ly_wan": "1801"}, {"yoy_swing"}),
        ({"output_ytd_ly_wan": "0"}, set()),
        ({"output_current_wan": "0"}, {"zero_output"}),
        ({"output_current_wan": "0", "report_status": "停产"}, set()),
    ],
)
def test_monthly_row_rules(desk: Desk, changes: Row, rules: set[str]) -> None:
    assert own_rules(desk, MONTHLY, "2023-10", output(**changes)) == rules


@pytest.mark.parametrize(
    ("before", "now", "rules"),
    [
        ("2023-09", "2023-10", {}),
        ("2023-09", "2023-10", {"output_ytd_wan": "901"}),
        ("2022-12", "2023-02", {"output_ytd_wan": "300"}),
    ],
)
def test_output_of_the_year_follows_the_month_before(
    desk: Desk, before: str, now: str, rules: Row
) -> None:
    earlier = desk.delivery(MONTHLY, before, [output(output_ytd_wan="800")])
    *_, checked = desk.check(earlier, desk.delivery(MONTHLY, now, [output(**rules)]))
    assert "ytd_chain" not in rules_of(checked)


def test_output_of_the_year_that_does_not_follow_is_returned(desk: Desk) -> None:
    earlier = desk.delivery(MONTHLY, "2023-09", [output(output_ytd_wan="800")])
    *_, checked = desk.check(earlier, desk.delivery(MONTHLY, "2023-10", [output(output_ytd_wan="901.01")]))  # fmt: skip
    assert rules_of(checked)["ytd_chain"] == [7]


@pytest.mark.parametrize(("base", "asked"), [("935", False), ("936", True), ("764", True)])
def test_base_is_compared_with_last_years_report(desk: Desk, base: str, asked: bool) -> None:
    last_year = desk.delivery(MONTHLY, "2022-10", [output(output_ytd_wan="850")])
    now = desk.delivery(MONTHLY, "2023-10", [output(output_ytd_ly_wan=base)])
    *_, checked = desk.check(last_year, now)
    assert ("base_match" in rules_of(checked)) is asked


@pytest.mark.parametrize(
    ("power", "current", "asked"),
    [("13100", "90", True), ("13000", "90", False), ("13100", "110", False), (None, "90", False)],
)
def test_power_against_output(desk: Desk, power: str | None, current: str, asked: bool) -> None:
    earlier = desk.delivery(MONTHLY, "2023-09", [output(output_ytd_wan="800")])
    changed = output(power_current_kwh=power, output_current_wan=current)
    *_, checked = desk.check(earlier, desk.delivery(MONTHLY, "2023-10", [changed]))
    assert ("power_output" in rules_of(checked)) is asked


@pytest.mark.parametrize(("status", "missed"), [("正常", True), ("停产", True), ("退库", False)])
def test_a_firm_leaves_only_with_an_exit_record(desk: Desk, status: str, missed: bool) -> None:
    earlier = desk.delivery(MONTHLY, "2023-09", [output(), output(TWO, report_status=status)])
    *_, checked = desk.check(earlier, desk.delivery(MONTHLY, "2023-10", [output()]))
    assert ("roster" in rules_of(checked)) is missed
    assert any(TWO in finding.message_zh for finding in checked.findings) is missed


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({}, set()),
        ({"rd_staff_cnt": None}, {"rd_unit_staff"}),
        ({"has_rd_unit": "否"}, {"center_needs_unit"}),
        ({"has_rd_unit": "否", "tech_center_level": "市级"}, set()),
        ({"revenue_wan": "1999.99"}, {"above_scale_revenue"}),
        ({"revenue_wan": "1999.99", "above_scale": "否"}, set()),
    ],
)
def test_evaluation_row_rules(desk: Desk, changes: Row, rules: set[str]) -> None:
    assert own_rules(desk, EVALUATION, "2023", evaluation(**changes)) == rules


@pytest.mark.parametrize(("paid", "asked"), [("102", False), ("102.01", True), ("97.9", True)])
def test_tax_is_that_of_the_tax_service(desk: Desk, paid: str, asked: bool) -> None:
    for period, amount in (("2023-Q3", "60"), ("2023-Q4", paid)):
        row = {"uscc": ONE, "enterprise_name": "某某", "tax_paid_ytd_wan": amount, "invoice_revenue_ytd_wan": "2000"}  # fmt: skip
        desk.accept(*desk.check(desk.delivery("tax.enterprise_tax", period, [row])))
    assert ("tax_match" in own_rules(desk, EVALUATION, "2023", evaluation())) is asked


@pytest.mark.parametrize(
    ("grades", "asked"),
    [("ABBBT", False), ("AABBB", True), ("BBBBBBBBBD", False), ("BBBBBBBBD", True), ("TTT", False)],
)
def test_shares_of_grades(desk: Desk, grades: str, asked: bool) -> None:
    rows = [evaluation(official_grade=grade, uscc=f"{n}") for n, grade in enumerate(grades)]
    (checked,) = desk.check(desk.delivery(EVALUATION, "2023", rows))
    assert ("grade_share" in rules_of(checked)) is asked


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({}, set()),
        ({"total_invest_wan": "9999.99"}, {"size_floor"}),
        ({"start_date": "2023-01-09"}, {"stage_order", "started_not_in"}),
        ({"stat_in_date": "2023-07-31"}, {"stage_order"}),
        ({"stat_in_date": "2023-08-31", "production_date": "2023-07-31"}, {"stage_order"}),
        ({"start_date": None, "production_date": "2022-07-31"}, {"stage_order", "overdue_start"}),
        ({"invest_done_wan": "12000"}, set()),
        ({"invest_done_wan": "12000.01"}, {"done_cap"}),
        ({"start_date": None}, {"overdue_start"}),
        ({"start_date": None, "plan_start_date": "2023-11-01"}, set()),
        ({"start_date": None, "exit_date": "2023-10-01"}, set()),
        ({"start_date": "2023-07-30"}, {"started_not_in"}),
        ({"start_date": "2023-07-30", "stat_in_date": "2023-08-30"}, set()),
    ],
)
def test_funnel_row_rules(desk: Desk, changes: Row, rules: set[str]) -> None:
    assert own_rules(desk, FUNNEL, "2023-10", project(**changes)) == rules


@pytest.mark.parametrize(("left", "missed"), [(None, True), ("2023-09-20", False)])
def test_a_project_leaves_only_after_its_exit(desk: Desk, left: str | None, missed: bool) -> None:
    earlier = desk.delivery(FUNNEL, "2023-09", [project(), project("Q2", exit_date=left)])
    *_, checked = desk.check(earlier, desk.delivery(FUNNEL, "2023-10", [project()]))
    assert ("no_vanish" in rules_of(checked)) is missed


def registered(**changes: str | None) -> Row:
    row: Row = {
        "project_code": CODE, "project_name": "某某项目", "builder_uscc": ONE, "builder_name": "某某",
        "project_category": "NEW_INDUSTRY", "is_industrial": "true", "project_type": "NEW", "area_code": "980121101000",
        "total_invest_wan": "20000", "pipeline_stage": "BUILDING", "lead_unit": "工业和信息化局", "start_date": "2023-08-01",
        "stat_in_date": "2023-08-20",
    }  # fmt: skip
    return row | changes


@pytest.mark.parametrize(("in_statistics", "asked"), [("2023-08-20", False), (None, True)])
def test_the_register_knows_what_is_in_the_statistics(
    desk: Desk, in_statistics: str | None, asked: bool
) -> None:
    entity(desk)
    desk.accept(*desk.check(desk.delivery(REGISTER, "2023-10", [registered(stat_in_date=in_statistics)])))  # fmt: skip
    row = project(project_code=CODE, stat_in_date="2023-08-30")
    assert ("in_database" in own_rules(desk, FUNNEL, "2023-10", row)) is asked


@pytest.mark.parametrize(("uscc", "asked"), [(ONE, False), (TWO, True), (None, True)])
def test_an_above_scale_project_has_a_firm_that_reports(
    desk: Desk, uscc: str | None, asked: bool
) -> None:
    entity(desk)
    desk.accept(*desk.check(desk.delivery(MONTHLY, "2023-10", [output()])))
    row = project(
        uscc=uscc, stat_in_date="2023-08-30", production_date="2023-09-01", above_scale_date="2023-10-01",
    )  # fmt: skip
    assert ("above_scale_check" in own_rules(desk, FUNNEL, "2023-10", row)) is asked


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({}, set()),
        ({"invest_current_wan": "120.5"}, {"ytd_ge_current"}),
        ({"equipment_wan": "500.5"}, {"equipment_part"}),
    ],
)
def test_renovation_row_rules(desk: Desk, changes: Row, rules: set[str]) -> None:
    assert own_rules(desk, RENOVATION, "2023-10", renovation(**changes)) == rules


@pytest.mark.parametrize(
    ("before", "now", "broken"),
    [("2023-09", "2023-10", True), ("2022-12", "2023-01", False)],
)
def test_investment_only_grows_inside_the_year(
    desk: Desk, before: str, now: str, broken: bool
) -> None:
    earlier = desk.delivery(RENOVATION, before, [renovation(invest_ytd_wan="121")])
    *_, checked = desk.check(earlier, desk.delivery(RENOVATION, now, [renovation()]))
    assert ("ytd_monotonic" in rules_of(checked)) is broken


@pytest.mark.parametrize(("said", "asked"), [("121", False), ("121.01", True)])
def test_investment_is_that_of_the_register(desk: Desk, said: str, asked: bool) -> None:
    entity(desk)
    desk.accept(*desk.check(desk.delivery(REGISTER, "2023-10", [registered()])))
    progress: Row = {
        "project_code": CODE, "invest_current_wan": "20", "invest_ytd_wan": said, "invest_total_done_wan": said,
        "plan_year_wan": "150", "progress_desc": "主体施工",
    }  # fmt: skip
    desk.accept(*desk.check(desk.delivery(PROGRESS, "2023-10", [progress])))
    assert ("same_as_register" in own_rules(desk, RENOVATION, "2023-10", renovation())) is asked
