"""Copies of a store on a real SFTP server: few enough, and never taken from whoever uses them."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import fsspec.config
import pytest

from tests.sources.servers import ssh_server
from xiantong.store import Original, Store, cache

pytestmark = pytest.mark.integration

MEGABYTE = 1_000_000
LIMIT = 3 * MEGABYTE
PUT = """
import io, sys
from pathlib import Path
from xiantong.store import Store
url, cache, limit, *letters = sys.argv[1:]
store = Store(url, Path(cache), int(limit))
for letter in letters:
    store.put_original(io.BytesIO(letter.encode() * 1_000_000), "a.csv")
"""
HOLD = """
import sys
from pathlib import Path
from xiantong.store import Store
url, cache, limit, *digests = sys.argv[1:]
store = Store(url, Path(cache), int(limit))
paths = [store.original_path(digest, "a.csv") for digest in digests]
print("ready", flush=True)
sys.stdin.readline()
print("".join(path.read_text()[0] for path in paths), flush=True)
"""
SWEEP = """
import sys
from pathlib import Path
from xiantong.store import Store
url, cache, limit = sys.argv[1:]
Store(url, Path(cache), int(limit)).sweep()
"""


@dataclass(frozen=True)
class Remote:
    url: str
    cache: Path
    key_file: Path

    def store(self, limit: int = LIMIT) -> Store:
        return Store(self.url, self.cache, limit)

    def command(self, program: str, *arguments: str) -> tuple[list[str], dict[str, str]]:
        """Command and environment of a program with the store in a process of its own."""
        options = json.dumps({"key_filename": str(self.key_file)})
        given = [self.url, str(self.cache), str(LIMIT), *arguments]
        return [sys.executable, "-c", program, *given], os.environ | {"FSSPEC_SFTP": options}

    def elsewhere(self, program: str, *arguments: str) -> None:
        command, environment = self.command(program, *arguments)
        subprocess.run(command, check=True, env=environment)

    def copies(self) -> set[str]:
        """The letters of which the cache has a copy."""
        found = (p for p in self.cache.rglob("*.csv") if not p.parent.name.startswith("."))
        return {path.read_bytes()[:1].decode() for path in found}


@pytest.fixture
def remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Remote]:
    program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs the package openssh-server")
        pytest.skip("no sshd: install openssh-server")
    (tmp_path / "ssh").mkdir()
    with ssh_server(tmp_path / "ssh", program) as server:
        options = {"sftp": {"key_filename": str(server.key_file)}}
        monkeypatch.setattr(fsspec.config, "conf", options)
        url = f"sftp://{server.user}@127.0.0.1:{server.port}{tmp_path}/remote"
        yield Remote(url, tmp_path / "cache", server.key_file)


def original(letter: str) -> Original:
    """What a file of one letter is called in the store."""
    content = letter.encode() * MEGABYTE
    return Original(hashlib.sha256(content).hexdigest(), len(content))


def test_longest_unused_copies_go_first_and_are_fetched_again(remote: Remote) -> None:
    for letter in "abcdef":
        remote.elsewhere(PUT, letter)
    assert remote.copies() == set("def")  # whoever put them is no more
    store = remote.store()
    assert store.original_path(original("d").sha256, "a.csv").read_bytes()[:1] == b"d"
    assert store.original_path(original("a").sha256, "a.csv").read_bytes()[:1] == b"a"
    store.sweep()
    assert remote.copies() == set("adf")


def test_copies_stay_while_a_process_may_open_them(remote: Remote) -> None:
    for letter in "abcdef":
        remote.elsewhere(PUT, letter)
    command, environment = remote.command(HOLD, *(original(letter).sha256 for letter in "abcdef"))
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdin and holder.stdout
        assert holder.stdout.readline() == "ready\n"
        remote.elsewhere(SWEEP)
        assert remote.copies() == set("abcdef")
        holder.stdin.write("open them\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == "abcdef\n"
    remote.elsewhere(SWEEP)
    assert remote.copies() == set("def")


def test_process_that_runs_for_long_does_not_keep_everything(
    remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = remote.store()
    for letter in "abcdef":
        store.put_original(io.BytesIO(letter.encode() * MEGABYTE), "a.csv")
    monkeypatch.setattr(cache, "HELD", 0.2)
    time.sleep(0.3)
    store.sweep()
    assert remote.copies() == set("def")


def test_interrupted_fetch_leaves_no_copy(remote: Remote) -> None:
    remote.elsewhere(PUT, "a")
    shutil.rmtree(remote.cache)
    shutil.rmtree(remote.cache.parent / "remote")
    with pytest.raises(FileNotFoundError):
        remote.store().local_path("lake/energy/x/2023/ab.parquet")
    assert [p for p in remote.cache.rglob("*") if p.is_file() and ".l" not in str(p)] == []
