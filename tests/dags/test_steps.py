"""The steps of a round, without Airflow."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.small_project import HEADER, LIBRARY, VISIT, SmallProject
from xiantong import checking, steps
from xiantong.closing import close_period
from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract, LoadMode
from xiantong.deployment import Deployment
from xiantong.periods import Period


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    return SmallProject.make(tmp_path_factory.mktemp("project"))


@pytest.fixture
def project(made: SmallProject, tmp_path: Path) -> SmallProject:
    return made.at(tmp_path / "home")


@pytest.fixture
def deployment(project: SmallProject) -> Deployment:
    return Deployment(project.settings)


def test_dataset_waits_for_what_it_refers_to(project: SmallProject, deployment: Deployment) -> None:
    visit = deployment.catalogue.contract(VISIT)
    assert steps.awaited(deployment, visit) == []
    project.deliver("2023-09")
    steps.collect(deployment)
    assert steps.awaited(deployment, visit) == [LIBRARY]
    assert steps.waiting(deployment) == [LIBRARY]


def test_batches_are_cut_by_size_and_number(
    project: SmallProject,
    deployment: Deployment,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for month in range(1, 6):
        project.deliver(f"2023-{month:02d}")
    steps.collect(deployment)
    monkeypatch.setattr(steps, "BATCH_FILES", 2)
    contract = deployment.catalogue.contract(LIBRARY).model_copy(update={"check_row_count": False})
    plans = steps.plan_batches(deployment, contract, tmp_path / "work" / "round")
    labels = [steps.read_plan(plan).label for plan in plans]
    assert [label.split(" (")[0] for label in labels] == [
        "2023-01 … 2023-02",
        "2023-03 … 2023-04",
        "2023-05",
    ]
    assert [len(steps.read_plan(plan).submissions) for plan in plans] == [2, 2, 1]


def test_contract_that_looks_back_gets_the_oldest_periods_first(
    project: SmallProject,
    deployment: Deployment,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for month in (3, 1, 2):
        project.deliver(f"2023-{month:02d}")
    steps.collect(deployment)
    monkeypatch.setattr(steps, "BATCH_FILES", 2)
    contract = deployment.catalogue.contract(LIBRARY)
    assert steps.looks_back(contract)
    (plan,) = steps.plan_batches(deployment, contract, tmp_path / "work" / "round")
    assert steps.read_plan(plan).label.startswith("2023-01 … 2023-02")


def test_facts_look_back_because_a_repeated_key_is_compared(catalogue: Catalogue) -> None:
    facts = [c for c in catalogue.contracts.values() if c.load_mode is LoadMode.APPEND]
    assert facts and all(steps.looks_back(contract) for contract in facts)


def test_delivery_that_breaks_the_code_stays_pending_and_the_others_are_settled(
    project: SmallProject,
    deployment: Deployment,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project.deliver("2023-09")
    unlucky = project.deliver("2023-10", "L001,4711,2001-05-01,980121000000")
    steps.collect(deployment)
    original = Deployment.file_of

    def stumble(self: Deployment, delivery: object) -> object:
        if getattr(delivery, "name", "") == unlucky.name:
            raise ZeroDivisionError("the value 4711")
        return original(self, delivery)  # type: ignore[arg-type]

    monkeypatch.setattr(Deployment, "file_of", stumble)
    contract = deployment.catalogue.contract(LIBRARY)
    folder = tmp_path / "work" / "round"
    for plan in steps.plan_batches(deployment, contract, folder):
        steps.parse_and_check(deployment, contract, plan)
    settled = steps.settle_round(deployment, contract, folder)
    assert settled.counts["accepted"] == 1
    with pytest.raises(steps.BrokenDeliveriesError) as raised:
        steps.close_round(deployment, contract, folder)
    assert unlucky.name in str(raised.value) and "ZeroDivisionError" in str(raised.value)
    assert "4711" not in str(raised.value)
    assert [d.name for d in deployment.ledger.pending(LIBRARY)] == [unlucky.name]
    assert not folder.exists()


def test_delivery_that_breaks_the_check_is_set_aside_and_the_others_are_settled(
    project: SmallProject,
    deployment: Deployment,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for period in ("2023-08", "2023-09", "2023-11"):
        project.deliver(period)
    unlucky = project.deliver("2023-10", "L001,4711,2001-05-01,980121000000")
    steps.collect(deployment)
    original = checking.check_batch

    def stumble(
        contract: Contract, catalogue: Catalogue, deliveries: Any, *rest: Any, **more: Any
    ) -> Any:
        if unlucky.name in {delivery.source.name for delivery in deliveries}:
            raise ZeroDivisionError("the value 4711")
        return original(contract, catalogue, deliveries, *rest, **more)

    monkeypatch.setattr(checking, "check_batch", stumble)
    contract = deployment.catalogue.contract(LIBRARY)
    folder = tmp_path / "work" / "round"
    (plan,) = steps.plan_batches(deployment, contract, folder)
    assert len(steps.parse_and_check(deployment, contract, plan)) == 3
    assert steps.settle_round(deployment, contract, folder).counts["accepted"] == 3
    with pytest.raises(steps.BrokenDeliveriesError, match="ZeroDivisionError") as raised:
        steps.close_round(deployment, contract, folder)
    assert unlucky.name in str(raised.value) and "4711" not in str(raised.value)
    assert [d.name for d in deployment.ledger.pending(LIBRARY)] == [unlucky.name]


def test_settling_again_with_nothing_new_changes_nothing(
    project: SmallProject, deployment: Deployment, tmp_path: Path
) -> None:
    project.deliver("2023-09")
    steps.collect(deployment)
    contract = deployment.catalogue.contract(LIBRARY)
    folder = tmp_path / "work" / "round"
    for plan in steps.plan_batches(deployment, contract, folder):
        steps.parse_and_check(deployment, contract, plan)
    first = steps.settle_round(deployment, contract, folder)
    again = steps.settle_round(deployment, contract, folder)
    assert again.counts == first.counts
    assert len(deployment.ledger.submissions()) == 1
    assert steps.close_round(deployment, contract, folder) == 0


def test_secret_key_is_made_once_and_kept_private(
    project: SmallProject, deployment: Deployment
) -> None:
    key = deployment.hash_key
    assert Deployment(project.settings).hash_key == key
    assert (project.home / "hash.key").stat().st_mode & 0o777 == 0o600
    given = project.settings.model_copy(update={"hash_key": "given"})
    assert Deployment(given).hash_key == b"given"


REMARKED = "图书馆编码,藏书量,开馆日期,区划代码,说明"


def settle_library(deployment: Deployment, tmp_path: Path) -> None:
    contract = deployment.catalogue.contract(LIBRARY)
    folder = tmp_path / "work" / "round"
    steps.collect(deployment)
    for plan in steps.plan_batches(deployment, contract, folder):
        steps.parse_and_check(deployment, contract, plan)
    steps.settle_round(deployment, contract, folder)


def deliver_at(project: SmallProject, seconds: int, *rows: str, header: str) -> None:
    path = project.deliver("2023-10", *rows, header=header)
    os.utime(path, (1_700_000_000 + seconds,) * 2)


def test_explanation_that_is_added_to_unchanged_rows_is_new_content(
    project: SmallProject, deployment: Deployment, tmp_path: Path
) -> None:
    plain, blank, remarked = (
        ["L001,1200,2001-05-01,980121000000"],
        ["L001,1200,2001-05-01,980121000000,"],
        ["L001,1200,2001-05-01,980121000000,本年新馆启用后合并藏书"],
    )
    for seconds, rows, header in (
        (0, plain, HEADER),
        (1, blank, REMARKED),
        (2, remarked, REMARKED),
        (3, [*remarked, ""], REMARKED),
    ):
        deliver_at(project, seconds, *rows, header=header)
        settle_library(deployment, tmp_path)
    found = sorted(deployment.ledger.submissions(LIBRARY), key=lambda s: s.submitted_at)
    assert [(s.status.value, s.revision) for s in found] == [
        ("accepted", 1),
        ("duplicate", None),
        ("accepted", 2),
        ("duplicate", None),
    ]
    assert found[0].content_digest == found[2].content_digest


MANY = tuple(f"L{n:03d},{n},2001-05-01,980121000000" for n in range(1, 201))


def found(deployment: Deployment) -> dict[str, tuple[str, list[str]]]:
    """Status and findings of every period."""
    submissions = deployment.ledger.submissions(LIBRARY)
    findings = list(deployment.ledger.findings(submissions))
    return {
        str(s.period): (
            s.status.value,
            [f.finding.message_zh for f in findings if f.submission.id == s.id],
        )
        for s in submissions
    }


@pytest.mark.parametrize("in_one_round", [True, False])
def test_returned_period_neither_raises_nor_hides_anything_in_the_next(
    project: SmallProject, deployment: Deployment, tmp_path: Path, in_one_round: bool
) -> None:
    """August (200 rows) is accepted, the correction of August and all of September go back."""
    project.deliver("2023-08", *MANY)
    settle_library(deployment, tmp_path)
    os.utime(project.deliver("2023-08", "L001,很多,2001-05-01,980121000000"), (1_700_000_100,) * 2)
    if not in_one_round:
        settle_library(deployment, tmp_path)
    project.deliver("2023-09", *MANY[:150], "L999,很多,2001-05-01,980121000000")
    if not in_one_round:
        settle_library(deployment, tmp_path)
    project.deliver("2023-10")
    settle_library(deployment, tmp_path)
    settled = found(deployment)
    assert settled["2023-09"] == ("returned", ["「藏书量」应为整数"])
    assert settled["2023-10"] == ("accepted", [])
    statuses = [s.status.value for s in deployment.ledger.submissions(LIBRARY)]
    assert sorted(statuses) == ["accepted", "accepted", "returned", "returned"]


@pytest.mark.parametrize("in_one_round", [True, False])
def test_correction_that_goes_back_leaves_the_accepted_period_to_compare_with(
    project: SmallProject, deployment: Deployment, tmp_path: Path, in_one_round: bool
) -> None:
    project.deliver("2023-09", *MANY)
    settle_library(deployment, tmp_path)
    os.utime(project.deliver("2023-09", "L001,很多,2001-05-01,980121000000"), (1_700_000_100,) * 2)
    if not in_one_round:
        settle_library(deployment, tmp_path)
    project.deliver("2023-10")
    settle_library(deployment, tmp_path)
    assert found(deployment)["2023-10"] == (
        "returned",
        ["行数2与上期200相差超过30%，请核实是否漏报"],
    )


@pytest.mark.parametrize("in_one_round", [True, False])
def test_period_that_was_closed_is_no_earlier_period(
    project: SmallProject, deployment: Deployment, tmp_path: Path, in_one_round: bool
) -> None:
    close_period(deployment, Period("2023-09"), reason="年报已经上报", by="李科长")
    project.deliver("2023-09", *MANY)
    if not in_one_round:
        settle_library(deployment, tmp_path)
    project.deliver("2023-10")
    settle_library(deployment, tmp_path)
    settled = found(deployment)
    assert settled["2023-09"][0] == "returned"
    assert settled["2023-10"] == ("accepted", [])
