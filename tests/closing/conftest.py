from pathlib import Path

import pytest

from tests.county import County
from xiantong.contracts.catalogue import Catalogue


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.integration)])
def county(request: pytest.FixtureRequest, tmp_path: Path, catalogue: Catalogue) -> County:
    """A deployment whose ledger is SQLite, then PostgreSQL."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    return County(tmp_path / "home", catalogue, ledger_url=url)
