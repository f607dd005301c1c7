"""Requests that nobody thought of: whatever is sent, the server answers and never breaks."""

from __future__ import annotations

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from tests.served import Served

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(900)]

EXAMPLES = int(os.environ.get("XIANTONG_FUZZ_EXAMPLES", "15"))


@pytest.fixture(scope="module")
def authorized(served: Served) -> dict[str, str]:
    return {"Authorization": f"Bearer {served.token('county')}"}


@pytest.fixture(scope="module")
def operations(served: Served, authorized: dict[str, str]) -> list[Any]:
    """Every route with every kind of parameter that its description allows, and others."""
    url = f"{served.base}/xiantong/openapi.json"
    described = schemathesis.openapi.from_url(url, headers=authorized)
    return [found.ok() for found in described.get_all_operations()]


def test_description_has_every_kind_of_page(operations: list[Any]) -> None:
    labels = {operation.label for operation in operations}
    assert {"GET /board", "POST /upload", "GET /submissions/{submission_id}"} <= labels
    assert "POST /drafts/{token}/hand-in" in labels
    assert len(labels) >= 18


def test_no_request_breaks_the_server(operations: list[Any], authorized: dict[str, str]) -> None:
    sent = {operation.label: ask(operation, authorized) for operation in operations}
    assert all(sent.values()) and sum(sent.values()) > 5 * len(operations), sent


def ask(operation: Any, headers: dict[str, str]) -> int:
    """Send requests of one operation; returns how many."""
    count = 0

    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    def send(case: Any) -> None:
        nonlocal count
        answer = case.call(headers=headers | {"Accept": "text/html"}, timeout=120)
        count += 1
        assert answer.status_code < 500, (case.as_curl_command(), answer.text[:500])

    send()
    return count
