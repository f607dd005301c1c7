"""The sides of the comparisons. Each runs alone in its process and reports its own seconds.

``python -m benchmarks.sides SIDE ARGUMENTS REPORT``: arguments and report are JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.measure import ROOT, Stopwatch
from xiantong.contracts.catalogue import Catalogue
from xiantong.names import DatasetId
from xiantong.periods import Period
from xiantong.settings import Settings

PERIOD = Period("2023-10")
SUBMITTED = datetime(2023, 11, 4, 9)
CLAIM = "medical_insurance.claim"


def _parsed(text: str) -> Any:
    import pyarrow.parquet as pq

    from xiantong.delivered import DeliveryFile, Envelope
    from xiantong.parsing.model import ParsedDelivery

    source = DeliveryFile("bench", DatasetId.parse(CLAIM), Path(text), "claims.csv", SUBMITTED)
    envelope = Envelope(SUBMITTED, PERIOD, "980121000000medical_insurance", "980121000000")
    return ParsedDelivery(source, envelope, Path(text), pq.read_metadata(text).num_rows)


def parse_claims(inbox: str, target: str) -> dict[str, Any]:
    """A CSV of claims to all-text Parquet."""
    from xiantong.delivered import DeliveryFile
    from xiantong.parsing import parse_delivery

    catalogue = Catalogue(Settings().expectations)
    contract = catalogue.contract(CLAIM)
    (csv_path,) = Path(inbox, "medical_insurance", "claim").glob("*.csv")
    source = DeliveryFile("bench", contract.id, csv_path, csv_path.name, SUBMITTED)
    Path(target).mkdir(parents=True)
    watch = Stopwatch()
    parsed = parse_delivery(source, contract, catalogue, Path(target))
    return {"seconds": watch.seconds, "rows": parsed.row_count, "findings": len(parsed.findings)}


def check_claims(text: str, work: str, fused: bool = True) -> dict[str, Any]:
    """Our check of parsed claims."""
    import xiantong.checking.suite  # noqa: F401  imports are not what is compared
    from xiantong.checking import EmptyLake, check_batch

    catalogue = Catalogue(Settings().expectations)
    watch = Stopwatch()
    (checked,) = check_batch(
        catalogue.contract(CLAIM), catalogue, [_parsed(text)], EmptyLake(), Path(work), b"key",
        fused=fused, typed=False,
    )  # fmt: skip
    return {
        "seconds": watch.seconds,
        "rows": checked.row_count,
        "bad": sum(checked.rule_counts.values()),
    }


def scan_claims(text: str, work: str) -> dict[str, Any]:
    """The hand-written scan of the same claims with the same rules."""
    import duckdb

    connection = duckdb.connect()
    connection.execute((ROOT / "plugins/xiantong/checking/macros.sql").read_text("utf-8"))
    script = (ROOT / "benchmarks/hand_written_claims.sql").read_text("utf-8")
    script = script.replace("$path", f"'{text}'").replace("$period", f"'{PERIOD}'")
    script = script.replace("$submitted", f"date '{SUBMITTED:%Y-%m-%d}'")
    watch = Stopwatch()
    connection.execute(script)
    (bad,) = connection.execute("select count(*) from hand_written").fetchone() or (0,)
    return {"seconds": watch.seconds, "bad": bad}


def _home(folder: str) -> Any:
    from xiantong.deployment import Deployment

    os.environ["XIANTONG_HOME"] = folder
    return Deployment(Settings())


def _round(deployment: Any, dataset: str) -> dict[str, Any]:
    """Intake to settled and loaded, without Airflow. Returns the seconds of each step."""
    from xiantong import steps

    contract = deployment.catalogue.contract(dataset)
    folder = deployment.settings.work / "bench" / "round"
    parts: dict[str, float] = {}
    watch = Stopwatch()
    steps.collect(deployment)
    parts["intake"] = watch.seconds
    plans = steps.plan_batches(deployment, contract, folder)
    checked = [c for plan in plans for c in steps.parse_and_check(deployment, contract, plan)]
    parts["parse and check"] = watch.seconds - parts["intake"]
    summary = steps.settle_round(deployment, contract, folder)
    parts["settle and load"] = watch.seconds - sum(parts.values())
    left = steps.close_round(deployment, contract, folder)
    assert left == 0, f"{left} deliveries left"
    return {
        "seconds": watch.seconds,
        "parts": parts,
        "counts": summary.counts,
        "deliveries": len(checked),
    }


def inbox_to_accepted(inbox: str, work: str) -> dict[str, Any]:
    """A CSV of claims from the inbox to the raw table."""
    import xiantong.checking.suite  # noqa: F401

    home = Path(work) / "ours"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(inbox, home / "inbox")
    return _round(_home(str(home)), CLAIM)


def hand_assembled(inbox: str, work: str) -> dict[str, Any]:
    """The stack people assemble: read_csv, Great Expectations on pandas, to_sql to DuckDB."""
    from benchmarks.hand_assembled import load_claims

    (csv,) = Path(inbox, "medical_insurance", "claim").glob("*.csv")
    target = Path(work) / "assembled.duckdb"
    target.unlink(missing_ok=True)
    watch = Stopwatch()
    facts = load_claims(csv, target, PERIOD, SUBMITTED)
    return facts | {"seconds": watch.seconds}


def small_deliveries(inbox: str, work: str, count: int, expectations: str) -> dict[str, Any]:
    """``count`` small forms of one dataset from the inbox to the raw table."""
    import xiantong.checking.suite  # noqa: F401

    os.environ["XIANTONG_EXPECTATIONS"] = expectations
    home = Path(work) / f"small_{count}"
    shutil.rmtree(home, ignore_errors=True)
    target = home / "inbox" / "energy" / "fuel_consumption"
    target.mkdir(parents=True)
    for path in sorted(Path(inbox).iterdir())[:count]:
        shutil.copy2(path, target / path.name)
    return _round(_home(str(home)), "energy.fuel_consumption")


def answer_workbook(path: str, work: str) -> dict[str, Any]:
    """Read, check and mark one workbook of claims."""
    import xiantong.checking.suite  # noqa: F401  imports are not what is measured
    from xiantong.checking import EmptyLake, check_batch
    from xiantong.delivered import DeliveryFile
    from xiantong.parsing import parse_delivery
    from xiantong.returns import write_return

    catalogue = Catalogue(Settings().expectations)
    contract = catalogue.contract(CLAIM)
    original = Path(path)
    source = DeliveryFile("bench", contract.id, original, original.name, SUBMITTED)
    parts: dict[str, float] = {}
    cpu, watch = time.process_time(), Stopwatch()
    with tempfile.TemporaryDirectory(dir=work) as folder:
        parsed = parse_delivery(source, contract, catalogue, Path(folder))
        parts["parse"] = watch.seconds
        (checked,) = check_batch(contract, catalogue, [parsed], EmptyLake(), Path(folder), b"key")
        parts["check"] = watch.seconds - sum(parts.values())
        write_return(original, contract, catalogue, checked, Path(folder) / "return.xlsx")
        parts["return"] = watch.seconds - sum(parts.values())
    return {
        "seconds": watch.seconds,
        "cpu": time.process_time() - cpu,
        "parts": parts,
        "rows": checked.row_count,
        "findings": sum(checked.rule_counts.values()),
    }


def builds(home: str, corrected: list[str]) -> dict[str, Any]:
    """A full build and what one corrected delivery of each dataset makes necessary, in one process
    that has built before, as a scheduler's has."""
    from xiantong.transform import build

    settings = _home(home).settings
    build(settings, {DatasetId.parse(corrected[0])})
    parts = {}
    for name in ["everything", *corrected]:
        watch = Stopwatch()
        result = build(settings, None if name == "everything" else {DatasetId.parse(name)})
        assert result.ok
        parts[name] = [watch.seconds, len(result.models)]
    return {"seconds": parts["everything"][0], "parts": parts}


def main() -> None:
    side, arguments, report = sys.argv[1:]
    facts = globals()[side](**json.loads(arguments))
    Path(report).write_text(json.dumps(facts), encoding="utf-8")


if __name__ == "__main__":
    main()
