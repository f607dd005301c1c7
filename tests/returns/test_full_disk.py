"""A disk that is full is no damage of the reporter's workbook."""

from __future__ import annotations

import errno
from pathlib import Path

import openpyxl
import pytest

from xiantong.returns.errors import UnpatchableError
from xiantong.returns.package import WorkbookPatch
from xiantong.returns.sheet_xml import Sheet


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    path = tmp_path / "a.xlsx"
    openpyxl.Workbook().save(path)
    return path


def test_full_disk_is_told_as_what_it_is(workbook: Path) -> None:
    patch = WorkbookPatch(workbook)
    try:
        with pytest.raises(OSError, match="No space left") as told:
            patch.write(Path("/dev/full"), lambda styles: Sheet("审核意见", ()), {}, {})
    finally:
        patch.close()
    assert told.value.errno == errno.ENOSPC


def test_damage_is_still_damage(workbook: Path) -> None:
    content = workbook.read_bytes()
    workbook.write_bytes(content[: len(content) // 2])

    with pytest.raises(UnpatchableError, match="not a workbook"):
        WorkbookPatch(workbook)
