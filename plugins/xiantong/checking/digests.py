"""Fingerprints by which settling knows what was delivered before: of the data, and of what was
written beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from xiantong.checking.language import RuleDatabase
from xiantong.parsing.model import ParsedDelivery

NO_ROWS_DIGEST = "0:0"


def content_digests(database: RuleDatabase) -> dict[str, str]:
    """Fingerprint of the canonical rows, whatever their order or format. A batch too large to be
    kept converted has none: there the bytes of the file must do."""
    if not database.is_materialised:
        return {}
    columns = ", ".join(column.name for column in database.contract.table_columns)
    counted = database.connection.execute(
        f"select _submission_id, count(*), sum(cast(hash({columns}) as hugeint)) from b group by all"
    )
    return {row[0]: f"{row[1]}:{row[2]}" for row in counted.fetchall()}


def explanation_digests(
    database: RuleDatabase, deliveries: Sequence[ParsedDelivery]
) -> dict[str, str]:
    """Fingerprint of the remarks of rows and of explanations, wherever the reporter put them; empty
    where nothing was written."""
    remarks = _remark_digests(database)
    return {d.submission_id: _digest(d, remarks.get(d.submission_id, "")) for d in deliveries}


def _remark_digests(database: RuleDatabase) -> dict[str, str]:
    if not database.is_materialised:
        return {}
    row = ", ".join((*(c.name for c in database.contract.table_columns), "trim(_remark)"))
    found = database.connection.execute(
        f"select _submission_id, sum(cast(hash({row}) as hugeint)) from b "
        "where trim(_remark) <> '' group by all"
    )
    return {submission_id: str(number) for submission_id, number in found.fetchall()}


def _digest(delivery: ParsedDelivery, remarks: str) -> str:
    given = sorted(
        f"{e.rule_id or ''}|{e.sheet or ''}|{e.row or ''}|{e.text.strip()}"
        for e in delivery.explanations
    )
    written = "\n".join([remarks, *given]).strip()
    return hashlib.sha256(written.encode("utf-8", "replace")).hexdigest() if written else ""
