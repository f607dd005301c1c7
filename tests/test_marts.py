import os
from pathlib import Path

import pytest

from xiantong.deployment import Deployment
from xiantong.marts import MartsWork
from xiantong.settings import Settings


@pytest.fixture
def built(tmp_path: Path) -> MartsWork:
    """A deployment whose marts were built and published a moment ago."""
    deployment = Deployment(Settings(home=tmp_path))
    work = MartsWork(deployment)
    work._remember(
        {"state": work._state(), "models": 3, "seconds": 1.0, "datasets": [], "everything": True}
    )
    published = deployment.settings.published
    published.parent.mkdir()
    published.touch()
    return work


def at(path: Path, seconds: int) -> None:
    os.utime(path, (seconds, seconds))


def test_nothing_is_due_where_nothing_is_new(built: MartsWork) -> None:
    assert not built.is_due


def test_build_that_was_never_published_is_due_again(built: MartsWork) -> None:
    at(built._deployment.settings.published, 1_000)
    at(built._path, 2_000)

    assert built.is_due


def test_missing_snapshot_is_due(built: MartsWork) -> None:
    built._deployment.settings.published.unlink()

    assert built.is_due
