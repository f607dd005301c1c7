"""Handing in: a file of the web pages gets into the inbox as if somebody had dropped it there."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from xiantong.cover import SUFFIX as COVER
from xiantong.cover import Cover
from xiantong.delivered import Explanation
from xiantong.names import DatasetId
from xiantong.sources.folder import readable
from xiantong.sources.intake import delivery_id
from xiantong.sources.sidecars import SIDECAR, is_sidecar, write_sidecar

LONGEST_NAME = 160  # bytes, so that the cover note's name and a number still fit into 255
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff/\\:*?\"<>|]")  # fmt: skip
_ATTEMPTS = 10_000


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A file in the inbox. ``delivery_id`` is what intake will call it."""

    dataset: DatasetId
    name: str
    delivery_id: str


def fit_name(name: str) -> str:
    """The name of an uploaded file as it can stand in a folder: no path, no invisible signs, no
    leading dots or tildes (which mark temporary files), at most ``LONGEST_NAME`` bytes."""
    text = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    text = re.split(r"[/\\]", text)[-1]
    path = Path(_UNFIT.sub("", text).strip().lstrip(".~").strip() or "报送文件")
    suffix = path.suffix[:16]
    stem = path.name[: len(path.name) - len(path.suffix)].rstrip(". ") or "报送文件"
    if is_sidecar(stem + suffix) or f"{stem}{suffix}".lower().endswith(COVER):
        stem = stem.replace(".", "_")  # or the file would be taken for what lies beside another one
    room = LONGEST_NAME - len(suffix.encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ") + suffix


def hand_in(
    inbox: Path,
    dataset: DatasetId,
    content: Path,
    name: str,
    cover: Cover,
    explanations: Sequence[Explanation] = (),
) -> HandedIn:
    """Put a copy of ``content`` into the inbox under ``name``, what lies beside it first.

    The file appears complete or not at all. A name that is taken gets a number, because a file that
    intake has not seen yet must not be replaced. Raises ``OSError``.
    """
    folder = inbox / dataset.folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".handing-in-", dir=folder) as place:
        unfinished = Path(place) / "file"
        beside = {COVER: Path(place) / "cover"}
        beside[COVER].write_bytes(cover.as_bytes())
        if explanations:
            beside[SIDECAR] = Path(place) / "sidecar"
            write_sidecar(explanations, beside[SIDECAR])
        for note in beside.values():
            _flush(note)
        digest = _copy(content, unfinished)
        target = _claim(unfinished, beside, folder, fit_name(name))
    _flush(folder)
    name = readable(target.name)
    told = delivery_id(dataset, name, target.stat().st_mtime_ns, digest)
    sidecar = target.with_name(target.name + SIDECAR)
    if explanations:
        latest = max(path.stat().st_mtime_ns for path in (target, sidecar))
        told = delivery_id(dataset, name, latest, digest, _digest(sidecar))
    return HandedIn(dataset, name, told)


def _copy(content: Path, target: Path) -> str:
    """Copy to the disk itself; returns the SHA-256."""
    with content.open("rb") as source, target.open("xb") as file:
        shutil.copyfileobj(source, file, 1 << 20)
    _flush(target)
    return _digest(target)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _claim(unfinished: Path, beside: Mapping[str, Path], folder: Path, name: str) -> Path:
    """Give the files their names; a link fails where a name is taken, unlike a rename."""
    stem, suffix = Path(name).stem, Path(name).suffix
    for number in range(1, _ATTEMPTS):
        target = folder / (name if number == 1 else f"{stem}({number}){suffix}")
        if target.exists():
            continue
        with suppress(FileExistsError):
            _place(unfinished, beside, target)
            return target
    raise FileExistsError(f"{folder} has too many files with the name {name}")


def _place(unfinished: Path, beside: Mapping[str, Path], target: Path) -> None:
    """All names or none: a note that stays behind alone would be taken for the next file's."""
    placed: list[Path] = []
    try:
        for ending, path in beside.items():
            note = target.with_name(target.name + ending)
            os.link(path, note)
            placed.append(note)
        os.link(unfinished, target)
    except BaseException:
        for path in placed:
            path.unlink()
        raise


def _flush(path: Path) -> None:
    """Return when the file, or the names in the folder, would survive a power failure."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
