"""Everything in ``dbt_project/`` that follows from ``expectations/``.

One staging model with its source and tests per contract, seeds for reference data, and one model of
observations per mart that indicators read. All of it is deterministic text: generating twice changes
nothing, and ``check=True`` only reports what would change.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xiantong.contracts.catalogue import Catalogue
from xiantong.transform.indicator_files import indicator_files
from xiantong.transform.indicators import read_registry
from xiantong.transform.seed_files import seed_files
from xiantong.transform.staging_files import staging_files
from xiantong.transform.text import MARK


class Generator:
    """Writes the generated part of one dbt project from one folder of expectations."""

    def __init__(self, expectations: Path, dbt_project: Path) -> None:
        self.expectations = expectations
        self.project = dbt_project

    def files(self) -> dict[Path, str]:
        """Every generated file: path inside the dbt project -> content."""
        catalogue = Catalogue(self.expectations)
        registry = read_registry(self.expectations / "indicators")
        found: dict[Path, str] = {}
        for contract in catalogue.contracts.values():
            found |= staging_files(contract, catalogue)
        found |= seed_files(catalogue, registry)
        found |= indicator_files(registry, catalogue.constants, self.hand_written_models())
        return found

    def hand_written_models(self) -> set[str]:
        """Names of the models that people wrote; indicators may read these."""
        return {
            path.stem
            for path in (self.project / "models").rglob("*.sql")
            if MARK not in _first_line(path)
        }

    def stale(self) -> list[Path]:
        """Files that do not say what the expectations say, orphans included; sorted."""
        wanted = self.files()
        changed = [
            path
            for path, text in wanted.items()
            if not (self.project / path).is_file()
            or (self.project / path).read_text(encoding="utf-8") != text
        ]
        return sorted({*changed, *(set(self._generated_before()) - set(wanted))})

    def write(self) -> list[Path]:
        """Bring the project up to date; returns the files that changed or were removed."""
        wanted = self.files()
        changed = self.stale()
        for path in changed:
            target = self.project / path
            if path in wanted:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(wanted[path], encoding="utf-8", newline="\n")
            else:
                target.unlink()
        return changed

    def _generated_before(self) -> Iterator[Path]:
        for folder in ("models", "macros"):
            for path in (self.project / folder).rglob("*"):
                if path.suffix in {".sql", ".yml"} and MARK in _first_line(path):
                    yield path.relative_to(self.project)
        # A CSV cannot carry a mark; the folder holds generated seeds only.
        for path in (self.project / "seeds").glob("*"):
            if path.suffix in {".csv", ".yml"}:
                yield path.relative_to(self.project)


def _first_line(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.readline()


def generate(root: Path, check: bool = False) -> list[Path]:
    """Generate below ``root`` (which holds ``expectations/`` and ``dbt_project/``).

    Returns the absolute paths of files that changed, or with ``check`` of those that are stale and
    were left alone. Raises ``ContractError`` where the expectations cannot be read.
    """
    project = root / "dbt_project"
    generator = Generator(root / "expectations", project)
    return [project / path for path in (generator.stale() if check else generator.write())]
