"""Handing in: a file of the web pages gets into the inbox as if somebody had dropped it there."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from xiantong.names import DatasetId
from xiantong.sources.cover import SUFFIX, Cover
from xiantong.sources.intake import delivery_id

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
    room = LONGEST_NAME - len(suffix.encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ") + suffix


def hand_in(inbox: Path, dataset: DatasetId, content: Path, name: str, cover: Cover) -> HandedIn:
    """Put a copy of ``content`` into the inbox under ``name``, its cover note first.

    The file appears complete or not at all. A name that is taken gets a number, because a file that
    intake has not seen yet must not be replaced. Raises ``OSError``.
    """
    folder = inbox / dataset.folder
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".handing-in-{secrets.token_hex(8)}"
    note = unfinished.with_name(f"{unfinished.name}.note")
    try:
        digest = _copy(content, unfinished)
        note.write_bytes(cover.as_bytes())
        target = _claim(note, unfinished, folder, fit_name(name))
    finally:
        unfinished.unlink(missing_ok=True)
        note.unlink(missing_ok=True)
    _flush_folder(folder)
    modified_ns = target.stat().st_mtime_ns
    return HandedIn(dataset, target.name, delivery_id(dataset, target.name, modified_ns, digest))


def _copy(content: Path, target: Path) -> str:
    """Copy to the disk itself; returns the SHA-256."""
    with content.open("rb") as source, target.open("xb") as file:
        shutil.copyfileobj(source, file, 1 << 20)
        file.flush()
        os.fsync(file.fileno())
    with target.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _claim(note: Path, unfinished: Path, folder: Path, name: str) -> Path:
    stem, suffix = Path(name).stem, Path(name).suffix
    for number in range(1, _ATTEMPTS):
        target = folder / (name if number == 1 else f"{stem}({number}){suffix}")
        if target.exists():
            continue
        beside = target.with_name(f"{target.name}{SUFFIX}")
        try:
            # A link fails where the name is taken, unlike a rename.
            os.link(note, beside)
        except FileExistsError:
            continue
        try:
            os.link(unfinished, target)
        except FileExistsError:
            beside.unlink()
            continue
        return target
    raise FileExistsError(f"{folder} has too many files with the name {name}")


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
