"""The local folder of one source, laid out like the inbox."""

from __future__ import annotations

import filecmp
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from xiantong.names import DatasetId
from xiantong.whole_files import appearing


class Target:
    """``<root>/<department>/<dataset>/<file>``, and beside the folder what the source remembers.

    Files appear whole or not at all, so that a process may die at any time.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._memory = root.with_name(f"{root.name}.state.json")

    def path(self, dataset: DatasetId, name: str) -> Path:
        return self.root / dataset.folder / name

    def write(
        self,
        dataset: DatasetId,
        name: str,
        content: Callable[[Path], None],
        modified: float | None = None,
    ) -> bool:
        """Let ``content`` write a file; it replaces the one before unless it is the same.

        ``modified`` is the time of change in seconds since 1970 UTC. Returns whether it is new.
        """
        path = self.path(dataset, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with appearing(path) as part:
            content(part)
            if path.exists() and filecmp.cmp(part, path, shallow=False):
                part.unlink()
                return False
            if modified is not None:
                os.utime(part, (modified, modified))
        return True

    def has(self, dataset: DatasetId, name: str, size: int, modified: float) -> bool:
        """Whether the file of that size and time of change (whole seconds) was fetched before."""
        try:
            status = self.path(dataset, name).stat()
        except OSError:
            return False
        return (status.st_size, int(status.st_mtime)) == (size, int(modified))

    def remembered(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self._memory.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found

    def remember(self, memory: dict[str, Any]) -> None:
        self._memory.parent.mkdir(parents=True, exist_ok=True)
        with appearing(self._memory) as part:
            part.write_text(json.dumps(memory, ensure_ascii=False, indent=1), encoding="utf-8")
