"""Starting a new dataset."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.small_project import LIBRARY, SmallProject
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Kind, LoadMode, Privacy, Reach
from xiantong.contracts.scaffold import NewDataset, ScaffoldError, parse_column, write_scaffold
from xiantong.names import DatasetId


@pytest.fixture
def project(tmp_path: Path) -> SmallProject:
    return SmallProject.make(tmp_path)


def start(
    project: SmallProject, *columns: str, load_mode: LoadMode = LoadMode.SNAPSHOT
) -> list[Path]:
    described = NewDataset(
        DatasetId("culture", "reader"),
        "读者登记",
        "Readers",
        tuple(map(parse_column, columns)),
        load_mode=load_mode,
    )
    return write_scaffold(described, project.root / "expectations", project.root / "dbt_project")


def test_started_contract_says_what_was_typed(project: SmallProject) -> None:
    start(
        project,
        "card_no:借书证号:string(12):key:personal:national",
        "library_code:图书馆编码:string(10):ref=culture.library.library_code",
        "fee_yuan:费用:decimal(10,2):unit=元:signed",
        "gender:性别:code:code=gender",
        "area_code:required",
    )
    contract = Catalogue(project.root / "expectations").contract("culture.reader")
    assert [c.name for c in contract.key] == ["period", "card_no"]
    card = contract.by_name["card_no"]
    assert (card.privacy, card.reach) == (Privacy.PERSONAL, Reach.NATIONAL)
    assert contract.by_name["library_code"].ref_dataset == LIBRARY
    fee = contract.by_name["fee_yuan"]
    assert (fee.kind, fee.precision, fee.scale, fee.unit, fee.signed) == (
        Kind.DECIMAL,
        10,
        2,
        "元",
        True,
    )
    assert contract.by_name["gender"].code_list == "gender"
    assert contract.by_name["area_code"].header_zh == "行政区划代码"


def test_personal_columns_do_not_reach_the_starter_mart(
    project: SmallProject,
) -> None:
    files = start(
        project, "shelf_no:架号:string(9):key", "reader_name:姓名:string(60):key:personal"
    )
    (mart,) = [path for path in files if path.suffix == ".sql"]
    text = mart.read_text(encoding="utf-8")
    assert "shelf_no" in text and "reader_name" not in text


def test_upsert_starts_without_period_in_the_key(project: SmallProject) -> None:
    start(project, "card_no:借书证号:string(12):key", load_mode=LoadMode.UPSERT)
    contract = Catalogue(project.root / "expectations").contract("culture.reader")
    assert [c.name for c in contract.key] == ["card_no"]


def test_nothing_is_written_when_a_file_exists(project: SmallProject) -> None:
    start(project, "card_no:借书证号:string(12):key")
    before = {p: p.read_bytes() for p in project.root.rglob("*") if p.is_file()}
    with pytest.raises(ScaffoldError, match="exists already"):
        start(project, "card_no:借书证号:string(20):key")
    assert {p: p.read_bytes() for p in project.root.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize(
    "text", ["Card:卡:string(2)", "a:甲", "a:甲:string(2):keys", "a:甲:string(2):colour=red"]
)
def test_column_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ScaffoldError):
        parse_column(text)
