"""An API server for each file of tests: what one file delivers is no other file's history."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.served import SPORT, WRONG_ROW, Served, serving


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """With one submission of the education bureau that was returned, period 2026-05."""
    with serving(tmp_path_factory.mktemp("served")) as server:
        folder = tmp_path_factory.mktemp("forms")
        path = server.form(folder, [WRONG_ROW], "2026-05")
        server.deliver(SPORT, path, "五月.xlsx")
        server.round()
        yield server
