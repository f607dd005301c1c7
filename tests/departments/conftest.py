"""The desk at which the rules of a department are tried, and the fictional county."""

from __future__ import annotations

import pytest

from tests.checking.conftest import desk as desk
from xiantong.contracts.catalogue import Catalogue
from xiantong.periods import Period
from xiantong.sample.county import County


@pytest.fixture(scope="session")
def county(catalogue: Catalogue) -> County:
    return County(catalogue, Period("2022-01"), Period("2023-12"), seed=11)
