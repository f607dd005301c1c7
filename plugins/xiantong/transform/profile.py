"""What dbt needs to know about a deployment: target, environment, folders."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from xiantong.settings import Settings

# Nothing about a county's data leaves the machine.
_QUIET = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}


@dataclass(frozen=True, slots=True)
class Profile:
    """One dbt target with the environment that ``profiles.yml`` reads, and the warehouse's URL."""

    target: str
    environment: Mapping[str, str]
    warehouse_url: str

    @classmethod
    def of(cls, settings: Settings) -> Profile:
        """The profile of the deployment's warehouse; ``ValueError`` for an engine without one."""
        url = make_url(settings.warehouse_url)
        if url.get_backend_name() == "duckdb":
            return cls.duckdb(Path(url.database or ""), settings)
        if url.get_backend_name() == "postgresql":
            return cls("postgres", _QUIET | _postgres(url), settings.warehouse_url)
        raise ValueError(f"XIANTONG_WAREHOUSE: no dbt target for {url.get_backend_name()}")

    @classmethod
    def duckdb(cls, path: Path, settings: Settings) -> Profile:
        """The profile of one DuckDB file."""
        temporary = settings.root / "dbt_target" / "temp"
        named = {"DBT_XIANTONG_PATH": str(path), "DBT_XIANTONG_TEMP": str(temporary)}
        return cls("duckdb", _QUIET | named, f"duckdb:///{path}")


def _postgres(url: URL) -> dict[str, str]:
    # A socket directory stands in the query: postgresql://user@/database?host=/run/postgresql
    host = url.host or url.query.get("host") or "localhost"
    return {
        "DBT_XIANTONG_HOST": host if isinstance(host, str) else host[0],
        "DBT_XIANTONG_PORT": str(url.port or 5432),
        "DBT_XIANTONG_USER": url.username or "xiantong",
        "DBT_ENV_SECRET_XIANTONG_PASSWORD": url.password or "",
        "DBT_XIANTONG_DATABASE": url.database or "xiantong",
    }


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables for the time of one dbt run in this process."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
