"""Settles the same deliveries again and again, killed at a different point every time.

Run by ``test_killed.py`` in a process of its own, because it forks: everything is imported before,
no thread is started yet. Prints one JSON list: the final state of the undisturbed run, then of
every run that was killed and repeated.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from sqlalchemy import select

import xiantong.differences
import xiantong.reporting_calendar
import xiantong.returns  # noqa: F401 - all imported late in settling, here before the first fork
from tests.county import NOW, TRAINING, County, error, warning
from xiantong.contracts.catalogue import Catalogue
from xiantong.ledger.schema import (
    DeliveryRow,
    DifferenceRow,
    ExplanationRow,
    FindingRow,
    SubmissionRow,
)
from xiantong.names import DatasetId
from xiantong.settings import PROJECT_ROOT
from xiantong.settling import read_checked, settle, write_checked

AT = datetime(2023, 11, 3, 9)
KILLS_AT_RANDOM_TIMES = 5


def main(folder: Path) -> None:
    catalogue = Catalogue(PROJECT_ROOT / "expectations")
    catalogue.rules(catalogue.contract(TRAINING))  # read the code lists once, not in every child
    template = County(folder / "template", catalogue)
    assert _in_child(lambda: _prepare(template, _workbook(catalogue))) == 0

    def prepared(name: str) -> County:
        shutil.copytree(template.home, folder / name)
        return County(folder / name, catalogue)

    undisturbed = prepared("undisturbed")
    steps = folder / "steps"
    started = time.monotonic()
    assert _in_child(partial(_settle, undisturbed, _Count(steps))) == 0
    duration = time.monotonic() - started
    states = [_state(undisturbed)]
    for step in range(1, len(steps.read_bytes()) + 1):
        county = prepared(f"step-{step}")
        died = _in_child(partial(_settle, county, _Count(steps, kill_at=step)))
        assert died == -signal.SIGKILL, died
        assert _in_child(partial(_settle, county, _Count(steps))) == 0
        states.append(_state(county))
    for number in range(KILLS_AT_RANDOM_TIMES):
        county = prepared(f"moment-{number}")
        after = duration * (number + 1) / (KILLS_AT_RANDOM_TIMES + 1)
        _in_child(partial(_settle, county, _Count(steps)), kill_after=after)
        assert _in_child(partial(_settle, county, _Count(steps))) == 0
        states.append(_state(county))
    json.dump(states, sys.stdout, ensure_ascii=False)


class _Count:
    """Counts the steps of a settling in a file and dies at one of them."""

    def __init__(self, path: Path, kill_at: int = 0) -> None:
        path.write_bytes(b"")
        self._path, self._kill_at = path, kill_at

    def __call__(self, step: str) -> None:
        with self._path.open("ab") as file:
            file.write(b".")
        if self._path.stat().st_size == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


def _in_child(work: Callable[[], None], kill_after: float | None = None) -> int:
    """Exit status of a forked child; negative where a signal ended it."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException as error:
            sys.stderr.write(f"{error!r}\n")
            os._exit(1)
        os._exit(0)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _workbook(catalogue: Catalogue) -> bytes:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append([c.header_zh for c in catalogue.contract(TRAINING).table_columns])
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def _prepare(county: County, workbook: bytes) -> None:
    """Facts that are settled already, and a round with one delivery of every kind."""

    def rows(*numbers: int) -> list[dict[str, Any]]:
        return [{"record_no": f"T{number}"} for number in numbers]

    county.settle(TRAINING, county.submit(TRAINING, "a.csv", AT, "2023-Q2", rows(1, 2)))
    returned = county.deliver(TRAINING, "e.xlsx", AT.replace(day=8), workbook)
    unknown = county.deliver(TRAINING, "f.xlsx", AT.replace(day=9), workbook + b"\0")
    checked = [
        county.submit(TRAINING, "b.csv", AT.replace(day=5), "2023-Q3", rows(2, 3)),
        county.submit(TRAINING, "c.csv", AT.replace(day=6), "2023-Q3", rows(3, 4),
                      [warning(explanation="两期培训跨季度举行")]),
        county.submit(TRAINING, "d.csv", AT.replace(day=7), "2023-Q3", rows(3, 4)),
        county.checked(returned, "2023-Q4", rows(5), [error(row=2), warning()]),
        county.checked(unknown, None, rows(6), [error(row=None)]),
    ]  # fmt: skip
    write_checked(county.home / "work" / "checked.json", checked)


def _settle(county: County, progress: Callable[[str], None]) -> None:
    settle(
        county.ledger, county.store, county.catalogue, county.contract(TRAINING),
        read_checked(county.home / "work" / "checked.json"), county.settings,
        now=NOW, progress=progress,
    )  # fmt: skip


def _state(county: County) -> dict[str, Any]:
    with tempfile.TemporaryFile("w+", encoding="utf-8") as file:

        def dump() -> None:
            json.dump(_read_state(county), file, ensure_ascii=False, default=str)
            file.flush()

        assert _in_child(dump) == 0
        file.seek(0)
        state: dict[str, Any] = json.load(file)
        return state


def _read_state(county: County) -> dict[str, Any]:
    state: dict[str, Any] = {}
    with county.ledger.reading() as session:
        for table in (DeliveryRow, SubmissionRow, FindingRow, ExplanationRow, DifferenceRow):
            columns = table.__table__.columns
            found = session.execute(select(*columns).order_by(*table.__table__.primary_key.columns))
            state[table.__tablename__] = [list(row) for row in found]
    for place in ("store/lake", "store/originals", "store/differences", "returns"):
        root = county.home / place
        state[place] = {
            path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(root.rglob("*"))
            if path.is_file()
        }
    state["raw"] = [list(row) for row in county.raw(TRAINING, order="all")]
    state["waiting"] = [str(dataset) for dataset in county.ledger.waiting()]
    state["unsettled"] = len(county.ledger.pending(DatasetId.parse(TRAINING)))
    return state


if __name__ == "__main__":
    main(Path(sys.argv[1]))
