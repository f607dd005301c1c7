import os
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import pytest

from xiantong.contracts.catalogue import Catalogue
from xiantong.ledger import Ledger
from xiantong.names import DatasetId
from xiantong.settings import PROJECT_ROOT, Settings
from xiantong.sources import FolderSource, IntakeResult, Offer, intake
from xiantong.store import Store

ROSTER = DatasetId("education", "master_studio")
ENTITY = DatasetId("market_regulation", "market_entity")  # comes by SFTP
HOUR = timedelta(hours=1)


class Desk:
    """An inbox with what is behind it."""

    def __init__(self, home: Path, catalogue: Catalogue, stable_seconds: float = 0.3) -> None:
        self.settings = Settings(
            home=home, expectations=PROJECT_ROOT / "expectations", stable_seconds=stable_seconds
        )
        self.catalogue = catalogue
        self.ledger = Ledger.of(self.settings)
        self.store = Store.of(self.settings)

    def folder(self, dataset: DatasetId = ROSTER) -> Path:
        folder = self.settings.inbox / dataset.folder
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def put(
        self,
        name: str,
        content: bytes = b"rows",
        age: timedelta = HOUR,
        dataset: DatasetId = ROSTER,
    ) -> Path:
        path = self.folder(dataset) / name
        path.write_bytes(content)
        moment = time.time() - age.total_seconds()
        os.utime(path, (moment, moment))
        return path

    def take(self, **more: object) -> IntakeResult:
        return intake(self.settings, self.catalogue, self.ledger, self.store, **more)

    def reasons(self, result: IntakeResult) -> dict[str, str]:
        return {Path(skipped.place).name: skipped.reason for skipped in result.skipped}


@pytest.fixture
def desk(tmp_path: Path, catalogue: Catalogue) -> Desk:
    return Desk(tmp_path / "home", catalogue)


def test_new_file_is_stored_and_registered(desk: Desk) -> None:
    path = desk.put("2023年名师.xlsx", b"content")
    result = desk.take()
    assert result.new_by_dataset == {ROSTER: 1}
    (delivery,) = desk.ledger.pending(ROSTER)
    assert (delivery.name, delivery.size) == ("2023年名师.xlsx", 7)
    assert delivery.modified_ns == path.stat().st_mtime_ns
    expected = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(tzinfo=None)
    assert abs(delivery.submitted_at - expected) < timedelta(milliseconds=1)
    assert desk.store.original_path(delivery.sha256, delivery.name).read_bytes() == b"content"
    assert path.exists()


def test_known_file_is_not_taken_again(desk: Desk) -> None:
    desk.put("a.xlsx")
    desk.take()
    again = desk.take()
    assert (again.new, again.skipped) == ((), ())


def test_changed_file_is_a_new_delivery(desk: Desk) -> None:
    desk.put("a.xlsx", b"one")
    desk.take()
    desk.put("a.xlsx", b"two", age=HOUR / 2)
    assert len(desk.take().new) == 1
    assert [d.name for d in desk.ledger.pending(ROSTER)] == ["a.xlsx", "a.xlsx"]


def test_young_file_is_taken_when_a_second_look_finds_it_unchanged(desk: Desk) -> None:
    desk.put("a.xlsx", age=timedelta(0))
    assert len(desk.take().new) == 1


def test_file_that_grows_is_left_alone(desk: Desk) -> None:
    path = desk.put("a.xlsx", age=timedelta(0))
    stop = threading.Event()

    def write() -> None:
        with path.open("ab") as file:
            while not stop.is_set():
                file.write(b"more")
                file.flush()
                time.sleep(0.01)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        result = desk.take()
    finally:
        stop.set()
        writer.join()
    assert result.new == ()
    assert desk.reasons(result) == {"a.xlsx": "still being written"}
    assert result.skipped[0].waiting


def test_file_younger_than_intake_is_willing_to_wait_for_comes_later(
    tmp_path: Path, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path / "home", catalogue, stable_seconds=60)
    desk.put("young.xlsx", age=timedelta(seconds=10))
    desk.put("old.xlsx", age=timedelta(seconds=61))
    monkeypatch.setattr(sys.modules["xiantong.sources.intake"], "_LONGEST_WAIT_SECONDS", 0.1)
    result = desk.take()
    assert [d.name for d in result.new] == ["old.xlsx"]
    assert desk.reasons(result) == {"young.xlsx": "still being written"}


def test_settings_may_switch_waiting_off(tmp_path: Path, catalogue: Catalogue) -> None:
    desk = Desk(tmp_path / "home", catalogue, stable_seconds=0)
    desk.put("a.xlsx", age=timedelta(0))
    assert len(desk.take().new) == 1


def test_clock_that_runs_ahead_keeps_no_file_waiting(desk: Desk) -> None:
    desk.put("a.xlsx", age=-24 * HOUR)
    assert len(desk.take().new) == 1


@pytest.mark.parametrize(
    "name",
    [
        ".hidden.xlsx",
        "~$a.xlsx",
        "a.xlsx.part",
        "a.TMP",
        "a.crdownload",
        "a.xlsx.filepart",
        "Thumbs.db",
    ],
)
def test_temporary_file_is_no_delivery(desk: Desk, name: str) -> None:
    desk.put(name)
    result = desk.take()
    assert result.new == ()
    assert desk.reasons(result) == {name: "temporary file"}


def test_inbox_needs_no_marker_and_takes_none_for_a_delivery(desk: Desk) -> None:
    desk.put("2023-10.csv", age=timedelta(minutes=1), dataset=ENTITY)
    desk.put("2023.csv", age=timedelta(minutes=1), dataset=ROSTER)
    desk.put("2023.csv.ok", b"", dataset=ROSTER)
    result = desk.take()
    assert sorted(d.name for d in result.new) == ["2023-10.csv", "2023.csv"]
    assert result.skipped == ()


def test_symbolic_links_are_not_followed(desk: Desk, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "a.xlsx").write_bytes(b"secret")
    (desk.folder() / "link.xlsx").symlink_to(secret / "a.xlsx")
    (desk.settings.inbox / ENTITY.department).symlink_to(secret)
    (desk.settings.inbox / "education/sport_hour").symlink_to(secret)
    result = desk.take()
    assert result.new == ()
    assert set(desk.reasons(result)) == {"link.xlsx", ENTITY.department, "sport_hour"}
    assert not list((desk.settings.root / "store").rglob("*.xlsx"))


def test_file_that_becomes_a_link_between_looking_and_reading_is_not_read(
    desk: Desk, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.xlsx"
    secret.write_bytes(b"rows")
    path = desk.put("a.xlsx")

    class Attacked(FolderSource):
        @contextmanager
        def open(self, offer: Offer) -> Iterator[BinaryIO]:
            path.unlink()
            path.symlink_to(secret)
            with super().open(offer) as file:
                yield file

    source = Attacked(desk.settings.inbox, desk.catalogue.contracts)
    assert desk.take(sources=[source]).new == ()


def test_folders_pipes_and_stray_files_are_reported(desk: Desk) -> None:
    (desk.folder() / "folder.xlsx").mkdir()
    os.mkfifo(desk.folder() / "pipe.xlsx")
    (desk.settings.inbox / "stray.xlsx").write_bytes(b"")
    (desk.settings.inbox / "education" / "stray.csv").write_bytes(b"")
    (desk.settings.inbox / "education" / "no_such_dataset").mkdir()
    (desk.settings.inbox / "Not A Name").mkdir()
    (desk.settings.inbox / "Not A Name" / "x").mkdir()
    result = desk.take()
    assert result.new == ()
    assert set(desk.reasons(result)) == {
        "folder.xlsx", "pipe.xlsx", "stray.xlsx", "stray.csv", "no_such_dataset", "x",
    }  # fmt: skip


def test_file_that_vanishes_between_looking_and_reading_is_reported(desk: Desk) -> None:
    class Vanishing(FolderSource):
        @contextmanager
        def open(self, offer: Offer) -> Iterator[BinaryIO]:
            (self.root / offer.dataset.folder / offer.name).unlink()
            with super().open(offer) as file:
                yield file

    desk.put("gone.xlsx")
    source = Vanishing(desk.settings.inbox, desk.catalogue.contracts)
    result = desk.take(sources=[source])
    assert result.new == ()
    assert set(desk.reasons(result)) == {"gone.xlsx"}


def test_file_that_changes_while_it_is_read_is_taken_another_time(desk: Desk) -> None:
    class Changing(FolderSource):
        @contextmanager
        def open(self, offer: Offer) -> Iterator[BinaryIO]:
            with super().open(offer) as file:
                yield file
                (self.root / offer.dataset.folder / offer.name).write_bytes(b"longer than before")

    desk.put("a.xlsx")
    source = Changing(desk.settings.inbox, desk.catalogue.contracts)
    result = desk.take(sources=[source])
    assert result.new == ()
    assert "changed" in desk.reasons(result)["a.xlsx"]
    assert len(desk.take().new) == 1


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users can enter, unlike pytest's own, with all that is made in it."""
    usual = os.umask(0o022)
    try:
        with tempfile.TemporaryDirectory() as name:
            Path(name).chmod(0o755)
            yield Path(name)
    finally:
        os.umask(usual)


def test_unreadable_file_does_not_stop_the_others(open_folder: Path, catalogue: Catalogue) -> None:
    desk = Desk(open_folder / "home", catalogue)
    desk.put("open.xlsx")
    desk.put("secret.xlsx").chmod(0)
    script = f"""
        import os
        from pathlib import Path
        from xiantong.contracts.catalogue import Catalogue
        from xiantong.names import DatasetId
        from xiantong.sources import FolderSource, VanishedError
        catalogue = [DatasetId("education", "master_studio")]
        if os.geteuid() == 0:
            os.setuid(65534)
        source = FolderSource(Path({str(desk.settings.inbox)!r}), catalogue)
        for offer in source.look():
            try:
                with source.open(offer) as file:
                    print(offer.name, file.read())
            except VanishedError as error:
                print(offer.name, error)
    """
    found = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True
    ).stdout
    assert sorted(found.splitlines()) == ["open.xlsx b'rows'", "secret.xlsx Permission denied"]


def test_name_in_an_old_encoding_is_read_as_chinese(desk: Desk) -> None:
    raw = os.fsencode(desk.folder()) + b"/" + "2023年名师.xlsx".encode("gb18030")
    with open(raw, "wb") as file:  # noqa: PTH123 - the name is no text
        file.write(b"rows")
    os.utime(raw, (1_700_000_000, 1_700_000_000))
    desk.take()
    assert [d.name for d in desk.ledger.pending(ROSTER)] == ["2023年名师.xlsx"]
    assert desk.take().new == ()


def test_strange_names_are_taken_as_they_are(desk: Desk) -> None:
    names = [
        "a'; drop table delivery; --.csv",
        "…… .xlsx",
        "..xlsx"[1:] + "x",
        "x" * 250,
        "空 格.XLS",
    ]
    for name in names:
        desk.put(name)
    desk.put("new\nline.csv")
    desk.take()
    taken = {d.name for d in desk.ledger.pending(ROSTER)}
    assert taken == {n for n in names if not n.startswith(".")} | {"new_line.csv"}


def test_missing_inbox_is_an_empty_one(desk: Desk) -> None:
    assert desk.take() == IntakeResult()


def test_crash_between_store_and_ledger_loses_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        desk.put(f"{number}.xlsx", str(number).encode())

    def dies(deliveries: object) -> list[object]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(desk.ledger, "register", dies)
        with pytest.raises(KeyboardInterrupt):
            desk.take()
    assert desk.ledger.pending(ROSTER) == []
    assert len(desk.take().new) == 3


def test_look_at_thousands_of_known_files_is_quick(desk: Desk) -> None:
    for number in range(3_000):
        desk.put(f"{number}.xlsx", b"")
    assert len(desk.take().new) == 3_000
    # Processor time, because the machine may have other things to do.
    started = time.process_time()
    assert desk.take().new == ()
    assert time.process_time() - started < 1


@pytest.mark.parametrize("name", ["a.xlsx.findings.csv", "a.说明.csv", "a.xlsx.说明.xlsx"])
def test_explanations_beside_a_file_come_with_it(desk: Desk, name: str) -> None:
    desk.put("a.xlsx", b"rows")
    desk.put(name, b"why", age=HOUR / 2)
    desk.put("b.xlsx", b"other")
    assert len(desk.take().new) == 2
    with_list, without = desk.ledger.pending(ROSTER)[::-1]
    assert (with_list.name, with_list.sidecar_name, without.sidecar_sha256) == (
        "a.xlsx",
        name,
        None,
    )
    assert with_list.sidecar_sha256
    kept = desk.store.original_path(with_list.sidecar_sha256, name)
    assert kept.read_bytes() == b"why"
    assert not desk.take().new


def test_explanations_that_come_later_make_a_delivery_of_the_same_file(desk: Desk) -> None:
    desk.put("a.xlsx", b"rows")
    (first,) = desk.take().new
    desk.put("a.说明.csv", b"why", age=2 * HOUR)
    (second,) = desk.take().new
    assert (second.sha256, second.name) == (first.sha256, first.name)
    assert second.id != first.id and second.sidecar_sha256
    assert not desk.take().new
    desk.put("a.说明.csv", b"why, in better words", age=HOUR / 4)
    (third,) = desk.take().new
    assert third.sidecar_sha256 != second.sidecar_sha256


def test_explanations_without_their_file_wait_for_it(desk: Desk) -> None:
    desk.put("a.说明.csv", b"why")
    result = desk.take()
    assert not result.new
    assert "without their file" in desk.reasons(result)["a.说明.csv"]
    desk.put("a.xlsx", b"rows")
    assert len(desk.take().new) == 1


def test_identity_number_in_a_file_name_stays_out_of_the_ledger_and_of_every_answer(
    desk: Desk,
) -> None:
    number, other = "110105194912310021", "110105194912310048"
    path = desk.put(f"2023_{number}.xlsx", b"one")
    twin = desk.put(f"2023_{other}.xlsx", b"two")
    moment = path.stat().st_mtime_ns
    os.utime(twin, ns=(moment, moment))
    desk.put(f"~$2023_{number}.xlsx")
    result = desk.take()
    assert [d.name for d in result.new] == ["2023_***.xlsx"] * 2
    assert len({d.id for d in result.new}) == 2
    assert number not in str(result.as_json())
    kept = b"".join(p.read_bytes() for p in desk.settings.root.glob("ledger.db*") if p.is_file())
    assert number.encode() not in kept and other.encode() not in kept
    assert desk.take().new == ()
    assert desk.store.original_path(result.new[0].sha256, result.new[0].name).exists()


def test_file_that_comes_later_under_the_same_masked_name_is_taken(desk: Desk) -> None:
    path = desk.put("110105194912310021.xlsx", b"one")
    assert len(desk.take().new) == 1
    twin = desk.put("110105194912310048.xlsx", b"two")
    os.utime(twin, ns=(path.stat().st_mtime_ns,) * 2)
    assert len(desk.take().new) == 1
