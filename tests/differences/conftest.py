from pathlib import Path

import pytest

from tests.county import County
from xiantong.contracts.catalogue import Catalogue


@pytest.fixture
def county(tmp_path: Path, catalogue: Catalogue) -> County:
    return County(tmp_path / "home", catalogue)
