"""Sidecars: a list of explanations that lies beside the file which it explains.

``表.xlsx`` is explained by ``表.xlsx.findings.csv`` (the list that comes with a long return, its
column 说明 filled in), ``表.说明.csv`` or ``表.说明.xlsx``, or the same with the file's whole name in
front. A sidecar is no delivery of its own.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import PurePath

SUFFIXES = (".findings.csv", ".说明.csv", ".说明.xlsx")


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
