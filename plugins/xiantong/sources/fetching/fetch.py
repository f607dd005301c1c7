"""Visits every source that is due, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from xiantong.contracts.catalogue import Catalogue
from xiantong.county_time import county_day, utc_now
from xiantong.settings import Settings
from xiantong.sources.fetching.config import (
    AnySource,
    DatabaseSource,
    SftpSource,
    SourceError,
    read_sources,
)
from xiantong.sources.fetching.secrets import Secrets, from_environment, secret_of
from xiantong.sources.fetching.target import Target
from xiantong.sources.source import Skipped

Progress = Callable[[str], None]


def fetch(
    settings: Settings,
    catalogue: Catalogue,
    secrets: Secrets = from_environment,
    now: datetime | None = None,
    progress: Progress = lambda step: None,
    at_once: bool = False,
) -> list[Skipped]:
    """Copy what is new at every source that is due into its folder; returns what went wrong.

    A source that failed is due again at the next look; with ``at_once`` all are due.

    Raises ``SourceError`` where ``sources.yaml`` cannot be read or names an unknown dataset.
    """
    moment = now or utc_now()
    problems: list[Skipped] = []
    for source in known_sources(settings, catalogue):
        target = Target(settings.fetched / source.name)
        if not at_once and not _is_due(source, target, moment):
            continue
        progress(source.name)
        failed = list(_visit(source, catalogue, secrets, target, moment))
        problems += failed
        if not failed:
            memory = target.remembered() | {"visited_at": moment.isoformat()}
            target.remember(memory)
    return problems


def known_sources(settings: Settings, catalogue: Catalogue) -> tuple[AnySource, ...]:
    """The sources of the deployment; raises ``SourceError``."""
    sources = read_sources(settings.sources_file).sources
    for source in sources:
        unknown = sorted(str(d) for d in source.datasets if d not in catalogue.contracts)
        if unknown:
            raise SourceError(
                f"{settings.sources_file}: {source.name}: no dataset {', '.join(unknown)}"
            )
    return sources


def visited_at(settings: Settings, source: AnySource) -> datetime | None:
    """When the source was last visited without trouble, in UTC without a zone."""
    visited = Target(settings.fetched / source.name).remembered().get("visited_at")
    return datetime.fromisoformat(visited) if visited else None


def _is_due(source: AnySource, target: Target, moment: datetime) -> bool:
    visited = target.remembered().get("visited_at")
    if visited is None:
        return True
    return moment - datetime.fromisoformat(visited) >= timedelta(minutes=source.every_minutes)


def _visit(
    source: AnySource, catalogue: Catalogue, secrets: Secrets, target: Target, moment: datetime
) -> Iterator[Skipped]:
    """What went wrong at one source. Whatever a foreign system does is its own problem."""
    try:
        yield from _fetch(source, secret_of(source.secret, secrets), catalogue, target, moment)
    except Exception as error:
        reason = str(error).strip().splitlines()[:1] or [type(error).__name__]
        yield Skipped(source.name, f"cannot be reached: {reason[0]}", waiting=True)


def _fetch(
    source: AnySource,
    secret: str | None,
    catalogue: Catalogue,
    target: Target,
    moment: datetime,
) -> Iterator[Skipped]:
    # By UTC it would be yesterday until eight in the morning, and on the first last month.
    today = county_day(moment)
    # Late imports: most deployments have one kind of source, and each brings a library.
    if isinstance(source, SftpSource):
        from xiantong.sources.fetching.sftp import fetch_sftp

        return fetch_sftp(source, secret, target)
    if isinstance(source, DatabaseSource):
        from xiantong.sources.fetching.database import fetch_database

        return fetch_database(source, secret, catalogue, target, today)
    from xiantong.sources.fetching.http import fetch_http

    return fetch_http(source, secret, catalogue, target, today)
