"""Deliveries that a web service hands out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from email.message import Message
from pathlib import Path
from typing import Any

import httpx

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Contract
from xiantong.periods import Period
from xiantong.reporting_calendar import periods_due
from xiantong.sources.fetching.config import HttpSource
from xiantong.sources.fetching.target import Target
from xiantong.sources.source import Skipped

_LATE = timedelta(days=45)
_AHEAD = timedelta(days=15)
_NOTHING_YET = {httpx.codes.NO_CONTENT, httpx.codes.NOT_FOUND, httpx.codes.NOT_MODIFIED}
_ENDINGS = {
    "application/json": "json",
    "text/csv": "csv",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}


def fetch_http(
    source: HttpSource, secret: str | None, catalogue: Catalogue, target: Target, today: date
) -> Iterator[Skipped]:
    """Ask for every period that is due about now; yields what was not answered as it should be."""
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    tags: dict[str, str] = target.remembered().get("tags", {})
    with httpx.Client(headers=headers, timeout=source.timeout_seconds, follow_redirects=False) as client:  # fmt: skip
        for dataset, address in source.datasets.items():
            contract = catalogue.contract(dataset)
            for period in _periods(contract, address, today):
                url = address.replace("{period}", period.label)
                try:
                    _ask(client, url, contract, f"{period}_{source.reporter}", target, tags)
                except (httpx.HTTPError, _UnexpectedAnswerError) as error:
                    yield Skipped(f"{source.name}:{url}", f"no delivery: {error}", waiting=True)
    target.remember(target.remembered() | {"tags": tags})


class _UnexpectedAnswerError(Exception):
    """The service answered with something that is no delivery."""


def _periods(contract: Contract, address: str, today: date) -> list[Period]:
    due = [p for p in periods_due(contract, today - _LATE, today + _AHEAD) if p.start <= today]
    return due if "{period}" in address else due[-1:]


def _ask(
    client: httpx.Client,
    url: str,
    contract: Contract,
    stem: str,
    target: Target,
    tags: dict[str, str],
) -> None:
    headers = {"If-None-Match": tags[url]} if url in tags else {}
    with client.stream("GET", url, headers=headers) as answer:
        if answer.status_code in _NOTHING_YET:
            return
        if answer.status_code != httpx.codes.OK:
            raise _UnexpectedAnswerError(f"status {answer.status_code}")
        name = f"{stem}.{_ending(answer)}"
        target.write(contract.id, name, lambda part: _save(answer, part))
        # Remembered only now: a copy that broke off is asked for again.
        if "etag" in answer.headers:
            tags[url] = answer.headers["etag"]


def _ending(answer: httpx.Response) -> str:
    header: Any = Message()
    header["content-type"] = answer.headers.get("content-type", "")
    kind = header.get_content_type()
    if kind not in _ENDINGS:
        raise _UnexpectedAnswerError(f"content of type {kind}, expected JSON, CSV or a workbook")
    return _ENDINGS[kind]


def _save(answer: httpx.Response, part: Path) -> None:
    with part.open("wb") as file:
        for chunk in answer.iter_bytes():
            file.write(chunk)
