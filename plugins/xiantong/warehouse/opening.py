"""Which warehouse a URL means."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from xiantong.warehouse.base import Warehouse, WarehouseError
from xiantong.warehouse.duck import open_duckdb
from xiantong.warehouse.postgres import open_postgres


@contextmanager
def open_warehouse(url: str, wait_seconds: float = 60.0) -> Iterator[Warehouse]:
    """Open the warehouse of a SQLAlchemy URL for a short while, with its schemas in place.

    DuckDB lets one process in at a time: open, do, close. ``wait_seconds`` is how long to wait
    for another process before ``WarehouseBusyError``.
    """
    parsed = make_url(url)
    opened: AbstractContextManager[Warehouse]
    match parsed.get_backend_name():
        case "duckdb" if parsed.database:
            opened = open_duckdb(Path(parsed.database), wait_seconds)
        case "postgresql" | "postgres":
            opened = open_postgres(parsed)
        case name:
            raise WarehouseError(f"no warehouse on {name!r}; use duckdb:/// or postgresql://")
    with opened as warehouse:
        warehouse.prepare()
        yield warehouse
