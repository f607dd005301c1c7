"""Extracts of database views: one CSV per period, fetched again when its content has changed."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract
from xiantong.periods import Period, find_period
from xiantong.sources.fetching.config import DatabaseSource
from xiantong.sources.fetching.target import Target
from xiantong.sources.source import Skipped

_ROWS_AT_ONCE = 10_000
_CONNECT_SECONDS = 20
_PERIOD = "period"


def fetch_database(
    source: DatabaseSource, secret: str | None, catalogue: Catalogue, target: Target, today: date
) -> Iterator[Skipped]:
    """Write an extract per dataset and period; yields what could not be read.

    Rows come in the order of the contract's key, so that an unchanged view gives the same bytes.
    """
    url = sa.make_url(source.url)
    # A server that swallows packets must not keep the other sources waiting.
    patience = (
        {"connect_timeout": _CONNECT_SECONDS} if url.get_backend_name() == "postgresql" else {}
    )
    engine = sa.create_engine(url.set(password=secret) if secret else url, connect_args=patience)
    try:
        for dataset, view in source.datasets.items():
            try:
                extract = _Extract(engine, view, catalogue.contract(dataset), source)
                extract.write(target, today)
            except sa.exc.SQLAlchemyError as error:
                yield Skipped(
                    f"{source.name}:{view}", f"cannot be read: {_why(error)}", waiting=True
                )
    finally:
        engine.dispose()


def _why(error: sa.exc.SQLAlchemyError) -> str:
    """The first line of what the database says."""
    if isinstance(error, sa.exc.NoSuchTableError):
        return "there is no such table or view, or no right to see it"
    said = str(error.__cause__ or error).strip().splitlines()
    return said[0] if said else type(error).__name__


class _Extract:
    """One view of one source."""

    def __init__(
        self, engine: sa.Engine, view: str, contract: Contract, source: DatabaseSource
    ) -> None:
        schema, _, name = view.rpartition(".")
        self._engine = engine
        self._contract = contract
        self._source = source
        columns = sa.inspect(engine).get_columns(name, schema or None)
        self._view = sa.table(name, *(sa.column(c["name"]) for c in columns), schema=schema or None)

    def write(self, target: Target, today: date) -> None:
        """Raises ``SQLAlchemyError`` where the view cannot be read."""
        for period, values in self._periods(today).items():
            name = f"{period}_{self._source.reporter}.csv"
            target.write(self._contract.id, name, partial(self._save, self._query(values)))

    def _periods(self, today: date) -> Mapping[Period, list[object] | None]:
        """The newest periods of the view with how the view writes them; None: it does not say."""
        if _PERIOD not in self._view.c:
            return {Period.of(today, self._contract.frequency.of_periods).prior: None}
        with self._connect() as connection:
            written: Sequence[object] = connection.scalars(
                sa.select(self._view.c[_PERIOD]).distinct()
            ).all()
        found: defaultdict[Period, list[object]] = defaultdict(list)
        for value in written:
            period = find_period(str(value), self._contract.frequency)
            if period is not None:
                found[period].append(value)
        return {period: found[period] for period in sorted(found)[-self._source.look_back :]}

    def _query(self, values: list[object] | None) -> sa.Select[tuple[object, ...]]:
        keys = [c.name for c in self._contract.key if c.name in self._view.c]
        order = [self._view.c[name] for name in keys] or list(self._view.c)
        query = sa.select(self._view).order_by(*order)
        return query if values is None else query.where(self._view.c[_PERIOD].in_(values))

    def _save(self, query: sa.Select[tuple[object, ...]], path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="") as file, self._connect() as connection:
            writer = csv.writer(file)
            writer.writerow(self._view.c.keys())
            result = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(query)
            for rows in result.partitions():
                writer.writerows(rows)

    def _connect(self) -> sa.Connection:
        # Read only where the database can promise it; others ignore the option.
        return self._engine.connect().execution_options(postgresql_readonly=True)
