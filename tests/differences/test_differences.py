"""What a revision changed: of accepted rows, of files as they were handed in, and of whom."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from tests.county import ENTITY, NOW, ROSTER, TRAINING, County, error
from xiantong.contracts.catalogue import Catalogue
from xiantong.deployment import Deployment
from xiantong.differences import Basis, DifferenceError, RowKind, read_difference
from xiantong.differences.compare import comparing_accepted
from xiantong.differences.pairs import pair_of
from xiantong.ledger.differences import Differences

AT = datetime(2023, 11, 3, 9)
TEACHERS = "education.teacher_roster"
SECRET = "110105194912310021"


def on(day: int) -> datetime:
    return AT.replace(day=day)


@pytest.fixture
def deployment(county: County) -> Deployment:
    return Deployment(county.settings)


def settle_rows(county: County, dataset: str, period: str, *revisions: list[dict]) -> list[str]:
    ids = []
    for day, rows in enumerate(revisions, 1):
        checked = county.submit(dataset, f"{day}.csv", on(day), period, rows)
        county.settle(dataset, checked)
        ids.append(checked.submission_id)
    return ids


def test_snapshot_revision_adds_removes_and_changes_cell_by_cell(county, deployment) -> None:
    before = [{"studio_code": code, "member_cnt": n} for code, n in (("A", 1), ("B", 2), ("C", 3))]
    after = [
        {"studio_code": "B", "member_cnt": 2},
        {"studio_code": "C", "member_cnt": 30, "studio_name": "新名"},
        {"studio_code": "D", "member_cnt": 4},
    ]
    same = {"studio_name": "名", "founded_date": None}
    fill(county, before, after, defaults=same)
    first, second = settle_rows(county, ROSTER, "2023", before, after)
    found = read_difference(deployment, second)
    counts = found.counts
    assert (counts.added_cnt, counts.removed_cnt, counts.changed_cnt) == (1, 1, 1)
    assert (counts.unchanged_cnt, counts.kept_cnt, counts.basis) == (1, 0, Basis.ACCEPTED)
    assert counts.cell_counts == {"member_cnt": 1, "studio_name": 1}
    assert [row.kind for row in found.rows] == [RowKind.CHANGED, RowKind.ADDED, RowKind.REMOVED]
    changed, added, removed = found.rows
    contract = county.contract(ROSTER)
    key = contract.by_name["studio_code"].header_zh
    assert (changed.key[key], added.key[key], removed.key[key]) == ("C", "D", "A")
    assert {(c.column, c.old, c.new) for c in changed.cells} == {
        ("member_cnt", "3", "30"), ("studio_name", "名", "新名"),
    }  # fmt: skip
    assert (changed.row, changed.base_row) == (6, 7)
    assert (added.base_row, removed.row, removed.base_row) == (None, None, 5)
    assert "新增 1 行、删除 1 行、修改 1 行（2 个单元格），1 行不变" in found.sentence_zh
    assert found.base.id == first


def fill(county: County, *revisions: list[dict], defaults: dict) -> None:
    """Give every column of every row a value that does not hang on the row's number."""
    contract = county.contract(ROSTER)
    for rows in revisions:
        for row in rows:
            for column in contract.columns:
                if column.name not in row and not column.key:
                    row[column.name] = defaults.get(column.name)


def test_difference_is_kept_when_it_is_settled_and_read_without_originals(
    county, deployment
) -> None:
    _, second = settle_rows(county, ROSTER, "2023", [{"studio_code": "A"}], [{"studio_code": "B"}])
    kept = Differences(county.ledger).of(second)
    assert kept is not None and kept.computed_at == NOW
    assert kept.key == f"differences/education/master_studio/2023/{second}.parquet"
    for path in (county.home / "store" / "originals").rglob("*.*"):
        path.unlink()
    assert [row.kind for row in read_difference(deployment, second).rows] == ["added", "removed"]


def test_rows_of_an_upsert_that_do_not_come_again_stay_in_force(county, deployment) -> None:
    def rows(**names: str) -> list[dict]:
        return [{"uscc": code, "entity_name": name} for code, name in names.items()]

    ids = settle_rows(
        county,
        ENTITY,
        "2023-10",
        rows(A="甲", B="乙"),
        rows(B="乙二"),
        rows(A="甲", B="乙二", C="丙"),
    )
    second, third = (read_difference(deployment, i) for i in ids[1:])
    assert (second.counts.kept_cnt, second.counts.removed_cnt) == (1, 0)
    assert second.counts.changed_cnt == 1
    assert [row.kind for row in second.rows] == [RowKind.CHANGED]
    # Revision 3 meets A of revision 1 and B of revision 2.
    assert third.counts.added_cnt == 1
    assert third.counts.kept_cnt == 0
    assert "继续有效" in second.sentence_zh


def test_revision_of_facts_only_adds(county, deployment) -> None:
    def rows(*numbers: int) -> list[dict]:
        return [{"record_no": f"T{n}"} for n in numbers]

    _, second = settle_rows(county, TRAINING, "2023-Q3", rows(1, 2), rows(2, 3))
    found = read_difference(deployment, second)
    assert (found.counts.added_cnt, found.counts.removed_cnt, found.counts.kept_cnt) == (1, 0, 2)
    (row,) = found.rows
    assert list(row.key.values()) == ["T3"]


def test_first_revision_has_nothing_to_be_compared_with(county, deployment) -> None:
    (first,) = settle_rows(county, ROSTER, "2023", [{"studio_code": "A"}])
    with pytest.raises(DifferenceError, match="首次报送"):
        read_difference(deployment, first)
    with pytest.raises(DifferenceError, match="no submission nonsense"):
        read_difference(deployment, "nonsense")


def test_duplicate_says_which_file_it_is_and_when_that_came(county, deployment) -> None:
    rows = [{"studio_code": "A"}]
    county.settle(ROSTER, county.submit(ROSTER, "十月.xlsx", on(1), "2023", rows))
    again = county.submit(ROSTER, "十月 再存.xlsx", on(2), "2023", rows)
    county.settle(ROSTER, again)
    found = read_difference(deployment, again.submission_id)
    # 09:00 UTC is 17:00 in the county.
    assert found.sentence_zh == (
        "与2023年11月1日 17:00报送的「十月.xlsx」（第1版）内容完全相同；该文件已受理，无需重复报送。"
    )
    assert found.is_empty


def test_any_two_revisions_can_be_compared(county, deployment) -> None:
    codes = ("A", "B", "C")
    ids = settle_rows(county, ROSTER, "2023", *([{"studio_code": c}] for c in codes))
    found = read_difference(deployment, ids[2], against=ids[0])
    assert {next(iter(row.key.values())) for row in found.rows} == {"A", "C"}
    with pytest.raises(DifferenceError, match=ids[1]):
        read_difference(deployment, ids[2], against="other")


def test_rows_are_read_in_pages(county, deployment) -> None:
    rows = [{"studio_code": f"N{n:03}"} for n in range(50)]
    _, second = settle_rows(county, ROSTER, "2023", [{"studio_code": "A"}], rows)
    pages = [read_difference(deployment, second, limit=20, offset=o).rows for o in (0, 20, 40)]
    assert [len(page) for page in pages] == [20, 20, 11]
    assert len({json.dumps(row.key) for page in pages for row in page}) == 51


def deliver_csv(
    county: County, dataset: str, name: str, at: datetime, period: str, lines: list[str], *findings
) -> str:
    """A real file, parsed for its envelope, with the findings that a check would have made."""
    delivery = county.deliver(dataset, name, at, "\n".join(lines).encode())
    checked = county.checked(delivery, period, [{}] * (len(lines) - 1), findings, candidate=None)
    county.settle(dataset, replace(checked, content_digest=name))
    return delivery.id


def csv_of(county: County, dataset: str, *rows: dict[str, str]) -> list[str]:
    columns = county.contract(dataset).table_columns
    head = ",".join(c.header_zh for c in columns)
    return [head, *(",".join(row.get(c.name, "") for c in columns) for row in rows)]


def test_returned_correction_is_compared_with_the_file_that_was_returned(
    county, deployment
) -> None:
    wrong = csv_of(county, ROSTER, {"studio_code": "A", "member_cnt": "很多"}, {"studio_code": "B"})
    right = csv_of(county, ROSTER, {"studio_code": "A", "member_cnt": "12"}, {"studio_code": "B"})
    deliver_csv(county, ROSTER, "a.csv", on(1), "2023", wrong, error())
    second = deliver_csv(county, ROSTER, "b.csv", on(2), "2023", right, error("r.other"))
    found = read_difference(deployment, second)
    assert found.counts.basis is Basis.DELIVERED
    (row,) = found.rows
    assert [(c.column, c.old, c.new) for c in row.cells] == [("member_cnt", "很多", "12")]
    assert (row.row, row.base_row) == (2, 2)
    assert found.counts.unchanged_cnt == 1
    assert "第1版（已退回）" in found.sentence_zh


def test_same_value_in_another_spelling_is_no_difference(county, deployment) -> None:
    contract = county.contract(ROSTER)
    number = next(c for c in contract.table_columns if c.kind == "integer").name
    first = csv_of(county, ROSTER, {"studio_code": "A", number: "1200"})
    second = csv_of(county, ROSTER, {"studio_code": "A", number: "１２００"})
    deliver_csv(county, ROSTER, "a.csv", on(1), "2023", first, error())
    later = deliver_csv(county, ROSTER, "b.csv", on(2), "2023", second, error())
    found = read_difference(deployment, later)
    assert found.is_empty
    assert "没有变化" in found.sentence_zh


def test_file_that_cannot_be_read_is_said_to_be_so(county, deployment) -> None:
    deliver_csv(county, ROSTER, "a.csv", on(1), "2023", ["\0nothing"], error())
    later = deliver_csv(
        county,
        ROSTER,
        "b.csv",
        on(2),
        "2023",
        csv_of(county, ROSTER, {"studio_code": "A"}),
        error(),
    )
    found = read_difference(deployment, later)
    assert found.counts.basis is Basis.UNREADABLE
    assert not found.is_empty and "无法读取" in found.sentence_zh
    assert Differences(county.ledger).missing(found.submission.dataset) == []


def test_no_personal_value_is_in_a_difference_or_its_file(county, deployment) -> None:
    one, two = (
        {"teacher_no": "T1", "teacher_name": name, "teacher_id_no": number, "school_code": school}
        for name, number, school in (
            ("王小明", SECRET, "S1"),
            ("王大明", "110105194912310030", f"张{SECRET}"),
        )
    )
    files = [csv_of(county, TEACHERS, row) for row in (one, two)]
    deliver_csv(county, TEACHERS, "a.csv", on(1), "2023-S2", files[0], error())
    second = deliver_csv(county, TEACHERS, "b.csv", on(2), "2023-S2", files[1], error())
    found = read_difference(deployment, second)
    told = json.dumps(found.as_json(), ensure_ascii=False)
    (row,) = found.rows
    cells = {c.column: (c.old, c.new) for c in row.cells}
    assert cells["teacher_name"] == cells["teacher_id_no"] == ("***", "***")
    assert cells["school_code"] == ("S1", "***")
    assert found.counts.key
    with duckdb.connect() as connection:
        path = str(county.store.local_path(found.counts.key))
        kept = str(connection.execute("from read_parquet(?)", [path]).fetchall())
    for text in (told, kept):
        assert SECRET not in text and "王" not in text


def test_many_corrections_of_one_round_are_compared_at_once(county, deployment) -> None:
    places = [f"{period}" for period in ("2019", "2020", "2021", "2022")]
    for day, code in ((1, "A"), (2, "B")):
        county.settle(
            ROSTER,
            *(
                county.submit(
                    ROSTER, f"{p}-{day}.xlsx", on(day), p, [{"studio_code": f"{code}{p}"}]
                )
                for p in places
            ),
        )
    later = [s for s in county.ledger.submissions() if s.revision == 2]
    assert len(later) == 4
    for submission in later:
        found = read_difference(deployment, submission.id)
        keys = [next(iter(row.key.values())) for row in found.rows]
        assert keys == [f"B{submission.period}", f"A{submission.period}"]


@pytest.mark.slow
def test_a_million_rows_are_compared_in_seconds(tmp_path: Path, catalogue: Catalogue) -> None:
    county = County(tmp_path / "home", catalogue)
    rows = [{"studio_code": "A"}]
    settle_rows(county, ROSTER, "2023", rows, [{"studio_code": "B"}])
    contract = county.contract(ROSTER)
    revisions = county.ledger.submissions()
    for submission, shift in zip(revisions, (0, 10), strict=True):
        path = county.store.local_path(submission.lake_key)
        path.chmod(0o640)
        make_many(path, 1_000_000, shift)
    pair = pair_of(contract, revisions[1], revisions[0], revisions)
    started = time.process_time()
    with comparing_accepted(contract, [pair], county.store, tmp_path) as (comparison, _):
        (counts,) = comparison.run([pair])
        comparison.write(0, tmp_path / "out.parquet", with_missing=True)
    assert (counts.added, counts.removed) == (10, 10)
    assert counts.changed == 999_990 // 1000
    # Processor time of all threads, because the machine may have other things to do.
    assert time.process_time() - started < 30


def make_many(path: Path, count: int, shift: int) -> None:
    """The only row of a lake file a million times, with keys from ``shift`` on; every thousandth
    row has another name in the shifted file."""
    with duckdb.connect() as connection:
        connection.execute(
            "create table one as select * exclude (studio_code, studio_name, _src_row) "
            f"from read_parquet('{path}')"
        )
        connection.execute(
            f"copy (select one.*, 'N' || n as studio_code, case when n % 1000 = 0 and {shift} > 0 "
            f"then '新名' else '名' end as studio_name, n as _src_row "
            f"from one, range({shift}, {count + shift}) as r(n)) to '{path}' (format parquet)"
        )
