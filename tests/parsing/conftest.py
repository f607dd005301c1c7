"""A deployment with a few reporters, and a reader for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parsing.build import Reader
from xiantong.contracts.catalogue import Catalogue

REPORTERS = """reporter_code,reporter_name,kind,department,area_code
980121000000energy,青澧县发展和改革局,bureau,energy,980121000000
980121000000investment,青澧县发展和改革局,bureau,investment,980121000000
980122000000statistics,沐川岭县统计局,bureau,statistics,980122000000
980121000000statistics,青澧县统计局,bureau,statistics,980121000000
980121001000,城关街道办事处,township,,980121001000
980121100000,河口镇人民政府,township,,980121100000
980121104000,青岭镇人民政府,township,,980121104000
"""
AREAS = """area_code,area_name,area_level,parent_code,urban_rural_code,resident_population,valid_from,valid_to
980000000000,示范省,province,,,,2020-01-01,
980100000000,云泽市,prefecture,980000000000,,,2020-01-01,
980121000000,青澧县,county,980100000000,,,2020-01-01,
980122000000,沐川岭县,county,980100000000,,,2020-01-01,
980121104000,青岭镇,township,980121000000,,,2020-01-01,
"""


@pytest.fixture(scope="session")
def small_catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder = tmp_path_factory.mktemp("expectations")
    (folder / "reporters.csv").write_text(REPORTERS, encoding="utf-8")
    (folder / "areas.csv").write_text(AREAS, encoding="utf-8")
    (folder / "codes").mkdir()
    return Catalogue(folder)


@pytest.fixture
def reader(small_catalogue: Catalogue, tmp_path: Path) -> Reader:
    return Reader(small_catalogue, tmp_path)
