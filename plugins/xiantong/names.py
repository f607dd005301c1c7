"""One identity, every name: a dataset id is the only thing that has to be spelled out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

# The DAGs beside those of the datasets.
INTAKE = "intake"
MARTS = "marts"
REMIND = "remind"

_WORD = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, order=True, slots=True)
class DatasetId:
    """A dataset such as ``energy.meter_reading``; all names elsewhere derive from it."""

    department: str
    dataset: str

    @classmethod
    def parse(cls, text: str) -> DatasetId:
        """Read ``department.dataset``; raise ``ValueError`` for anything else."""
        department, _, dataset = text.partition(".")
        if not _WORD.fullmatch(department) or not _WORD.fullmatch(dataset):
            raise ValueError(f"{text!r} is not a dataset id; it looks like 'energy.meter_reading'")
        return cls(department, dataset)

    def __str__(self) -> str:
        return f"{self.department}.{self.dataset}"

    @property
    def folder(self) -> Path:
        """Relative folder in the inbox, the lake and the returns."""
        return Path(self.department) / self.dataset

    @property
    def contract_path(self) -> Path:
        """Relative path below ``expectations/``."""
        return Path(self.department) / f"{self.dataset}.odcs.yaml"

    @property
    def raw_table(self) -> str:
        return f"{self.department}__{self.dataset}"

    @property
    def staging_model(self) -> str:
        return f"stg_{self.raw_table}"

    @property
    def dag_id(self) -> str:
        return f"submit__{self.raw_table}"

    def asset_name(self, kind: str) -> str:
        """Name of the asset of one kind: ``inbox``, ``raw`` or ``reported``."""
        return f"{kind}/{self.department}/{self.dataset}"
