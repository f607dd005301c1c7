"""What the deliveries say about the county: valid identifiers, chains that hold, sums that agree."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from stdnum.cn import ric, uscc

from xiantong.contracts.catalogue import Catalogue
from xiantong.periods import Period, period_range
from xiantong.sample import education, energy, market_regulation, medical_insurance, statistics
from xiantong.sample.chance import Chance
from xiantong.sample.county import County
from xiantong.sample.departments import departments, known_datasets
from xiantong.sample.people import Patients, citizen_id
from xiantong.sample.table import Table

MONTH = Period("2023-10")
QUARTER = Period("2023-Q3")
TERM = Period("2023-S2")


def valid_citizen_id(number: str) -> bool:
    """Check digit and birth date; the area prefix belongs to the fictional province."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(w * int(c) for w, c in zip(weights, number, strict=False))
    date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    return len(number) == 18 and number[17] == "10X98765432"[total % 11]


@pytest.fixture(scope="module")
def tables(county: County) -> list[tuple[str, Table]]:
    """The table of every dataset that is delivered whole, for October 2023 or what holds it."""
    made = []
    for dataset in known_datasets(county):
        offered = departments(county)[dataset.department]
        period = Period.of(MONTH.start, county.catalogue.contract(dataset).frequency)
        if maker := offered.makers.get(dataset.dataset):
            made.append((str(dataset), maker(county, period)))
        elif shared := offered.by_reporter.get(dataset.dataset):
            first, *_ = shared.reporters(county, period)
            made.append((str(dataset), shared.maker(county, period, first)))
    return made


def test_every_table_has_the_columns_of_its_contract(
    county: County, tables: list[tuple[str, Table]]
) -> None:
    made = tables
    assert len(made) >= 22
    for name, table in made:
        expected = [column.name for column in county.catalogue.contract(name).table_columns]
        assert table.rows, name
        assert all(list(row) == expected for row in table.rows), name


def test_streams_have_the_columns_of_their_contract(county: County) -> None:
    for name, stream in (
        ("medical_insurance.claim", medical_insurance.claims.claim),
        ("energy.meter_reading", energy.meters.meter_reading),
    ):
        expected = [column.name for column in county.catalogue.contract(name).table_columns]
        for piece in stream(county, MONTH):
            assert piece.column_names == [*expected, "remark"]


def test_codes_are_in_their_lists_and_keys_unique(
    county: County, tables: list[tuple[str, Table]]
) -> None:
    for name, table in tables:
        contract = county.catalogue.contract(name)
        for column in contract.table_columns:
            if column.code_list:
                known = county.catalogue.codes[column.code_list].by_code
                values = {row[column.name] for row in table.rows} - {None}
                assert values <= set(known), (name, column.name)
        key = [column.name for column in contract.key if column.source == "table"]
        keys = Counter(tuple(row[k] for k in key) for row in table.rows)
        assert max(keys.values()) == 1, name


def test_required_values_are_there_and_numbers_fit_their_columns(
    county: County, tables: list[tuple[str, Table]]
) -> None:
    for name, table in tables:
        for column in county.catalogue.contract(name).table_columns:
            values = [row[column.name] for row in table.rows]
            if column.required:
                assert None not in values, (name, column.name)
            if column.length:
                assert all(len(v) <= column.length for v in values if isinstance(v, str)), (
                    name,
                    column.name,
                )
            if column.is_numeric and not column.signed:
                assert all(v >= 0 for v in values if isinstance(v, int | Decimal)), (
                    name,
                    column.name,
                )
            if column.scale is not None:
                places = {-v.as_tuple().exponent for v in values if isinstance(v, Decimal)}
                assert all(isinstance(p, int) and p <= column.scale for p in places), (
                    name,
                    column.name,
                )


def test_credit_codes_are_valid_unique_and_registered(
    county: County, tables: list[tuple[str, Table]]
) -> None:
    register = {
        str(row["uscc"]) for row in market_regulation.market_entity(county, county.first).rows
    }
    assert len(register) > 5000
    assert all(uscc.calc_check_digit(code[:17]) == code[17] for code in register)
    used = {
        str(row["uscc"])
        for name, table in tables
        if name != "market_regulation.market_entity"
        for row in table.rows
        if row.get("uscc")
    }
    assert len(used) > 60
    assert used <= register


def test_citizen_ids_are_valid_and_belong_to_one_teacher_each(county: County) -> None:
    rows = education.semester.teacher_roster(county, TERM).rows
    numbers = [str(row["teacher_id_no"]) for row in rows]
    assert 2000 < len(rows) < 3200
    assert all(map(valid_citizen_id, numbers))
    assert len(set(numbers)) == len(numbers)
    assert all(
        str(row["birth_month"]).replace("-", "") == str(row["teacher_id_no"])[6:12] for row in rows
    )


def test_a_known_citizen_id_gets_its_check_digit() -> None:
    assert citizen_id("110105", date(1949, 12, 31), 2) == "11010519491231002X"
    assert ric.is_valid("11010519491231002X")


def test_patients_are_different_persons_with_valid_ids() -> None:
    persons = np.arange(0, 3_000_000, 37)
    ids = Patients(["980121000000", "980122000000"]).ids(persons).to_pylist()
    assert len(set(ids)) == len(persons)
    assert all(valid_citizen_id(number) for number in ids[:3000])


def test_chance_hangs_on_the_name_not_on_the_order() -> None:
    chance = Chance(4)
    first = chance.of("a", 1).random()
    chance.of("b").random()
    assert chance.of("a", 1).random() == first
    assert Chance(5).of("a", 1).random() != first


def test_register_delivers_only_changes_after_the_first_month(county: County) -> None:
    months = period_range(county.first.shift(1), county.last)
    changed = Counter(
        str(row["uscc"]) for m in months for row in market_regulation.market_entity(county, m).rows
    )
    assert len(changed) > 1500
    cancelled = {
        str(row["uscc"]): m
        for m in months
        for row in market_regulation.market_entity(county, m).rows
        if row["reg_status"] == "CANCELLED"
    }
    assert cancelled
    assert all(changed[code] == 1 for code in cancelled)


# --- medical insurance --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def claims(county: County) -> pa.Table:
    return pa.concat_tables(medical_insurance.claims.claim(county, MONTH))


def cents(column: pa.ChunkedArray) -> np.ndarray:
    return np.rint(column.to_numpy() * 100).astype(np.int64)


def test_fees_and_payments_add_up(claims: pa.Table) -> None:
    total = cents(claims["total_fee_yuan"])
    parts = sum(cents(claims[f"{part}_fee_yuan"]) for part in ("drug", "material", "exam", "other"))
    assert (parts == total).all()
    assert (cents(claims["fund_pay_yuan"]) + cents(claims["self_pay_yuan"]) == total).all()
    assert (
        min(
            pc.min(claims[f"{part}_fee_yuan"]).as_py()
            for part in ("drug", "material", "exam", "other")
        )
        >= 0
    )


def test_stays_have_an_order_and_no_patient_lies_in_two_hospitals(claims: pa.Table) -> None:
    stays = claims.filter(pc.equal(claims["visit_kind"], "INPATIENT"))
    assert stays.num_rows > 500
    assert pc.all(pc.less_equal(stays["admit_date"], stays["discharge_date"])).as_py()
    assert len(set(stays["patient_id_no"].to_pylist())) == stays.num_rows
    assert (
        claims.filter(pc.not_equal(claims["visit_kind"], "INPATIENT"))["discharge_date"].null_count
        > 0
    )


def test_enough_institutions_have_thirty_claims_of_a_kind(claims: pa.Table) -> None:
    pairs = zip(
        claims["institution_code"].to_pylist(), claims["visit_kind"].to_pylist(), strict=True
    )
    large = [kind for (_, kind), n in Counter(pairs).items() if n >= 30]
    assert Counter(large)["OUTPATIENT"] >= 20
    assert Counter(large)["INPATIENT"] >= 15
    assert Counter(large)["PHARMACY"] >= 15
    assert 3000 <= claims.num_rows <= 5000


def test_only_remarked_claims_are_far_above_the_usual_fee(claims: pa.Table) -> None:
    fees: dict[tuple[str, str], list[tuple[float, str | None]]] = {}
    for row in claims.select(
        ["institution_code", "visit_kind", "total_fee_yuan", "remark"]
    ).to_pylist():
        fees.setdefault((row["institution_code"], row["visit_kind"]), []).append(
            (row["total_fee_yuan"], row["remark"])
        )
    high = []
    for group in fees.values():
        values = np.array([fee for fee, _ in group])
        if len(values) > 2 and values.std(ddof=1) > 0:
            limit = values.mean() + 6 * values.std(ddof=1)
            high += [remark for fee, remark in group if fee > limit]
    assert high and all(high)


def test_claims_come_only_from_institutions_under_agreement(county: County) -> None:
    looked_at = 0
    for month in period_range(county.first, county.last):
        valid = {
            i.code
            for i in medical_insurance.institutions.institutions(county)
            if i.status(month) == "VALID"
        }
        for piece in medical_insurance.claims.claim(county, month):
            assert set(piece["institution_code"].to_pylist()) <= valid
            looked_at += piece.num_rows
    assert looked_at > 1_000


def test_some_institutions_grow_abnormally(county: County) -> None:
    jumping = {
        i.code
        for i in medical_insurance.institutions.institutions(county)
        if any(v.jump for v in i.visits)
    }
    now = pa.concat_tables(medical_insurance.claims.claim(county, MONTH))
    before = pa.concat_tables(medical_insurance.claims.claim(county, MONTH.same_period_last_year))
    growth = {}
    for kind in ("INPATIENT", "PHARMACY"):
        for code in {i.code for i in medical_insurance.institutions.institutions(county)}:
            fees = [
                t.filter(
                    pc.and_(pc.equal(t["institution_code"], code), pc.equal(t["visit_kind"], kind))
                )["total_fee_yuan"]
                for t in (now, before)
            ]
            if min(map(len, fees)) >= 30:
                growth[code, kind] = pc.mean(fees[0]).as_py() / pc.mean(fees[1]).as_py() - 1
    fast = {code for (code, _), value in growth.items() if value > 0.3}
    assert len(fast & jumping) >= 2
    assert len(fast - jumping) <= 1


def test_reviews_belong_to_claims_and_stay_below_their_payment(
    county: County, claims: pa.Table
) -> None:
    rows = [
        r
        for r in medical_insurance.reviews.claim_review(county, MONTH).rows
        if str(r["review_no"]).startswith("SH202310")
    ]
    paid = dict(
        zip(claims["settlement_no"].to_pylist(), claims["fund_pay_yuan"].to_pylist(), strict=True)
    )
    steps: dict[object, dict[object, object]] = {}
    for row in rows:
        assert float(str(row["deduct_yuan"])) <= paid[row["settlement_no"]]
        if row["deduct_confirmed_yuan"] is not None:
            assert Decimal(str(row["deduct_confirmed_yuan"])) <= Decimal(str(row["deduct_yuan"]))
        if row["is_error"]:
            assert row["error_kind"]
        steps.setdefault(row["settlement_no"], {})[row["review_step"]] = row["reviewer_code"]
    assert sum("SECOND" in step for step in steps.values()) > 50
    assert all(step["SECOND"] != step["FIRST"] for step in steps.values() if "SECOND" in step)


def test_reviewer_posts_follow_each_other_and_some_are_overdue(county: County) -> None:
    table = medical_insurance.reviewers.reviewer_post(county, QUARTER)
    open_posts = [row for row in table.rows if row["end_date"] is None]
    assert max(Counter(row["reviewer_code"] for row in open_posts).values()) == 1
    assert table.remarks


def test_every_institution_checks_itself_within_half_a_year(county: County) -> None:
    months = [MONTH.shift(-n) for n in range(6)]
    checked = {
        row["institution_code"]
        for month in months
        for row in medical_insurance.negative_list.negative_list_finding(county, month).rows
        if row["check_kind"] == "SELF"
    }
    settled = {
        i.code
        for i in medical_insurance.institutions.institutions(county)
        if all(i.status(m) == "VALID" for m in months)
    }
    assert len(settled) > 100
    assert settled <= checked


# --- energy -------------------------------------------------------------------------------------


def test_fuel_balances_and_chains_hold_over_the_months(county: County) -> None:
    before: dict[tuple[object, object], dict[str, Decimal]] = {}
    for month in period_range(county.first, county.last):
        for row in energy.consumption.fuel_consumption(county, month).rows:
            numbers = {k: v for k, v in row.items() if isinstance(v, Decimal)}
            assert (
                numbers["stock_start_qty"] + numbers["purchase_qty"]
                == numbers["consume_qty"] + numbers["stock_end_qty"]
            )
            key = (row["uscc"], row["energy_code"])
            if key in before:
                assert numbers["stock_start_qty"] == before[key]["stock_end_qty"]
                earlier = before[key]["consume_ytd_qty"] if month.ordinal > 1 else 0
                assert numbers["consume_ytd_qty"] == numbers["consume_qty"] + earlier
            before[key] = numbers
    assert len(before) > 10


def test_meters_agree_with_the_fuel_form_unless_explained(county: County) -> None:
    readings = pa.concat_tables(energy.meters.meter_reading(county, MONTH))
    metered: Counter[tuple[str, str]] = Counter()
    for row in readings.select(["uscc", "energy_code", "consumption"]).to_pylist():
        metered[row["uscc"], row["energy_code"]] += row["consumption"]
    table = energy.consumption.fuel_consumption(county, MONTH)
    compared = 0
    for number, row in enumerate(table.rows):
        if row["energy_code"] in ("ELEC", "NATGAS", "HEAT"):
            used = float(str(row["consume_qty"]))
            close = abs(used - metered[str(row["uscc"]), str(row["energy_code"])]) <= 0.05 * used
            assert close or number in table.remarks
            compared += 1
    assert compared > 35


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_meter_readings_chain_over_days_months_and_replaced_meters(
    county: County, scale: float
) -> None:
    grown = County(county.catalogue, county.first, county.last, seed=11, scale=scale)
    ends: dict[str, float] = {}
    replaced = 0
    for month in period_range(Period("2022-06"), Period("2022-09")):
        rows = pa.concat_tables(energy.meters.meter_reading(grown, month)).to_pylist()
        for row in rows:
            code = row["meter_code"]
            if not row["meter_replaced"]:
                used = (row["end_reading"] - row["start_reading"]) * row["multiplier"] + (
                    row["reading_adjust"] or 0
                )
                assert abs(used - row["consumption"]) <= 0.01 * max(row["consumption"], 1)
                assert row["end_reading"] >= row["start_reading"]
            assert ends.get(code, row["start_reading"]) == row["start_reading"]
            if row["max_demand_kw"] is not None:
                assert row["consumption"] <= 24 * row["max_demand_kw"]
            ends[code] = row["end_reading"]
            replaced += row["meter_replaced"]
    assert len(ends) == len(energy.meters.metered_uses(grown)) * scale
    assert replaced >= 1


def test_key_users_lie_on_both_sides_of_the_threshold(county: County) -> None:
    users = energy.consumption.energy_user(county, Period("2023")).rows
    large = [u for u in users if float(str(u["last_year_tce"])) >= 10_000]
    near = [u for u in users if 9_000 <= float(str(u["last_year_tce"])) < 10_000]
    assert 8 <= len(large) <= 14
    assert near
    assert all(u["user_class"] == "KEY" for u in large)


def test_quota_transfers_balance(county: County) -> None:
    for rows in (
        energy.quotas.coal_quota(county, Period("2023")).rows,
        energy.quotas.coal_quota_revised(county, Period("2023")).table.rows,
    ):
        taken = sum(Decimal(str(r["transfer_in_qty"] or 0)) for r in rows)
        given = sum(Decimal(str(r["transfer_out_qty"] or 0)) for r in rows)
        assert taken == given > 0


def test_solar_grows_and_its_power_is_used_or_sent(county: County) -> None:
    first, last = (energy.solar.distributed_pv(county, p).rows for p in (county.first, county.last))
    assert len(last) > 1.4 * len(first)
    for row in last:
        made, own, sent = (
            Decimal(str(row[k] or 0)) for k in ("generation_kwh", "self_use_kwh", "grid_kwh")
        )
        assert made == own + sent
        assert 20 <= made / Decimal(str(row["capacity_kw"])) <= 200


def test_every_key_user_is_inspected_every_year(county: County) -> None:
    inspected = {
        r["uscc"]
        for q in range(1, 5)
        for r in energy.supervision.inspection(county, Period(f"2023-Q{q}")).rows
    }
    keys = {
        r["uscc"]
        for r in energy.consumption.energy_user(county, Period("2023")).rows
        if r["user_class"] == "KEY"
    }
    assert keys and keys <= inspected


# --- education ----------------------------------------------------------------------------------


def test_permanent_staff_equals_the_roster(county: County) -> None:
    roster = Counter(
        row["school_code"]
        for row in education.semester.teacher_roster(county, TERM).rows
        if row["post_kind"] == "PERMANENT"
    )
    schools = education.semester.school_semester(county, TERM).rows
    assert len(schools) == 120
    assert all(row["post_filled_cnt"] == roster[row["school_code"]] for row in schools)
    assert sum(int(str(row["post_approved_cnt"])) for row in schools) > sum(roster.values())


def test_full_time_teachers_equal_the_roster(county: County) -> None:
    roster = Counter(
        (r["school_code"], r["school_stage"], r["main_subject"])
        for r in education.semester.teacher_roster(county, TERM).rows
    )
    demand = education.semester.subject_demand(county, TERM).rows
    counted = {
        (r["school_code"], r["school_stage"], r["subject_code"]): r["teacher_fulltime_cnt"]
        for r in demand
    }
    assert all(counted[key] == n for key, n in roster.items())
    assert sum(int(str(n)) for n in counted.values()) == sum(roster.values())


def test_moves_between_schools_are_explained(county: County) -> None:
    before = {
        r["teacher_no"]: r["school_code"]
        for r in education.semester.teacher_roster(county, TERM.prior).rows
    }
    table = education.semester.teacher_roster(county, TERM)
    moved = [
        n
        for n, r in enumerate(table.rows)
        if before.get(r["teacher_no"], r["school_code"]) != r["school_code"]
    ]
    assert moved and set(moved) <= set(table.remarks)


def test_walking_teachers_belong_to_their_school_and_have_the_lessons(county: County) -> None:
    roster = {r["teacher_no"]: r for r in education.semester.teacher_roster(county, TERM).rows}
    lessons: Counter[object] = Counter()
    rows = education.walking.cross_school_teaching(county, TERM).rows
    assert len(rows) > 60
    for row in rows:
        assert (
            roster[row["teacher_no"]]["school_code"]
            == row["host_school_code"]
            != row["receive_school_code"]
        )
        lessons[row["teacher_no"]] += int(str(row["weekly_lesson_cnt"]))
    assert all(n <= roster[t]["weekly_lesson_cnt"] for t, n in lessons.items())


def test_nobody_is_trained_in_two_places_at_once(county: County) -> None:
    rows = education.training.training_record(county, QUARTER).rows
    assert len(rows) > 500
    assert max(Counter(row["teacher_no"] for row in rows).values()) == 1
    rosters = {
        r["teacher_no"]
        for p in (TERM, TERM.prior)
        for r in education.semester.teacher_roster(county, p).rows
    }
    assert {row["teacher_no"] for row in rows} <= rosters


def test_sport_time_grows_towards_the_hour(county: County) -> None:
    def minutes(period: Period) -> float:
        rows = education.sport.sport_hour(county, period).rows
        return float(np.mean([
            float(str(r["pe_lesson_week_cnt"])) * float(str(r["pe_lesson_min"])) / 5
            + float(str(r["big_break_min"])) + float(str(r["after_class_min"])) for r in rows
        ]))  # fmt: skip

    assert 50 < minutes(Period("2022-03")) < 62 < minutes(Period("2023-10")) < 85


# --- statistics ---------------------------------------------------------------------------------


def test_sectors_add_up_and_the_year_is_revised(county: County) -> None:
    rows = statistics.regional_accounts(county, Period("2022-Q4")).rows
    assert len(rows) == 1 + len(county.townships)
    for row in rows:
        parts = [
            Decimal(str(row[f"{sector}_va_wan"])) for sector in ("primary", "secondary", "tertiary")
        ]
        assert sum(parts) == Decimal(str(row["gdp_ytd_wan"]))
    revision = statistics.accounts_revised(county, Period("2022-Q4"))
    assert revision and revision.table.rows[0]["data_status"] == "R"
    assert statistics.accounts_revised(county, Period("2022-Q3")) is None


def test_provincial_growth_of_renovation_is_published_with_its_window(county: County) -> None:
    rows = statistics.benchmark_series(county, Period("2023-09")).rows
    known = "IND_TECHREN_INV_YOY" in county.catalogue.indicator_codes
    found = [r for r in rows if r["indicator_code"] == "IND_TECHREN_INV_YOY"]
    assert [(r["window_label"], r["growth_pct"]) for r in found] == (
        [("1-9月", Decimal("26.5"))] if known else []
    )


@pytest.mark.parametrize("seed", [1, 2, 7])
def test_no_two_teachers_share_an_identity_number(catalogue: Catalogue, seed: int) -> None:
    county = County(catalogue, Period("2022-01"), Period("2023-12"), seed)
    made = education.teachers.teachers(county)
    numbers = [teacher.id_no for teacher in made]
    assert len(numbers) > 2_000
    assert len(set(numbers)) == len(numbers)
    assert all(valid_citizen_id(number) for number in numbers)
