"""What happens when something fails on the way, and what is told about it."""

import json
import logging
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from tests.county import AREA, CLAIM, NOW, ROSTER, County, error
from xiantong.contracts.catalogue import Catalogue
from xiantong.ledger import Status
from xiantong.settling import SettleError, finish, settle
from xiantong.settling.completion import return_key
from xiantong.warehouse import WarehouseBusyError, open_warehouse

AT = datetime(2023, 11, 3, 9)
SECRET = "110105194912310021"


def test_unknown_delivery_is_refused(county: County) -> None:
    checked = county.submit(ROSTER, "a.xlsx", AT, "2023", [{}])
    other = County(county.home / "other", county.catalogue)
    with pytest.raises(SettleError, match="knows no deliveries"):
        other.settle(ROSTER, checked)


def test_delivery_of_another_dataset_is_refused(county: County) -> None:
    checked = county.submit(ROSTER, "a.xlsx", AT, "2023", [{}])
    with pytest.raises(SettleError, match=f"do not belong to {CLAIM}"):
        county.settle(CLAIM, checked)


def test_missing_candidate_is_named_by_its_file(county: County) -> None:
    checked = county.submit(ROSTER, "名单.xlsx", AT, "2023", [{}])
    assert checked.candidate
    checked.candidate.unlink()
    with pytest.raises(SettleError, match=r"名单\.xlsx"):
        county.settle(ROSTER, checked)
    assert county.ledger.submissions() == []


def test_busy_warehouse_leaves_the_decision_and_is_loaded_later(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xiantong import warehouse

    def busy(url: str) -> None:
        raise WarehouseBusyError("open elsewhere")

    checked = county.submit(ROSTER, "a.xlsx", AT, "2023", [{}, {}])
    with monkeypatch.context() as patched:
        patched.setattr(warehouse, "open_warehouse", busy)
        with pytest.raises(WarehouseBusyError):
            county.settle(ROSTER, checked)
    assert county.ledger.submissions()[0].status is Status.ACCEPTED
    assert county.ledger.waiting() == [checked.dataset]
    summary = finish(
        county.ledger, county.store, county.catalogue, county.contract(ROSTER), county.settings
    )
    assert summary.periods == ["2023"]
    assert len(county.raw(ROSTER)) == 2
    assert county.ledger.waiting() == []


def test_return_that_cannot_be_written_keeps_nothing_else_back(
    county: County, caplog: pytest.LogCaptureFixture
) -> None:
    lost = county.submit(ROSTER, "lost.xlsx", AT, "2023", [{}], [error()])
    county.store.original_path(county.ledger.pending(lost.dataset)[0].sha256, "lost.xlsx").unlink()
    good = [
        county.submit(ROSTER, "good.xlsx", AT, "2022", [{}]),
        county.submit(ROSTER, "bad.xlsx", AT, "2021", [{}], [error()]),
    ]
    summary = county.settle(ROSTER, lost, *good)
    assert summary.failed_returns == {lost.submission_id: "StoreError"}
    assert summary.counts["accepted"] == 1
    returned = {s.file_name: s.return_key is not None for s in county.ledger.submissions()}
    assert returned == {"good.xlsx": False, "bad.xlsx": True, "lost.xlsx": False}
    assert county.ledger.waiting() == [lost.dataset]
    assert [r.levelno for r in caplog.records if r.name.startswith("xiantong")] == [logging.ERROR]


def test_summary_is_json(county: County) -> None:
    summary = county.settle(ROSTER, county.submit(ROSTER, "a.xlsx", AT, "2023", [{}]))
    data = json.loads(json.dumps(summary.as_json()))
    assert data["dataset"] == ROSTER
    assert data["periods"] == ["2023"]
    assert data["accepted"][0]["revision"] == 1


def test_two_settlings_of_one_dataset_wait_for_each_other(county: County) -> None:
    checked = county.submit(ROSTER, "a.xlsx", AT, "2023", [{}])
    other = County(county.home, county.catalogue)
    with county.ledger.lock("something else"):
        pass
    settled = []

    def inside(step: str) -> None:
        if "decided" in step:
            # A second process would wait here until the first is done; we only see that it must.
            settled.append(_is_locked(county.home / "ledger.db.locks" / f"settle-{ROSTER}"))

    settle(
        other.ledger, other.store, other.catalogue, other.contract(ROSTER), [checked],
        other.settings, now=NOW, progress=inside,
    )  # fmt: skip
    assert settled == [True]


def _is_locked(path: Path) -> bool:
    import fcntl

    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def test_values_in_findings_reach_the_ledger_only_as_the_check_masked_them(
    tmp_path: Path, catalogue: Catalogue, caplog: pytest.LogCaptureFixture
) -> None:
    county = County(tmp_path / "home", catalogue)
    finding = error(column="patient_id_no", value="***")
    checked = county.submit(
        CLAIM, "2023-10.csv", AT, "2023-10", [{"patient_id_no": "f" * 64}], [finding],
        content=f"patient,{SECRET}".encode(), bad_row_count=1, good_rows=0,
    )  # fmt: skip
    county.settle(CLAIM, checked)
    kept = b"".join(path.read_bytes() for path in county.home.glob("ledger.db*") if path.is_file())
    assert SECRET.encode() not in kept
    assert b"***" in kept
    assert SECRET not in caplog.text


def test_settled_rows_can_be_read_by_any_duckdb(county: County) -> None:
    county.settle(ROSTER, county.submit(ROSTER, "a.xlsx", AT, "2023", [{"studio_code": "A"}]))
    with duckdb.connect(str(county.home / "warehouse.duckdb"), read_only=True) as connection:
        found = connection.execute(
            "select studio_code, _reporter_area_code from raw.education__master_studio"
        ).fetchall()
    assert found == [("A", AREA)]
    with open_warehouse(county.settings.warehouse_url):
        pass


def test_two_reporters_never_share_the_place_of_a_return(county: County) -> None:
    checked = county.submit(ROSTER, "名单.xlsx", AT, "2023", [{}], [error()])
    county.settle(ROSTER, checked)
    (submission,) = county.ledger.submissions()

    keys = {
        return_key(replace(submission, id=str(n).ljust(20, "0"), reporter_code=code))
        for n, code in enumerate(("a/b", "a-b", "a:b", "x" * 200 + "1", "x" * 200 + "2"))
    }

    assert len(keys) == 5
    assert all(len(Path(key).name.encode()) <= 255 and len(Path(key).parts) == 3 for key in keys)
