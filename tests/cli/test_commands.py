"""The commands as people type them; each is a process of its own."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import openpyxl
import pytest

from tests.small_project import HEADER, LIBRARY, REPORTER, SmallProject
from xiantong.deployment import Deployment


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    return SmallProject.make(tmp_path_factory.mktemp("project"))


@pytest.fixture
def project(made: SmallProject, tmp_path: Path) -> SmallProject:
    return made.at(tmp_path / "home")


@pytest.fixture
def published(project: SmallProject) -> SmallProject:
    path = project.settings.published
    path.parent.mkdir(parents=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.fct_visit as select '2023-10' as period, 12.50::decimal(8,2) as cost,"
            " date '2023-10-01' as day, null::integer as missing, 'nan'::double as odd"
        )
    return project


def test_commands_start_without_what_only_some_of_them_need() -> None:
    program = (
        "import sys, xiantong.cli.main; print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "typer" in loaded
    assert (
        loaded & {"sqlalchemy", "duckdb", "pyarrow", "airflow", "great_expectations", "dbt"}
        == set()
    )


def test_check_json_has_findings_and_status_1(project: SmallProject) -> None:
    path = project.deliver("2023-10", "L001,很多,2001-05-01,980121000000")
    done = project.call("check", str(path), "--dataset", str(LIBRARY), "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 1
    (finding,) = [f for f in report["findings"] if f["column"] == "book_cnt"]
    assert finding["rule_id"] == "culture.library.auto_numeric_book_cnt"
    assert (finding["rowNumber"], finding["fieldName"], finding["value"]) == (2, "book_cnt", "很多")
    assert report["period"] == "2023-10" and report["reporter_code"] == REPORTER
    assert not report["is_valid"] and report["errors"] == 1


def test_check_of_a_good_file_says_so_and_stores_nothing(
    project: SmallProject, tmp_path: Path
) -> None:
    path = tmp_path / "somewhere.csv"
    path.write_text(f"{HEADER}\nL001,1,2001-05-01,980121000000\n", encoding="utf-8")
    options = ("--period", "2023-10", "--reporter", REPORTER)
    done = project.call("check", str(path), "-d", str(LIBRARY), *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "未发现问题" in done.stdout
    assert not (project.home / "ledger.db").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("check", "nowhere.csv", "-d", "culture.library"), "no file"),
        (("check", "nowhere.csv", "-d", "culture.nothing"), "culture.library"),
        (("check", "nowhere.csv", "-d", "nothing"), "not a dataset id"),
        (("check", "nowhere.csv"), "no file"),
        (("check", __file__), "--dataset"),
        (("template", "culture.library", "--period", "10/2023"), "not a period"),
        (("status", "--state", "lost"), "not a state"),
        (("sample", "--from", "2023-Q1"), "not a month"),
        (("new", "culture.library", "--title", "x", "-c", "a:甲:string(5):key"), "exists already"),
        (("new", "culture.other", "--title", "x", "-c", "a:甲:string(5)"), "key"),
        (("new", "culture.other", "--title", "x", "-c", "a:甲:text:key"), "physicalType"),
        (("nonsense",), "No such command"),
    ],
)
def test_wrong_use_is_told_in_a_sentence(
    project: SmallProject, arguments: tuple[str, ...], said: str
) -> None:
    done = project.call(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_contract_is_named_before_anything_starts(made: SmallProject, tmp_path: Path) -> None:
    path = made.root / "expectations" / "culture" / "broken.odcs.yaml"
    path.write_text("apiVersion: v3.1.0\nqualty: []\n", encoding="utf-8")
    try:
        done = made.at(tmp_path / "home").call("run")
    finally:
        path.unlink()
    assert done.returncode == 1
    assert "broken.odcs.yaml" in done.stderr and "Traceback" not in done.stderr


def test_sql_without_snapshot_says_what_to_do(project: SmallProject) -> None:
    done = project.call("sql", "select 1")
    assert done.returncode == 1
    assert "xiantong run" in done.stderr and "Traceback" not in done.stderr


def test_sql_json_is_an_array_of_objects_with_plain_values(published: SmallProject) -> None:
    assert published.ask("from marts.fct_visit") == [
        {"period": "2023-10", "cost": 12.5, "day": "2023-10-01", "missing": None, "odd": None}
    ]
    assert published.ask("select 1 as a, 2 as a where false") == []


def test_sql_finds_marts_without_their_schema(published: SmallProject) -> None:
    assert published.ask("select period from fct_visit") == [{"period": "2023-10"}]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select costs from marts.fct_visit", "marts.fct_visit has the columns period, cost, day"),
        ("select v.costs from fct_visit as v", "marts.fct_visit has the columns period, cost, day"),
        ("select 1 from marts.fct_visits", "fct_visit"),
        (" ", "the query is empty"),
    ],
)
def test_sql_that_cannot_be_answered_says_what_there_is(
    published: SmallProject, query: str, said: str
) -> None:
    done = published.call("sql", query)
    assert done.returncode == 2
    assert said in done.stderr.replace("\n", " ") and "Traceback" not in done.stderr


def test_sql_csv_is_csv(published: SmallProject) -> None:
    done = published.call("sql", "select period, cost, day from marts.fct_visit", "--csv")
    assert list(csv.reader(done.stdout.splitlines())) == [
        ["period", "cost", "day"],
        ["2023-10", "12.50", "2023-10-01"],
    ]


@pytest.mark.parametrize(
    "query",
    [
        "drop table marts.fct_visit",
        "create table x (a int)",
        "copy marts.fct_visit to '{}/out.csv'",
        "select * from read_csv('/etc/passwd')",
        "selec",
    ],
)
def test_sql_can_only_read_the_snapshot(
    published: SmallProject, tmp_path: Path, query: str
) -> None:
    done = published.call("sql", query.format(tmp_path))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out.csv").exists()
    assert len(published.ask("from marts.fct_visit")) == 1


def test_status_shows_what_is_missing_and_makes_no_ledger(project: SmallProject) -> None:
    done = project.call("status", "--period", "2023-10", "--as-of", "2023-12-01", "--json")
    rows = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert {(r["dataset"], r["state"]) for r in rows} == {
        ("culture.library", "missing"),
        ("culture.visit", "missing"),
    }
    assert not (project.home / "ledger.db").exists()


def test_status_lists_files_whose_sender_is_unknown(project: SmallProject, tmp_path: Path) -> None:
    """What two bureaus may have sent is nobody's; what only one can have sent is that one's."""
    inbox = project.home / "inbox" / LIBRARY.folder
    inbox.mkdir(parents=True)
    (inbox / "二〇二三年十月.csv").write_text("这不是表格", encoding="utf-8")
    assert project.call("run").returncode == 0
    rows = json.loads(project.call("status", "--json").stdout)
    assert [r for r in rows if r["reporter_code"] is None] == []
    (submission,) = Deployment(project.settings).ledger.submissions()
    assert submission.reporter_code == REPORTER
    assert submission.return_key and REPORTER in submission.return_key

    expectations = shutil.copytree(project.root / "expectations", tmp_path / "expectations")
    with (expectations / "reporters.csv").open("a", encoding="utf-8") as reporters:
        reporters.write("980121000001culture,青澧县图书馆,bureau,culture,980121000000\n")
    more = {"XIANTONG_EXPECTATIONS": str(expectations)}
    (inbox / "十一月.csv").write_text("这也不是表格", encoding="utf-8")
    assert project.call("run", **more).returncode == 0
    (row,) = [r for r in json.loads(project.call("status", "--json", **more).stdout) if "file" in r]
    assert (row["file"], row["reporter_code"], row["state"]) == ("十一月.csv", None, "returned")
    assert (project.home / "returns" / row["return"]).is_file()
    shown = project.call("status", **more).stdout
    assert "Files whose sender is unknown" in shown and "十一月.csv" in shown
    assert "填报单位" in shown and "二〇二三年十月.csv" not in shown
    assert "十一月" not in project.call("status", "--state", "missing", **more).stdout


def test_template_is_a_workbook_with_the_headers(project: SmallProject, tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    done = project.call("template", str(LIBRARY), "--period", "2023-10", "--out", str(path))
    assert done.returncode == 0, done.stderr
    texts = {
        str(c.value)
        for row in openpyxl.load_workbook(path).active.iter_rows()
        for c in row
        if c.value
    }
    assert any("图书馆编码" in text for text in texts)


def test_generate_check_tells_stale_from_current(made: SmallProject) -> None:
    assert made.call("generate", "--check").returncode == 0
    stale = made.root / "dbt_project" / "models" / "staging" / "culture" / "stg_culture__visit.sql"
    text = stale.read_text(encoding="utf-8")
    stale.write_text(text + "\n-- touched\n", encoding="utf-8")
    done = made.call("generate", "--check")
    assert done.returncode == 1 and stale.name in done.stdout
    assert made.call("generate").returncode == 0
    assert stale.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("command", ["", "sample", "run", "up", "rebuild", "check", "status", "diff", "period", "period close", "period reopen", "period list", "arrange", "arrange extend", "arrange exempt", "arrange withdraw", "arrange list", "remind", "sql", "template", "new", "generate"])  # fmt: skip
def test_help_teaches_with_examples(project: SmallProject, command: str) -> None:
    done = project.call(*command.split(), "--help")
    assert done.returncode == 0
    assert f"xiantong {command}".strip() in done.stdout


def titled_form(path: Path, form_no: str, *rows: list[object]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    for line in (
        ["图书馆藏书统计"],
        [f"表号：{form_no}"],
        ["填报单位：青澧县文化馆", "报告期：2023年10月"],
    ):
        sheet.append(line)
    sheet.append(["图书馆编码", "藏书量", "开馆日期", "区划代码"])
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def form_no(project: SmallProject) -> str:
    from xiantong.contracts.catalogue import Catalogue

    return Catalogue(project.settings.expectations).contract(LIBRARY).form_no


def test_check_recognises_the_form_and_writes_the_return(
    project: SmallProject, tmp_path: Path
) -> None:
    path = titled_form(tmp_path / "某表.xlsx", form_no(project), ["L001", -5, "2001-05-01", "980121000000"])  # fmt: skip
    out = tmp_path / "意见.xlsx"
    done = project.call("check", str(path), "--return", str(out), "--json")
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert report["dataset"] == str(LIBRARY) and report["period"] == "2023-10"
    (finding,) = report["findings"]
    assert (finding["cell"], finding["rowNumber"], finding["fieldName"]) == ("B5", 5, "book_cnt")
    assert [(r["rule"], r["severity"], r["count"]) for r in report["rules"]] == [
        (finding["rule_id"], "error", 1)
    ]
    assert report["event"]["actor"] == "xiantong"
    book = openpyxl.load_workbook(out)
    assert book.sheetnames[0] == "审核意见"
    assert book.worksheets[1]["B5"].fill.fgColor.rgb == "FFFFC9C6"
    assert not (project.home / "ledger.db").exists()


def test_check_recognises_by_folder_and_by_name(project: SmallProject, tmp_path: Path) -> None:
    rows = f"{HEADER}\nL001,1,2001-05-01,980121000000\n"
    in_folder = tmp_path / LIBRARY.folder / f"2023-10_{REPORTER}.csv"
    by_name = tmp_path / f"图书馆藏书统计_2023-10_{REPORTER}.csv"
    for path in (in_folder, by_name):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(rows, encoding="utf-8")
        done = project.call("check", str(path), "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        assert json.loads(done.stdout)["dataset"] == str(LIBRARY)


def test_check_never_overwrites_the_file_that_it_checks(
    project: SmallProject, tmp_path: Path
) -> None:
    path = titled_form(tmp_path / "某表.xlsx", form_no(project), ["L001", -5, None, "980121000000"])
    before = path.read_bytes()
    done = project.call("check", str(path), "--return", str(path))
    assert done.returncode == 2 and "itself" in done.stderr
    assert path.read_bytes() == before


def test_template_without_anything_delivered_says_so(project: SmallProject, tmp_path: Path) -> None:
    out = str(tmp_path / "f.xlsx")
    nobody = project.call("template", str(LIBRARY), "--with-last", "--out", out)
    assert nobody.returncode == 2 and "--reporter" in nobody.stderr
    options = ("--reporter", REPORTER, "--with-last", "--out", out)
    nothing = project.call("template", str(LIBRARY), *options)
    assert nothing.returncode == 1 and "nothing was delivered" in nothing.stderr


def test_diff_of_an_unknown_submission_is_told_in_a_sentence(project: SmallProject) -> None:
    done = project.call("diff", "abc")
    assert done.returncode == 1 and "nothing was delivered yet" in done.stderr


def test_period_is_closed_reopened_and_listed(project: SmallProject) -> None:
    closed = project.call(
        "period", "close", "2023-10", "--reason", "月报已发布", "--by", "李", "--json"
    )
    assert json.loads(closed.stdout)[0]["decided_by"] == "李"
    again = project.call("period", "close", "2023-10", "--reason", "月报已发布")
    assert again.returncode == 2 and "closed already" in again.stderr
    options = ("-d", str(LIBRARY), "--reason", "漏报", "--until", "2099-12-31")
    assert project.call("period", "reopen", "2023-10", *options).returncode == 0
    listed = json.loads(project.call("period", "list", "--json").stdout)
    assert [(row["kind"], row["dataset"], row["state"]) for row in listed] == [
        ("reopen", str(LIBRARY), "open"),
        ("close", None, "closed"),
    ]
    assert "月报已发布" in project.call("period", "list", "2023-10").stdout


def test_arrangement_is_made_withdrawn_and_listed(project: SmallProject) -> None:
    made = project.call(
        "arrange", "extend", REPORTER, "2023-10", "--to", "2023-11-20", "--reason", "系统切换"
    )
    assert made.returncode == 0 and "due on 2023-11-20" in made.stdout
    assert project.call("arrange", "withdraw", "1", "--reason", "误录").returncode == 0
    twice = project.call("arrange", "withdraw", "1", "--reason", "误录")
    assert twice.returncode == 2 and "withdrawn already" in twice.stderr
    listed = json.loads(project.call("arrange", "list", "--json").stdout)
    assert [(row["kind"], row["holds"]) for row in listed] == [
        ("extend", False),
        ("withdraw", False),
    ]
    unknown = project.call("arrange", "exempt", "nobody", "2023-10", "--reason", "x")
    assert unknown.returncode == 2 and "no reporter" in unknown.stderr


def test_remind_prints_what_would_go_and_tells_what_could_not_be_sent(
    project: SmallProject, tmp_path: Path
) -> None:
    contacts = tmp_path / "contacts.csv"
    contacts.write_text(
        f"reporter_code,mail,webhook\n{REPORTER},culture@county.example,\n", encoding="utf-8"
    )
    more = {"XIANTONG_CONTACTS": str(contacts)}
    due = json.loads(project.call("status", "--period", "2023-10", "--json").stdout)[0]["due_at"]
    planned = project.call("remind", "--date", due, "--dry-run", "--json", **more)
    (message,) = json.loads(planned.stdout)
    assert message["reporter_code"] == REPORTER and "今天截止" in message["text"]
    assert not (project.home / "ledger.db").exists()
    sent = project.call("remind", "--date", due, **more)
    assert sent.returncode == 1 and "set XIANTONG_SMTP" in sent.stdout
    wrong = project.call("remind", "--date", due, XIANTONG_SMTP="http://x", **more)
    assert wrong.returncode == 2 and "is not a mail server" in wrong.stderr
    far = project.call("remind", "--date", "2035-03-01", "--dry-run", **more)
    assert "holidays of 2035 are not known" in far.stderr
