"""``make bench``: print one table of ratios, both sides of each run in one go.

``python -m benchmarks`` runs everything (about forty minutes on two cores), ``python -m benchmarks a
e`` some sections, ``--quick`` leaves out what takes longest.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import sections

SECTIONS: dict[str, Callable[[sections.Bench], None]] = {
    "a": sections.check_against_scan,
    "b": sections.stack_against_ours,
    "c": sections.nothing_new,
    "d": sections.one_correction,
    "e": sections.many_small,
    "f": sections.demo_parts,
    "g": sections.growth_with_departments,
    "h": sections.answer_large_workbook,
    "w": sections.board_of_a_large_county,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; all without any"
    )
    parser.add_argument("--quick", action="store_true", help="1 million rows at most")
    parser.add_argument("--work", type=Path, help="keep data and results here and use them again")
    options = parser.parse_args()
    unknown = set(options.sections) - set(SECTIONS)
    if unknown:
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    table = Table("", "what", "ours", "other side", "ratio", "wanted", title="Xiantong benchmark")
    with tempfile.TemporaryDirectory(prefix="xiantong-bench-") as scratch:
        work = options.work or Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        bench = sections.Bench(work.absolute(), options.quick, table)
        for name in options.sections or SECTIONS:
            SECTIONS[name](bench)
    Console().print(table)


if __name__ == "__main__":
    main()
