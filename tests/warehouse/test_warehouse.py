import subprocess
import sys
import threading
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from tests.county import (
    CLAIM,
    ENTITY,
    NOW,
    ROSTER,
    TRAINING,
    County,
    error,
    warning,
    write_candidate,
)
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract, Kind
from xiantong.ledger.schema import SubmissionRow
from xiantong.settling import settle
from xiantong.warehouse import WarehouseBusyError, WarehouseError, open_warehouse, rebuild
from xiantong.warehouse.postgres import index_name
from xiantong.warehouse.tables import LINEAGE, RawTable, raw_table

AT = datetime(2023, 11, 3, 9)


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.integration)])
def county(request: pytest.FixtureRequest, tmp_path: Path, catalogue: Catalogue) -> County:
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    return County(tmp_path / "home", catalogue, warehouse_url=url)


def with_columns(contract: Contract, *names: str) -> Contract:
    """The contract as it was with only these columns."""
    columns = tuple(column for column in contract.columns if column.name in names)
    return contract.model_copy(update={"columns": columns})


def fill(county: County) -> None:
    """Something of every kind of dataset: revisions, facts, good rows of a partly bad file."""
    for day, rows in enumerate(([{"studio_code": "A"}], [{"studio_code": "B"}, {}]), 1):
        county.settle(
            ROSTER, county.submit(ROSTER, f"{day}.xlsx", AT.replace(day=day), "2023", rows)
        )
    county.settle(
        ENTITY,
        *(county.submit(ENTITY, f"{m}.csv", AT, f"2023-{m:02d}", [{}] * m) for m in (1, 2, 3)),
    )
    county.settle(
        TRAINING,
        county.submit(TRAINING, "a.csv", AT, "2023-Q3", [{"record_no": "1"}, {"record_no": "2"}]),
        county.submit(TRAINING, "b.csv", AT, "2023-Q4", [{"record_no": "2"}, {"record_no": "3"}]),
        county.submit(TRAINING, "c.csv", AT, None, [{}], [error("r.'quoted'", value='a"b,c\nd')]),
    )
    claims = [{"settlement_no": f"S{n}"} for n in range(99)]
    county.settle(
        CLAIM,
        county.submit(CLAIM, "x.csv", AT, "2023-10", claims, [error(), warning(explanation="重症患者集中")],
                      row_count=100, bad_row_count=1, good_rows=99),
    )  # fmt: skip


def content(county: County) -> dict[str, list[tuple[object, ...]]]:
    tables = [contract.id.raw_table for contract in county.catalogue.contracts.values()]
    tables += ["ledger__submission", "ledger__finding"]
    with open_warehouse(county.settings.warehouse_url) as warehouse:
        found = {}
        for table in tables:
            # A name list, because a column that was added later stands last.
            names = sorted(
                name
                for (name,) in warehouse.fetch(
                    "select column_name from information_schema.columns "
                    f"where table_schema = 'raw' and table_name = '{table}'"
                )
            )
            if names:
                listed = ", ".join(f'"{name}"' for name in names)
                rows = warehouse.fetch(f'select {listed} from raw."{table}"')
                found[table] = sorted(rows, key=repr)
        return found


def test_raw_table_has_contract_columns_then_lineage(county: County) -> None:
    county.settle(ROSTER, county.submit(ROSTER, "a.xlsx", AT, "2023", [{"studio_code": "A"}]))
    contract = county.contract(ROSTER)
    names = county.fetch(
        "select column_name from information_schema.columns where table_schema = 'raw' "
        "and table_name = 'education__master_studio' order by ordinal_position"
    )
    expected = [c.name for c in contract.columns] + [c.name for c in LINEAGE]
    assert [name for (name,) in names] == expected
    (row,) = county.raw(
        ROSTER, "period, _src_sheet, _src_row, _revision, _period, _submitted_at, _accepted_at"
    )
    assert row == ("2023", "Sheet1", 5, 1, "2023", AT, NOW)


def test_values_arrive_as_they_are(county: County) -> None:
    contract = county.contract(ENTITY)
    text = next(c.name for c in contract.columns if c.kind is Kind.STRING and not c.key)
    values = ["", None, "a,b", 'say "hi"', "two\nlines", "\\.", "\\N", "NULL", "，、中文", " x "]
    rows = [{"uscc": str(n), text: value} for n, value in enumerate(values)]
    county.settle(ENTITY, county.submit(ENTITY, "a.csv", AT, "2023-10", rows))
    assert [row[0] for row in county.raw(ENTITY, text, order="uscc")] == values


def test_columns_explain_themselves_in_both_languages(county: County) -> None:
    county.settle(ROSTER, county.submit(ROSTER, "a.xlsx", AT, "2023", [{}]))
    table = raw_table(county.contract(ROSTER))
    with open_warehouse(county.settings.warehouse_url) as warehouse:
        assert warehouse.existing([table])[table.name].comment == table.comment
        query = (
            "select comment from duckdb_columns() where table_name = '{0}' and column_name = '{1}'"
            if county.settings.warehouse_url.startswith("duckdb")
            else "select col_description('raw.{0}'::regclass, ordinal_position) "
            "from information_schema.columns where table_name = '{0}' and column_name = '{1}'"
        )
        for column in table.columns[:3]:
            assert warehouse.fetch(query.format(table.name, column.name)) == [(column.comment,)]
    assert "名师工作室" in table.comment
    assert all(column.comment for column in table.columns)


def test_loading_twice_gives_the_same_rows(county: County) -> None:
    fill(county)
    before = content(county)
    for dataset in (ROSTER, TRAINING):
        contract = county.contract(dataset)
        with open_warehouse(county.settings.warehouse_url) as warehouse:
            warehouse.load_accepted(contract, county.ledger.accepted(contract.id), county.store)
    assert content(county) == before


def test_contract_that_grew_adds_its_columns(county: County) -> None:
    now = county.contract(ROSTER)
    then = with_columns(now, "period", "studio_code")
    (county.home / "lake").mkdir(parents=True)
    checked = county.submit(ROSTER, "a.xlsx", AT, "2022", [{"studio_code": "old"}])
    assert checked.candidate
    write_candidate(
        checked.candidate, then, checked.submission_id, "2022", [{"studio_code": "old"}]
    )
    with open_warehouse(county.settings.warehouse_url) as warehouse:
        warehouse.ensure_tables(raw_table(then))
    new = county.submit(ROSTER, "b.xlsx", AT, "2023", [{"studio_code": "new"}])
    county.settle(ROSTER, checked, new)
    name = next(c.name for c in now.columns if c.kind is Kind.INTEGER)
    assert county.raw(ROSTER, f"studio_code, {name}") == [("new", 0), ("old", None)]


def test_changed_type_asks_for_a_rebuild(county: County) -> None:
    table = raw_table(county.contract(ROSTER))
    first = replace(table.columns[0], type="bigint")
    with open_warehouse(county.settings.warehouse_url) as warehouse:
        warehouse.ensure_tables(replace(table, columns=(first, *table.columns[1:])))
        with pytest.raises(WarehouseError, match="xiantong rebuild"):
            warehouse.ensure_tables(table)


def test_lake_file_that_lost_rows_is_not_loaded(county: County) -> None:
    checked = county.submit(ROSTER, "a.xlsx", AT, "2023", [{}, {}])
    county.settle(ROSTER, checked)
    contract = county.contract(ROSTER)
    (submission,) = county.ledger.accepted(contract.id)
    assert submission.lake_key
    path = county.store.local_path(submission.lake_key)
    path.unlink()
    write_candidate(path, contract, submission.id, "2023", [{}])
    with (
        open_warehouse(county.settings.warehouse_url) as warehouse,
        pytest.raises(WarehouseError, match="the ledger says 2"),
    ):
        warehouse.load_accepted(contract, [submission], county.store)
    assert len(county.raw(ROSTER)) == 2


def test_ledger_tables_show_submissions_and_findings(county: County) -> None:
    fill(county)
    for _ in range(2):
        with open_warehouse(county.settings.warehouse_url) as warehouse:
            warehouse.replace_ledger_tables(county.ledger)
    submissions = county.fetch(
        "select department, status, count(*), sum(accepted_row_cnt) from raw.ledger__submission "
        "group by department, status order by department, status"
    )
    assert submissions == [
        ("education", "accepted", 4, 6),
        ("education", "returned", 1, 0),
        ("market_regulation", "accepted", 3, 6),
        ("medical_insurance", "accepted", 1, 99),
    ]
    findings = county.fetch(
        "select rule_id, seq, value, explanation from raw.ledger__finding order by rule_id, seq"
    )
    assert findings == [
        ("r.'quoted'", 1, 'a"b,c\nd', None),
        ("r.odd", 2, None, "重症患者集中"),
        ("r.wrong", 1, None, None),
    ]


def test_rebuilt_warehouse_equals_the_original(county: County) -> None:
    fill(county)
    with open_warehouse(county.settings.warehouse_url) as warehouse:
        warehouse.replace_ledger_tables(county.ledger)
        warehouse.execute("create table marts.something_built as select 1 as one")
    before = content(county)
    assert sum(map(len, before.values())) > 100
    summary = rebuild(county.settings, county.catalogue, county.ledger, county.store)
    after = content(county)
    assert {table: rows for table, rows in after.items() if rows} == before
    assert summary.rows == {ROSTER: 3, ENTITY: 6, TRAINING: 3, CLAIM: 99}
    assert (
        county.fetch("select 1 from information_schema.tables where table_schema = 'marts'") == []
    )


def test_rebuild_loads_what_was_accepted_but_not_loaded(county: County) -> None:
    fill(county)
    with county.ledger.writing() as session:
        session.execute(update(SubmissionRow).values(loaded_at=None))
    assert len(county.ledger.waiting()) == 4
    rebuild(county.settings, county.catalogue, county.ledger, county.store)
    assert county.ledger.waiting() == []


@pytest.mark.integration
def test_both_engines_hold_the_same(
    tmp_path: Path, catalogue: Catalogue, postgres_url: str
) -> None:
    duck = County(tmp_path / "home", catalogue)
    fill(duck)
    rebuild(duck.settings, catalogue, duck.ledger, duck.store)
    postgres = County(tmp_path / "home", catalogue, warehouse_url=postgres_url)
    rebuild(postgres.settings, catalogue, postgres.ledger, postgres.store)
    assert content(postgres) == content(duck)
    # Minus one is a table at which the server has not looked yet.
    never = "relnamespace = 'raw'::regnamespace and relkind = 'r' and reltuples < 0"
    assert postgres.fetch(f"select relname from pg_class where {never}") == []


def test_duckdb_held_by_another_process_says_so(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    holder = subprocess.Popen(
        [sys.executable, "-c", f"import duckdb; c = duckdb.connect({str(path)!r}); print(1, flush=True); input()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout
    holder.stdout.readline()
    try:
        with (
            pytest.raises(WarehouseBusyError, match="open in another process"),
            open_warehouse(f"duckdb:///{path}", wait_seconds=0.3),
        ):
            pass
    finally:
        holder.communicate("")


def test_duckdb_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    holder = subprocess.Popen(
        [sys.executable, "-c",
         f"import duckdb; c = duckdb.connect({str(path)!r}); print(1, flush=True); input(); print(2)"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdin and holder.stdout
    holder.stdout.readline()
    letting_go = threading.Timer(0.5, holder.communicate, ["\n"])
    letting_go.start()
    with open_warehouse(f"duckdb:///{path}", wait_seconds=60) as warehouse:
        assert warehouse.fetch("select 1") == [(1,)]
    letting_go.join()
    assert holder.returncode == 0


def test_other_databases_are_refused() -> None:
    with (
        pytest.raises(WarehouseError, match="no warehouse on 'sqlite'"),
        open_warehouse("sqlite:///x"),
    ):
        pass


def test_what_is_settled_during_a_rebuild_is_in_the_new_warehouse(county: County) -> None:
    county.settle(ROSTER, county.submit(ROSTER, "a.xlsx", AT, "2022", [{}]))
    later = county.submit(ROSTER, "b.xlsx", AT, "2023", [{}, {}])
    recorded = threading.Event()

    def say(step: str) -> None:
        if step.endswith("recorded"):
            recorded.set()

    def meanwhile(step: str) -> None:
        if not thread.is_alive() and not recorded.is_set():
            thread.start()
            assert recorded.wait(60)  # accepted in the ledger, and the rebuild does not know it

    thread = threading.Thread(
        target=lambda: settle(
            county.ledger, county.store, county.catalogue, county.contract(ROSTER), [later],
            county.settings, progress=say,
        )
    )  # fmt: skip
    rebuild(county.settings, county.catalogue, county.ledger, county.store, meanwhile)
    thread.join(60)

    assert len(county.raw(ROSTER)) == 3
    assert county.ledger.waiting() == []


def test_every_table_has_an_index_of_its_own() -> None:
    names = [f"{'d' * 60}{n}" for n in range(3)] + ["a__b", f"{'d' * 48}", f"{'d' * 47}e"]
    indexes = {index_name(RawTable(name, "", ())) for name in names}
    assert len(indexes) == len(names)
    assert max(map(len, indexes)) <= 63
