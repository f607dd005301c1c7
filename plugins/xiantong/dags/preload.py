"""Loads what every task needs once in the scheduler, whose workers are forked from it.

Great Expectations and dbt take seconds to import, longer than most tasks then run. Contracts that
changed since are parsed again by the task.
"""

from __future__ import annotations

import importlib
import logging
from typing import Any

from airflow.listeners import hookimpl

HEAVY = (
    "great_expectations",
    "dbt.cli.main",
    "xiantong.checking.suite",
    "xiantong.dags.factory",
    "xiantong.marts",
    "xiantong.parsing.delivery",
    "xiantong.returns",
    "xiantong.settling",
    "xiantong.sources",
    "xiantong.transform",
)

log = logging.getLogger(__name__)


@hookimpl
def on_starting(component: Any) -> None:
    """Preload when the scheduler starts; a module that fails here fails again in its task."""
    if getattr(component, "job_type", None) != "SchedulerJob":
        return
    for name in HEAVY:
        try:
            importlib.import_module(name)
        except ImportError as error:
            log.warning("%s cannot be preloaded: %s", name, error)
    _read_contracts()


def _read_contracts() -> None:
    from xiantong.contracts.catalogue import Catalogue
    from xiantong.contracts.odcs import ContractError
    from xiantong.settings import Settings

    try:
        catalogue = Catalogue(Settings().expectations)
        _ = catalogue.contracts, catalogue.codes
    except (ContractError, OSError) as error:
        log.warning("the contracts cannot be preloaded: %s", error)
