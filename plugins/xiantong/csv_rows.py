"""Reading the small tables that people keep by hand."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path


def csv_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a CSV with a header (UTF-8, also as Excel saves it), each with the number of its line.

    Cells come without outer white space; one that is blank or missing is an empty text.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        for row in reader:
            yield reader.line_num, {k: (v or "").strip() for k, v in row.items() if k}
