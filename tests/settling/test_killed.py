import json
import subprocess
import sys
from pathlib import Path

import pytest

from xiantong.settings import PROJECT_ROOT


@pytest.mark.slow
def test_settling_that_was_killed_anywhere_ends_like_an_undisturbed_one(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.settling.killing", str(tmp_path)],
        cwd=PROJECT_ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-3000:]
    undisturbed, *repeated = json.loads(run.stdout)
    assert len(repeated) >= 12
    statuses = sorted(row[2] for row in undisturbed["submission"])
    assert statuses == ["accepted", "accepted", "accepted", "duplicate", "returned", "returned"]
    assert (len(undisturbed["raw"]), len(undisturbed["returns"])) == (4, 2)
    assert (len(undisturbed["difference"]), len(undisturbed["store/differences"])) == (1, 1)
    assert (undisturbed["waiting"], undisturbed["unsettled"]) == ([], 0)
    for state in repeated:
        assert state == undisturbed
