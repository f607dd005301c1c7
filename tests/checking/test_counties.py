"""Two counties with the same numbers neither see nor accuse each other."""

from __future__ import annotations

from datetime import datetime

from tests.checking.conftest import Desk, Row, rules_of
from tests.checking.test_check import claim, institution
from tests.checking.test_history import ENTITY, entity
from xiantong.parsing.model import ParsedDelivery

CLAIM = "medical_insurance.claim"
REGISTER = "medical_insurance.designated_institution"
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


def test_register_of_one_county_does_not_replace_that_of_the_other(desk: Desk) -> None:
    """Both have an institution of this number; there it is suspended."""
    desk.accept(*desk.check(register(desk, HERE)))
    desk.accept(*desk.check(register(desk, THERE, agreement_status="暂停")))
    checked = desk.check(
        from_county(desk, HERE, CLAIM, "2023-10", claim(1)),
        from_county(desk, THERE, CLAIM, "2023-10", claim(1)),
    )
    assert [set(rules_of(c)) for c in checked] == [set(), {"agreement_gate"}]


def test_reference_to_a_number_that_only_the_other_county_has_is_found(desk: Desk) -> None:
    desk.accept(*desk.check(register(desk, HERE), register(desk, THERE, "H98012200002")))
    checked = desk.check(
        from_county(
            desk, HERE, CLAIM, "2023-10", claim(1), claim(2, institution_code="H98012200002")
        ),
        from_county(desk, THERE, CLAIM, "2023-10", claim(3, institution_code="H98012200002")),
    )
    assert [rules_of(c) for c in checked] == [{"auto_ref_institution_code": [8]}, {}]


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


def test_deliveries_of_another_county_that_are_settled_later_do_not_count(desk: Desk) -> None:
    teacher: Row = {
        "teacher_no": "T1", "teacher_name": "王芳", "teacher_id_no": "11010519491231002X",
        "school_code": "3698010001", "post_kind": "在编", "gender": "女", "birth_month": "1985-05",
        "education_level": "本科", "title_level": "初级", "main_subject": "语文",
        "school_stage": "小学", "weekly_lesson_cnt": "14",
    }  # fmt: skip
    school: Row = {
        "school_code": "3698010001", "school_name": "城关小学", "area_code": THERE,
        "school_type": "小学", "is_rural": "否", "student_cnt": "400", "class_cnt": "10",
        "post_approved_cnt": "1", "post_filled_cnt": "1",
    }  # fmt: skip
    form = from_county(desk, THERE, "education.school_semester", "2023-S2", school)
    own = from_county(
        desk, HERE, "education.school_semester", "2023-S2", school | {"school_code": "3698010002"}
    )
    roster = from_county(desk, HERE, "education.teacher_roster", "2023-S2", teacher)
    (checked,) = desk.check(roster, pending={form.source.dataset: [form, own]})
    assert "auto_ref_school_code" in rules_of(checked)


def test_batch_without_any_rows_is_answered_whoever_the_rules_look_at(desk: Desk) -> None:
    for dataset in ("agri_rural.collective_company", CLAIM):
        checked = desk.check(from_county(desk, HERE, dataset, "2023-10"))
        assert [set(rules_of(c)) for c in checked] == [{"auto_file_empty"}]
