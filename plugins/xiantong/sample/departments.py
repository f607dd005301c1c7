"""Finds the department modules by their name: a new subject is a new module, nothing else."""

from __future__ import annotations

import importlib
import importlib.util

from xiantong.names import DatasetId
from xiantong.sample.county import County
from xiantong.sample.department import Department


def departments(county: County) -> dict[str, Department]:
    """``xiantong.sample.<department>`` of every department in the catalogue that has one."""
    return county.once(_find)


def _find(county: County) -> dict[str, Department]:
    names = sorted({dataset.department for dataset in county.catalogue.contracts})
    return {
        name: department(name)
        for name in names
        if importlib.util.find_spec(f"xiantong.sample.{name}")
    }


def department(name: str) -> Department:
    """What the module of one department offers; raises ``ModuleNotFoundError`` where it has none."""
    found = importlib.import_module(f"xiantong.sample.{name}").DEPARTMENT
    assert isinstance(found, Department)
    return found


def known_datasets(county: County) -> list[DatasetId]:
    """Datasets that can be written, in the order of their ids."""
    offered = departments(county)
    return [
        dataset
        for dataset in sorted(county.catalogue.contracts)
        if dataset.department in offered and dataset.dataset in offered[dataset.department].datasets
    ]
