"""One function per section of the benchmark; each adds rows to the table."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from rich.console import Console
from rich.table import Table

from benchmarks import county
from benchmarks.measure import ROOT, Measured, Stopwatch, run_side, side_by_side
from xiantong.contracts.catalogue import Catalogue
from xiantong.periods import Period
from xiantong.sample import write_sample
from xiantong.settings import Settings

CLAIMS_AT_SCALE_1 = 4_200
console = Console(stderr=True)


@dataclass(frozen=True)
class Bench:
    """Where a run keeps its data, whether it is a quick one, and the table it fills."""

    work: Path
    quick: bool
    table: Table

    def row(
        self, section: str, what: str, ours: str, other: str, ratio: str, wanted: str = ""
    ) -> None:
        self.table.add_row(section, what, ours, other, ratio, wanted)
        console.print(f"[bold]{section}[/] {what}: {ours} | {other} | {ratio}")


def _seconds(measured: list[Measured] | Measured) -> str:
    runs = measured if isinstance(measured, list) else [measured]
    return f"{min(m.seconds for m in runs):.1f} s, {max(m.peak_mb for m in runs):,.0f} MB"


def _claims(bench: Bench, rows: int) -> Path:
    """An inbox with one month of about ``rows`` claims as a GB18030 export."""
    inbox = bench.work / f"claims_{rows}"
    if not inbox.exists():
        console.print(f"writing {rows:,} claims …")
        catalogue = Catalogue(Settings().expectations)
        month = Period("2023-10")
        write_sample(
            inbox,
            catalogue,
            month,
            month,
            1,
            rows / CLAIMS_AT_SCALE_1,
            [catalogue.contract("medical_insurance.claim").id],
        )
        for path in sorted((inbox / "medical_insurance" / "claim").glob("*"))[1:]:
            path.unlink()  # corrections are another section's business
    return inbox


def _text(bench: Bench, rows: int) -> Path:
    """The same claims parsed to all-text Parquet; says what parsing took."""
    target = bench.work / f"text_{rows}"
    inbox = _claims(bench, rows)
    if not target.exists():
        measured = run_side("parse_claims", inbox=str(inbox), target=str(target))
        size = next((inbox / "medical_insurance" / "claim").glob("*.csv")).stat().st_size / 1e6
        bench.row(
            "a",
            f"parse {rows:,} GB18030 claims ({size:,.0f} MB)",
            _seconds(measured),
            "",
            "",
            "< 1,500 MB",
        )
    return next(target.glob("*.parquet"))


def check_against_scan(bench: Bench) -> None:
    """(a) Our check against a hand-written scan with the same rules."""
    for rows in (1_000_000,) if bench.quick else (1_000_000, 10_000_000):
        text = _text(bench, rows)
        ours, scan, ratio = side_by_side(
            "check_claims", "scan_claims", 3, text=str(text), work=str(bench.work)
        )
        bench.row(
            "a",
            f"check {rows:,} claims",
            _seconds(ours),
            f"hand-written scan {_seconds(scan)}",
            f"{ratio:.2f}",
            "≤ 1.4 at 10 million",
        )


def stack_against_ours(bench: Bench) -> None:
    """(b) Inbox to accepted against pandas, Great Expectations on pandas and to_sql."""
    inbox = _claims(bench, 1_000_000)
    ours = run_side("inbox_to_accepted", inbox=str(inbox), work=str(bench.work))
    theirs = run_side("hand_assembled", inbox=str(inbox), work=str(bench.work))
    ratio = f"{theirs.seconds / ours.seconds:.1f}× faster, {ours.peak_mb / theirs.peak_mb:.2f} of the memory"
    bench.row(
        "b",
        "1,000,000 claims, inbox → accepted",
        _seconds(ours),
        f"pandas stack {_seconds(theirs)}",
        ratio,
        "≥ 8×, ≤ 0.5",
    )


def _run_cli(home: Path, *arguments: str) -> str:
    """Run ``xiantong …`` with that home; returns what it prints on stdout."""
    command = [sys.executable, "-m", "xiantong.cli.main", *arguments]
    environment = os.environ | {"XIANTONG_HOME": str(home)}
    with (home / "bench.log").open("ab") as log:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, check=True
        )
    return done.stdout.decode("utf-8")


def _demo_home(bench: Bench, departments: tuple[str, ...] = ()) -> tuple[Path, dict[str, float]]:
    """A home with the demonstration run once, and where the seconds of that run went.

    ``departments``: only what they deliver; all without any.
    """
    home = bench.work / ("_".join(["demo", *departments]))
    taken = home / "seconds.json"
    if not taken.exists():
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        console.print(f"running the demonstration {' '.join(departments)} …")
        watch = Stopwatch()
        _run_cli(home, "sample", *_datasets_of(departments))
        parts = {"write the sample": watch.seconds}
        parts |= json.loads(_run_cli(home, "run", "--json"))["seconds_by_part"]
        parts["all"] = watch.seconds
        taken.write_text(json.dumps(parts), encoding="utf-8")
    return home, json.loads(taken.read_text("utf-8"))


def _datasets_of(departments: tuple[str, ...]) -> list[str]:
    """Options that narrow the sample to some departments."""
    contracts = Catalogue(Settings().expectations).contracts
    return [
        word
        for dataset in contracts
        if dataset.department in departments
        for word in ("--dataset", str(dataset))
    ]


def _files(home: Path) -> int:
    return sum(p.is_file() and p.suffix != ".ok" for p in (home / "inbox").rglob("*"))


def growth_with_departments(bench: Bench) -> None:
    """(g) The demonstration of the first five departments, and of all."""
    five = ("education", "energy", "market_regulation", "medical_insurance", "statistics")
    small, few = _demo_home(bench, five)
    large, all_parts = _demo_home(bench)
    datasets = len(Catalogue(Settings().expectations).contracts)
    files = _files(small), _files(large)
    for name in ("all", "write the sample", "check", "settle and load", "dbt", "Airflow's tasks"):
        bench.row(
            "g",
            f"from {len(_datasets_of(five)) // 2} to {datasets} datasets: {name}",
            f"{all_parts[name]:.0f} s for {files[1]:,} files",
            f"{few[name]:.0f} s for {files[0]:,} files",
            f"{all_parts[name] / few[name]:.1f}× the time, {files[1] / files[0]:.1f}× the files",
        )


def nothing_new(bench: Bench) -> None:
    """(c) A second run with nothing new, beyond Airflow's own start."""
    home, first = _demo_home(bench)
    _run_cli(home, "run")  # whatever the first one left
    watch = Stopwatch()
    parts = json.loads(_run_cli(home, "run", "--json"))["seconds_by_part"]
    second = watch.seconds
    start = parts["start of Airflow"]
    bench.row(
        "c", "second run with nothing new", f"{second:.1f} s",
        f"Airflow's own start {start:.1f} s, first run {first['all']:.0f} s", f"{second - start:.1f} s beyond", "< 10 s",
    )  # fmt: skip


def one_correction(bench: Bench) -> None:
    """(d) One corrected delivery against a full build."""
    home, _ = _demo_home(bench)
    corrected = ["education.sport_hour", "energy.fuel_consumption"]
    parts = _parts(run_side("builds", home=str(home), corrected=corrected))
    full, models = parts["everything"]
    for dataset in corrected:
        seconds, touched = parts[dataset]
        bench.row(
            "d",
            f"one corrected {dataset}",
            f"{seconds:.1f} s, {touched} models",
            f"full build {full:.1f} s, {models} models",
            f"{seconds / full:.0%}",
            "< 15 %",
        )


def _small_forms(bench: Bench, count: int) -> tuple[Path, Path]:
    """``count`` enterprise forms of four rows, and the contracts with that many reporters."""
    folder, expectations = bench.work / "forms", bench.work / "expectations"
    if folder.exists():
        return folder, expectations
    shutil.copytree(Settings().expectations, expectations)
    folder.mkdir(parents=True)
    headers = [
        "统一社会信用代码",
        "能源品种代码",
        "期初库存量",
        "购进量",
        "消费量合计",
        "本年累计消费量",
        "期末库存量",
    ]
    submitted = datetime(2023, 11, 8, 9, tzinfo=UTC).timestamp()
    with (expectations / "reporters.csv").open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for number in range(count):
            code = f"9{number:05d}"
            name = f"青澧县第{number + 1}用能企业"
            writer.writerow([code, name, "enterprise", "energy", "980121001000"])
            book = Workbook()
            sheet = book.active
            sheet.append(["能源购进、消费与库存"])
            sheet.append(["表号：能源03表"])
            sheet.append([f"填报单位：{name}", None, None, "报告期：2023年10月"])
            sheet.append(headers)
            for energy in ("原煤", "焦炭", "汽油", "柴油"):
                wrong = number % 50 == 0 and energy == "原煤"
                sheet.append(["91110000600037341L", energy, 10, 5, 5, 50, 99 if wrong else 10])
            sheet.append(["填表人：王芳", None, "审核人：李强"])
            path = folder / f"2023-10_{code}.xlsx"
            book.save(path)
            os.utime(path, (submitted, submitted))
    return folder, expectations


def many_small(bench: Bench) -> None:
    """(e) 1, 100 and 2,000 small deliveries of one dataset."""
    counts = (1, 100) if bench.quick else (1, 100, 2_000)
    folder, expectations = _small_forms(bench, counts[-1])
    single: Measured | None = None
    for count in counts:
        ours = run_side(
            "small_deliveries",
            inbox=str(folder),
            work=str(bench.work),
            count=count,
            expectations=str(expectations),
        )
        single = single or ours
        parts = ", ".join(f"{name} {seconds:.1f}" for name, seconds in _parts(ours).items())
        bench.row(
            "e",
            f"{count:,} small forms",
            _seconds(ours),
            parts,
            f"{ours.seconds / single.seconds:.1f}× one form",
            "2,000 in < 60 s",
        )


def _parts(measured: Measured) -> dict[str, Any]:
    parts = measured.facts["parts"]
    assert isinstance(parts, dict)
    return parts


def _claims_workbook(bench: Bench) -> Path:
    """A workbook of about 20 MB with claims as a hospital would export them, some rows wrong."""
    path = bench.work / "claims.xlsx"
    if path.exists():
        return path
    (source,) = (_claims(bench, 230_000) / "medical_insurance" / "claim").glob("*.csv")
    console.print("writing a workbook of 20 MB …")
    book = Workbook(write_only=True)
    sheet = book.create_sheet("结算明细")
    sheet.append(["医保结算明细表"])
    sheet.append(["填报单位：青澧县医疗保障局", None, "报告期：2023年10月"])
    with source.open(encoding="gb18030", newline="") as file:
        reader = csv.reader(file)
        headers = next(reader)
        sheet.append(headers)
        contract = Catalogue(Settings().expectations).contract("medical_insurance.claim")
        numeric = {column.header_zh for column in contract.table_columns if column.is_numeric}
        places = [place for place, header in enumerate(headers) if header in numeric]
        for number, row in enumerate(reader):
            cells: list[str | float] = [value.lstrip("'\t") for value in row]
            for place in places:
                cells[place] = float(row[place] or 0)
            if number % 200 == 0:
                cells[places[-1]] = -1.0
            sheet.append(cells)
    book.save(path)
    return path


def answer_large_workbook(bench: Bench) -> None:
    """(h) A reporter's large workbook: read, checked and given back with its cells marked."""
    path = _claims_workbook(bench)
    ours = run_side("answer_workbook", path=str(path), work=str(bench.work))
    parts = ", ".join(f"{name} {seconds:.1f}" for name, seconds in _parts(ours).items())
    bench.row(
        "h",
        f"answer to a workbook of {path.stat().st_size / 1e6:.0f} MB, {ours.facts['rows']:,} rows, "
        f"{ours.facts['findings']:,} findings",
        f"{_seconds(ours)}, {ours.facts['cpu']:.1f} s of processor",
        parts,
        "",
        "< 20 s",
    )


def demo_parts(bench: Bench) -> None:
    """(f) Where the time of the demonstration goes."""
    _, parts = _demo_home(bench)
    total = parts.pop("all")
    for name, seconds in parts.items():
        bench.row(
            "f",
            f"demonstration: {name}",
            f"{seconds:.1f} s",
            f"of {total:.0f} s",
            f"{seconds / total:.0%}",
        )


def board_of_a_large_county(bench: Bench) -> None:
    """The pages over Airflow's API server, with every dataset, 24 periods and 30 reporters."""
    settings = Settings(home=bench.work / "large_county")
    catalogue = Catalogue(settings.expectations)
    count = len(catalogue.contracts)
    if not (settings.root / "ledger.db").exists():
        console.print(f"writing the ledger of {count} datasets …")
        county.write_ledger(settings, catalogue)
    what = f"{count} datasets × {county.PERIODS} periods × {county.REPORTERS} reporters"
    with county.serving(settings, bench.work / "api-server.log") as base:
        login = county.ask(base, "/xiantong/static/mark.svg", "county", settings)
        for name, path, user in (
            ("board", "/xiantong/board", "county"),
            ("board, a list of what is missing", "/xiantong/board?state=missing", "county"),
            (
                "board of one dataset",
                f"/xiantong/board/{next(iter(catalogue.contracts))}",
                "county",
            ),
            ("a reporter's list of things to do", "/xiantong/", "education"),
        ):
            answers = county.ask(base, path, user, settings)
            bench.row(
                "w",
                f"{name}: {what}, median of {len(answers.seconds)}",
                f"{1000 * answers.median:.0f} ms, {answers.size / 1000:,.0f} kB; first {answers.first:.1f} s",
                f"the smallest answer of the same server: {1000 * login.median:.0f} ms",
                f"{answers.median / login.median:.1f}",
                "< 300 ms",
            )
