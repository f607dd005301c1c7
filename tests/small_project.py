"""A project with one or two small datasets, so that whole runs in tests take seconds, not minutes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xiantong.contracts.scaffold import NewDataset, parse_column, write_scaffold
from xiantong.names import DatasetId
from xiantong.settings import PROJECT_ROOT, Settings
from xiantong.transform import generate

LIBRARY = DatasetId("culture", "library")
VISIT = DatasetId("culture", "visit")
REPORTER = "980121000000culture"
HEADER = "图书馆编码,藏书量,开馆日期,区划代码"
GOOD_ROWS = ("L001,1200,2001-05-01,980121000000", "L002,800,2010-01-01,980121000000")
_CORE_MARTS = ("dim_area", "dim_period", "fct_submission", "fct_finding")


@dataclass(frozen=True)
class SmallProject:
    """Folders of a small project and its home. Commands run with the real command line."""

    root: Path
    home: Path

    @classmethod
    def make(cls, root: Path) -> SmallProject:
        """``culture.library``, and ``culture.visit`` that refers to it."""
        expectations, dbt = root / "expectations", root / "dbt_project"
        (dbt / "models" / "marts" / "core").mkdir(parents=True)
        shutil.copytree(PROJECT_ROOT / "expectations" / "codes", expectations / "codes")
        for name in ("_fields.yml", "areas.csv", "area_changes.csv", "zones.csv", "reporters.csv"):
            shutil.copy(PROJECT_ROOT / "expectations" / name, expectations / name)
        with (expectations / "reporters.csv").open("a", encoding="utf-8") as reporters:
            reporters.write(f"{REPORTER},青澧县文化馆,bureau,culture,980121000000\n")
        for name in ("dbt_project.yml", "profiles.yml"):
            shutil.copy(PROJECT_ROOT / "dbt_project" / name, dbt / name)
        for name in ("macros", "tests/generic"):
            shutil.copytree(PROJECT_ROOT / "dbt_project" / name, dbt / name)
        core = PROJECT_ROOT / "dbt_project" / "models" / "marts" / "core"
        for path in core.iterdir():
            if path.stem in _CORE_MARTS or path.name == "sources.yml":
                shutil.copy(path, dbt / "models" / "marts" / "core" / path.name)
        _write(LIBRARY, "图书馆藏书统计", ("library_code:图书馆编码:string(10):key", "book_cnt:藏书量:integer:required:unit=册", "opened_date:开馆日期:date", "area_code:required"), root)  # fmt: skip
        _write(VISIT, "图书馆到馆人次", ("library_code:图书馆编码:string(10):key:ref=culture.library.library_code", "visit_cnt:到馆人次:integer:required:unit=人次"), root)  # fmt: skip
        generate(root)
        return cls(root, root / "var")

    def at(self, home: Path) -> SmallProject:
        """The same project with another home."""
        return SmallProject(self.root, home)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "XIANTONG_HOME": str(self.home),
            "XIANTONG_EXPECTATIONS": str(self.root / "expectations"),
            "XIANTONG_DBT_PROJECT": str(self.root / "dbt_project"),
            "XIANTONG_STABLE_SECONDS": "0",
        }

    @property
    def settings(self) -> Settings:
        return Settings(
            home=self.home,
            expectations=self.root / "expectations",
            dbt_project=self.root / "dbt_project",
            stable_seconds=0,
        )

    def deliver(
        self, period: str, *rows: str, header: str = HEADER, dataset: DatasetId = LIBRARY
    ) -> Path:
        """Put a CSV into the inbox; its time of change is fixed, so that ids are the same anywhere."""
        path = self.home / "inbox" / dataset.folder / f"{period}_{REPORTER}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join([header, *(rows or GOOD_ROWS)]) + "\n", encoding="utf-8")
        os.utime(path, (1_700_000_000, 1_700_000_000))
        return path

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "xiantong.cli.main", *arguments],
            env=os.environ | self.environment | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def call(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run ``xiantong …`` to its end."""
        with self.start(*arguments, **more) as process:
            stdout, stderr = process.communicate()
        return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)

    def ask(self, query: str) -> list[dict[str, Any]]:
        """Rows of the published snapshot."""
        done = self.call("sql", query, "--json")
        assert done.returncode == 0, done.stderr
        rows: list[dict[str, Any]] = json.loads(done.stdout)
        return rows


def _write(dataset: DatasetId, title: str, columns: tuple[str, ...], root: Path) -> None:
    described = NewDataset(dataset, title, str(dataset), tuple(map(parse_column, columns)))
    write_scaffold(described, root / "expectations", root / "dbt_project")
