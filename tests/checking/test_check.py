"""What the check finds, where, and in whose words."""

from __future__ import annotations

import random
from datetime import datetime
from decimal import Decimal

import pyarrow.parquet as pq
import pytest

from tests.checking.conftest import Desk, Row, rules_of
from xiantong.checking import scan
from xiantong.contracts.model import Severity
from xiantong.delivered import Explanation
from xiantong.findings import Finding

ID = "11010519491231002X"
USCC = "91350100M000100Y43"


def claim(number: int, **changes: str | None) -> Row:
    row: Row = {
        "settlement_no": f"CL{number:09d}", "institution_code": "H98012100001", "patient_id_no": ID,
        "insurance_kind": "城乡居民医保", "visit_kind": "门诊", "admit_date": "2023/10/5",
        "settle_date": "20231005", "total_fee_yuan": "1,000.00", "drug_fee_yuan": "500",
        "material_fee_yuan": "２００", "exam_fee_yuan": "200", "other_fee_yuan": "100",
        "fund_pay_yuan": "600", "self_pay_yuan": "400", "rule_hit_cnt": "0",
    }  # fmt: skip
    return row | changes


def institution(code: str, **changes: str | None) -> Row:
    row: Row = {
        "institution_code": code, "institution_name": "青澧县人民医院", "uscc": USCC,
        "institution_kind": "医院", "area_code": "980121001000", "agreement_status": "有效",
        "agreement_start_date": "2020-01-01", "expire_agreement_date": "2030-01-01",
    }  # fmt: skip
    return row | changes


def reading(day: int, start: str, end: str, **changes: str | None) -> Row:
    row: Row = {
        "meter_code": "M1", "reading_date": f"2023-10-{day:02d}", "uscc": USCC, "energy_code": "ELEC",
        "start_reading": start, "end_reading": end, "multiplier": "1", "direction": "PURCHASE",
        "consumption": str(Decimal(end) - Decimal(start)), "quality_flag": "GOOD",
    }  # fmt: skip
    return row | changes


def fuel(period_ytd: str, consume: str, start: str, end: str, purchase: str) -> Row:
    return {
        "uscc": USCC, "energy_code": "原煤", "stock_start_qty": start, "purchase_qty": purchase,
        "consume_qty": consume, "consume_ytd_qty": period_ytd, "stock_end_qty": end,
    }  # fmt: skip


def test_clean_delivery_has_no_findings_and_a_typed_candidate(desk: Desk) -> None:
    (checked,) = desk.check(
        desk.delivery("medical_insurance.claim", "2023-10", [claim(1), claim(2)])
    )
    assert checked.findings == ()
    assert checked.candidate
    table = pq.read_table(checked.candidate).to_pylist()
    assert [row["settlement_no"] for row in table] == ["CL000000001", "CL000000002"]
    assert table[0]["visit_kind"] == "OUTPATIENT"
    assert table[0]["total_fee_yuan"] == Decimal("1000.00")
    assert str(table[0]["admit_date"]) == "2023-10-05"
    assert (table[0]["period"], table[0]["_src_row"]) == ("2023-10", 7)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"settlement_no": None}, "auto_required_settlement_no"),
        ({"settlement_no": "X" * 31}, "auto_length_settlement_no"),
        ({"visit_kind": "急诊"}, "auto_code_visit_kind"),
        ({"settle_date": "2023-10-32"}, "auto_date_settle_date"),
        ({"drug_fee_yuan": "五百"}, "auto_numeric_drug_fee_yuan"),
        ({"rule_hit_cnt": "-1"}, "auto_nonneg_rule_hit_cnt"),
        ({"patient_id_no": ID[:-1] + "1"}, "auto_idno_patient_id_no"),
        ({"total_fee_yuan": "999", "self_pay_yuan": "399"}, "fee_parts"),
        ({"self_pay_yuan": "1"}, "pay_parts"),
        ({"visit_kind": "住院"}, "inpatient_dates"),
        ({"settle_date": "2023-11-01"}, "settle_month"),
        ({"period": "2023年9月"}, "auto_period_period"),
    ],
)
def test_each_row_rule_names_the_row_it_objects_to(desk: Desk, changes: Row, rule: str) -> None:
    rows = [claim(1), claim(2, **changes), claim(3)]
    (checked,) = desk.check(desk.delivery("medical_insurance.claim", "2023-10", rows))
    assert rules_of(checked) == {rule: [8]}


def test_wrong_credit_code_is_told_what_is_wrong_with_it(desk: Desk) -> None:
    expected = {
        USCC[:-1] + "4": ("统一社会信用代码校验位错误", "逐位核对"),
        USCC[:-1]: ("统一社会信用代码应为18位，填报的是17位", "补全"),
        "350100100001234": ("统一社会信用代码应为18位，填报的是15位", "原工商注册号"),
        "60003734-1": ("统一社会信用代码应为18位，填报的是10位", "原组织机构代码"),
        USCC.replace("0", "O"): ("统一社会信用代码不使用字母I、O、S、V、Z，填报的含有O", "O应为0"),
        USCC[:-1] + "V": ("统一社会信用代码不使用字母I、O、S、V、Z，填报的含有V", "请对照营业执照核对"),
        USCC.lower(): ("统一社会信用代码只用半角数字和大写字母，填报的含有其他字符", "半角"),
    }  # fmt: skip
    rows = [institution(f"H{n}", uscc=code) for n, code in enumerate(expected)]
    (checked,) = desk.check(desk.delivery("medical_insurance.designated_institution", "2023", rows))
    found = {f.value: f for f in checked.findings if f.rule_id.endswith("auto_uscc_uscc")}
    assert {code: f.message_zh for code, f in found.items()} == {
        code: message for code, (message, _) in expected.items()
    }
    for code, (_, fix) in expected.items():
        assert fix in found[code].fix_zh


def test_wrong_identity_number_is_told_what_is_wrong_but_not_repeated(desk: Desk) -> None:
    expected = {
        ID[:-1] + "1": "身份证号校验位错误",
        "110105491231002": "身份证号应为18位，填报的是15位",
        "11010519491331002X": "身份证号第7至14位不是有效的出生日期",
        "1101051949123100ⅡX": "身份证号只用半角数字，最后一位可为X，填报的含有其他字符",
    }
    rows = [claim(n, patient_id_no=number) for n, number in enumerate(expected)]
    (checked,) = desk.check(desk.delivery("medical_insurance.claim", "2023-10", rows))
    assert [f.message_zh for f in checked.findings] == list(expected.values())
    assert not [n for n in expected if n in str([f.as_json() for f in checked.findings])]


def test_repeated_key_marks_all_its_rows_but_not_those_of_another_submission(desk: Desk) -> None:
    first = desk.delivery("medical_insurance.claim", "2023-10", [claim(1), claim(2), claim(2)])
    second = desk.delivery(
        "medical_insurance.claim", "2023-11", [claim(1, settle_date="2023-11-02")]
    )
    checked = desk.check(first, second)
    assert rules_of(checked[0]) == {"auto_key_settlement_no": [8, 9]}
    assert rules_of(checked[1]) == {}


def test_finding_gives_sheet_cell_message_and_cure(desk: Desk) -> None:
    delivery = desk.delivery(
        "medical_insurance.claim",
        "2023-10",
        [claim(1, visit_kind="急诊")],
        column_letters={"visit_kind": "F"},
    )
    (finding,) = desk.check(delivery)[0].findings
    assert (finding.sheet, finding.row, finding.cell, finding.header) == (
        "Sheet1",
        7,
        "F7",
        "医疗类别",
    )
    assert finding.message_zh == "「医疗类别」填的“急诊”不在可选范围内"
    assert "门诊" in finding.fix_zh
    assert finding.severity is Severity.ERROR


def test_sensitive_values_are_masked_and_hashed(desk: Desk) -> None:
    wrong = ID[:-1] + "1"
    rows = [claim(1), claim(2, patient_id_no=wrong)]
    (checked,) = desk.check(desk.delivery("medical_insurance.claim", "2023-10", rows))
    assert wrong not in repr(checked) and ID not in repr(checked)
    assert checked.findings[0].value == "***"
    assert checked.candidate
    stored = pq.read_table(checked.candidate).column("patient_id_no").to_pylist()
    assert len(stored) == 1 and len(stored[0]) == 64


def test_rows_mode_keeps_the_good_rows(desk: Desk) -> None:
    rows = [claim(n) for n in range(40)] + [claim(99, visit_kind="急诊")]
    (checked,) = desk.check(desk.delivery("medical_insurance.claim", "2023-10", rows))
    assert (checked.row_count, checked.bad_row_count, checked.good_rows) == (41, 1, 40)
    assert checked.candidate
    assert pq.read_metadata(checked.candidate).num_rows == 40


def test_rule_about_an_undelivered_dataset_is_silent(desk: Desk) -> None:
    (checked,) = desk.check(
        desk.delivery(
            "medical_insurance.claim", "2023-10", [claim(1, institution_code="H98012199999")]
        )
    )
    assert rules_of(checked) == {}


def test_unknown_institution_is_found_once_the_register_is_there(desk: Desk) -> None:
    desk.accept(
        *desk.check(
            desk.delivery(
                "medical_insurance.designated_institution", "2023-09", [institution("H98012100001")]
            )
        )
    )
    rows = [claim(1), claim(2, institution_code="H98012199999")]
    (checked,) = desk.check(desk.delivery("medical_insurance.claim", "2023-10", rows))
    assert rules_of(checked) == {"auto_ref_institution_code": [8]}
    assert "《两定机构信息与协议台账》" in checked.findings[0].message_zh


def test_agreement_counts_as_it_was_on_the_day_of_settlement(desk: Desk) -> None:
    register = "medical_insurance.designated_institution"
    desk.accept(*desk.check(desk.delivery(register, "2023-09", [institution("H98012100001")])))
    suspended = institution("H98012100001", agreement_status="暂停")
    desk.accept(*desk.check(desk.delivery(register, "2023-11", [suspended])))
    before = desk.delivery("medical_insurance.claim", "2023-10", [claim(1)])
    after = desk.delivery(
        "medical_insurance.claim", "2023-11", [claim(2, settle_date="2023-11-05")]
    )
    checked = desk.check(before, after)
    assert rules_of(checked[0]) == {}
    assert rules_of(checked[1]) == {"agreement_gate": [7]}


def test_first_stay_of_a_patient_overlaps_with_nothing(desk: Desk) -> None:
    def stay(number: int, first: int, last: int) -> Row:
        return claim(number, visit_kind="住院", admit_date=f"2023-10-{first:02d}",
                     discharge_date=f"2023-10-{last:02d}", settle_date="2023-10-28")  # fmt: skip

    rows = [stay(1, 1, 5), stay(2, 4, 9), stay(3, 6, 12), stay(4, 20, 25)]
    (checked,) = desk.check(desk.delivery("medical_insurance.claim", "2023-10", rows))
    assert rules_of(checked) == {"overlap_stay": [9]}  # one day of overlap is a transfer


def test_meter_chain_breaks_are_found_inside_the_month(desk: Desk) -> None:
    rows = [
        reading(1, "0", "10"),
        reading(2, "10", "20"),
        reading(3, "21", "30"),
        reading(5, "99", "100"),
    ]
    rows += [reading(6, "5", "15", meter_replaced="是")]
    (checked,) = desk.check(desk.delivery("energy.meter_reading", "2023-10", rows))
    found = rules_of(checked)
    assert found["chain"] == [9]
    gap = next(f for f in checked.findings if f.rule_id.endswith("gap"))
    assert gap.message_zh == "计量点缺数天数：26"


def test_earlier_period_in_the_same_batch_counts_as_earlier(desk: Desk) -> None:
    january = desk.delivery(
        "energy.fuel_consumption", "2023-01", [fuel("100", "100", "50", "70", "120")]
    )
    february = desk.delivery(
        "energy.fuel_consumption", "2023-02", [fuel("200", "100", "70", "70", "100")]
    )
    march = desk.delivery(
        "energy.fuel_consumption", "2023-03", [fuel("250", "100", "60", "60", "100")]
    )
    checked = desk.check(march, january, february)
    assert [rules_of(c) for c in checked] == [{"stock_chain": [7], "ytd_chain": [7]}, {}, {}]


def test_unreadable_correction_in_the_batch_does_not_replace_the_accepted_period(
    desk: Desk,
) -> None:
    january = fuel("100", "100", "50", "70", "120")
    desk.accept(*desk.check(desk.delivery("energy.fuel_consumption", "2023-01", [january])))
    wrong = Finding("energy.fuel_consumption.auto_file_row_width", Severity.ERROR, "第9行有8个字段")
    broken = desk.delivery(
        "energy.fuel_consumption", "2023-01", [fuel("1", "1", "1", "1", "1")], findings=(wrong,)
    )
    february = desk.delivery(
        "energy.fuel_consumption", "2023-02", [fuel("200", "100", "70", "70", "100")]
    )
    assert rules_of(desk.check(broken, february)[1]) == {}


def test_earlier_period_in_the_lake_is_compared_in_its_latest_revision(desk: Desk) -> None:
    first = desk.check(
        desk.delivery("energy.fuel_consumption", "2023-01", [fuel("100", "100", "50", "70", "120")])
    )
    desk.accept(*first)
    corrected = desk.check(
        desk.delivery("energy.fuel_consumption", "2023-01", [fuel("90", "90", "50", "80", "120")])
    )
    desk.accept(*corrected, revision=2)
    follows_first = desk.delivery(
        "energy.fuel_consumption", "2023-02", [fuel("200", "100", "70", "70", "100")]
    )
    follows_second = desk.delivery(
        "energy.fuel_consumption", "2023-02", [fuel("190", "100", "80", "80", "100")]
    )
    assert set(rules_of(desk.check(follows_first)[0])) == {"ytd_chain", "stock_chain"}
    assert rules_of(desk.check(follows_second)[0]) == {}


def test_new_year_starts_a_new_cumulation(desk: Desk) -> None:
    december = desk.delivery(
        "energy.fuel_consumption", "2022-12", [fuel("1200", "100", "70", "70", "100")]
    )
    january = desk.delivery(
        "energy.fuel_consumption", "2023-01", [fuel("100", "100", "70", "70", "100")]
    )
    assert [rules_of(c) for c in desk.check(december, january)] == [{}, {}]


def test_fact_accepted_before_may_come_again_but_not_otherwise(desk: Desk) -> None:
    desk.accept(
        *desk.check(desk.delivery("medical_insurance.claim", "2023-10", [claim(1), claim(2)]))
    )
    again = desk.delivery(
        "medical_insurance.claim", "2023-10", [claim(1), claim(2, insurance_kind="职工医保")]
    )
    assert rules_of(desk.check(again)[0]) == {"auto_append_settlement_no": [8]}


def test_unit_of_the_form_is_converted(desk: Desk) -> None:
    row: Row = {
        "area_code": "980121000000", "gdp_ytd_wan": "12.5", "gdp_growth_pct": "5.1",
        "primary_va_wan": "2.5", "secondary_va_wan": "5", "tertiary_va_wan": "5",
        "industry_va_wan": "4", "data_status": "初步",
    }  # fmt: skip
    factors = {name: Decimal(10000) for name in row if name.endswith("_wan")}
    plain = desk.delivery("statistics.regional_accounts", "2023-Q2", [row | {"gdp_ytd_wan": "13"}])
    scaled = desk.delivery("statistics.regional_accounts", "2023-Q1", [row], unit_factors=factors)
    checked = desk.check(plain, scaled)
    assert rules_of(checked[0]) == {}  # within a tolerance of 1 万元
    assert rules_of(checked[1]) == {}
    assert checked[1].candidate
    assert pq.read_table(checked[1].candidate).column("gdp_ytd_wan").to_pylist() == [
        Decimal("125000.00")
    ]


def test_area_outside_the_reporters_own_is_found(desk: Desk) -> None:
    rows = [institution("H98012100001"), institution("H98012100002", area_code="980122000000")]
    rows.append(institution("H98012100003", area_code="980121999000"))
    (checked,) = desk.check(
        desk.delivery("medical_insurance.designated_institution", "2023-10", rows)
    )
    assert rules_of(checked) == {"auto_area_area_code": [8, 9]}


def test_remark_of_the_row_explains_its_warning(desk: Desk) -> None:
    expired = institution("H98012100001", expire_agreement_date="2023-01-01")
    rows = [
        expired | {"_remark": "续签手续办理中，预计11月完成"},
        expired | {"institution_code": "H98012100002"},
    ]
    (checked,) = desk.check(
        desk.delivery("medical_insurance.designated_institution", "2023-10", rows)
    )
    assert [f.explanation for f in checked.findings] == ["续签手续办理中，预计11月完成", None]
    assert checked.unexplained == {"medical_insurance.designated_institution.agreement_valid": 1}


def test_explanation_in_the_return_sheet_reaches_its_finding(desk: Desk) -> None:
    expired = institution("H98012100001", expire_agreement_date="2023-01-01")
    rule = "medical_insurance.designated_institution.agreement_valid"
    delivery = desk.delivery(
        "medical_insurance.designated_institution", "2023-10", [expired],
        explanations=[Explanation("续签手续办理中", rule, "Sheet1", 7)],
    )  # fmt: skip
    (checked,) = desk.check(delivery)
    assert [f.explanation for f in checked.findings] == ["续签手续办理中"]


def test_shrinking_row_count_is_noticed_for_the_submission_as_a_whole(desk: Desk) -> None:
    def posts(period: str, count: int) -> Row:
        return {"uscc": USCC, "energy_code": "RAW_COAL"}

    codes = ["原煤", "洗精煤", "焦炭", "汽油", "柴油"]

    def rows(first: int, names: list[str]) -> list[Row]:
        return [
            fuel(str(100 * first), "100", "70", "70", "100") | {"energy_code": name}
            for name in names
        ]

    checked = desk.check(
        desk.delivery("energy.fuel_consumption", "2023-01", rows(1, codes)),
        desk.delivery("energy.fuel_consumption", "2023-02", rows(2, codes[:2])),
    )
    assert rules_of(checked[0]) == {}
    assert rules_of(checked[1]) == {"auto_rowcount": [None]}
    assert checked[1].findings[0].message_zh == "行数2与上期5相差超过30%，请核实是否漏报"


def test_references_of_the_same_round_are_read_before_they_are_settled(desk: Desk) -> None:
    school: Row = {
        "school_code": "3698010001", "school_name": "城关小学", "area_code": "980121001000", "school_type": "小学",
        "is_rural": "否", "student_cnt": "400", "class_cnt": "10", "post_approved_cnt": "1", "post_filled_cnt": "1",
    }  # fmt: skip
    teacher: Row = {
        "teacher_no": "T1", "teacher_name": "王芳", "teacher_id_no": ID, "school_code": "3698010001", "post_kind": "在编",
        "gender": "女", "birth_month": "1985-05", "education_level": "本科", "title_level": "初级",
        "main_subject": "语文", "school_stage": "小学", "weekly_lesson_cnt": "14",
    }  # fmt: skip
    form = desk.delivery("education.school_semester", "2023-S2", [school])
    roster = desk.delivery(
        "education.teacher_roster",
        "2023-S2",
        [
            teacher,
            teacher
            | {
                "teacher_no": "T2",
                "teacher_id_no": "110105194912310038",
                "school_code": "3698019999",
            },
        ],
    )
    pending = {form.source.dataset: [form]}
    (checked,) = desk.check(roster, pending=pending)
    assert rules_of(checked)["auto_ref_school_code"] == [8]


def test_form_that_contradicts_the_roster_is_told_the_rosters_figure(desk: Desk) -> None:
    teacher: Row = {
        "teacher_no": "T1", "teacher_name": "王芳", "teacher_id_no": ID, "school_code": "3698010001", "post_kind": "在编",
        "gender": "女", "birth_month": "1985-05", "education_level": "本科", "title_level": "初级",
        "main_subject": "语文", "school_stage": "小学", "weekly_lesson_cnt": "14",
    }  # fmt: skip
    desk.accept(*desk.check(desk.delivery("education.teacher_roster", "2023-S2", [teacher])))
    school: Row = {
        "school_code": "3698010001", "school_name": "城关小学", "area_code": "980121001000", "school_type": "小学",
        "is_rural": "否", "student_cnt": "400", "class_cnt": "10", "post_approved_cnt": "3", "post_filled_cnt": "2",
    }  # fmt: skip
    (checked,) = desk.check(desk.delivery("education.school_semester", "2023-S2", [school]))
    (finding,) = checked.findings
    assert finding.fix_zh == "名册中在编教师为1人，请核对后更正其中一张表"


def messy_claims(count: int, seed: int) -> list[Row]:
    chance = random.Random(seed)
    spoil: list[Row] = [
        {"settlement_no": None}, {"settlement_no": "CL000000001"}, {"visit_kind": "急诊"}, {"drug_fee_yuan": "x"},
        {"settle_date": "明天"}, {"fund_pay_yuan": "-5"}, {"patient_id_no": "1"}, {"self_pay_yuan": "0"},
        {"settle_date": "2023-12-31"}, {"visit_kind": "住院", "discharge_date": "2023-10-01"}, {"total_fee_yuan": None},
        {"rule_hit_cnt": "1.5"}, {"admit_date": "2030-01-01"}, {"institution_code": "H98012100001234"},
    ]  # fmt: skip
    return [
        claim(n, **(chance.choice(spoil) if chance.random() < 0.3 else {})) for n in range(count)
    ]


def test_fused_and_plain_runs_of_the_suite_find_the_same(desk: Desk) -> None:
    deliveries = [
        desk.delivery("medical_insurance.claim", period, messy_claims(150, seed))
        for seed, period in enumerate(["2023-09", "2023-10", "2023-11"])
    ]
    fused = desk.check(*deliveries, fused=True)
    plain = desk.check(*deliveries, fused=False)
    assert sum(len(c.findings) for c in fused) > 100
    for one, other in zip(fused, plain, strict=True):
        assert one.findings == other.findings
        assert one.rule_counts == other.rule_counts
        assert (one.bad_row_count, one.good_rows) == (other.bad_row_count, other.good_rows)


def test_rule_that_objects_to_everything_is_counted_but_listed_in_part(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "LISTED_PER_RULE", 10)
    rows = [claim(n, visit_kind="急诊") for n in range(50)]
    rows[30] |= {"drug_fee_yuan": "x"}
    (checked,) = desk.check(desk.delivery("medical_insurance.claim", "2023-10", rows))
    found = rules_of(checked)
    assert len(found["auto_code_visit_kind"]) >= 10
    assert found["auto_numeric_drug_fee_yuan"] == [37]
    assert checked.rule_counts["medical_insurance.claim.auto_code_visit_kind"] == 50
    assert (checked.bad_row_count, checked.count(Severity.ERROR)) == (50, 51)


def test_same_content_in_another_spelling_has_the_same_digest(desk: Desk) -> None:
    spelt = claim(1, total_fee_yuan="1000", settle_date="2023年10月5日", visit_kind="OUTPATIENT")
    one, two, other = desk.check(
        desk.delivery("medical_insurance.claim", "2023-10", [claim(1), claim(2)]),
        desk.delivery("medical_insurance.claim", "2023-10", [claim(2), spelt]),
        desk.delivery("medical_insurance.claim", "2023-10", [claim(1), claim(3)]),
    )
    assert one.content_digest == two.content_digest != other.content_digest


def test_many_small_deliveries_share_one_run(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from xiantong.checking import suite

    runs: list[int] = []
    start = suite.SuiteRun.__init__

    def counted(self: suite.SuiteRun, *args: object) -> None:
        runs.append(1)
        start(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(suite.SuiteRun, "__init__", counted)
    deliveries = [
        desk.delivery(
            "medical_insurance.claim",
            "2023-10",
            [claim(n, visit_kind=None if n % 7 == 0 else "门诊")],
        )
        for n in range(60)
    ]
    checked = desk.check(*deliveries)
    assert len(runs) == 1
    assert [bool(c.findings) for c in checked] == [n % 7 == 0 for n in range(60)]


def test_delivery_of_the_future_is_odd(desk: Desk) -> None:
    rows = [institution("H98012100001", apply_date="2024-01-05", decide_date="2024-02-01")]
    delivery = desk.delivery(
        "medical_insurance.designated_institution",
        "2023-10",
        rows,
        submitted_at=datetime(2023, 11, 2),
    )
    (checked,) = desk.check(delivery)
    assert set(rules_of(checked)) == {"auto_future_apply_date", "auto_future_decide_date"}
    assert {f.severity for f in checked.findings} == {Severity.WARNING}


def test_missing_column_is_one_finding_not_one_per_row(desk: Desk) -> None:
    rows = [claim(n, visit_kind=None) for n in range(5)]
    delivery = desk.delivery("medical_insurance.claim", "2023-10", rows, missing=("visit_kind",))
    (checked,) = desk.check(delivery)
    assert checked.findings == ()  # parsing has said it


def test_empty_talk_is_no_explanation_and_is_told_so(desk: Desk) -> None:
    expired = institution("H98012100001", expire_agreement_date="2023-01-01", _remark="情况属实")
    (checked,) = desk.check(
        desk.delivery("medical_insurance.designated_institution", "2023-10", [expired])
    )
    (finding,) = checked.findings
    assert finding.explanation is None
    assert finding.fix_zh.startswith("「情况属实」没有说明原因")


def test_row_with_an_unexplained_warning_goes_back_in_rows_mode(desk: Desk) -> None:
    late: Row = {"admit_date": "2027-01-01", "settle_date": "2023-10-05"}
    rows = [claim(1), claim(2, **late), claim(3, **late, _remark="跨年入院登记，系统日期录入延迟")]
    rows.append(claim(4, **late, _remark="核实无误"))
    (checked,) = desk.check(desk.delivery("medical_insurance.claim", "2023-10", rows))
    assert (checked.bad_row_count, checked.good_rows) == (2, 2)


def test_unreadable_cell_is_not_reported_as_blank_as_well(desk: Desk) -> None:
    unreadable = Finding(
        "medical_insurance.claim.auto_error_cell_drug_fee_yuan",
        Severity.ERROR,
        "公式出错",
        sheet="Sheet1",
        row=8,
        column="drug_fee_yuan",
    )
    rows = [claim(1), claim(2, drug_fee_yuan=None)]
    delivery = desk.delivery("medical_insurance.claim", "2023-10", rows, findings=(unreadable,))
    (checked,) = desk.check(delivery)
    assert checked.findings == (unreadable,)
    assert checked.rule_counts == {unreadable.rule_id: 1}
    assert (checked.bad_row_count, checked.good_rows) == (1, 1)


def test_advice_names_the_figures_that_were_compared(desk: Desk) -> None:
    """And the finding stands at the amount, not at the code that says whose it is."""
    row = fuel("1000", "100", "70", "50", "90")
    checked = desk.check(desk.delivery("energy.fuel_consumption", "2023-10", [row]))[0]
    (finding,) = [f for f in checked.findings if f.rule_id.endswith(".balance")]
    assert finding.column == "stock_start_qty"
    assert finding.fix_zh == (
        "请核对并更正「期初库存量」（70）、「购进量」（90）、「消费量合计」（100）、「期末库存量」（50）"
    )


def test_advice_names_nothing_personal_and_no_text(desk: Desk) -> None:
    checked = desk.check(desk.delivery("medical_insurance.claim", "2023-10", [claim(1, patient_id_no=ID[:-1] + "1", admit_date="2023-10-09")]))[0]  # fmt: skip
    assert checked.findings
    assert all(ID[:-1] not in f.fix_zh + f.message_zh for f in checked.findings)
