import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from tests.county import ROSTER, County, error, warning
from xiantong.settling import read_checked, write_checked

AT = datetime(2023, 11, 3, 9, 30, 1, 123456)


def test_what_was_written_is_read_back(county: County) -> None:
    checked = [
        county.submit(
            ROSTER, "a.xlsx", AT, "2023", [{}], [error(value='1"2\n'), warning(explanation="停产")]
        ),
        county.submit(ROSTER, "b.xlsx", AT, None, [], reporter=None, candidate=None),
        replace(county.submit(ROSTER, "c.xlsx", AT, "2023", [{}]), cells={"studio_code": "B"}),
    ]
    path = county.home / "work" / "checked.json"
    write_checked(path, checked)
    assert read_checked(path) == checked
    assert [p.name for p in path.parent.glob("*checked*")] == ["checked.json"]


def test_folder_may_move_between_writing_and_reading(county: County, tmp_path: Path) -> None:
    checked = county.submit(ROSTER, "a.xlsx", AT, "2023", [{}])
    write_checked(county.home / "work" / "checked.json", [checked])
    shutil.move(county.home / "work", tmp_path / "moved")
    (read,) = read_checked(tmp_path / "moved" / "checked.json")
    assert read.candidate == tmp_path / "moved" / f"{checked.submission_id}.parquet"


def test_candidate_elsewhere_keeps_its_place(county: County, tmp_path: Path) -> None:
    checked = county.submit(ROSTER, "a.xlsx", AT, "2023", [{}])
    write_checked(tmp_path / "other" / "checked.json", [checked])
    assert read_checked(tmp_path / "other" / "checked.json") == [checked]


def test_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('[{"submission_id": 1}]')
    with pytest.raises(ValueError, match="validation error"):
        read_checked(tmp_path / "x.json")
