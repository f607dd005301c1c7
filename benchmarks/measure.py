"""Run one side of a comparison in a process of its own and measure it from outside."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Measured:
    """``seconds`` as the side itself reports them (imports left out), the peak resident memory of
    its process in MB, and what else it reports."""

    seconds: float
    peak_mb: float
    facts: dict[str, object]


def run_side(side: str, **arguments: object) -> Measured:
    """Run ``benchmarks.sides.<side>(**arguments)`` in a fresh process."""
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        environment = os.environ | {
            "GX_ANALYTICS_ENABLED": "false",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DO_NOT_TRACK": "1",
        }
        command = [
            sys.executable,
            "-m",
            "benchmarks.sides",
            side,
            json.dumps(arguments),
            report.name,
        ]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise RuntimeError(f"{side} failed with status {os.waitstatus_to_exitcode(status)}")
        facts = json.loads(Path(report.name).read_text("utf-8"))
    return Measured(facts.pop("seconds"), usage.ru_maxrss / 1024, facts)


def side_by_side(
    one: str, other: str, rounds: int, **arguments: object
) -> tuple[list[Measured], list[Measured], float]:
    """Both sides in turn; the median of the ratios of their times, pair by pair."""
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(run_side(one, **arguments))
        theirs.append(run_side(other, **arguments))
    ratios = [a.seconds / b.seconds for a, b in zip(ours, theirs, strict=True)]
    return ours, theirs, statistics.median(ratios)


class Stopwatch:
    """Seconds since its start."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._start
