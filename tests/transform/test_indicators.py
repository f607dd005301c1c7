"""Observations: windows, areas, breakdowns, status, comparisons."""

from __future__ import annotations

from decimal import Decimal

from tests.transform.conftest import (
    COUNTY,
    OTHER_COUNTY,
    OTHER_TOWN,
    TOWN,
    ZONE,
    Workshop,
    fill,
)
from xiantong.transform import generate

PREFECTURE, PROVINCE = "980100000000", "980000000000"


def test_period_window_takes_the_rows_of_the_period(filled: Workshop) -> None:
    assert filled.values("SHOWN_COAL") == {
        "2022-01": 30, "2022-02": 60, "2022-03": 90, "2022-12": 360,
        "2023-01": 330, "2023-02": 360, "2023-03": 390, "2023-12": 660,
    }  # fmt: skip


def test_year_to_date_starts_anew_each_year(filled: Workshop) -> None:
    found = filled.values("SHOWN_COAL_YTD")
    assert [found["2022-03"], found["2022-12"], found["2023-01"], found["2023-03"]] == [
        180,
        540,
        330,
        1080,
    ]


def test_annual_figure_of_a_monthly_mart_is_that_of_its_last_month(filled: Workshop) -> None:
    assert filled.values("SHOWN_COAL_YEAR") == {"2022": 365, "2023": 665}


def test_last_period_is_found_for_each_county(filled: Workshop) -> None:
    assert filled.values("SHOWN_COAL_YEAR", OTHER_COUNTY) == {"2022": 5, "2023": 70}


def test_prefecture_adds_up_its_counties(filled: Workshop) -> None:
    assert filled.values("SHOWN_COAL", PREFECTURE)["2023-03"] == 390 + 70


def test_ratio_is_computed_anew_at_each_level(filled: Workshop) -> None:
    county = filled.values("SHOWN_ELEC_SHARE")["2023-03"]
    prefecture = filled.values("SHOWN_ELEC_SHARE", PREFECTURE)["2023-03"]
    assert county is not None and prefecture is not None
    assert (round(county, 4), round(prefecture, 4)) == (round(500 / 395, 4), round(500 / 465, 4))


def test_event_months_without_an_event_keep_the_sum_of_the_year(filled: Workshop) -> None:
    """From the first event (February) to the end of what was delivered (the fourth quarter)."""
    found = filled.values("SHOWN_INSPECT_MONTH")
    assert found == {
        "2023-02": 1, "2023-03": 1, "2023-04": 1, "2023-05": 2, "2023-06": 2, "2023-07": 2,
        "2023-08": 2, "2023-09": 2, "2023-10": 2, "2023-11": 3, "2023-12": 3,
    }  # fmt: skip


def test_quarterly_indicator_reads_monthly_events(filled: Workshop) -> None:
    assert filled.values("SHOWN_INSPECT") == {
        "2023-Q1": 1,
        "2023-Q2": 2,
        "2023-Q3": 2,
        "2023-Q4": 3,
    }
    assert filled.values("SHOWN_EQUIP_RATE")["2023-Q4"] == 85


def test_breakdown_stands_beside_one_total(filled: Workshop) -> None:
    found = filled.rows(
        "select breakdown_list, breakdown_code, value from marts.fct_indicator_value where "
        f"indicator_code = 'SHOWN_USE' and area_code = '{COUNTY}' and period = '2023-01' "
        "order by breakdown_list nulls first, breakdown_code"
    )
    assert found == [
        (None, "_T", Decimal(335)),
        ("energy_type", "ELEC", Decimal(5)),
        ("energy_type", "RAW_COAL", Decimal(330)),
    ]


def test_as_of_window_counts_the_versions_valid_at_the_end(filled: Workshop) -> None:
    assert filled.values("SHOWN_CONNECTED")["2022-Q4"] == 1
    assert filled.values("SHOWN_CONNECTED")["2023-Q1"] == 2


def test_as_of_window_ends_with_the_last_delivered_period(filled: Workshop) -> None:
    assert max(filled.values("SHOWN_CONNECTED")) == "2023-Q4"


def test_township_and_zone_have_their_own_observations(filled: Workshop) -> None:
    assert filled.values("SHOWN_CONNECTED", TOWN)["2023-Q1"] == 1
    assert filled.values("SHOWN_CONNECTED", TOWN)["2022-Q4"] == 0
    assert filled.values("SHOWN_CONNECTED", OTHER_TOWN)["2022-Q4"] == 1
    assert filled.values("SHOWN_CONNECTED", ZONE) == dict.fromkeys(
        ["2023-Q1", "2023-Q2", "2023-Q3", "2023-Q4"], 1
    )


def test_column_that_depends_on_the_day_is_seen_from_the_period_end(filled: Workshop) -> None:
    found = filled.values("SHOWN_NEW")
    assert [found["2022-Q1"], found["2022-Q2"], found["2023-Q1"], found["2023-Q2"]] == [1, 2, 0, 1]


def test_exact_rollup_reads_the_area_itself(filled: Workshop) -> None:
    assert filled.values("SHOWN_GDP") == {"2022-Q4": 500, "2023-Q3": 500, "2023-Q4": 500}
    assert filled.values("SHOWN_POP") == {"2022": 1000, "2023": 1010}


def test_level_without_deliveries_takes_the_published_series(filled: Workshop) -> None:
    assert filled.values("SHOWN_GDP", PROVINCE) == {"2023-Q1": 7_000_000}


def test_growth_compares_with_the_same_period_of_last_year(filled: Workshop) -> None:
    assert filled.column("SHOWN_COAL", "same_period_value", "2023-03") == 90
    assert filled.column("SHOWN_COAL", "prior_value", "2023-03") == 360
    assert round(float(filled.column("SHOWN_COAL", "yoy_pct", "2023-03")), 4) == 333.3333


def test_percentages_differ_by_points_and_do_not_grow(filled: Workshop) -> None:
    assert filled.column("SHOWN_ELEC_SHARE", "yoy_pct", "2023-03") is None
    # 5 / 95 = 5.26 % a year before, 5 / 395 = 1.27 % now; rounded only at the end
    assert (
        filled.column("SHOWN_ELEC_SHARE", "comment_zh", "2023-03") == "比上年同期下降4.00个百分点"
    )


def test_cell_with_fewer_than_three_enterprises_is_confidential(filled: Workshop) -> None:
    assert filled.column("SHOWN_COAL", "obs_status", "2023-03") == "A"
    assert filled.column("SHOWN_COAL", "obs_status", "2023-03", OTHER_COUNTY) == "C"
    assert filled.rows(
        "select obs_status from marts.fct_indicator_value where indicator_code = 'SHOWN_USE' and "
        f"area_code = '{COUNTY}' and period = '2023-01' and breakdown_code = 'ELEC'"
    ) == [("C",)]


def test_observation_is_provisional_where_its_source_is(filled: Workshop) -> None:
    assert filled.column("SHOWN_GDP", "obs_status", "2023-Q4") == "P"
    assert filled.column("SHOWN_GDP", "obs_status", "2022-Q4") == "A"


def test_formula_without_a_value_gives_a_missing_observation(filled: Workshop) -> None:
    assert filled.column("SHOWN_ELEC_SHARE", "obs_status", "2023-03", OTHER_COUNTY) == "M"


def test_sum_over_nothing_is_nought(filled: Workshop) -> None:
    assert filled.values("SHOWN_COAL", OTHER_COUNTY) == {"2022-02": 0, "2023-03": 70}


def test_yearly_target_counts_in_each_period_of_its_year(filled: Workshop) -> None:
    assert filled.column("SHOWN_INSPECT", "target_value", "2023-Q2") == 6
    assert round(float(filled.column("SHOWN_INSPECT", "completion_pct", "2023-Q2")), 2) == 33.33


def test_ceiling_has_no_completion(filled: Workshop) -> None:
    assert filled.column("SHOWN_COAL", "target_value", "2023-03") == 300
    assert filled.column("SHOWN_COAL", "completion_pct", "2023-03") is None
    assert filled.column("SHOWN_COAL", "target_value", "2023-02") is None


def test_standing_target_holds_in_every_observed_year(filled: Workshop) -> None:
    found = filled.rows(
        "select target_period, target_value from marts.fct_indicator_target "
        f"where indicator_code = 'SHOWN_ELEC_SHARE' and area_code = '{COUNTY}' order by 1"
    )
    assert found == [("2022", Decimal(10)), ("2023", Decimal(10))]


def test_comparison_uses_the_common_period(filled: Workshop) -> None:
    found = filled.rows(
        "select value, compare_value, gap, gap_unit, window_equal, rank_desc from "
        "marts.fct_indicator_comparison where indicator_code = 'SHOWN_COAL_YTD' and "
        f"area_code = '{COUNTY}' and period = '2023-03'"
    )
    assert found == [(Decimal(1080), Decimal(9000), Decimal(-7920), "吨", True, "第2位")]


def test_comparison_of_unequal_windows_is_marked(filled: Workshop) -> None:
    found = filled.rows(
        "select period, compare_period, window_equal from marts.fct_indicator_comparison "
        f"where indicator_code = 'SHOWN_COAL_YTD' and area_code = '{COUNTY}' order by period"
    )
    assert found == [("2023-03", "2023-03", True), ("2023-12", "2023-03", False)]


def test_grain_of_the_indicator_fact(filled: Workshop) -> None:
    assert (
        filled.rows(
            "select indicator_code from marts.fct_indicator_value group by indicator_code, area_code, period, "
            "frequency, measure_basis, breakdown_list, breakdown_code, revision having count(*) > 1"
        )
        == []
    )
    assert filled.rows("select count(*) > 50 from marts.fct_indicator_value") == [(True,)]


def test_marts_are_traced_to_the_datasets_that_enter_them(filled: Workshop) -> None:
    found = filled.rows(
        "select mart, dataset_id, is_snapshot from intermediate.int_marts__traced_to_datasets "
        "order by mart, dataset_id"
    )
    traced: dict[str, dict[str, bool]] = {}
    for mart, dataset, is_snapshot in found:
        traced.setdefault(mart, {})[dataset] = is_snapshot
    assert traced["fct_shown_fuel_month"] == {"energy.fuel_consumption": True}
    assert set(traced["fct_indicator_value"]) >= {"energy.inspection", "energy.energy_user"}
    assert traced["fct_indicator_value"]["energy.inspection"] is False


def test_merged_township_is_compared_with_what_both_had_before(workshop: Workshop) -> None:
    changes = workshop.settings.expectations / "area_changes.csv"
    changes.write_text(
        "area_code,successor_code,changed_on,kind,share,document\n"
        f"{OTHER_TOWN},{TOWN},2023-07-01,merge,1,\n",
        encoding="utf-8",
    )
    generate(workshop.folder)
    fill(workshop)
    workshop.must_build()
    assert workshop.values("SHOWN_CONNECTED", TOWN)["2022-Q4"] == 0
    assert workshop.column("SHOWN_CONNECTED", "same_period_value", "2023-Q4", TOWN) == 1
    # Before the merger nobody had inherited anything.
    assert workshop.column("SHOWN_CONNECTED", "prior_value", "2022-Q4", TOWN) == 0
