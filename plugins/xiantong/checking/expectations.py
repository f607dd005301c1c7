"""Row-listing expectations that Great Expectations lacks.

All three speak the rule language of ``language.py`` and treat an unknown (null) outcome as passed:
a blank cell is the business of the *required* rule.
"""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar

import sqlalchemy as sa
from great_expectations.execution_engine import ExecutionEngine, SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation, MulticolumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider import MulticolumnMapMetricProvider
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_condition_partial import (
    multicolumn_condition_partial,
)
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider

ROW = "_row"


class RowsNotMatching(MulticolumnMapMetricProvider):
    """Rows for which the SQL predicate ``bad`` is not true."""

    condition_metric_name = "multicolumn_values.rows_not_matching"
    condition_value_keys = ("bad",)

    @multicolumn_condition_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(cls, column_list: Any, bad: str, **kwargs: Any) -> Any:
        return sa.not_(sa.func.coalesce(sa.literal_column(f"({bad})", sa.Boolean), sa.false()))


class RowsNotFound(MulticolumnMapMetricProvider):
    """Rows that ``query`` does not list in its column ``_row``. The query runs once."""

    condition_metric_name = "multicolumn_values.rows_not_found"
    condition_value_keys = ("query",)

    @multicolumn_condition_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(cls, column_list: Any, query: str, **kwargs: Any) -> Any:
        found = sa.table(found_table(query), sa.column(ROW))
        with kwargs["_sqlalchemy_engine"].begin() as connection:
            connection.exec_driver_sql(
                f"create table if not exists {found.name} as "
                f"select * from ({query}) as found where {ROW} is not null"
            )
        return sa.not_(sa.column(ROW).in_(sa.select(found.c[ROW])))


def found_table(query: str) -> str:
    """Name of the table in which the answer of a query is kept during one check."""
    return f"found_{hashlib.sha256(query.encode()).hexdigest()[:12]}"


class ExpectRowsNotToMatch(MulticolumnMapExpectation):
    """Expect that no row satisfies the SQL predicate ``bad``."""

    bad: str
    map_metric: ClassVar[str] = RowsNotMatching.condition_metric_name
    success_keys: ClassVar[tuple[str, ...]] = ("bad", "mostly")
    args_keys: ClassVar[tuple[str, ...]] = ("column_list", "bad")


class ExpectQueryToFindNoRows(MulticolumnMapExpectation):
    """Expect that ``query``, which lists bad rows of the batch by ``_row``, finds none."""

    query: str
    map_metric: ClassVar[str] = RowsNotFound.condition_metric_name
    success_keys: ClassVar[tuple[str, ...]] = ("query", "mostly")
    args_keys: ClassVar[tuple[str, ...]] = ("column_list", "query")


class QueryRows(TableMetricProvider):
    """All rows of ``query`` as a list of dictionaries."""

    metric_name = "table.query_rows"
    value_keys = ("query",)

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,
        execution_engine: SqlAlchemyExecutionEngine,
        metric_value_kwargs: dict[str, Any],
        **_: Any,
    ) -> list[dict[str, Any]]:
        answer = execution_engine.execute_query(sa.text(metric_value_kwargs["query"]))
        return [dict(row) for row in answer.mappings()]


class ExpectQueryToBeEmpty(BatchExpectation):
    """Expect that ``query`` returns nothing. Each row names a ``_submission_id`` that lacks
    something as a whole; further columns fill the placeholders of the message."""

    query: str
    metric_dependencies: ClassVar[tuple[str, ...]] = (QueryRows.metric_name,)
    success_keys: ClassVar[tuple[str, ...]] = ("query",)
    args_keys: ClassVar[tuple[str, ...]] = ("query",)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: ExecutionEngine | None = None,
    ) -> dict[str, Any]:
        rows = metrics[QueryRows.metric_name]
        return {
            "success": not rows,
            "result": {"observed_value": len(rows), "details": {"rows": rows}},
        }
