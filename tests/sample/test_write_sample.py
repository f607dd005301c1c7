"""The sample as a whole: determinism, names, times, markers, formats, mistakes, scale."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from tests.memory import measured

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Delivery
from xiantong.county_time import county_day
from xiantong.names import DatasetId
from xiantong.periods import Period
from xiantong.reporting_calendar import due_date
from xiantong.sample import SampleSummary, write_sample
from xiantong.sample.county import County
from xiantong.sample.departments import known_datasets
from xiantong.sample.mistakes import mistakes

FIRST, LAST = Period("2022-11"), Period("2023-02")


def digests(folder: Path) -> dict[str, tuple[str, float]]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mtime,
        )
        for path in files
    }


def data_files(folder: Path, dataset: str) -> list[Path]:
    found = (folder / DatasetId.parse(dataset).folder).iterdir()
    return sorted(path for path in found if path.suffix != ".ok")


def day_of(path: Path) -> date:
    """The day in the county on which a file was handed in."""
    return county_day(datetime.fromtimestamp(path.stat().st_mtime, UTC))


def test_every_dataset_with_sample_data_is_delivered(
    sample: tuple[Path, SampleSummary], county: County
) -> None:
    _, summary = sample
    assert set(summary.by_dataset) == set(map(str, known_datasets(county)))
    assert len(summary.by_dataset) >= 24
    assert sum(summary.by_dataset.values()) == summary.files
    assert summary.rows > 30_000


def test_same_seed_gives_the_same_bytes_and_times(
    sample: tuple[Path, SampleSummary], catalogue: Catalogue, tmp_path: Path
) -> None:
    folder, _ = sample
    chosen = ["education.cross_school_teaching", "medical_insurance.claim", "energy.meter_reading",
              "market_regulation.market_entity", "statistics.benchmark_series"]  # fmt: skip
    write_sample(tmp_path, catalogue, FIRST, LAST, seed=11, datasets=chosen)
    again = digests(tmp_path)
    before = digests(folder)
    assert len(again) > 18
    assert all(before[name] == value for name, value in again.items())


def test_another_seed_gives_another_county(
    sample: tuple[Path, SampleSummary], catalogue: Catalogue, tmp_path: Path
) -> None:
    write_sample(tmp_path, catalogue, FIRST, FIRST, seed=12, datasets=["energy.energy_user"])
    other = {value[0] for value in digests(tmp_path).values()}
    same = {
        value[0]
        for name, value in digests(sample[0]).items()
        if name.startswith("energy/energy_user")
    }
    assert other and not other & same


def test_files_arrive_around_their_due_date(
    sample: tuple[Path, SampleSummary], catalogue: Catalogue
) -> None:
    folder, summary = sample
    followed = {wrong.corrected for wrong in summary.wrong}
    checked = 0
    for path in data_files(folder, "medical_insurance.claim"):
        if path in followed:
            continue
        period = Period(path.name[:7])
        due = due_date(catalogue.contract("medical_insurance.claim"), period)
        assert due is not None
        day = day_of(path)
        assert period.end < day
        assert (day > due) == (path in summary.late)
        checked += 1
    assert checked >= 4


def test_some_files_are_late_and_some_sent_twice(sample: tuple[Path, SampleSummary]) -> None:
    _, summary = sample
    assert 0 < len(summary.late) < 0.12 * summary.files
    assert summary.twice
    for copy in summary.twice:
        twins = [
            p for p in copy.parent.iterdir() if p != copy and p.read_bytes() == copy.read_bytes()
        ]
        assert len(twins) == 1
        assert twins[0].stat().st_mtime < copy.stat().st_mtime


def test_wrong_files_are_followed_by_corrected_ones(sample: tuple[Path, SampleSummary]) -> None:
    _, summary = sample
    assert 0.04 * summary.files <= len(summary.wrong) <= 0.2 * summary.files
    for wrong in summary.wrong:
        assert wrong.path.parent == wrong.corrected.parent
        assert wrong.path.stat().st_mtime < wrong.corrected.stat().st_mtime
        assert wrong.path.read_bytes() != wrong.corrected.read_bytes()


def test_every_kind_of_mistake_occurs(sample: tuple[Path, SampleSummary]) -> None:
    _, summary = sample
    kinds = Counter(wrong.mistake for wrong in summary.wrong)
    assert set(kinds) == {mistake.kind for mistake in mistakes()}
    departments = Counter(wrong.path.parent.parent.name for wrong in summary.wrong)
    assert len(departments) >= 8, "the mistakes are spread over the departments"


def test_only_csv_from_sftp_has_marker_files(
    sample: tuple[Path, SampleSummary], catalogue: Catalogue
) -> None:
    folder, _ = sample
    markers = {path.relative_to(folder).as_posix() for path in folder.rglob("*.ok")}
    by_sftp = [d for d, c in catalogue.contracts.items() if c.delivery is Delivery.SFTP]
    assert len(by_sftp) == 2
    assert markers == {
        f"{path.relative_to(folder).as_posix()}.ok"
        for dataset in by_sftp
        for path in data_files(folder, str(dataset))
    }


def test_register_is_gb18030_with_chinese_headers(sample: tuple[Path, SampleSummary]) -> None:
    path = data_files(sample[0], "market_regulation.market_entity")[0]
    with path.open(encoding="gb18030", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][:2] == ["统一社会信用代码", "市场主体名称"]
    assert len(rows) > 5000
    with pytest.raises(UnicodeDecodeError):
        path.read_text(encoding="utf-8")


def test_meter_readings_are_json_with_an_envelope(sample: tuple[Path, SampleSummary]) -> None:
    path = data_files(sample[0], "energy.meter_reading")[0]
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["envelope"]["dataset_id"] == "energy.meter_reading"
    period = Period(document["envelope"]["period"])
    assert period.label in path.name
    meters = Counter(row["meter_code"] for row in document["rows"])
    assert len(meters) > 40
    assert set(meters.values()) == {period.end.day}


def test_form_looks_like_a_printed_form(sample: tuple[Path, SampleSummary]) -> None:
    path = data_files(sample[0], "education.school_semester")[0]
    page = openpyxl.load_workbook(path).active
    assert page is not None
    assert page["A1"].value == "学校基本情况与编制岗位学期报表"
    merged = {str(area) for area in page.merged_cells.ranges}
    assert any(area.startswith("A1:") for area in merged)
    lines = [
        "".join(str(v) for v in row if v is not None) for row in page.iter_rows(values_only=True)
    ]
    assert "表    号：教育01表" in lines[1]
    assert "填报单位" in lines[2] and "学年" in lines[2]
    assert "其中" in lines[3] and "寄宿生" in lines[4]
    assert any(line.startswith("合") for line in (lines[5], lines[-2]))
    assert "填表人：" in lines[-1] and "填报日期：" in lines[-1]


def readable(sample: tuple[Path, SampleSummary]) -> list[Path]:
    """The xlsx workbooks that open."""
    folder, summary = sample
    closed = {w.path for w in summary.wrong if w.mistake in ("cut_off", "locked")}
    found = [path for path in sorted(folder.rglob("*.xlsx")) if path not in closed]
    assert closed and found
    return found


def test_forms_differ_in_the_way_they_write_dates_and_numbers(
    sample: tuple[Path, SampleSummary],
) -> None:
    texts: set[str] = set()
    for path in readable(sample):
        page = openpyxl.load_workbook(path, read_only=True).worksheets[0]
        texts |= {
            v
            for row in page.iter_rows(values_only=True, max_row=60)
            for v in row
            if isinstance(v, str)
        }
    assert any("," in text and text.replace(",", "").replace(".", "").isdigit() for text in texts)
    assert any(text.isdecimal() and not text.isascii() for text in texts)
    assert {"是", "否"} <= texts


def test_codes_are_text_in_forms_except_where_that_is_the_mistake(
    sample: tuple[Path, SampleSummary],
) -> None:
    _, summary = sample
    numeric = [wrong for wrong in summary.wrong if wrong.mistake == "numeric_id"]
    assert numeric
    for wrong in numeric:
        assert long_numbers(wrong.path) > 0
        assert long_numbers(wrong.corrected) == 0


def long_numbers(path: Path) -> int:
    page = openpyxl.load_workbook(path).active
    assert page is not None
    cells = (v for row in page.iter_rows(values_only=True) for v in row)
    return sum(isinstance(v, int | float) and v >= 10**9 and v == int(v) for v in cells)


def test_progress_counts_the_files(catalogue: Catalogue, tmp_path: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    summary = write_sample(
        tmp_path, catalogue, FIRST, FIRST, seed=3, datasets=["energy.power_unit"],
        progress=lambda done, total, what: seen.append((done, total, what)),
    )  # fmt: skip
    assert [done for done, _, _ in seen] == list(range(summary.files + 1))
    assert {total for _, total, _ in seen} == {summary.files}


@pytest.mark.parametrize(
    ("first", "last", "datasets"),
    [
        ("2023-02", "2023-01", None),
        ("2023", "2023", None),
        ("2023-01", "2023-01", ["energy.nothing"]),
    ],
)
def test_wrong_arguments_are_refused(
    catalogue: Catalogue, tmp_path: Path, first: str, last: str, datasets: list[str] | None
) -> None:
    with pytest.raises(ValueError):
        write_sample(tmp_path, catalogue, Period(first), Period(last), seed=1, datasets=datasets)
    assert not list(tmp_path.iterdir())


def test_scale_multiplies_claims_in_bounded_memory(tmp_path: Path) -> None:
    peak, (printed,) = measured(f"""
from pathlib import Path
from xiantong.contracts.catalogue import Catalogue
from xiantong.periods import Period
from xiantong.sample import write_sample
from xiantong.settings import PROJECT_ROOT
month = Period("2023-10")
summary = write_sample(
    Path({str(tmp_path)!r}), Catalogue(PROJECT_ROOT / "expectations"), month, month, seed=5,
    scale=80, datasets=["medical_insurance.claim"],
)
print(summary.rows)
""")
    rows = int(printed)
    assert 250_000 < rows < 450_000
    assert peak < 700, peak
    path = data_files(tmp_path, "medical_insurance.claim")[0]
    with path.open(encoding="gb18030") as file:
        header = next(file).split(",")
        numbers = {line.split(",")[0] for line in file}
    assert header[0] == "结算流水号"
    assert len(numbers) == rows


def test_scale_leaves_forms_alone(catalogue: Catalogue, tmp_path: Path) -> None:
    month = Period("2023-03")
    for scale in (1.0, 20.0):
        write_sample(tmp_path / str(scale), catalogue, month, month, seed=5, scale=scale,
                     datasets=["energy.fuel_consumption", "education.school_semester"])  # fmt: skip
    assert digests(tmp_path / "1.0") == digests(tmp_path / "20.0")


def test_no_date_of_an_event_lies_after_the_delivery(sample: tuple[Path, SampleSummary]) -> None:
    path = data_files(sample[0], "market_regulation.market_entity")[-1]
    sent = day_of(path)
    with path.open(encoding="gb18030", newline="") as file:
        rows = list(csv.DictReader(file))
    dates = [
        date.fromisoformat(row[name])
        for row in rows
        for name in ("成立日期", "核准日期")
        if row[name]
    ]
    assert dates and max(dates) <= sent
