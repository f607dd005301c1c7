import errno
import hashlib
import io
import os
import time
import uuid
from pathlib import Path

import pytest

from xiantong.names import DatasetId
from xiantong.periods import Period
from xiantong.store import Store, StoreError, files

DATASET = DatasetId("energy", "meter_reading")


@pytest.fixture(params=["local", "remote"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    local = request.param == "local"
    url = f"file://{tmp_path}/store" if local else f"memory://{uuid.uuid4().hex}/store"
    return Store(url, tmp_path / "cache")


def arrived(tmp_path: Path, content: bytes, name: str = "arrived.xlsx") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def test_original_lies_under_its_sha256_and_is_read_back(store: Store, tmp_path: Path) -> None:
    content = os.urandom(3_000_000)
    original = store.put_original(arrived(tmp_path, content), "报表.XLSX")
    assert original.sha256 == hashlib.sha256(content).hexdigest()
    assert original.size == len(content)
    path = store.original_path(original.sha256, "报表.XLSX")
    assert path.read_bytes() == content
    assert path.parts[-3:] == ("originals", original.sha256[:2], original.sha256[2:] + ".xlsx")


def test_same_content_is_kept_once_and_not_rewritten(tmp_path: Path) -> None:
    store = Store(f"file://{tmp_path}/store")
    first = store.put_original(io.BytesIO(b"same"), "a.csv")
    path = store.original_path(first.sha256, "a.csv")
    before = path.stat()
    assert store.put_original(io.BytesIO(b"same"), "b.csv") == first
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [p for p in (tmp_path / "store").rglob("*") if p.is_file()] == [path]


def test_original_cut_short_by_a_power_failure_is_written_again(tmp_path: Path) -> None:
    store = Store(f"file://{tmp_path}/store")
    original = store.put_original(io.BytesIO(b"whole content"), "a.csv")
    path = store.original_path(original.sha256, "a.csv")
    path.chmod(0o600)
    path.write_bytes(b"whole")
    store.put_original(io.BytesIO(b"whole content"), "a.csv")
    assert path.read_bytes() == b"whole content"


def test_accepted_file_has_its_place_in_the_lake(store: Store, tmp_path: Path) -> None:
    key = store.put_accepted(arrived(tmp_path, b"rows"), DATASET, Period("2023-10"), "ab12cd34")
    assert key == "lake/energy/meter_reading/2023-10/ab12cd34.parquet"
    assert store.local_path(key).read_bytes() == b"rows"


def test_file_of_an_interrupted_attempt_is_replaced(store: Store, tmp_path: Path) -> None:
    for content in (b"first attempt", b"second"):
        key = store.put_accepted(arrived(tmp_path, content), DATASET, Period("2023"), "ab12cd34")
    assert store.local_path(key).read_bytes() == b"second"


def test_remote_file_is_fetched_where_it_is_not_in_the_cache(tmp_path: Path) -> None:
    url = f"memory://{uuid.uuid4().hex}"
    key = Store(url, tmp_path / "one").put_accepted(
        arrived(tmp_path, b"rows"), DATASET, Period("2023"), "ab12cd34"
    )
    other = Store(url, tmp_path / "two")
    assert other.local_path(key).read_bytes() == b"rows"


def test_missing_original_and_strange_names_are_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no file"):
        store.original_path("0" * 64, "a.csv")
    with pytest.raises(StoreError, match="SHA-256"):
        store.original_path("../../etc/passwd", "a.csv")
    with pytest.raises(StoreError, match="submission id"):
        store.put_accepted(arrived(tmp_path, b""), DATASET, Period("2023"), "../../x")


def test_strange_suffix_does_not_reach_the_store(store: Store, tmp_path: Path) -> None:
    original = store.put_original(io.BytesIO(b"x"), "a.x'; drop")
    assert store.original_path(original.sha256, "a.x'; drop").suffix == ".bin"


def test_leftovers_of_dead_processes_are_swept_but_not_what_is_being_written(
    tmp_path: Path,
) -> None:
    store = Store(f"file://{tmp_path}/store")
    store.put_original(io.BytesIO(b"x"), "a.csv")
    old, young = (tmp_path / "store/.incoming" / name for name in ("old", "young"))
    old.write_bytes(b"")
    young.write_bytes(b"")
    two_days_ago = time.time() - 2 * 86_400
    os.utime(old, (two_days_ago, two_days_ago))
    store.sweep()
    assert (old.exists(), young.exists()) == (False, True)


class _BreaksOff(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise OSError(errno.EIO, "bad disk")
        return super().read(1)


def test_delivery_that_breaks_off_leaves_nothing_behind(store: Store, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="bad disk"):
        store.put_original(_BreaksOff(b"content"), "a.csv")

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_folders_reach_the_disk_as_well_as_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[Path] = []
    monkeypatch.setattr(files, "_flush", flushed.append)
    store = Store(f"file://{tmp_path}/store")
    original = store.put_original(io.BytesIO(b"x"), "a.csv")
    path = store.original_path(original.sha256, "a.csv")

    store.flush()

    assert flushed[0] == path
    assert set(flushed[1:]) == {path.parent, path.parents[1], tmp_path / "store"}

    # The process that wrote it may have died before it flushed.
    again = Store(f"file://{tmp_path}/store")
    again.put_original(io.BytesIO(b"x"), "a.csv")
    flushed.clear()
    again.flush()
    assert flushed[0] == path
