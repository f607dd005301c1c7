from __future__ import annotations

from pathlib import Path

import pytest

from xiantong.contracts.catalogue import Catalogue
from xiantong.periods import Period
from xiantong.sample import SampleSummary, write_sample
from xiantong.sample.county import County
from xiantong.settings import PROJECT_ROOT


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue(PROJECT_ROOT / "expectations")


@pytest.fixture(scope="session")
def county(catalogue: Catalogue) -> County:
    return County(catalogue, Period("2022-01"), Period("2023-12"), seed=11)


@pytest.fixture(scope="session")
def sample(
    catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, SampleSummary]:
    """A winter of deliveries."""
    folder = tmp_path_factory.mktemp("inbox")
    return folder, write_sample(folder, catalogue, Period("2022-11"), Period("2023-02"), seed=11)
