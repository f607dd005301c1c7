"""Check results on their way from the checking tasks to the settling task, as one JSON file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter

from xiantong.findings import CheckedSubmission
from xiantong.whole_files import appearing

_RESULTS = TypeAdapter(tuple[CheckedSubmission, ...])


def write_checked(path: Path, checked: Sequence[CheckedSubmission]) -> Path:
    """Write results beside their Parquet files; the file appears complete or not at all.

    Candidates below the folder of ``path`` are named relative to it, so that the folder may move.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    results = tuple(replace(c, candidate=_relative(c.candidate, path.parent)) for c in checked)
    with appearing(path) as unfinished:
        unfinished.write_bytes(_RESULTS.dump_json(results))
    return path


def read_checked(path: Path) -> list[CheckedSubmission]:
    """Read what ``write_checked`` wrote; ``ValueError`` where the file is something else."""
    results = _RESULTS.validate_json(path.read_bytes())
    return [
        replace(c, candidate=path.parent / c.candidate if c.candidate else None) for c in results
    ]


def _relative(candidate: Path | None, folder: Path) -> Path | None:
    if candidate is None:
        return None
    absolute = candidate.absolute()
    inside = absolute.is_relative_to(folder.absolute())
    return absolute.relative_to(folder.absolute()) if inside else absolute
