"""Which promises of a model are broken: the rows of a failed test ``promises`` or ``known``, in words.

dbt itself says only how many rows a test found. What the rows hold stays in the warehouse: a key or a
code may be a person's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from xiantong.warehouse.base import Warehouse
from xiantong.warehouse.opening import open_warehouse

_TESTS = {"promises", "known"}
_TOLD = {"fail", "warn"}


def promising_model(node: Any) -> str | None:
    """Name of the model whose promises a dbt node tests; None for every other node."""
    test = getattr(node, "test_metadata", None)
    if test is None or test.name not in _TESTS:
        return None
    return str(node.attached_node).rsplit(".", maxsplit=1)[-1] if node.attached_node else None


def broken_promises(warehouse_url: str, results: Iterable[Any]) -> dict[str, str]:
    """By the id of each test of promises that found something: every broken promise with its rows."""
    found = {
        str(result.node.unique_id): str(result.node.compiled_code)
        for result in results
        if str(result.status) in _TOLD and promising_model(result.node)
    }
    if not found:
        return {}
    with open_warehouse(warehouse_url) as warehouse:
        return {identity: _in_words(warehouse, query) for identity, query in found.items()}


def _in_words(warehouse: Warehouse, query: str) -> str:
    broken = warehouse.fetch(
        "select promise, columns, count(value), sum(row_cnt) "
        f"from ({query}) as broken group by promise, columns order by promise, columns"
    )
    return "; ".join(_sentence(*promise) for promise in broken)


def _sentence(promise: str, columns: str, values: int, rows: int) -> str:
    different = f" with {values} different values" if values else ""
    return f"{promise} ({columns}) broken by {rows} rows{different}"
