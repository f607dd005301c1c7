"""Uploaded files before they are handed in: each in a folder that only its user can ask for."""

from __future__ import annotations

import re
import secrets
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter

from xiantong.delivered import NOT_DELIVERED, DeliveryFile
from xiantong.findings import CheckedSubmission
from xiantong.names import DatasetId
from xiantong.periods import Period
from xiantong.settling import read_checked, write_checked
from xiantong.whole_files import appearing

KEPT_HOURS = 24
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
_RECORD, _CHECKED, _CONTENT = "draft.json", "checked.json", "content"


@dataclass(frozen=True)
class Draft:
    """An uploaded file. ``name`` is the reporter's own; ``delivery_id`` is set once it was handed in,
    and from then on neither the file nor what was found in it is kept here. ``uploaded_at`` is UTC
    without a zone."""

    token: str
    user: str
    dataset: DatasetId
    name: str
    uploaded_at: datetime
    period: Period | None = None
    reporter_code: str | None = None
    delivery_id: str | None = None


_DRAFT = TypeAdapter(Draft)


class Drafts:
    """The drafts below one folder. Those older than a day are removed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def begin(self, draft: Draft) -> Path:
        """Make the folder of a draft; returns where its content goes."""
        self.sweep()
        folder = self._folder(draft.token)
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.mkdir(mode=0o700)
        self._write(draft)
        return folder / _CONTENT

    def find(self, token: str, user: str) -> Draft | None:
        """The draft, if it is this user's."""
        if not _TOKEN.fullmatch(token):
            return None
        try:
            draft = _DRAFT.validate_json((self._folder(token) / _RECORD).read_bytes())
        except FileNotFoundError:
            return None
        return draft if secrets.compare_digest(draft.user.encode(), user.encode()) else None

    def source(self, draft: Draft) -> DeliveryFile:
        """The draft as parsing reads it."""
        return DeliveryFile(
            submission_id=NOT_DELIVERED,
            dataset=draft.dataset,
            path=self._folder(draft.token) / _CONTENT,
            name=draft.name,
            submitted_at=draft.uploaded_at,
            period=draft.period,
            reporter_code=draft.reporter_code,
        )

    def work(self, draft: Draft) -> Path:
        """A folder for what the check writes; it goes with the draft."""
        folder = self._folder(draft.token) / "work"
        folder.mkdir(exist_ok=True)
        return folder

    def keep_checked(self, draft: Draft, checked: CheckedSubmission) -> None:
        """Keep the findings; the typed rows are not needed, since handing in checks again."""
        shutil.rmtree(self.work(draft), ignore_errors=True)
        write_checked(self._folder(draft.token) / _CHECKED, [replace(checked, candidate=None)])

    def checked(self, draft: Draft) -> CheckedSubmission | None:
        path = self._folder(draft.token) / _CHECKED
        return read_checked(path)[0] if path.exists() else None

    def close(self, draft: Draft, delivery_id: str) -> Draft:
        """The draft was handed in: remember as what, and forget the file."""
        handed_in = replace(draft, delivery_id=delivery_id)
        self._write(handed_in)
        for name in (_CONTENT, _CHECKED):
            (self._folder(draft.token) / name).unlink(missing_ok=True)
        return handed_in

    def discard(self, draft: Draft) -> None:
        shutil.rmtree(self._folder(draft.token), ignore_errors=True)

    def sweep(self) -> None:
        if not self._root.is_dir():
            return
        for folder in self._root.iterdir():
            with suppress(FileNotFoundError):  # its user discarded it meanwhile
                if time.time() - folder.stat().st_mtime > KEPT_HOURS * 3600:
                    shutil.rmtree(folder, ignore_errors=True)

    def _folder(self, token: str) -> Path:
        return self._root / token

    def _write(self, draft: Draft) -> None:
        path = self._folder(draft.token) / _RECORD
        with appearing(path) as unfinished:
            unfinished.write_bytes(_DRAFT.dump_json(draft))


def new_token() -> str:
    return secrets.token_urlsafe(18)
