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
                    the batch itself count. For an upsert dataset ``p`` is the last version of
                    every key before the period.
``accepted``        rows of the same dataset that count now.
``<dataset>``       rows of another dataset that count now, e.g. ``education.teacher_roster``: all
                    periods of a snapshot in their latest revision, the newest version of every
                    key of an upsert, all facts of an append. Upsert datasets also have
                    ``<dataset>_versions`` with ``_valid_from`` and ``_valid_to`` (exclusive).
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

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import resources
from itertools import chain
from typing import Any

import duckdb
import pyarrow as pa
import sqlalchemy as sa

from xiantong.checking.conversion import canonical
from xiantong.checking.hashing import hashed_text, hmac_sha256
from xiantong.checking.lake import AcceptedFile, AcceptedLake
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Column, Contract, Kind, LoadMode, Rule, Severity
from xiantong.names import DatasetId
from xiantong.parsing.model import ParsedDelivery
from xiantong.periods import Period, read_period
from xiantong.sql import literal, read_parquet

# Below this the converted batch is kept as a table; above, memory matters more than the conversions
# that a second look repeats.
MATERIALISED_ROWS = 300_000

SQL_TYPES = {
    Kind.INTEGER: "bigint",
    Kind.DATE: "date",
    Kind.BOOLEAN: "boolean",
    Kind.YEAR: "integer",
    Kind.TIMESTAMP: "timestamp",
}


def sql_type(column: Column) -> str:
    """DuckDB type of the canonical value."""
    if column.kind is Kind.DECIMAL:
        return f"decimal({column.precision or 38},{column.scale or 0})"
    return SQL_TYPES.get(column.kind, "varchar")


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
        lake: AcceptedLake,
        pending: Mapping[DatasetId, Sequence[ParsedDelivery]],
        hash_key: bytes,
    ) -> None:
        """Create everything that the SQL of ``rules`` names."""
        sql = " ".join(str(rule.kwargs.get(key, "")) for rule in rules for key in ("bad", "query"))
        self._hashes = {
            c.name: hmac_sha256(hashed_text(c), hash_key)
            for c in self.contract.columns
            if c.is_hashed and f"{c.name}__hash" in sql
        }
        self.connection.execute(
            resources.files(__package__).joinpath("macros.sql").read_text("utf-8")
        )
        self._create_reference_data(sql)
        self._create_submissions(deliveries)
        self._create_batch(deliveries)
        self._create_history(deliveries, sql, lake)
        for dataset in {dataset for rule in rules for dataset in rule.needs}:
            self._create_dataset(dataset, lake, pending.get(dataset, ()))

    def table_from_rows(
        self, name: str, rows: list[dict[str, Any]], columns: Mapping[str, pa.DataType]
    ) -> None:
        arrow = pa.Table.from_pylist(rows, schema=pa.schema(list(columns.items())))
        self.connection.register("rows_to_copy", arrow)
        self.connection.execute(f"create table {name} as select * from rows_to_copy")
        self.connection.unregister("rows_to_copy")

    # --- reference data -------------------------------------------------------------------------

    def _create_reference_data(self, sql: str) -> None:
        self.connection.execute("create schema codes")
        for name in sorted(set(re.findall(r"\bcodes\.(\w+)", sql))):
            rows = [
                {"code": c.code, "zh": c.zh, "rank": c.rank, **c.extra}
                for c in self.catalogue.codes[name].codes
            ]
            self.connection.register("rows_to_copy", pa.Table.from_pylist(_uniform(rows)))
            self.connection.execute(f"create table codes.{name} as select * from rows_to_copy")
        for name, value in self.catalogue.constants.items():
            if f"const_{name}" in sql and isinstance(value, int | float):
                self.connection.execute(f"create macro const_{name}() as {value!r}")
        if re.search(r"\barea\b", sql):
            self._create_areas()
        if re.search(r"\barea_ended\b", sql):
            self._create_ended_areas()
        if re.search(r"\bzone\b", sql):
            rows = [{"zone_code": z.zone_code} for z in self.catalogue.zones]
            self.table_from_rows("zone", rows, {"zone_code": pa.string()})
        if re.search(r"\bindicator\b", sql):
            rows = [{"indicator_code": code} for code in self.catalogue.indicator_codes]
            self.table_from_rows("indicator", rows, {"indicator_code": pa.string()})

    def _create_areas(self) -> None:
        columns = ("area_code", "area_name", "area_level", "parent_code", "valid_from", "valid_to")
        rows = [
            {name: getattr(area, name) for name in columns}
            | {"is_forest_town": bool(area.is_forest_town)}
            for area in self.catalogue.areas
        ]
        types = dict.fromkeys(columns[:4], pa.string()) | dict.fromkeys(columns[4:], pa.date32())
        self.table_from_rows("area", rows, types | {"is_forest_town": pa.bool_()})

    def _create_ended_areas(self) -> None:
        """Codes that are no longer in force, with the codes that follow them."""
        followed: dict[str, list[str]] = {}
        for change in self.catalogue.area_changes:
            followed.setdefault(change.area_code, []).append(change.successor_code)
        in_force = {area.area_code for area in self.catalogue.areas if area.valid_to is None}
        rows = [
            {
                "area_code": area.area_code,
                "ended_on": area.valid_to,
                "successors": "、".join(followed.get(area.area_code, ())) or "现行区划代码",
            }
            for area in self.catalogue.areas
            if area.area_code not in in_force
        ]
        types = {"area_code": pa.string(), "ended_on": pa.date32(), "successors": pa.string()}
        self.table_from_rows("area_ended", rows, types)

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
        self.table_from_rows(
            "submission", rows, types | {factor: pa.string() for factor in factors}
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

    # --- earlier deliveries ---------------------------------------------------------------------

    def _create_history(
        self, deliveries: Sequence[ParsedDelivery], sql: str, lake: AcceptedLake
    ) -> None:
        names = {
            name for name in ("p", "py", "accepted") if re.search(rf"\b(from|join)\s+{name}\b", sql)
        }
        files = lake.accepted(self.contract.id) if names else []
        if "accepted" in names:
            self.connection.execute(f"create view accepted as {current_rows(self.contract, files)}")
        if "p" in names and self.contract.load_mode is LoadMode.UPSERT:
            self.connection.execute(f"create view p as {self._versions_before(files)}")
        elif "p" in names:
            self.connection.execute(
                f"create view p as {self._compared(deliveries, files, years=0)}"
            )
        if "py" in names:
            self.connection.execute(
                f"create view py as {self._compared(deliveries, files, years=1)}"
            )

    def _compared(
        self, deliveries: Sequence[ParsedDelivery], files: Sequence[AcceptedFile], years: int
    ) -> str:
        """Rows of the compared period, tagged with the submission they are compared with."""
        accepted: dict[tuple[str, Period], list[AcceptedFile]] = {}
        for file in files:
            accepted.setdefault((file.reporter_code, file.period), []).append(file)
        in_batch: dict[tuple[str, Period], ParsedDelivery] = {}
        for delivery in sorted(deliveries, key=lambda d: d.envelope.submitted_at):
            if (place := _place(delivery)) is not None and not _goes_back(delivery, self.contract):
                in_batch[place] = delivery
        pairs, used = [], []
        for delivery in deliveries:
            place = _place(delivery)
            if place is None:
                continue
            reporter, period = place
            wanted = (reporter, period.same_period_last_year if years else period.prior)
            if wanted in in_batch:
                earlier = [in_batch[wanted].submission_id]
            else:
                chosen = _counting(self.contract, accepted.get(wanted, []))
                used += chosen
                earlier = [file.submission_id for file in chosen]
            pairs += [{"_submission_id": delivery.submission_id, "earlier_id": e} for e in earlier]
        table = f"compared_{'py' if years else 'p'}"
        self.table_from_rows(
            table, pairs, {"_submission_id": pa.string(), "earlier_id": pa.string()}
        )
        plain = [column.name for column in _comparable(self.contract)]
        names = ", ".join(["_submission_id", *plain, *(f"{name}__hash" for name in self._hashes)])
        stored = ", ".join(
            ["_submission_id", *plain, *(f"{name} as {name}__hash" for name in self._hashes)]
        )
        history = f"select {names} from b"
        if used:
            history += f" union all by name select {stored} from {_files(used)}"
        return (
            f"select c._submission_id, h.* exclude (_submission_id) from {table} as c "
            f"join ({history}) as h on h._submission_id = c.earlier_id"
        )

    def _versions_before(self, files: Sequence[AcceptedFile]) -> str:
        columns = ", ".join(column.name for column in _comparable(self.contract))
        keys = ", ".join(f"h.{column.name}" for column in self.contract.key)
        history = f"select _period_start as _valid_from, {columns} from b"
        if files:
            history += f" union all by name select _valid_from, {columns} from ({_dated(files)})"
        return (
            f"select s._submission_id, h.* exclude (_valid_from) from submission as s "
            f"join ({history}) as h on h._valid_from < s._period_start "
            f"qualify row_number() over (partition by s._submission_id, {keys} order by h._valid_from desc) = 1"
        )

    # --- other datasets -------------------------------------------------------------------------

    def _create_dataset(
        self, dataset: DatasetId, lake: AcceptedLake, pending: Sequence[ParsedDelivery]
    ) -> None:
        contract = self.catalogue.contract(dataset)
        files = lake.accepted(dataset)
        self.connection.execute(f"create schema if not exists {dataset.department}")
        query = current_rows(contract, files)
        if readable := [d for d in pending if d.rows_path and d.envelope.period]:
            query += f" union all by name ({self._pending_rows(contract, readable)})"
        self.connection.execute(f"create view {dataset} as {query}")
        if contract.load_mode is LoadMode.UPSERT:
            self.connection.execute(
                f"create view {dataset}_versions as {versions(contract, files)}"
            )

    def _pending_rows(self, contract: Contract, deliveries: Sequence[ParsedDelivery]) -> str:
        """Deliveries of the same round that are settled later (see ``settling_order``)."""
        periods = ", ".join(f"('{d.submission_id}', '{d.envelope.period}')" for d in deliveries)
        values = [
            "s._period as period" if column.name == "period"
            else f"{canonical(column, self.catalogue.codes)} as {column.name}"
            for column in _comparable(contract)
        ]  # fmt: skip
        return (
            f"select d._submission_id, {', '.join(values)} from {_delivered(deliveries)} as d "
            f"join (values {periods}) as s(_submission_id, _period) using (_submission_id)"
        )


_ENVELOPE = (
    "_period", "_period_start", "_period_end", "_submitted_at", "_reporter_code", "_reporter_area_prefix",
)  # fmt: skip


def current_rows(contract: Contract, files: Sequence[AcceptedFile]) -> str:
    """Query for the rows that count now: latest revisions, newest versions, or all facts."""
    columns = ", ".join(("_submission_id", *(column.name for column in _comparable(contract))))
    if not files:
        return f"select {_nulls(contract)} where false"
    if contract.load_mode is LoadMode.UPSERT:
        return f"select {columns} from ({versions(contract, files)}) where _valid_to = date '9999-12-31'"
    by_place: dict[tuple[str, Period], list[AcceptedFile]] = {}
    for file in files:
        by_place.setdefault((file.reporter_code, file.period), []).append(file)
    counting = chain.from_iterable(_counting(contract, found) for found in by_place.values())
    return f"select {columns} from {_files(list(counting))}"


def versions(contract: Contract, files: Sequence[AcceptedFile]) -> str:
    """Query for all versions of an upsert dataset. A version is valid from the first day of its
    delivery's period until the next one; within a period the last accepted delivery counts."""
    if not files:
        return f"select {_nulls(contract)}, null::date as _valid_from, null::date as _valid_to where false"
    columns = ", ".join(("_submission_id", *(column.name for column in _comparable(contract))))
    keys = ", ".join(column.name for column in contract.key)
    newest = f"row_number() over (partition by {keys}, _valid_from order by _accepted_at desc, _revision desc) = 1"
    following = (
        f"lead(_valid_from, 1, date '9999-12-31') over (partition by {keys} order by _valid_from)"
    )
    return (
        f"select {columns}, _valid_from, {following} as _valid_to "
        f"from (select * from ({_dated(files)}) qualify {newest})"
    )


def _counting(contract: Contract, files: Sequence[AcceptedFile]) -> list[AcceptedFile]:
    """Of the revisions of one period and reporter those that count."""
    if contract.load_mode is LoadMode.APPEND or not files:
        return list(files)
    return [max(files, key=lambda file: (file.revision, file.accepted_at))]


def _dated(files: Sequence[AcceptedFile]) -> str:
    dates = ", ".join(
        f"('{f.submission_id}', date '{f.period.start}', timestamp '{f.accepted_at:%Y-%m-%d %H:%M:%S.%f}', {f.revision})"
        for f in files
    )
    return (
        f"select * from {_files(files)} join (values {dates}) "
        "as d(_submission_id, _valid_from, _accepted_at, _revision) using (_submission_id)"
    )


def _files(files: Sequence[AcceptedFile]) -> str:
    return read_parquet([file.path for file in files])


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


def _comparable(contract: Contract) -> list[Column]:
    return [column for column in contract.columns if not column.is_hashed]


def _nulls(contract: Contract) -> str:
    columns = [f"null::{sql_type(column)} as {column.name}" for column in _comparable(contract)]
    return ", ".join(("null::varchar as _submission_id", *columns))


def _place(delivery: ParsedDelivery) -> tuple[str, Period] | None:
    envelope = delivery.envelope
    if envelope.reporter_code is None or envelope.period is None or delivery.rows_path is None:
        return None
    return envelope.reporter_code, envelope.period


def _goes_back(delivery: ParsedDelivery, contract: Contract) -> bool:
    """True where reading alone has found what returns a delivery: half of its rows may be missing, so
    it is no earlier period, and what was accepted before still counts."""
    return contract.acceptance.mode == "whole" and any(
        finding.severity is Severity.ERROR for finding in delivery.findings
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


def _uniform(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    keys = {key: None for row in rows for key in row}
    return [{key: row.get(key) for key in keys} for row in rows]
