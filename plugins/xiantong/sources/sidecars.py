"""Sidecars: a list of explanations that lies beside the file which it explains.

``表.xlsx`` is explained by ``表.xlsx.findings.csv`` (the list that comes with a long return, its
column 说明 filled in), ``表.说明.csv`` or ``表.说明.xlsx``, or the same with the file's whole name in
front. A sidecar is no delivery of its own.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable
from pathlib import Path, PurePath

from xiantong.delivered import Explanation

SIDECAR = ".说明.csv"
SUFFIXES = (".findings.csv", SIDECAR, ".说明.xlsx")


def is_sidecar(name: str) -> bool:
    """Whether a file name is that of a list of explanations."""
    return name.lower().endswith(SUFFIXES)


def sidecar_of(name: str, others: Collection[str]) -> str | None:
    """The name of the sidecar of ``name`` among ``others``, None where there is none."""
    if is_sidecar(name):
        return None
    stems = (name, PurePath(name).stem)
    candidates = (stem + suffix for stem in stems for suffix in SUFFIXES)
    return next((candidate for candidate in candidates if candidate in others), None)


def write_sidecar(explanations: Iterable[Explanation], out: Path) -> None:
    """Write a list of explanations that parsing reads back."""
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["规则编号", "工作表", "行号", "标识", "说明"])
        for e in explanations:
            text = " ".join(e.text.split())
            writer.writerow([e.rule_id, e.sheet, e.row, e.fingerprint, text])
