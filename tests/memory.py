"""The memory that a piece of work needs, measured in a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from xiantong.settings import PROJECT_ROOT


def peak_mb() -> float:
    """Most resident memory that this process ever held, in MB.

    Not ``ru_maxrss``: Linux lets that of a new process begin with what the one held that started
    it, so that it tells how large the tests are.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    assert found, status
    return int(found[1]) / 1024


def measured(program: str) -> tuple[float, list[str]]:
    """Run a program; returns its peak in MB and the words that it printed."""
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\nfrom tests.memory import peak_mb\nprint(peak_mb())"],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    *words, peak = done.stdout.split()
    return float(peak), words
