"""What a sender says beside the file: kept with the delivery, used when it is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.county import REPORTER
from xiantong.cover import Cover
from xiantong.delivered import Explanation
from xiantong.deployment import Deployment
from xiantong.ledger import Delivery
from xiantong.names import DatasetId
from xiantong.parsing import parse_delivery
from xiantong.periods import Period
from xiantong.settings import PROJECT_ROOT, Settings
from xiantong.sources import fit_name, hand_in
from xiantong.steps import collect

STUDIO = DatasetId.parse("education.master_studio")
SAID = Cover(
    period="2023",
    reporter_code=REPORTER,
    handed_in_by="education",
)
MOVED = Explanation("学校搬迁，暂停招生", "r.odd", None, 3)


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return Deployment(
        Settings(home=tmp_path, expectations=PROJECT_ROOT / "expectations", stable_seconds=0)
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "draft"
    path.write_text("名师工作室编码,名称\nA,甲\n", encoding="utf-8")
    return path


def taken(deployment: Deployment) -> list[Delivery]:
    collect(deployment)
    return deployment.ledger.pending(STUDIO)


def test_handed_in_file_is_taken_under_the_id_that_was_told(
    deployment: Deployment, file: Path
) -> None:
    told = hand_in(deployment.settings.inbox, STUDIO, file, "工作室.csv", SAID)
    (delivery,) = taken(deployment)
    assert (delivery.id, delivery.name) == (told.delivery_id, "工作室.csv")
    assert deployment.store.original_path(delivery.sha256, delivery.name).read_bytes() == (
        file.read_bytes()
    )


def test_cover_note_and_explanations_reach_the_reading_of_the_file(
    deployment: Deployment, file: Path, tmp_path: Path
) -> None:
    told = hand_in(deployment.settings.inbox, STUDIO, file, "工作室.csv", SAID, [MOVED])
    (delivery,) = taken(deployment)
    assert delivery.id == told.delivery_id
    source = deployment.file_of(delivery)
    assert (source.period, source.reporter_code) == (Period("2023"), REPORTER)
    parsed = parse_delivery(
        source, deployment.catalogue.contract(STUDIO), deployment.catalogue, tmp_path
    )
    assert parsed.envelope.period == Period("2023")
    assert parsed.envelope.reporter_code == REPORTER
    assert parsed.explanations == (MOVED,)


def test_same_name_twice_keeps_both_files(deployment: Deployment, file: Path) -> None:
    first = hand_in(deployment.settings.inbox, STUDIO, file, "工作室.csv", Cover())
    second = hand_in(deployment.settings.inbox, STUDIO, file, "工作室.csv", SAID, [MOVED])
    assert [first.name, second.name] == ["工作室.csv", "工作室(2).csv"]
    deliveries = taken(deployment)
    assert {d.id for d in deliveries} == {first.delivery_id, second.delivery_id}
    periods = {d.id: deployment.file_of(d).period for d in deliveries}
    assert periods == {first.delivery_id: None, second.delivery_id: Period("2023")}


def test_file_whose_cover_note_is_unreadable_is_not_taken_without_it(
    deployment: Deployment, file: Path
) -> None:
    hand_in(deployment.settings.inbox, STUDIO, file, "工作室.csv", SAID)
    note = deployment.settings.inbox / STUDIO.folder / "工作室.csv.cover.json"
    for wrong in ("{", '{"period": "2023-13"}', '{"other": 1}', "[]"):
        note.write_text(wrong, encoding="utf-8")
        result = collect(deployment)
        assert result.new == ()
        assert ["cover note" in s.reason for s in result.skipped] == [True], wrong
    note.write_bytes(SAID.as_bytes())
    assert len(taken(deployment)) == 1


def test_cover_note_that_is_a_link_is_not_followed(
    deployment: Deployment, file: Path, tmp_path: Path
) -> None:
    hand_in(deployment.settings.inbox, STUDIO, file, "工作室.csv", SAID)
    note = deployment.settings.inbox / STUDIO.folder / "工作室.csv.cover.json"
    elsewhere = tmp_path / "secret.json"
    elsewhere.write_bytes(SAID.as_bytes())
    note.unlink()
    note.symlink_to(elsewhere)
    assert taken(deployment) == []


def test_nothing_unfinished_is_left_in_the_inbox(deployment: Deployment, file: Path) -> None:
    hand_in(deployment.settings.inbox, STUDIO, file, "工作室.csv", SAID, [MOVED])
    names = sorted(p.name for p in (deployment.settings.inbox / STUDIO.folder).iterdir())
    assert names == ["工作室.csv", "工作室.csv.cover.json", "工作室.csv.说明.csv"]


@pytest.mark.parametrize(
    ("name", "fit"),
    [
        ("报表.xlsx", "报表.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\表\\报表.xlsx", "报表.xlsx"),
        ("~$报表.xlsx", "$报表.xlsx"),
        (".hidden.csv", "hidden.csv"),
        ("a\x00b\nc\u202exslx.exe.csv", "abcxslx.exe.csv"),
        ("表.说明.csv", "表_说明.csv"),
        ("表.xlsx.findings.csv", "表_xlsx_findings.csv"),
        ("表.xlsx.cover.json", "表_xlsx_cover.json"),
        ("", "报送文件"),
        ("...", "报送文件"),
        ("\ud800.csv", "csv"),
    ],
)
def test_uploaded_names_become_fit_for_a_folder(name: str, fit: str) -> None:
    assert fit_name(name) == fit


def test_long_names_are_cut_between_characters_and_keep_their_suffix() -> None:
    fit = fit_name("报" * 300 + ".xlsx")
    assert fit.endswith("报.xlsx") and len(fit.encode()) <= 160
