"""What several rooms write into their SQL. DuckDB and PostgreSQL read text the same way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def literal(value: object) -> str:
    """A text, or the text of a path, as a literal."""
    return "'" + str(value).replace("'", "''") + "'"


def read_parquet(paths: Sequence[Path | str], options: str = "") -> str:
    """Rows of files, joined by the names of their columns, as DuckDB reads them. ``options`` are
    further arguments such as ``filename = true``."""
    listed = ", ".join(literal(path) for path in paths)
    return f"read_parquet([{listed}], union_by_name = true{', ' + options if options else ''})"
