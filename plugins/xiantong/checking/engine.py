"""Great Expectations on DuckDB, through its own extension points.

Great Expectations has no DuckDB data source. Its generic SQL engine fetches results after the
connection went back to the pool, by which time DuckDB has dropped them, and it knows no regular
expressions there. Two small subclasses mend that.
"""

from __future__ import annotations

import builtins
from decimal import Decimal
from typing import Any, ClassVar, Literal

from great_expectations.datasource.fluent.config_str import ConfigStr
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData


class _RegexpMatches:
    """Stands for the dialect module: this attribute makes Great Expectations write
    ``regexp_matches``, DuckDB's partial match (its ``~`` would match the whole text only)."""

    DremioDialect = None
    name = "duckdb"


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """Reads every result while its connection is still open."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dialect_module = _RegexpMatches

    def execute_query(self, query: Any) -> Any:
        with self.engine.connect() as connection:
            result = connection.execute(query)
            # Great Expectations walks the call stack for each Decimal, 3 ms apiece.
            rows = [
                tuple(float(value) if type(value) is Decimal else value for value in row)
                for row in result
            ]
            return IteratorResult(SimpleResultMetaData(list(result.keys())), iter(rows))

    def execute_query_in_transaction(self, query: Any) -> Any:
        with self.engine.begin() as connection:
            result = connection.execute(query)
            return result.freeze()() if result.returns_rows else result


class DuckDBDatasource(SQLDatasource):
    """Data source for a DuckDB file or a named in-memory database of this process."""

    TYPE_NAME: ClassVar[str] = "duckdb"

    type: Literal["duckdb"] = "duckdb"
    connection_string: ConfigStr | str

    @property
    def execution_engine_type(self) -> builtins.type[SqlAlchemyExecutionEngine]:
        return DuckDBExecutionEngine
