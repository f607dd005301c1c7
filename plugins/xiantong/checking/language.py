"""The rule language: one in-memory DuckDB database in which the SQL of all rules is at home.

==================  ==========================================================================
``b``               rows of the batch. Each table column has its canonical value under its name
                    and the delivered text under ``<column>__text`` (null when blank). Beside them
                    ``_row`` (unique in the batch), ``_submission_id``, ``_src_sheet``,
                    ``_src_row``, ``_remark`` and, from the envelope, ``_period``,
                    ``_period_start``, ``_period_end``, ``_submitted_at``, ``_reporter_code``,
                    ``_reporter_area_prefix``.
``p``, ``py``       accepted rows of the same dataset and reporter one period earlier, and in the
                    same period of last year. Their ``_submission_id`` is that of the submission
                    they are compared with: join ``using (_submission_id, …)``. Earlier periods in
                    the batch itself count if they are accepted. For an upsert dataset ``p`` is the
                    last version of every key before the period.
``accepted``        rows of the same dataset that count now.
``<dataset>``       rows of another dataset that count now, e.g. ``education.teacher_roster``: all
                    periods of a snapshot in their latest revision, the newest version of every
                    key of an upsert, all facts of an append. Upsert datasets also have
                    ``<dataset>_versions`` with ``_valid_from`` and ``_valid_to`` (exclusive).
                    ``<dataset>_everywhere`` are keys that any county listed, for references to
                    codes that are national (see ``counties.py``).
``submission``      one row per submission of the batch with its envelope.
``codes.<list>``    a code list with all its attributes; ``area`` (with ``valid_from`` and
                    ``valid_to``, exclusive), ``area_ended``, ``zone``, ``indicator``.
functions           ``uscc_valid``, ``id_valid``, ``age_from_month``, ``age_from_id``,
                    ``window_end_month``, ``const_<name>()`` for a threshold of the deployment.
==================  ==========================================================================

Earlier deliveries hold only the hash of a sensitive column, which is therefore absent from ``p``,
``py``, ``accepted`` and other datasets. A rule that follows a person from period to period names
``<column>__hash``, which then stands in ``b``, ``p`` and ``py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib import resources
from typing import Any

import duckdb
import pyarrow as pa
import sqlalchemy as sa

from xiantong.checking.accepted_rows import comparable, current_rows, listed_rows, versions
from xiantong.checking.conversion import canonical
from xiantong.checking.counties import Sight
from xiantong.checking.hashing import hashed_text, hmac_sha256
from xiantong.checking.history import History, names_view, sql_of
from xiantong.checking.reference_data import create_reference_data, table_from_rows
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract, Kind, LoadMode, Rule
from xiantong.names import DatasetId
from xiantong.parsing.model import ParsedDelivery
from xiantong.periods import read_period
from xiantong.sql import literal

# Below this the converted batch is kept as a table; above, memory matters more than the conversions
# that a second look repeats.
MATERIALISED_ROWS = 300_000


class RuleDatabase:
    """Builds the database of one batch. ``connection`` is open until ``close``."""

    def __init__(self, name: str, contract: Contract, catalogue: Catalogue) -> None:
        self.url = f"duckdb:///:memory:{name}"
        # A connection of one's own, with the very settings of those that SQLAlchemy opens: DuckDB
        # refuses different ones on one database.
        self._engine = sa.create_engine(self.url)
        self._raw = self._engine.raw_connection()
        driver_connection: Any = self._raw.driver_connection
        self.connection: duckdb.DuckDBPyConnection = driver_connection.duplicate()
        self.contract = contract
        self.catalogue = catalogue
        self.is_materialised = False
        self.history: History
        self._hashes: dict[str, str] = {}
        self.connection.execute(
            "set preserve_insertion_order = false; set enable_progress_bar = false"
        )

    def close(self) -> None:
        self.connection.close()
        self._raw.close()
        self._engine.dispose()

    def build(
        self,
        deliveries: Sequence[ParsedDelivery],
        rules: Iterable[Rule],
        sight: Sight,
        hash_key: bytes,
    ) -> None:
        """Create everything that the SQL of ``rules`` names, of others as far as ``sight`` reaches."""
        rules = list(rules)
        sql = sql_of(rules)
        self._hashes = {
            c.name: hmac_sha256(hashed_text(c), hash_key)
            for c in self.contract.columns
            if c.is_hashed and f"{c.name}__hash" in sql
        }
        self.connection.execute(
            resources.files(__package__).joinpath("macros.sql").read_text("utf-8")
        )
        create_reference_data(self.connection, self.catalogue, sql)
        self._create_submissions(deliveries)
        self._create_batch(deliveries)
        reads_history = names_view(sql, "p", "py", "accepted")
        files = sight.earlier() if reads_history else []
        self.history = History(
            self.connection, self.contract, deliveries, files, sql, tuple(self._hashes)
        )
        for dataset in {dataset for rule in rules for dataset in rule.needs}:
            self._create_dataset(dataset, sight)
            if names_view(sql, f"{dataset}_everywhere"):
                self._create_keys_everywhere(dataset, sight)

    # --- the batch ------------------------------------------------------------------------------

    def _create_submissions(self, deliveries: Sequence[ParsedDelivery]) -> None:
        rows, first = [], 0
        for delivery in deliveries:
            envelope = delivery.envelope
            period = envelope.period
            rows.append(
                {
                    "_submission_id": delivery.submission_id,
                    "_first_row": first,
                    "_period": period and period.label,
                    "_period_start": period and period.start,
                    "_period_end": period and period.end,
                    "_submitted_at": _utc(envelope.submitted_at),
                    "_reporter_code": envelope.reporter_code,
                    "_reporter_area_prefix": _area_prefix(envelope.reporter_area_code),
                    **{f"_factor_{c}": str(f) for c, f in delivery.unit_factors.items()},
                }
            )
            first += delivery.row_count
        factors = sorted({key for row in rows for key in row if key.startswith("_factor_")})
        types = {
            "_submission_id": pa.string(), "_first_row": pa.int64(), "_period": pa.string(),
            "_period_start": pa.date32(), "_period_end": pa.date32(), "_submitted_at": pa.timestamp("us"),
            "_reporter_code": pa.string(), "_reporter_area_prefix": pa.string(),
        }  # fmt: skip
        table_from_rows(
            self.connection, "submission", rows, types | {factor: pa.string() for factor in factors}
        )

    def _create_batch(self, deliveries: Sequence[ParsedDelivery]) -> None:
        factors = {column for delivery in deliveries for column in delivery.unit_factors}
        query = self._batch_query(deliveries, self.contract, factors)
        rows = sum(delivery.row_count for delivery in deliveries)
        self.is_materialised = rows <= MATERIALISED_ROWS
        if self._hashes:
            hashes = ", ".join(f"{sql} as {name}__hash" for name, sql in self._hashes.items())
            query = f"select *, {hashes} from ({query})"
        kind = "table" if self.is_materialised else "view"
        self.connection.execute(f"create {kind} b as {query}")

    def _period_reading(self, deliveries: Sequence[ParsedDelivery]) -> str:
        """Expression for what stands in the 报告期 column: few distinct texts, many spellings."""
        found = self.connection.execute(
            f"select distinct period from {_delivered(deliveries)} where period is not null limit 10000"
        ).fetchall()
        readings = {row[0]: read_period(row[0], self.contract.frequency) for row in found}
        pairs = [f"{literal(text)}: '{p}'" for text, p in readings.items() if p]
        return f"map {{{', '.join(pairs)}}}[d.period]" if pairs else "null::varchar"

    def _batch_query(
        self, deliveries: Sequence[ParsedDelivery], contract: Contract, factors: set[str]
    ) -> str:
        selected = [
            "d._submission_id",
            "d._src_sheet",
            "d._src_row",
            "d._remark",
            "s._first_row + d._row as _row",
        ]
        for column in contract.columns:
            if column.kind is Kind.PERIOD and column.name == "period":
                selected += [
                    "s._period as period",
                    "d.period as period__text",
                    f"{self._period_reading(deliveries)} as period__found",
                ]
                continue
            factor = (
                f"coalesce(cast(s._factor_{column.name} as decimal(38,12)), 1)"
                if column.name in factors
                else None
            )
            value = canonical(column, self.catalogue.codes, factor)
            selected += [f"{value} as {column.name}", f'"{column.name}" as {column.name}__text']
        selected += [f"s.{name}" for name in _ENVELOPE]
        # One row beside millions: a product costs nothing, a hash join would hash every row.
        one = sum(delivery.rows_path is not None for delivery in deliveries) == 1
        joined = (
            "cross join submission as s" if one else "join submission as s using (_submission_id)"
        )
        return f"select {', '.join(selected)} from {_delivered(deliveries)} as d {joined}"

    # --- other datasets -------------------------------------------------------------------------

    def _create_dataset(self, dataset: DatasetId, sight: Sight) -> None:
        contract = self.catalogue.contract(dataset)
        files = sight.accepted(dataset)
        self.connection.execute(f"create schema if not exists {dataset.department}")
        query = current_rows(contract, files)
        if pending := self._pending_rows(contract, sight.pending(dataset)):
            query += f" union all by name ({pending})"
        self.connection.execute(f"create view {dataset} as {query}")
        if contract.load_mode is LoadMode.UPSERT:
            self.connection.execute(
                f"create view {dataset}_versions as {versions(contract, files)}"
            )

    def _create_keys_everywhere(self, dataset: DatasetId, sight: Sight) -> None:
        """Mostly a county names what it lists itself: only for what is missing there the files of all others
        are opened."""
        at_home, anywhere = (self._keys(dataset, s) for s in (sight, sight.everywhere))
        alone = at_home == anywhere
        query = at_home if alone or not self._names_others(dataset, at_home) else anywhere
        self.connection.execute(f"create view {dataset}_everywhere as {query}")

    def _keys(self, dataset: DatasetId, sight: Sight) -> str:
        """Query for the keys of a dataset that were listed within ``sight``, with repetitions."""
        contract = self.catalogue.contract(dataset)
        keys = ", ".join(column.name for column in comparable(contract) if column.key)
        sources = [listed_rows(contract, sight.accepted(dataset))]
        if pending := self._pending_rows(contract, sight.pending(dataset)):
            sources.append(pending)
        return " union all ".join(f"select {keys} from ({source})" for source in sources)

    def _names_others(self, dataset: DatasetId, at_home: str) -> bool:
        """Whether the batch refers to something that is not listed ``at_home``."""
        unknown = " union all ".join(
            f"(select 1 from b where {column.name} not in "
            f"(select {column.ref_column} from ({at_home}) where {column.ref_column} is not null) limit 1)"
            for column in self.contract.columns
            if column.ref_dataset == dataset
        )
        return not unknown or self.connection.execute(unknown).fetchone() is not None

    def _pending_rows(self, contract: Contract, pending: Sequence[ParsedDelivery]) -> str:
        """Query for deliveries of the same round that are settled later (see ``settling_order``); empty
        where there are none."""
        deliveries = [d for d in pending if d.rows_path and d.envelope.period]
        if not deliveries:
            return ""
        periods = ", ".join(f"('{d.submission_id}', '{d.envelope.period}')" for d in deliveries)
        values = [
            "s._period as period" if column.name == "period"
            else f"{canonical(column, self.catalogue.codes)} as {column.name}"
            for column in comparable(contract)
        ]  # fmt: skip
        return (
            f"select d._submission_id, {', '.join(values)} from {_delivered(deliveries)} as d "
            f"join (values {periods}) as s(_submission_id, _period) using (_submission_id)"
        )


_ENVELOPE = (
    "_period", "_period_start", "_period_end", "_submitted_at", "_reporter_code", "_reporter_area_prefix",
)  # fmt: skip


def _delivered(deliveries: Sequence[ParsedDelivery]) -> str:
    """The delivered text of all deliveries, each row with its ``_submission_id``."""
    readable = [delivery for delivery in deliveries if delivery.rows_path]
    if len(readable) == 1:
        only = readable[0]
        return f"(select '{only.submission_id}' as _submission_id, * from read_parquet({literal(only.rows_path)}))"
    paths = ", ".join(literal(d.rows_path) for d in readable)
    names = ", ".join(f"({literal(d.rows_path)}, '{d.submission_id}')" for d in readable)
    return (
        f"(select n._submission_id, t.* from read_parquet([{paths}], filename = '_path') as t "
        f"join (values {names}) as n(_path, _submission_id) on n._path = t._path)"
    )


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _area_prefix(area_code: str | None) -> str:
    """What all area codes below ``area_code`` start with: 2, 4, 6, 9 or 12 digits."""
    code = area_code or ""
    for length in (2, 4, 6, 9):
        if code[length:].strip("0") == "":
            return code[:length]
    return code
