"""What CONTRIBUTING says about adding a dataset is what happens."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from xiantong.settings import PROJECT_ROOT

pytestmark = [pytest.mark.integration, pytest.mark.slow]

FORM = "填报单位：青澧县教育体育局,,报告期：2023-2024学年第一学期\n学校标识码,座位数,藏书量\n2198012101,60,4200\n2198012102,40,900\n"


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def commands() -> list[list[str]]:
    text = (PROJECT_ROOT / "CONTRIBUTING.md").read_text("utf-8")
    return [shlex.split(line) for line in re.findall(r"^\s*\$ xiantong (.+)$", text, re.MULTILINE)]


def ask_questions() -> list[str]:
    text = (PROJECT_ROOT / "README.md").read_text("utf-8")
    return re.findall(r"```sql\n(.+?)```", text, re.DOTALL)


def test_dataset_is_added_as_described_without_editing_a_file(tmp_path: Path) -> None:
    for name in ("expectations", "dbt_project"):
        shutil.copytree(PROJECT_ROOT / name, tmp_path / name)
    before = digests(tmp_path)
    environment = os.environ | {
        "XIANTONG_HOME": str(tmp_path / "var"),
        "XIANTONG_EXPECTATIONS": str(tmp_path / "expectations"),
        "XIANTONG_DBT_PROJECT": str(tmp_path / "dbt_project"),
        "XIANTONG_STABLE_SECONDS": "0",
    }

    def call(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "xiantong.cli.main", *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"xiantong {' '.join(words)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    told = commands()
    assert [words[0] for words in told] == ["new", "template", "generate", "run", "sql"]
    inbox = tmp_path / "var" / "inbox" / "education" / "reading_room"
    inbox.mkdir(parents=True)
    (inbox / "2023-S2.csv").write_text(FORM, "utf-8")
    said = [call(*words) for words in told][-1]
    assert "4200" in said and "2198012102" in said
    after = digests(tmp_path)
    assert {name: after.get(name) for name in before} == before
    assert (tmp_path / "form.xlsx").stat().st_size > 5_000

    questions = ask_questions()
    assert len(questions) == 4
    for question in questions:
        call("sql", question)  # nothing was delivered for them, but every name in them exists
