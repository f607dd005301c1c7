"""Plans who delivers what and when, which files are wrong, late or sent twice, and writes them."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract, Delivery, Reporter
from xiantong.county_time import BEIJING
from xiantong.names import DatasetId
from xiantong.periods import Frequency, Period, period_range
from xiantong.reporting_calendar import due_date
from xiantong.sample.chance import between, pick
from xiantong.sample.county import County
from xiantong.sample.department import Department
from xiantong.sample.departments import departments, known_datasets
from xiantong.sample.forms import look_of, period_words, write_form
from xiantong.sample.mistakes import Mistake, mistakes
from xiantong.sample.sheet import Raw, Sheet, Signed, is_form, make_sheet
from xiantong.sample.table import Table
from xiantong.sample.writers import (
    Patches,
    head_rows,
    stream_csv,
    stream_json,
    write_csv,
    write_json,
)

WRONG_SHARE = 0.06
LATE_SHARE = 0.05
TWICE_SHARE = 0.03
_HEAD = 200
# Unit that a form is filled in instead of its own, how often (cumulative), how many of its own it is.
_OTHER_UNITS = (
    ("亿元", "万元", 0.3, Decimal(10_000)),
    ("元", "万元", 0.36, Decimal("0.0001")),
    ("公顷", "亩", 0.4, Decimal(15)),
)
_UNIT_PLACES = 8

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class WrongFile:
    """A file with a mistake, and the corrected one that follows it."""

    path: Path
    mistake: str
    corrected: Path


@dataclass(frozen=True, slots=True)
class SampleSummary:
    """What was written. ``rows`` counts data rows over all files, duplicates left out."""

    files: int
    rows: int
    periods: int
    late: tuple[Path, ...]
    twice: tuple[Path, ...]
    wrong: tuple[WrongFile, ...]
    by_dataset: dict[str, int]


@dataclass(frozen=True)
class _Plan:
    """One file to be written. ``suffix`` tells corrections, revisions and copies apart;
    ``is_shared``: other reporters hand in the same dataset and period."""

    dataset: DatasetId
    period: Period
    reporter: Reporter
    at: datetime
    kind: str = "plain"
    suffix: str = ""
    mistake: Mistake | None = None
    late: bool = False
    is_shared: bool = False

    @property
    def is_damaged(self) -> bool:
        """Whether the file cannot be opened."""
        return self.kind == "wrong" and self.mistake is not None and self.mistake.damage is not None

    @property
    def names(self) -> tuple[object, ...]:
        """What the chance of this file hangs on."""
        own = (self.reporter.reporter_code,) if self.is_shared else ()
        return (self.dataset, self.period, *own)


def write_sample(to: Path, catalogue: Catalogue, first: Period, last: Period, seed: int, scale: float = 1.0,
                 datasets: Collection[DatasetId | str] | None = None, progress: Progress | None = None) -> SampleSummary:  # fmt: skip
    """Write the deliveries of the fictional county from month ``first`` to month ``last``.

    Files go to ``to/<department>/<dataset>/`` with the time of delivery as modification time. The
    same arguments give the same bytes; ``datasets`` leaves files out without changing the others.
    ``scale`` multiplies claims and meter readings only. Raises ``ValueError`` where ``first`` or
    ``last`` is no month or a dataset is not known.
    """
    if (
        Frequency.MONTHLY is not first.frequency
        or Frequency.MONTHLY is not last.frequency
        or last < first
    ):
        raise ValueError(f"{first} to {last} is no range of months such as 2022-01 to 2023-12")
    county = County(catalogue, first, last, seed, scale)
    known = known_datasets(county)
    wanted = (
        {DatasetId.parse(d) if isinstance(d, str) else d for d in datasets}
        if datasets
        else set(known)
    )
    unknown = sorted(map(str, wanted - set(known)))
    if unknown:
        raise ValueError(
            f"no sample data for {', '.join(unknown)}; there are: {', '.join(map(str, known))}"
        )
    plans = [plan for plan in _plans(county, known) if plan.dataset in wanted]
    return _Writer(to, county).write(plans, progress or (lambda done, total, what: None))


def _periods(county: County, contract: Contract) -> list[Period]:
    """Periods of the dataset's frequency that overlap the months and are owed."""
    frequency = contract.frequency.of_periods
    periods = period_range(
        Period.of(county.first.start, frequency), Period.of(county.last.end, frequency)
    )
    return [p for p in periods if due_date(contract, p) is not None]


def _plans(county: County, datasets: list[DatasetId]) -> list[_Plan]:
    """All files in the order of delivery."""
    plans: list[_Plan] = []
    for dataset in datasets:
        contract = county.catalogue.contract(dataset)
        for period in _periods(county, contract):
            plans += _plans_of_period(county, contract, period)
    # Last, so that they take no mistake away from anybody.
    plans = [*_with_mistakes(county, plans), *_nil_reports(county, datasets)]
    return sorted(
        _with_copies(county, plans), key=lambda plan: (plan.at, plan.dataset, plan.suffix)
    )


def _plans_of_period(county: County, contract: Contract, period: Period) -> Iterator[_Plan]:
    dataset = contract.id
    offered = departments(county)[dataset.department]
    shared = offered.by_reporter.get(dataset.dataset)
    reporters = shared.reporters(county, period) if shared else [county.reporter(contract)]
    for reporter in reporters:
        plan = _Plan(dataset, period, reporter, datetime.min, is_shared=len(reporters) > 1)
        rng = county.chance.of("delivery", *plan.names)
        late = rng.random() < LATE_SHARE
        yield replace(plan, at=_moment(contract, period, rng, late), late=late)
        reviser = offered.revisers.get(dataset.dataset)
        revision = reviser(county, period) if reviser else None
        if revision:
            later = _due(contract, period) + timedelta(days=revision.days_after)
            yield replace(plan, at=_at(later, rng), kind="revised", suffix=f"_{revision.suffix}")


def _nil_reports(county: County, datasets: list[DatasetId]) -> Iterator[_Plan]:
    """零报告 of those to whom nothing occurred in a period."""
    for dataset in datasets:
        shared = departments(county)[dataset.department].by_reporter.get(dataset.dataset)
        contract = county.catalogue.contract(dataset)
        for period in _periods(county, contract) if shared else ():
            assert shared is not None
            for reporter in shared.nil(county, period):
                plan = _Plan(dataset, period, reporter, datetime.min, is_shared=True, kind="nil")
                rng = county.chance.of("delivery", *plan.names)
                yield replace(plan, at=_moment(contract, period, rng, late=False))


def _due(contract: Contract, period: Period) -> date:
    day = due_date(contract, period)
    assert day is not None
    return day


def _at(day: date, rng: np.random.Generator) -> datetime:
    return datetime(
        day.year, day.month, day.day, between(rng, 8, 17), between(rng, 0, 59), between(rng, 0, 59)
    )


def _moment(contract: Contract, period: Period, rng: np.random.Generator, late: bool) -> datetime:
    """Time of delivery: in the last days before the due date, or some days after it."""
    due = _due(contract, period)
    if late:
        return _at(due + timedelta(days=between(rng, 1, 9)), rng)
    earliest = due - timedelta(days=4)
    if due > period.end:
        earliest = max(earliest, period.end + timedelta(days=1))
    return _at(earliest + timedelta(days=between(rng, 0, (due - earliest).days)), rng)


def _with_mistakes(county: County, plans: list[_Plan]) -> list[_Plan]:
    """Give about six in a hundred deliveries a mistake, every kind in turn, and a corrected file."""
    rng = county.chance.of("mistakes")
    plain = [
        i
        for i, plan in enumerate(plans)
        if plan.kind == "plain" and not _is_foundation(county, plan)
    ]
    used: Counter[DatasetId] = Counter()
    used_by: Counter[str] = Counter()
    chosen: dict[int, Mistake] = {}
    kinds = mistakes()
    wanted = max(round(WRONG_SHARE * len(plans)), min(len(kinds), len(plain) // 3))
    for turn in range(wanted):
        kind = kinds[turn % len(kinds)]
        open_ = [
            i
            for i in plain
            if i not in chosen and kind.possible(county.catalogue.contract(plans[i].dataset))
        ]
        order = sorted(
            (used[(d := plans[i].dataset)], used_by[d.department], float(rng.random()), i)
            for i in open_
        )
        found = next((i for *_, i in order if _can(county, plans[i], kind)), None)
        if found is not None:
            chosen[found] = kind
            used[plans[found].dataset] += 1
            used_by[plans[found].dataset.department] += 1
    result = []
    for i, plan in enumerate(plans):
        if i not in chosen:
            result.append(plan)
            continue
        own = county.chance.of("correction", *plan.names)
        suffix = pick(own, ("_更正", "（更正）", "-修改后", "_第二次报送"))
        again = plan.at + timedelta(days=between(own, 2, 6), minutes=between(own, -90, 90))
        result.append(replace(plan, kind="wrong", mistake=chosen[i]))
        result.append(replace(plan, kind="corrected", suffix=suffix, at=again, late=False))
    return result


def _is_foundation(county: County, plan: _Plan) -> bool:
    """The first full list of a register, to which everything else refers."""
    return plan.period.start <= county.first.start


def _can(county: County, plan: _Plan, kind: Mistake) -> bool:
    """Whether the delivery has a place for the mistake."""
    source = _Source(county, plan)
    return kind.spoil(source.sheet.copied(), county.chance.of("mistake", *plan.names))


def _with_copies(county: County, plans: list[_Plan]) -> list[_Plan]:
    """Some files are sent twice: the same bytes under another name."""
    result = list(plans)
    for plan in plans:
        rng = county.chance.of("copy", *plan.names)
        streamed = plan.dataset.dataset in departments(county)[plan.dataset.department].streams
        if plan.kind == "plain" and not streamed and rng.random() < TWICE_SHARE:
            again = plan.at + timedelta(days=between(rng, 0, 2), minutes=between(rng, 5, 300))
            result.append(
                replace(
                    plan, kind="copy", suffix=pick(rng, ("(1)", " - 副本")), at=again, late=False
                )
            )
    return result


class _Source:
    """The correct content of a planned file: a sheet, or the head of a stream with its pieces."""

    def __init__(self, county: County, plan: _Plan) -> None:
        self.county = county
        self.plan = plan
        self.department: Department = departments(county)[plan.dataset.department]
        self.contract = county.catalogue.contract(plan.dataset)
        self.stream = self.department.streams.get(plan.dataset.dataset)
        self._first: pa.Table | None = None

    @cached_property
    def sheet(self) -> Sheet:
        totals = self.department.totals.get(self.plan.dataset.dataset, ())
        sheet = make_sheet(
            self.contract, self.plan.period, self.plan.reporter, self._table(), totals
        )
        if self.stream is not None:
            sheet.rows = list(head_rows(self._pieces_head(), sheet, _HEAD))
        if self.plan.kind == "nil":
            sheet.rows, sheet.totals = [{sheet.columns[0]: Raw("零报告")}], {}
        return sheet

    def _table(self) -> Table:
        name = self.plan.dataset.dataset
        if self.stream is not None:
            return Table([])
        if self.plan.kind == "revised":
            revision = self.department.revisers[name](self.county, self.plan.period)
            assert revision is not None
            return revision.table
        if name in self.department.by_reporter:
            shared = self.department.by_reporter[name]
            return shared.maker(self.county, self.plan.period, self.plan.reporter)
        return self.department.makers[name](self.county, self.plan.period)

    def _pieces_head(self) -> pa.Table:
        if self._first is None:
            assert self.stream is not None
            self._rest = self.stream(self.county, self.plan.period)
            self._first = next(self._rest)
        return self._first

    def pieces(self) -> Iterator[pa.Table]:
        head = self._pieces_head()
        return chain([head], self._rest)


def _key(plan: _Plan, kind: str = "") -> tuple[DatasetId, Period, str, str]:
    return plan.dataset, plan.period, plan.reporter.reporter_code, kind


@dataclass
class _Writer:
    """Writes planned files one after the other and keeps count."""

    to: Path
    county: County
    rows: int = 0
    paths: dict[tuple[DatasetId, Period, str, str], Path] = field(default_factory=dict)

    def write(self, plans: list[_Plan], progress: Progress) -> SampleSummary:
        for done, plan in enumerate(plans):
            progress(done, len(plans), f"{plan.dataset} {plan.period}")
            self._write(plan)
        progress(len(plans), len(plans), "")
        return self._summary(plans)

    def _summary(self, plans: list[_Plan]) -> SampleSummary:
        def path(plan: _Plan) -> Path:
            return self.paths[_key(plan, plan.kind)]

        corrected = {_key(p): path(p) for p in plans if p.kind == "corrected"}
        return SampleSummary(
            files=len(plans),
            rows=self.rows,
            periods=len({(p.dataset, p.period) for p in plans}),
            late=tuple(path(p) for p in plans if p.late),
            twice=tuple(path(p) for p in plans if p.kind == "copy"),
            wrong=tuple(
                WrongFile(path(p), p.mistake.kind, corrected[_key(p)])
                for p in plans
                if p.mistake and p.kind == "wrong"
            ),
            by_dataset=dict(Counter(str(p.dataset) for p in plans)),
        )

    def _write(self, plan: _Plan) -> None:
        contract = self.county.catalogue.contract(plan.dataset)
        folder = self.to / plan.dataset.folder
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / _file_name(self.county, contract, plan)
        self.paths[_key(plan, plan.kind)] = path
        if plan.kind == "copy":
            shutil.copyfile(self.paths[_key(plan, "plain")], path)
        else:
            self.rows += _write_content(self.county, plan, path)
            _damage(self.county, plan, path)
        os.utime(path, (plan.at.replace(tzinfo=BEIJING).timestamp(),) * 2)
        if contract.delivery is Delivery.SFTP:
            marker = path.with_name(f"{path.name}.ok")
            marker.write_bytes(b"")
            os.utime(marker, (plan.at.replace(tzinfo=BEIJING).timestamp() + 20,) * 2)


def _damage(county: County, plan: _Plan, path: Path) -> None:
    """Some mistakes are made with the finished file."""
    if plan.is_damaged and plan.mistake and plan.mistake.damage:
        rng = county.chance.of("damage", *plan.names)
        path.write_bytes(plan.mistake.damage(path.read_bytes(), rng))


def _file_name(county: County, contract: Contract, plan: _Plan) -> str:
    """A name as people give it; tables without title rows carry period and reporter in it."""
    rng = county.chance.of("name", *plan.names)
    reporter = plan.reporter
    when = period_words(rng, plan.period)
    extension = {Delivery.XLSX: "xlsx", Delivery.XLS: "xls", Delivery.HTTP_JSON: "json"}.get(
        contract.delivery, "csv"
    )
    if plan.is_damaged:
        style = "{period}_{code}"  # nothing inside says who sent it
    elif is_form(contract) and plan.is_shared:
        style = pick(rng, ("{who}{when}{title}", "{period}_{code}", "{who}_{title}_{period}"))
    elif is_form(contract):
        style = pick(
            rng,
            (
                "{who}{when}{title}",
                "{period}_{code}",
                "{title}（{when}）",
                "{form}_{title}_{period}",
            ),
        )
    else:
        style = pick(
            county.chance.of("name", plan.dataset),
            ("{period}_{code}", "{period}_{code}", "{title}_{period}_{code}"),
        )
    stem = style.format(
        who=reporter.reporter_name, when=when, title=contract.title_zh.replace("/", ""), period=plan.period.label,
        code=reporter.reporter_code, form=contract.form_no,
    )  # fmt: skip
    return f"{stem}{plan.suffix}.{extension}"


def _write_content(county: County, plan: _Plan, path: Path) -> int:
    """Write one file; returns its number of rows."""
    source = _Source(county, plan)
    sheet = source.sheet
    correct = sheet
    if plan.mistake is not None and plan.kind == "wrong":
        sheet = correct.copied()
        plan.mistake.spoil(sheet, county.chance.of("mistake", *plan.names))
    signed = Signed(*county.signers(plan.dataset.department, plan.reporter), at=plan.at)
    rng = county.chance.of("file", *plan.names)
    look = look_of(county.chance, str(plan.dataset), source.contract.title_zh)
    codes = county.catalogue.codes
    protect = _protection(county, source.contract)
    if source.stream is not None:
        patches = _patches(correct, sheet)
        if source.contract.delivery is Delivery.HTTP_JSON:
            return stream_json(path, sheet, signed, source.pieces(), patches)
        return stream_csv(path, sheet, source.pieces(), patches, codes, protect)
    _dress(sheet, rng)
    _explain_in_own_column(sheet)
    if is_form(source.contract):
        own = "remark" in source.contract.by_name
        write_form(path, sheet, look, signed, codes, rng, remark_column=look.serial and not own)
    elif source.contract.delivery is Delivery.HTTP_JSON:
        write_json(path, sheet, signed)
    else:
        write_csv(path, sheet, codes, protect, bom=source.contract.delivery is Delivery.CSV_UTF8)
    return 0 if plan.kind == "nil" else len(sheet.rows)


def _explain_in_own_column(sheet: Sheet) -> None:
    """A form with a 备注 column of its own has its explanations there, not in a second one."""
    if "remark" in sheet.contract.by_name:
        for number, text in sheet.remarks.items():
            sheet.rows[number]["remark"] = text
        sheet.remarks = {}


def _protection(county: County, contract: Contract) -> str:
    """What an export program puts before long codes so that spreadsheets leave them alone."""
    if contract.delivery not in (Delivery.CSV_GB18030, Delivery.SFTP):
        return ""
    return pick(county.chance.of("protect", contract.id), ("'", "\t", ""))


def _patches(correct: Sheet, spoiled: Sheet) -> Patches:
    """Cells of the head of a stream that the mistake changed."""
    return {
        (number, name): value
        for number, (before, after) in enumerate(zip(correct.rows, spoiled.rows, strict=True))
        for name, value in after.items()
        if before[name] != value
    }


def _dress(sheet: Sheet, rng: np.random.Generator) -> None:
    """Harmless habits: a header by its other name, accounts in 亿元 or 元, land in 公顷."""
    if rng.random() < 0.12:
        renamed = [c for c in sheet.kept if c.aliases]
        if renamed:
            column = pick(rng, renamed)
            sheet.headers[column.name] = pick(rng, column.aliases)
    stored, chance = sheet.unit, rng.random()
    for unit, of, below, size in _OTHER_UNITS:
        if stored == of and chance < below:
            sheet.unit = unit
            _convert(sheet, of, size)
            return


def _convert(sheet: Sheet, of: str, size: Decimal) -> None:
    """Write the columns in ``of`` in a unit that is ``size`` times as large."""
    for cells in (*sheet.rows, sheet.totals):
        for column in sheet.kept:
            value = cells.get(column.name)
            if column.unit == of and isinstance(value, Decimal):
                cells[column.name] = round(value / size, _UNIT_PLACES)
