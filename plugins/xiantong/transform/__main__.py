"""``python -m xiantong.transform``: one build of the deployment's warehouse, for people who write models."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime

from xiantong.settings import Settings
from xiantong.transform.build import build


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m xiantong.transform", description=__doc__)
    parser.add_argument("--select", nargs="*", default=[], help="dbt selectors; none = everything")
    parser.add_argument(
        "--as-of", type=datetime.fromisoformat, help="UTC time to compute the past of"
    )
    options = parser.parse_args()
    result = build(
        Settings(),
        as_of=options.as_of,
        select=options.select,
        progress=_say,
    )
    sys.stdout.write(result.summary() + "\n")
    return 0 if result.ok else 1


if __name__ == "__main__":
    raise SystemExit(main())
