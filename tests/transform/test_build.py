"""A build does what new data touches, makes up for a failed one, and speaks in plain words."""

from __future__ import annotations

import gc

import duckdb
import pytest

from tests.transform.conftest import Workshop, fill
from xiantong.names import DatasetId
from xiantong.transform import BuildResult, build

FUEL = DatasetId.parse("energy.fuel_consumption")
INSPECTION = DatasetId.parse("energy.inspection")


def _built(result: BuildResult) -> set[str]:
    return {node.name for node in result.models if node.status == "success"}


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """A warehouse whose first build was asked for one dataset only; tests run in order on it."""
    workshop = Workshop.make(tmp_path_factory.mktemp("worked"))
    fill(workshop)
    result = workshop.must_build(changed={FUEL})
    assert result.everything
    assert "dim_shown_account" in _built(result)
    return workshop


def test_correction_rebuilds_only_what_depends_on_it(worked: Workshop) -> None:
    worked.load(
        "energy.inspection",
        "2023-Q2",
        [{"inspection_no": "1", "uscc": "U1", "inspection_kind": "SAVING", "inspection_date": "2023-02-10",
          "meter_need_cnt": 4, "meter_have_cnt": 4, "problem_cnt": 0, "rectified_cnt": 0, "conclusion": "PASS"}],
        revision=2,
    )  # fmt: skip
    steps: list[str] = []
    result = worked.must_build(changed={INSPECTION}, progress=steps.append)
    assert not result.everything
    assert {"stg_energy__inspection", "fct_shown_inspection", "fct_indicator_value"} <= _built(
        result
    )
    assert not {"fct_shown_fuel_month", "int_indicator_value__fct_shown_fuel_month"} & _built(
        result
    )
    assert any("fct_shown_inspection" in step for step in steps)
    # Have 4 + 6 + 9 of 20 needed, after the correction of the first.
    assert worked.values("SHOWN_EQUIP_RATE")["2023-Q4"] == 95
    assert worked.column("SHOWN_EQUIP_RATE", "revision", "2023-Q4") == 2


def test_new_ledger_rows_rebuild_the_rates_of_reporting_only(worked: Workshop) -> None:
    path = worked.settings.warehouse_url.removeprefix("duckdb:///")
    with duckdb.connect(path) as warehouse:
        for number, (period, revision, day, errors) in enumerate(
            [
                ("2023-09", 1, "2023-10-05", 0),
                ("2023-Q3", 1, "2023-10-12", 2),
                ("2023-Q3", 2, "2023-10-15", 0),
            ]
        ):
            warehouse.execute(
                "insert into raw.ledger__submission (submission_id, dataset_id, reporter_code, "
                "reporter_area_code, period, revision, submitted_at, due_at, status, error_cnt) values "
                "(?, 'x.y', 'r', '980121000000', ?, ?, ?, date '2023-10-10', 'accepted', ?)",
                [str(number), period, revision, day, errors],
            )
    assert _built(worked.must_build(changed=set())) == {
        "fct_finding", "fct_submission", "int_indicator_value__fct_submission", "int_indicator_value",
        "fct_indicator_target", "fct_indicator_value", "fct_indicator_comparison",
        "fct_indicator_explanation",
    }  # fmt: skip
    # The quarterly form counts in the month in which its quarter ends.
    assert worked.values("RPT_ONTIME_RATE") == {"2023-09": 50}
    assert worked.values("RPT_FIRST_PASS_RATE") == {"2023-09": 50}


def test_changed_model_rebuilds_everything(worked: Workshop) -> None:
    path = worked.settings.dbt_project / "models" / "marts" / "shown" / "dim_shown_account.sql"
    path.write_text(path.read_text() + "\n-- changed\n")
    assert worked.must_build(changed={INSPECTION}).everything


def test_build_fails_in_plain_words_and_is_made_up_for(worked: Workshop) -> None:
    path = worked.settings.dbt_project / "models" / "marts" / "shown" / "fct_shown_inspection.sql"
    good = path.read_text()
    path.write_text(good.replace("meter_need_cnt,", "no_such_column as meter_need_cnt,"))
    result = worked.build(changed={INSPECTION})
    assert not result.ok
    assert [node.name for node in result.failures] == ["fct_shown_inspection"]
    assert "no_such_column" in result.summary()
    assert "Traceback" not in result.summary()
    path.write_text(good)
    assert "fct_shown_inspection" in _built(worked.must_build(changed=set()))


def test_wrong_template_is_an_error_not_a_crash(worked: Workshop) -> None:
    path = worked.settings.dbt_project / "models" / "marts" / "shown" / "wrong.sql"
    path.write_text("select * from {{ ref('nowhere') }}")
    try:
        result = worked.build(changed=set())
    finally:
        path.unlink()
    assert not result.ok
    assert "nowhere" in result.error
    # The project is another one than that of the last build, so everything is built again.
    assert worked.must_build(changed=set()).everything


def test_project_folder_stays_clean(worked: Workshop) -> None:
    names = {path.name for path in worked.settings.dbt_project.iterdir()}
    assert names == {"dbt_project.yml", "profiles.yml", "macros", "models", "seeds", "tests"}
    assert (worked.settings.root / "logs" / "dbt" / "dbt.log").is_file()


def test_dataset_that_was_never_delivered_is_an_empty_table(worked: Workshop) -> None:
    assert worked.rows("select count(*) from staging.stg_education__training_record") == [(0,)]


def test_warehouse_is_free_after_a_build(worked: Workshop) -> None:
    path = worked.settings.warehouse_url.removeprefix("duckdb:///")
    with duckdb.connect(path, read_only=True) as connection:
        assert connection.execute("select count(*) > 0 from marts.dim_period").fetchone() == (True,)


def test_collector_of_the_process_rests_during_a_build_only(worked: Workshop) -> None:
    before, during = gc.get_threshold(), set()
    assert build(worked.settings, set(), progress=lambda _: during.add(gc.get_threshold())).ok
    assert len(during) == 1
    assert during.pop() > before
    assert gc.get_threshold() == before
