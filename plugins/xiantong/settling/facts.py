"""Facts of append datasets: a key that was accepted once is not accepted again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from xiantong.contracts.model import Contract
from xiantong.sql import literal, read_parquet


class Repetitions:
    """Rows of candidates whose key the lake, or an earlier candidate, already has.

    That their values are equal is a rule of the check. ``connection`` is an open DuckDB database.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
        self._connection = connection
        self._key = [f'"{column.name}"' for column in contract.key]

    def find(self, candidates: Sequence[Path], lake: Sequence[Path]) -> dict[Path, int]:
        """Number of repeated rows per candidate, where there are any; candidates in the order in
        which they are accepted."""
        keys = ", ".join(self._key)
        filled = " and ".join(f"{name} is not null" for name in self._key)
        self._connection.execute(
            "create or replace temp table place as select unnest(?) as filename, "
            "generate_subscripts(?, 1) as position",
            [[str(path) for path in candidates]] * 2,
        )
        self._connection.execute(
            "create or replace temp view fresh as "
            f"select {keys}, filename, position, file_row_number "
            f"from {read_parquet(candidates, 'filename = true, file_row_number = true')} "
            f"join place using (filename) where {filled}"
        )
        # The few fresh keys on the right: DuckDB then looks only into those parts of the files, which
        # are all that was ever accepted, whose statistics allow for one of them.
        known = (
            f"select distinct {keys} from {read_parquet(lake)} semi join fresh using ({keys})"
            if lake
            else f"select {keys} from fresh limit 0"
        )
        self._connection.execute(
            "create or replace temp table repeated as "
            f"with twice as (select {keys} from fresh group by {keys} having count(*) > 1), "
            f"numbered as (select filename, file_row_number, row_number() over "
            f"(partition by {keys} order by position, file_row_number) as number "
            f"from fresh semi join twice using ({keys})) "
            "select filename, file_row_number from numbered where number > 1 union "
            f"select filename, file_row_number from fresh semi join ({known}) as known using ({keys})"
        )
        counted = self._connection.execute("select filename, count(*) from repeated group by all")
        return {Path(name): rows for name, rows in counted.fetchall()}

    def write_without(self, candidate: Path, out: Path) -> None:
        """Write the rows of a candidate that ``find`` did not name, in their order."""
        rows = read_parquet([candidate], "file_row_number = true")
        self._connection.execute(
            f"copy (select * exclude (file_row_number) from {rows} where file_row_number not in "
            f"(select file_row_number from repeated where filename = {literal(candidate)}) "
            f"order by file_row_number) to {literal(out)} (format parquet, compression zstd)"
        )


@contextmanager
def repetitions(contract: Contract, work: Path) -> Iterator[Repetitions]:
    """A finder with a database of its own, in memory; what does not fit goes to ``work``, and not to
    wherever the process was started."""
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(f"set temp_directory = {literal(work)}")
        yield Repetitions(connection, contract)
