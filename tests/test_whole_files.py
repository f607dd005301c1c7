import stat
import threading
from pathlib import Path

import pytest

from xiantong.deployment import Deployment
from xiantong.settings import Settings
from xiantong.whole_files import appearing, kept_private


def test_whoever_asks_for_a_secret_at_the_same_moment_gets_the_same_one(tmp_path: Path) -> None:
    path, together = tmp_path / "home" / "secret", threading.Barrier(8)
    got: list[bytes] = []

    def ask(number: int) -> None:
        def make() -> bytes:
            together.wait(10)  # nobody has kept anything when everybody has made one
            return f"secret {number}".encode()

        got.append(kept_private(path, make))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(got) == 8
    assert set(got) == {path.read_bytes()}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_an_empty_key_is_refused_and_not_used_for_hashes(tmp_path: Path) -> None:
    (tmp_path / "hash.key").touch()

    with pytest.raises(RuntimeError, match=r"hash\.key is empty"):
        _ = Deployment(Settings(home=tmp_path)).hash_key


def test_a_file_that_failed_half_way_leaves_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("whole")

    with pytest.raises(ZeroDivisionError), appearing(path) as part:
        part.write_text("ha")
        _ = 1 / 0

    assert path.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [path]
