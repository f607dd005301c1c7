"""Requests that nobody thought of: whatever is sent, the server answers and never breaks."""

from __future__ import annotations

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from tests.served import Served

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(900)]

EXAMPLES = int(os.environ.get("XIANTONG_FUZZ_EXAMPLES", "20"))


@pytest.fixture(scope="session")
def described(served: Served) -> Any:
    headers = {"Authorization": f"Bearer {served.token('county')}"}
    return schemathesis.openapi.from_url(f"{served.base}/xiantong/openapi.json", headers=headers)


@pytest.fixture(scope="session")
def authorized(served: Served) -> dict[str, str]:
    return {"Authorization": f"Bearer {served.token('county')}"}


schema = schemathesis.pytest.from_fixture("described")


def test_description_has_every_kind_of_page(described: Any) -> None:
    paths = set(described.raw_schema["paths"])
    assert {"/board", "/upload", "/submissions/{submission_id}", "/drafts/{token}/hand-in"} <= paths
    assert len(paths) >= 16


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_no_request_breaks_the_server(case: Any, authorized: dict[str, str]) -> None:
    for accept in ("text/html", "application/json"):
        answer = case.call(headers=authorized | {"Accept": accept})
        assert answer.status_code < 500, (case.as_curl_command(), answer.text[:500])
