"""Two counties in one warehouse: local numbers repeat, national codes are shared.

Real files go through intake, check, settling and raw tables into the marts, on both engines. Both
counties number from one (settlement ``S1``, review ``R1``, teacher ``T1``); firm, hospital and school of
the one are named by the other.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.departments.deliveries import ONE, TWO
from xiantong import steps
from xiantong.contracts.catalogue import Catalogue
from xiantong.deployment import Deployment
from xiantong.names import DatasetId
from xiantong.settings import PROJECT_ROOT, Settings
from xiantong.transform import build, generate
from xiantong.warehouse.opening import open_warehouse

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(900)]

HERE, THERE = "980121000000", "980122000000"
OUR_HOSPITAL, THEIR_HOSPITAL = "H98012100001", "H98012200001"
OUR_SCHOOL, THEIR_SCHOOL, THEIR_SECOND = "3698010001", "3698010002", "3698010003"
IDENTITY, ANOTHER = "11010519491231002X", "440524188001010014"
Row = dict[str, str]
Rows = list[tuple[Any, ...]]

MARTS = (
    "fct_agreement",
    "fct_collective_company_month",
    "fct_cross_teaching",
    "fct_enterprise_tax_quarter",
    "fct_institution_cost_month",
    "fct_negative_finding",
    "fct_reviewer_month",
    "fct_sampling_plan",
    "fct_school_staffing",
    "fct_subject_staffing",
)

MARTS_BEHIND = ("dim_area", "dim_period", "dim_market_entity", "fct_submission", "fct_finding")
SUBJECTS = ("agri_rural", "core", "education", "market_regulation", "medical_insurance", "tax")
NOT_DELIVERED = ("education.sport_hour", "medical_insurance.reviewer_post")
LISTS_OF_MODELS = ("_constants", "industry_group", "school_subject", "negative_item")


def entity(uscc: str, area: str) -> Row:
    return {
        "uscc": uscc, "entity_name": "某某有限公司", "entity_type": "企业", "industry_code": "C2662",
        "found_date": "2010-05-06", "reg_status": "存续", "area_code": area,
    }  # fmt: skip


def institution(code: str, area: str, level: str) -> Row:
    return {
        "institution_code": code, "institution_name": "人民医院", "uscc": ONE, "institution_kind": "医院",
        "institution_level": level, "area_code": area, "agreement_status": "有效",
    }  # fmt: skip


def claim(number: str, institution_code: str, fee: int) -> Row:
    return {
        "settlement_no": number, "institution_code": institution_code, "patient_id_no": IDENTITY,
        "insurance_kind": "城乡居民医保", "visit_kind": "门诊", "admit_date": "2023-10-05",
        "settle_date": "2023-10-05", "total_fee_yuan": str(fee), "drug_fee_yuan": str(fee),
        "material_fee_yuan": "0", "exam_fee_yuan": "0", "other_fee_yuan": "0",
        "fund_pay_yuan": str(fee), "self_pay_yuan": "0", "rule_hit_cnt": "0",
    }  # fmt: skip


def review(number: str, settlement: str, deducted: int) -> Row:
    return {
        "review_no": number, "settlement_no": settlement, "reviewer_code": "R01", "reviewer_org": "经办机构",
        "review_step": "人工初审", "review_date": "2023-11-10", "deduct_yuan": str(deducted),
        "deduct_confirmed_yuan": str(deducted), "is_error": "否",
    }  # fmt: skip


def inspected(number: str, institution_code: str) -> Row:
    return {
        "finding_no": number, "institution_code": institution_code, "check_kind": "日常检查",
        "check_date": "2023-10-20", "finding_cnt": "0", "amount_yuan": "0",
    }  # fmt: skip


def paid(uscc: str, tax: int) -> Row:
    return {
        "uscc": uscc, "enterprise_name": "某某有限公司", "tax_paid_ytd_wan": str(tax),
        "invoice_revenue_ytd_wan": "300",
    }  # fmt: skip


def school(code: str, area: str) -> Row:
    return {
        "school_code": code, "school_name": "城关小学", "area_code": area, "school_type": "小学",
        "is_rural": "否", "student_cnt": "400", "class_cnt": "10", "post_approved_cnt": "1",
        "post_filled_cnt": "1",
    }  # fmt: skip


def teacher(number: str, school_code: str) -> Row:
    return {
        "teacher_no": number, "teacher_name": "王芳", "teacher_id_no": IDENTITY if number == "T1" else ANOTHER, "school_code": school_code,
        "post_kind": "在编", "gender": "女", "birth_month": "1985-05", "education_level": "本科",
        "title_level": "初级", "main_subject": "音乐", "school_stage": "小学", "weekly_lesson_cnt": "14",
    }  # fmt: skip


def visit(number: str, host: str, received_by: str, lessons: int) -> Row:
    return {
        "teacher_no": number, "host_school_code": host, "receive_school_code": received_by,
        "subject_code": "音乐", "exchange_kind": "跨校走教", "flow_direction": "同类学校",
        "weekly_lesson_cnt": str(lessons), "start_date": "2023-09-01",
    }  # fmt: skip


def demand(school_code: str) -> Row:
    return {
        "school_code": school_code, "school_stage": "小学", "subject_code": "音乐", "class_cnt": "10",
        "lesson_need_cnt": "20", "lesson_given_cnt": "10", "teacher_fulltime_cnt": "1", "std_load": "14",
    }  # fmt: skip


def company(uscc: str, area: str, revenue: int) -> Row:
    return {
        "uscc": uscc, "company_name": "强村公司", "area_code": area, "revenue_current_wan": str(revenue),
        "revenue_ytd_wan": str(revenue), "village_share_cnt": "3", "employ_cnt": "5",
        "main_business": "物业租赁",
    }  # fmt: skip


DELIVERIES: dict[str, tuple[str, dict[str, list[Row]]]] = {
    "market_regulation.market_entity": (
        "2023-01",
        {HERE: [entity(ONE, HERE)], THERE: [entity(TWO, THERE)]},
    ),
    "medical_insurance.designated_institution": (
        "2023-01",
        {
            HERE: [institution(OUR_HOSPITAL, HERE, "二级")],
            THERE: [institution(THEIR_HOSPITAL, THERE, "三级")],
        },
    ),
    "medical_insurance.claim": (
        "2023-10",
        {
            HERE: [claim("S1", OUR_HOSPITAL, 100), claim("S2", THEIR_HOSPITAL, 500)],
            THERE: [claim("S1", THEIR_HOSPITAL, 900)],
        },
    ),
    "medical_insurance.claim_review": (
        "2023-11",
        {HERE: [review("R1", "S2", 50)], THERE: [review("R1", "S1", 9)]},
    ),
    "medical_insurance.negative_list_finding": (
        "2023-10",
        {HERE: [inspected("F1", THEIR_HOSPITAL)], THERE: [inspected("F1", THEIR_HOSPITAL)]},
    ),
    "tax.enterprise_tax": (
        "2023-Q1",
        {HERE: [paid(ONE, 10), paid(TWO, 20)], THERE: [paid(TWO, 40)]},
    ),
    "education.school_semester": (
        "2023-S2",
        {
            HERE: [school(OUR_SCHOOL, HERE)],
            THERE: [school(THEIR_SCHOOL, THERE), school(THEIR_SECOND, THERE)],
        },
    ),
    "education.teacher_roster": (
        "2023-S2",
        {
            HERE: [teacher("T1", OUR_SCHOOL)],
            THERE: [teacher("T1", THEIR_SCHOOL), teacher("T2", THEIR_SECOND)],
        },
    ),
    "education.cross_school_teaching": (
        "2023-S2",
        {
            HERE: [visit("T1", OUR_SCHOOL, THEIR_SECOND, 2)],
            THERE: [visit("T1", THEIR_SCHOOL, THEIR_SECOND, 3)],
        },
    ),
    "education.subject_demand": (
        "2023-S2",
        {HERE: [demand(OUR_SCHOOL)], THERE: [demand(THEIR_SCHOOL), demand(THEIR_SECOND)]},
    ),
    "agri_rural.collective_company": (
        "2023-01",
        {HERE: [company(ONE, HERE, 7)], THERE: [company(ONE, THERE, 8)]},
    ),
}


def deliver(deployment: Deployment) -> None:
    for dataset, (period, by_county) in DELIVERIES.items():
        contract = deployment.catalogue.contract(dataset)
        folder = deployment.settings.inbox / contract.id.folder
        folder.mkdir(parents=True)
        for county, rows in by_county.items():
            path = folder / f"{period}_{county}{contract.id.department}.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(contract.by_name[name].header_zh for name in rows[0])
                writer.writerows(row.values() for row in rows)


def run_round(deployment: Deployment) -> None:
    steps.collect(deployment)
    while datasets := steps.waiting(deployment):
        contract = deployment.catalogue.contract(datasets[0])
        folder = deployment.settings.work / contract.id.raw_table / "round"
        for plan in steps.plan_batches(deployment, contract, folder):
            steps.parse_and_check(deployment, contract, plan)
        steps.settle_round(deployment, contract, folder)
        steps.close_round(deployment, contract, folder)


def write_project(folder: Path) -> Settings:
    """The contracts that are delivered and the models from them to ``MARTS``: what the whole project would
    do with them, in a fraction of the time."""
    source, expectations = PROJECT_ROOT / "expectations", folder / "expectations"
    datasets = [DatasetId.parse(dataset) for dataset in (*DELIVERIES, *NOT_DELIVERED)]
    for dataset in datasets:
        copy(source / dataset.contract_path, expectations / dataset.contract_path)
    for name in ("_fields.yml", "areas.csv", "area_changes.csv", "zones.csv", "reporters.csv"):
        copy(source / name, expectations / name)
    contracts = Catalogue(source).contracts
    lists = {column.code_list for dataset in datasets for column in contracts[dataset].columns}
    for name in {*filter(None, lists), *LISTS_OF_MODELS}:
        copy(source / "codes" / f"{name}.yaml", expectations / "codes" / f"{name}.yaml")
    source, project = PROJECT_ROOT / "dbt_project", folder / "dbt_project"
    for name in ("dbt_project.yml", "profiles.yml"):
        copy(source / name, project / name)
    for name in ("macros", "tests/generic", "seeds/medical_insurance"):
        shutil.copytree(source / name, project / name)
    for path in (source / "models").rglob("*.*"):
        name = path.name.partition(".")[0]
        wanted = (
            name in (*MARTS, *MARTS_BEHIND, "sources") or path.parent.parent.name == "intermediate"
        )
        if wanted and path.parent.name in SUBJECTS:
            copy(path, project / path.relative_to(source))
    generate(folder)
    return Settings(
        home=folder / "home", expectations=expectations, dbt_project=project, stable_seconds=0
    )


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def province(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    settings = write_project(tmp_path_factory.mktemp(f"province_{request.param}"))
    if request.param == "duckdb":
        yield made(settings)
        return
    server = request.getfixturevalue("postgres_server")
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute("create database two_counties")
        url = server.replace("/postgres?", "/two_counties?")
        yield made(settings.model_copy(update={"warehouse": url}))
        admin.execute("drop database two_counties with (force)")


def made(settings: Settings) -> Deployment:
    deployment = Deployment(settings)
    deliver(deployment)
    run_round(deployment)
    result = build(settings)
    assert result.ok, result.summary()
    return deployment


def asked(province: Deployment, query: str) -> Rows:
    with open_warehouse(province.settings.warehouse_url) as warehouse:
        return [tuple(row) for row in warehouse.fetch(query)]


def test_every_file_is_accepted(province: Deployment) -> None:
    """What only the other county lists is no error: hospital, firm, school."""
    submissions = province.ledger.submissions()
    assert len(submissions) == 2 * len(DELIVERIES)
    returned = [(str(s.dataset), s.reporter_code) for s in submissions if s.status != "accepted"]
    findings = [*province.ledger.findings(submissions)]
    assert returned == [], findings


def test_claims_count_in_the_county_that_settled_them(province: Deployment) -> None:
    costs = asked(
        province,
        "select county_code, institution_code, institution_level, claim_cnt, "
        "cast(total_fee_yuan as integer) from marts.fct_institution_cost_month order by 1, 2",
    )
    assert costs == [
        (HERE, OUR_HOSPITAL, "L2", 1, 100),
        (HERE, THEIR_HOSPITAL, "L3", 1, 500),
        (THERE, THEIR_HOSPITAL, "L3", 1, 900),
    ]


def test_each_county_samples_its_own_claims(province: Deployment) -> None:
    plans = asked(
        province,
        "select county_code, institution_code, period, claim_cnt, reviewed_claim_cnt, base_rate_pct "
        "from marts.fct_sampling_plan order by 1, 2",
    )
    assert [(*row[:5], float(row[5])) for row in plans] == [
        (HERE, OUR_HOSPITAL, "2023-11", 1, 0, 8.0),
        (HERE, THEIR_HOSPITAL, "2023-11", 1, 1, 6.0),
        (THERE, THEIR_HOSPITAL, "2023-11", 1, 1, 6.0),
    ]


def test_reviews_and_inspections_stay_with_their_bureau(province: Deployment) -> None:
    reviewed = "select county_code, reviewer_code, cast(deduct_yuan as integer) from marts.fct_reviewer_month"
    assert sorted(asked(province, reviewed)) == [(HERE, "R01", 50), (THERE, "R01", 9)]
    inspected = "select county_code, finding_no, institution_kind from marts.fct_negative_finding"
    assert sorted(asked(province, inspected)) == [
        (HERE, "F1", "HOSPITAL"),
        (THERE, "F1", "HOSPITAL"),
    ]
    agreed = "select county_code, institution_code from marts.fct_agreement"
    assert sorted(asked(province, agreed)) == [(HERE, OUR_HOSPITAL), (THERE, THEIR_HOSPITAL)]


def test_tax_and_revenue_of_one_firm_stand_in_both_counties(province: Deployment) -> None:
    tax = "select county_code, uscc, cast(tax_ytd_wan as integer) from marts.fct_enterprise_tax_quarter"
    assert sorted(asked(province, tax)) == [(HERE, ONE, 10), (HERE, TWO, 20), (THERE, TWO, 40)]
    revenue = (
        "select county_code, uscc, cast(revenue_ytd_wan as integer) "
        "from marts.fct_collective_company_month"
    )
    assert sorted(asked(province, revenue)) == [(HERE, ONE, 7), (THERE, ONE, 8)]


def test_teachers_of_both_counties_visit_one_school(province: Deployment) -> None:
    visits = (
        "select county_code, teacher_no, receive_school_code, area_code, weekly_lesson_cnt "
        "from marts.fct_cross_teaching"
    )
    assert sorted(asked(province, visits)) == [
        (HERE, "T1", THEIR_SECOND, THERE, 2),
        (THERE, "T1", THEIR_SECOND, THERE, 3),
    ]
    lessons = "select county_code, school_code, walk_in_lesson_cnt from marts.fct_subject_staffing"
    assert sorted(asked(province, lessons)) == [
        (HERE, OUR_SCHOOL, 0),
        (THERE, THEIR_SCHOOL, 0),
        (THERE, THEIR_SECOND, 5),
    ]
    staff = "select county_code, school_code, teacher_cnt from marts.fct_school_staffing"
    assert sorted(asked(province, staff)) == [
        (HERE, OUR_SCHOOL, 1),
        (THERE, THEIR_SCHOOL, 1),
        (THERE, THEIR_SECOND, 1),
    ]


def test_every_mart_has_rows_of_both_counties(province: Deployment) -> None:
    """Their keys do not repeat: the build has run the tests of every model."""
    for mart in MARTS:
        ((counties,),) = asked(province, f"select count(distinct county_code) from marts.{mart}")
        assert counties == 2, mart
