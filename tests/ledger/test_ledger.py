import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, insert, text
from sqlalchemy.exc import IntegrityError

import xiantong.ledger.migrations
from xiantong.contracts.model import Severity
from xiantong.findings import Finding
from xiantong.ledger import (
    Delivery,
    DeliveryState,
    Ledger,
    LedgerError,
    LedgerLake,
    Status,
    Submission,
)
from xiantong.ledger.differences import Basis, DifferenceCounts, Differences
from xiantong.ledger.engine import database_url
from xiantong.ledger.rows import delivery_values, finding_values
from xiantong.ledger.schema import HEAD, VERSION_TABLE, Table
from xiantong.masking import without_identity
from xiantong.names import DatasetId
from xiantong.periods import Period
from xiantong.store import Store

ROSTER = DatasetId("education", "master_studio")
CLAIM = DatasetId("medical_insurance", "claim")
AT = datetime(2023, 11, 3, 9, 30, 0, 123456)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.integration)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        found: str = request.getfixturevalue("postgres_url")
        return found
    return f"sqlite:///{tmp_path}/home/ledger.db"


@pytest.fixture
def ledger(url: str) -> Ledger:
    ledger = Ledger(url)
    ledger.upgrade()
    return ledger


def delivery(number: int, dataset: DatasetId = ROSTER, **values: object) -> Delivery:
    made = Delivery(
        id=f"{number:020x}",
        dataset=dataset,
        name=f"名单{number}.xlsx",
        sha256=f"{number:064x}",
        size=5_000_000_000,
        modified_ns=1_700_000_000_123_456_789 + number,
        submitted_at=AT.replace(second=number % 60),
        received_at=AT,
    )
    return replace(made, **values)


def submission(of: Delivery, **values: object) -> Submission:
    made = Submission(
        id=of.id,
        dataset=of.dataset,
        file_name=of.name,
        sha256=of.sha256,
        content_digest="d",
        status=Status.ACCEPTED,
        revision=1,
        period=Period("2023"),
        reporter_code="R",
        reporter_area_code="980121000000",
        reporter_name="教育局",
        submitted_at=of.submitted_at,
        settled_at=AT,
        accepted_at=AT,
        due_at=date(2023, 11, 5),
        row_cnt=3_000_000_000,
        accepted_row_cnt=3,
        lake_key="lake/x.parquet",
        filler_name="王小明",
        rule_counts={"规则": 2},
        cells={"a": "B"},
    )
    return replace(made, **values)


def finding(number: int = 0, **values: object) -> Finding:
    return replace(
        Finding(
            "r.rule", Severity.WARNING, "请核实", "请说明", "表1", number, "a", "甲", "B2", "值"
        ),
        **values,
    )


def test_tables_are_what_the_models_say(ledger: Ledger, url: str) -> None:
    engine = create_engine(database_url(url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, Table.metadata) == []
    engine.dispose()


def test_newest_migration_is_the_one_the_program_expects() -> None:
    folder = Path(xiantong.ledger.migrations.__file__).parent
    assert ScriptDirectory(str(folder)).get_current_head() == HEAD


def test_upgrading_again_keeps_everything(ledger: Ledger, url: str) -> None:
    ledger.register([delivery(1)])
    again = Ledger(url)
    again.upgrade()
    assert again.pending(ROSTER) == [delivery(1)]


def test_ledger_of_a_newer_version_is_not_touched(ledger: Ledger, url: str) -> None:
    with ledger.writing() as session:
        session.execute(text(f"update {VERSION_TABLE} set version_num = '9999'"))
    with pytest.raises(LedgerError, match="newer version"):
        Ledger(url).upgrade()


def test_many_processes_may_upgrade_at_once(url: str) -> None:
    script = f"from xiantong.ledger import Ledger; Ledger({url!r}).upgrade()"
    running = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(2)]
    assert [process.wait() for process in running] == [0, 0]
    assert Ledger(url).waiting() == []


def test_delivery_is_registered_once(ledger: Ledger) -> None:
    assert ledger.register([delivery(1), delivery(2)]) == [delivery(1), delivery(2)]
    assert ledger.register([delivery(2), delivery(3), delivery(3)]) == [delivery(3)]
    assert ledger.known_files(ROSTER) == {
        (d.name, d.size, d.modified_ns) for d in map(delivery, (1, 2, 3))
    }
    assert ledger.known_files(CLAIM) == set()


def test_pending_deliveries_come_oldest_first(ledger: Ledger) -> None:
    ledger.register([delivery(3), delivery(1), delivery(2), delivery(4, CLAIM)])
    assert [d.id for d in ledger.pending(ROSTER)] == [delivery(n).id for n in (1, 2, 3)]
    assert ledger.waiting() == [ROSTER, CLAIM]


def test_recorded_submission_is_read_back_whole(ledger: Ledger) -> None:
    arrived = delivery(1)
    ledger.register([arrived])
    recorded = submission(arrived)
    findings = [finding(1), finding(2, explanation="因停产"), finding(3, sheet=None, value=None)]
    ledger.record([(recorded, findings)])
    assert ledger.submissions() == [recorded]
    assert [f.finding for f in ledger.findings([recorded])] == findings
    assert [f.seq for f in ledger.findings([recorded])] == [1, 2, 3]
    (settled,) = ledger.deliveries([arrived.id]).values()
    assert settled.state is DeliveryState.SETTLED
    assert ledger.pending(ROSTER) == []


def test_recording_is_all_or_nothing(ledger: Ledger) -> None:
    ledger.register([delivery(1), delivery(2)])
    twice_the_same_revision = [(submission(delivery(n)), [finding()]) for n in (1, 2)]
    with pytest.raises(IntegrityError):
        ledger.record(twice_the_same_revision)
    assert ledger.submissions() == []
    assert len(ledger.pending(ROSTER)) == 2


def test_text_that_no_database_holds_is_cleaned(ledger: Ledger) -> None:
    arrived = delivery(1)
    ledger.register([arrived])
    strange = finding(value="a\0b\ud800", explanation="停产\0了")
    ledger.record([(submission(arrived, reporter_code="R\0"), [strange])])
    (recorded,) = ledger.findings(ledger.submissions())
    assert (recorded.finding.value, recorded.finding.explanation) == ("ab?", "停产了")
    assert recorded.submission.reporter_code == "R"


def test_latest_is_the_newest_revision_of_every_report(ledger: Ledger) -> None:
    arrived = [delivery(n) for n in range(1, 6)]
    ledger.register(arrived)
    values = [
        {"revision": 1},
        {"revision": 2, "status": Status.RETURNED},
        {"revision": None, "status": Status.DUPLICATE},
        {"revision": 1, "period": Period("2022")},
        {"revision": 1, "reporter_code": "S"},
    ]
    ledger.record([(submission(d, **v), []) for d, v in zip(arrived, values, strict=True)])
    latest = [(s.period, s.reporter_code, s.revision) for s in ledger.latest(ROSTER)]
    assert latest == [(Period("2022"), "R", 1), (Period("2023"), "R", 2), (Period("2023"), "S", 1)]
    assert len(ledger.latest(period=Period("2022"))) == 1
    assert [s.id for s in ledger.submissions(reporter="S")] == [arrived[4].id]
    assert [s.id for s in ledger.submissions(ROSTER, status=Status.RETURNED)] == [arrived[1].id]


def test_unfinished_work_stays_visible_until_it_is_done(ledger: Ledger) -> None:
    arrived = [delivery(1), delivery(2)]
    ledger.register(arrived)
    returned = submission(arrived[1], revision=2, status=Status.RETURNED, wants_return=True)
    ledger.record([(submission(arrived[0]), []), (returned, [finding()])])
    assert [s.id for s in ledger.unloaded(ROSTER)] == [arrived[0].id]
    assert [s.id for s in ledger.without_return(ROSTER)] == [arrived[1].id]
    ledger.mark_loaded([arrived[0].id], AT)
    assert ledger.waiting() == [ROSTER]
    ledger.mark_returned(arrived[1].id, "a/b.xlsx")
    assert ledger.waiting() == []
    assert [s.loaded_at for s in ledger.submissions()] == [AT, None]


def test_lake_lists_accepted_files_of_all_revisions(ledger: Ledger, tmp_path: Path) -> None:
    arrived = [delivery(1), delivery(2), delivery(3)]
    ledger.register(arrived)
    ledger.record(
        [
            (submission(arrived[0], lake_key="lake/1.parquet"), []),
            (submission(arrived[1], revision=2, status=Status.RETURNED, lake_key=None), []),
            (submission(arrived[2], revision=3, lake_key="lake/3.parquet"), []),
        ]
    )
    lake = LedgerLake(ledger, Store(f"file://{tmp_path}/store"))
    assert [(f.path, f.revision) for f in lake.accepted(ROSTER)] == [
        (tmp_path / "store/lake/1.parquet", 1),
        (tmp_path / "store/lake/3.parquet", 3),
    ]
    assert lake.accepted(CLAIM) == []


def test_writers_wait_for_each_other(ledger: Ledger, url: str) -> None:
    def register(first: int) -> None:
        own = Ledger(url)
        for number in range(first, first + 20):
            own.register([delivery(number)])
        own.close()

    threads = [threading.Thread(target=register, args=(first,)) for first in (0, 100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ledger.pending(ROSTER)) == 60


def test_lock_keeps_other_processes_out_and_ends_with_its_holder(ledger: Ledger, url: str) -> None:
    script = (
        "import time\nfrom xiantong.ledger import Ledger\n"
        f"with Ledger({url!r}).lock('settle-x'):\n    print(1, flush=True)\n    time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert holder.stdout
    holder.stdout.readline()
    entered: list[float] = []

    def enter() -> None:
        with ledger.lock("settle-x"):
            entered.append(time.monotonic())

    with ledger.lock("settle-y"):
        pass
    waiting = threading.Thread(target=enter)
    waiting.start()
    time.sleep(0.3)
    assert entered == []
    holder.kill()
    waiting.join(timeout=30)
    assert len(entered) == 1
    holder.wait()


def test_a_hundred_thousand_findings_are_recorded_in_bulk(ledger: Ledger) -> None:
    arrived = [delivery(n) for n in range(5)]
    ledger.register(arrived)
    findings = [finding(number) for number in range(20_000)]
    settled = [
        (submission(d, revision=n, status=Status.RETURNED), findings)
        for n, d in enumerate(arrived, 1)
    ]
    started = time.process_time()
    ledger.record(settled)
    assert time.process_time() - started < 8
    assert sum(1 for _ in ledger.findings(ledger.submissions())) == 100_000


def test_identity_number_in_a_wrong_column_is_not_recorded() -> None:
    number = "980121199001011234"
    finding = Finding(
        rule_id="education.master_studio.auto_area",
        severity=Severity.WARNING,
        message_zh=f"区划代码张三{number}有误",
        value=f"张三{number}",
        explanation=f"持证人{number}外出",
        sheet=f"户主{number}",
        area_code=number,
    )
    values = next(finding_values("a" * 20, [finding]))
    assert number not in repr(values)
    assert (values["value"], values["message_zh"]) == ("***", "区划代码***有误")
    assert without_identity(finding.explanation) == "持证人***外出"
    assert without_identity("流水98012120230100000001") == "流水98012120230100000001"


def test_identity_number_beside_a_signature_or_in_the_name_of_a_sidecar_is_not_recorded(
    ledger: Ledger,
) -> None:
    number = "980121199001011234"
    delivered = replace(delivery(1), sidecar_sha256="b" * 64, sidecar_name=f"{number}.说明.csv")
    ledger.register([delivered])
    ledger.record([(replace(submission(delivered), filler_name=f"张三 {number}"), [])])
    (stored,) = ledger.deliveries([delivered.id]).values()
    assert stored.sidecar_name == "***.说明.csv"
    assert [s.filler_name for s in ledger.submissions()] == ["张三 ***"]


def test_older_ledger_loses_identity_numbers_in_file_names_and_nothing_else(url: str) -> None:
    old = Ledger(url)
    migrate(old, "0001")
    named = delivery(1, name="张三980121199001011234.xlsx")
    files = [{**delivery_values(named), "name": named.name}, delivery_values(delivery(2))]
    columns = [c for c in files[0] if not c.startswith("sidecar_")]  # what 0001 had
    with old.writing() as session:
        session.execute(
            insert(Table.metadata.tables["delivery"]).values(
                [{column: values[column] for column in columns} for values in files]
            )
        )
    old.upgrade()
    assert [d.name for d in old.pending(ROSTER)] == ["张三***.xlsx", "名单2.xlsx"]


def migrate(ledger: Ledger, version: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(xiantong.ledger.migrations.__file__).parent))
    with ledger._writing.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)


def test_endless_value_is_cut() -> None:
    finding = Finding("a.b.c", Severity.ERROR, "有误", value="9" * 5000)
    assert len(next(finding_values("a" * 20, [finding]))["value"]) == 201


def test_differences_are_recorded_once_and_missing_ones_are_named(ledger: Ledger) -> None:
    arrived = [delivery(n) for n in range(1, 5)]
    ledger.register(arrived)
    values = [
        {"revision": 1},
        {"revision": 2, "status": Status.RETURNED},
        {"revision": 3},
        {"revision": None, "status": Status.DUPLICATE},
    ]
    ledger.record([(submission(d, **v), []) for d, v in zip(arrived, values, strict=True)])
    differences = Differences(ledger)
    assert [s.revision for s in differences.missing(ROSTER)] == [2, 3]
    counts = DifferenceCounts(
        arrived[2].id, arrived[0].id, Basis.ACCEPTED, AT, added_cnt=3_000_000_000,
        changed_cnt=1, cell_counts={"score": 2}, key="differences/x.parquet",
    )  # fmt: skip
    differences.record([counts])
    assert differences.of(arrived[2].id) == counts
    assert differences.of(arrived[2].id, arrived[1].id) is None
    assert [s.revision for s in differences.missing(ROSTER)] == [2]
    with pytest.raises(IntegrityError):
        differences.record([counts])


def test_submission_is_found_by_the_beginning_of_its_id(ledger: Ledger) -> None:
    arrived = [delivery(1), delivery(2)]
    ledger.register(arrived)
    ledger.record([(submission(d, revision=n), []) for n, d in enumerate(arrived, 1)])
    assert ledger.ids_like("0000") == [d.id for d in arrived]
    assert ledger.ids_like(arrived[0].id) == [arrived[0].id]
    assert ledger.ids_like("%") == []


def test_explanations_of_a_period_are_found_by_rule_and_fingerprint(ledger: Ledger) -> None:
    files = [delivery(n) for n in range(1, 5)]
    ledger.register(files)
    said = replace(finding(7), explanation="停产检修", fingerprint="a.b", area_code="980121001000")
    better = replace(said, explanation="高炉停产检修两个月")
    carried = replace(said, explanation="停产检修", carried_from=files[0].id, fingerprint="c.d")
    ledger.record([(submission(files[0]), [said, finding(8, fingerprint="x.y")])])
    ledger.record([(submission(files[1], revision=2), [better, carried])])
    ledger.record(
        [(submission(files[2], period=Period("2022")), [replace(said, fingerprint="o.o")])]
    )
    known = ledger.explained(ROSTER, Period("2023"), "R")
    assert {key: (e.text, e.submission_id) for key, e in known.items()} == {
        ("r.rule", "a.b"): ("高炉停产检修两个月", files[1].id),
        ("r.rule", "c.d"): ("停产检修", files[0].id),
    }
    assert ledger.explained(ROSTER, Period("2023"), "S") == {}
    found = [f.finding for f in ledger.findings(ledger.submissions(ids=[files[1].id]))]
    assert found == [better, carried]


def test_deliveries_that_name_nobody_are_shown_on_request_only(ledger: Ledger) -> None:
    deliveries = [delivery(n) for n in range(3)]
    ledger.register(deliveries)
    own, other, nobody = (
        submission(of, revision=None, reporter_code=code)
        for of, code in zip(deliveries, ("A", "B", None), strict=True)
    )
    ledger.record([(s, ()) for s in (own, other, nobody)])

    assert [s.id for s in ledger.recent(reporter="A")] == [own.id]
    assert {s.id for s in ledger.recent(reporter="A", with_unnamed=True)} == {own.id, nobody.id}
    assert len(ledger.recent()) == 3


def test_pages_of_one_moment_neither_repeat_nor_leave_out(ledger: Ledger) -> None:
    deliveries = [delivery(n) for n in range(9)]
    ledger.register(deliveries)
    ledger.record([(submission(of, revision=None), ()) for of in deliveries])

    pages = [s.id for start in (0, 3, 6) for s in ledger.recent(limit=3, offset=start)]

    assert sorted(pages) == sorted(of.id for of in deliveries)


def test_what_was_settled_since_a_moment(ledger: Ledger) -> None:
    deliveries = [delivery(n) for n in range(2)]
    ledger.register(deliveries)
    before, after = (
        submission(of, revision=None, settled_at=AT.replace(hour=hour))
        for of, hour in zip(deliveries, (1, 2), strict=True)
    )
    ledger.record([(before, ()), (after, ())])

    assert [s.id for s in ledger.submissions(settled_since=AT.replace(hour=2))] == [after.id]
    assert {r.id for r in ledger.records(before.dataset)} == {before.id, after.id}
    assert ledger.records(DatasetId("no", "such")) == []
