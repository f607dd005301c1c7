"""Two counties with the same numbers neither see nor accuse each other."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.checking.conftest import Desk, Row, rules_of
from tests.checking.test_check import claim, institution
from tests.checking.test_history import ENTITY, entity
from tests.departments.deliveries import ONE, TWO
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Reach
from xiantong.parsing.model import ParsedDelivery

CLAIM = "medical_insurance.claim"
REGISTER = "medical_insurance.designated_institution"
REVIEW = "medical_insurance.claim_review"
SCHOOL = "education.school_semester"
TAX = "tax.enterprise_tax"
HERE, THERE, PREFECTURE = "980121000000", "980122000000", "980100000000"
CODE = "H98012100001"


def from_county(
    desk: Desk, county: str, dataset: str, period: str, *rows: Row, **options: datetime
) -> ParsedDelivery:
    reporter = county + dataset.partition(".")[0]
    return desk.delivery(dataset, period, rows, reporter=reporter, reporter_area=county, **options)  # type: ignore[arg-type]


def register(desk: Desk, county: str, code: str = CODE, **changes: str | None) -> ParsedDelivery:
    area = {"area_code": county} | changes
    return from_county(desk, county, REGISTER, "2023-09", institution(code, **area))


def register_everywhere(desk: Desk) -> None:
    """Each county lists one institution."""
    desk.accept(*desk.check(register(desk, HERE), register(desk, THERE, "H98012200002")))


def review(number: int) -> Row:
    return {
        "review_no": f"R{number}", "settlement_no": f"CL{number:09d}", "reviewer_code": "R01",
        "reviewer_org": "经办机构", "review_step": "人工初审", "review_date": "2023-11-10",
        "deduct_yuan": "0", "is_error": "否",
    }  # fmt: skip


def paid(uscc: str) -> Row:
    return {
        "uscc": uscc, "enterprise_name": "青澧某某有限公司", "tax_paid_ytd_wan": "12.00",
        "invoice_revenue_ytd_wan": "300.00",
    }  # fmt: skip


def school(code: str, area: str) -> Row:
    return {
        "school_code": code, "school_name": "城关小学", "area_code": area,
        "school_type": "小学", "is_rural": "否", "student_cnt": "400", "class_cnt": "10",
        "post_approved_cnt": "1", "post_filled_cnt": "1",
    }  # fmt: skip


def teacher(number: str, school_code: str) -> Row:
    return {
        "teacher_no": number, "teacher_name": "王芳", "teacher_id_no": "11010519491231002X",
        "school_code": school_code, "post_kind": "在编", "gender": "女", "birth_month": "1985-05",
        "education_level": "本科", "title_level": "初级", "main_subject": "语文",
        "school_stage": "小学", "weekly_lesson_cnt": "14",
    }  # fmt: skip


def test_register_of_one_county_does_not_replace_that_of_the_other(desk: Desk) -> None:
    """Both have an institution of this number; there it is suspended."""
    desk.accept(*desk.check(register(desk, HERE)))
    desk.accept(*desk.check(register(desk, THERE, agreement_status="暂停")))
    checked = desk.check(
        from_county(desk, HERE, CLAIM, "2023-10", claim(1)),
        from_county(desk, THERE, CLAIM, "2023-10", claim(1)),
    )
    assert [set(rules_of(c)) for c in checked] == [set(), {"agreement_gate"}]


def test_number_that_only_the_other_county_has_is_unknown_here(desk: Desk) -> None:
    """Whoever reviews a claim names its settlement, and both counties number theirs from one."""
    register_everywhere(desk)
    desk.accept(*desk.check(from_county(desk, HERE, CLAIM, "2023-10", claim(1))))
    there = claim(2, institution_code="H98012200002")
    desk.accept(*desk.check(from_county(desk, THERE, CLAIM, "2023-10", there)))
    checked = desk.check(
        from_county(desk, HERE, REVIEW, "2023-11", review(1), review(2)),
        from_county(desk, THERE, REVIEW, "2023-11", review(2)),
    )
    assert [rules_of(c) for c in checked] == [{"auto_ref_settlement_no": [8]}, {}]


def test_national_code_that_only_the_other_county_has_is_known_here(desk: Desk) -> None:
    """An insured person falls ill in the next county; the hospital is on the list there."""
    register_everywhere(desk)
    treated_there = claim(2, institution_code="H98012200002")
    checked = desk.check(
        from_county(
            desk, HERE, CLAIM, "2023-10", claim(1), treated_there, claim(3, institution_code="H98012300003")
        ),
        from_county(desk, THERE, CLAIM, "2023-10", treated_there),
    )  # fmt: skip
    assert [rules_of(c) for c in checked] == [{"auto_ref_institution_code": [9]}, {}]


def test_firm_of_the_next_county_may_pay_its_tax_here(desk: Desk) -> None:
    ours, theirs, nobodys = ONE, TWO, "91350211M000100Y46"
    desk.accept(*desk.check(from_county(desk, HERE, ENTITY, "2023-09", entity("存续", uscc=ours))))
    there = entity("存续", uscc=theirs, area_code=THERE)
    desk.accept(*desk.check(from_county(desk, THERE, ENTITY, "2023-09", there)))
    (checked,) = desk.check(
        from_county(desk, HERE, TAX, "2023-Q4", paid(ours), paid(theirs), paid(nobodys))
    )
    assert rules_of(checked)["auto_ref_uscc"] == [9]


def test_list_of_the_next_county_that_is_settled_later_is_known_too(desk: Desk) -> None:
    """Rosters are settled before the schools' own forms; both counties deliver in one round."""
    own, others = school("3698010002", HERE), school("3698010001", THERE)
    forms = [
        from_county(desk, c, SCHOOL, "2023-S2", row) for c, row in ((HERE, own), (THERE, others))
    ]
    rows = [teacher("T1", "3698010001"), teacher("T2", "3698010002"), teacher("T3", "3698010003")]
    roster = from_county(desk, HERE, "education.teacher_roster", "2023-S2", *rows)
    (checked,) = desk.check(roster, pending={forms[0].source.dataset: forms})
    assert rules_of(checked)["auto_ref_school_code"] == [9]


def test_county_whose_register_nobody_delivered_is_not_measured_by_that_of_another(
    desk: Desk,
) -> None:
    desk.accept(*desk.check(register(desk, THERE, "H98012200002")))
    (checked,) = desk.check(from_county(desk, HERE, CLAIM, "2023-10", claim(1)))
    assert rules_of(checked) == {}


def test_register_of_the_prefecture_is_there_for_its_counties(desk: Desk) -> None:
    desk.accept(*desk.check(register(desk, PREFECTURE)))
    checked = desk.check(
        from_county(desk, HERE, CLAIM, "2023-10", claim(1)),
        from_county(desk, THERE, CLAIM, "2023-10", claim(2, institution_code="H98012200002")),
    )
    assert [rules_of(c) for c in checked] == [{}, {"auto_ref_institution_code": [7]}]


def test_fact_of_another_county_with_the_same_number_is_no_repetition(desk: Desk) -> None:
    desk.accept(*desk.check(from_county(desk, HERE, CLAIM, "2023-10", claim(1))))
    other = claim(1, insurance_kind="职工医保")
    checked = desk.check(
        from_county(desk, THERE, CLAIM, "2023-10", other),
        from_county(desk, HERE, CLAIM, "2023-10", other),
    )
    assert [rules_of(c) for c in checked] == [{}, {"auto_append_settlement_no": [7]}]


def test_earlier_version_of_another_county_is_no_earlier_version(desk: Desk) -> None:
    there = from_county(desk, THERE, ENTITY, "2023-01", entity("注销", area_code=THERE))
    desk.accept(*desk.check(there))
    january = from_county(desk, THERE, ENTITY, "2023-02", entity("注销", area_code=THERE))
    checked = desk.check(
        january,
        from_county(desk, HERE, ENTITY, "2023-03", entity("存续")),
        from_county(desk, THERE, ENTITY, "2023-03", entity("存续", area_code=THERE)),
    )
    assert [set(rules_of(c)) for c in checked] == [set(), set(), {"revive"}]


def test_figures_of_another_county_that_are_settled_later_do_not_count(desk: Desk) -> None:
    """The roster of the next county is no roster of our school, though it names the same code."""
    form = from_county(desk, HERE, SCHOOL, "2023-S2", school("3698010001", HERE))
    desk.accept(*desk.check(form))
    roster = "education.teacher_roster"
    own = from_county(desk, HERE, roster, "2023-S2", teacher("T1", "3698010001"))
    others = [teacher(f"T{n}", "3698010001") for n in (1, 2)]
    theirs = from_county(desk, THERE, roster, "2023-S2", *others)
    (checked,) = desk.check(form, pending={own.source.dataset: [own, theirs]})
    assert rules_of(checked) == {}
    (checked,) = desk.check(form, pending={own.source.dataset: [theirs]})
    assert rules_of(checked) == {}


def test_fact_with_a_national_number_is_one_whoever_reports_it(
    desk: Desk, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = desk.contract(CLAIM)
    columns = tuple(
        c.model_copy(update={"reach": Reach.NATIONAL}) if c.key else c for c in contract.columns
    )
    national = contract.model_copy(update={"columns": columns})
    monkeypatch.setitem(catalogue.contracts, contract.id, national)
    desk.accept(*desk.check(from_county(desk, HERE, CLAIM, "2023-10", claim(1))))
    checked = desk.check(
        from_county(desk, THERE, CLAIM, "2023-10", claim(1)),
        from_county(desk, THERE, CLAIM, "2023-10", claim(1, insurance_kind="职工医保")),
    )
    assert [rules_of(c) for c in checked] == [{}, {"auto_append_settlement_no": [7]}]


def test_batch_without_any_rows_is_answered_whoever_the_rules_look_at(desk: Desk) -> None:
    for dataset in ("agri_rural.collective_company", CLAIM):
        checked = desk.check(from_county(desk, HERE, dataset, "2023-10"))
        assert [set(rules_of(c)) for c in checked] == [{"auto_file_empty"}]
