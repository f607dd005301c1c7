"""What all pages share: the deployment, who is who, the boards, drafts and the checker."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import date
from functools import cached_property

from xiantong.county_time import county_today
from xiantong.deployment import Deployment
from xiantong.people import People
from xiantong.reporting_calendar import BoardCache
from xiantong.settings import Settings
from xiantong.web.checker import Checker
from xiantong.web.drafts import Drafts

log = logging.getLogger(__name__)

Wake = Callable[[str], None]


class Site:
    """One instance per process. ``wake`` is told the user after something was handed in, so that
    intake need not wait for its next turn."""

    def __init__(self, settings: Settings, wake: Wake = lambda user: None) -> None:
        self.settings = settings
        self.deployment = Deployment(settings)
        self.drafts = Drafts(settings.drafts)
        self.checker = Checker(settings)
        self._wake = wake
        self._people: tuple[float, People] | None = None
        self._opening = threading.Lock()

    @cached_property
    def boards(self) -> BoardCache:
        return BoardCache(self.deployment.catalogue, self.deployment.ledger)

    def open(self) -> None:
        """Read the contracts and open the ledger once, before several threads ask for them."""
        with self._opening:
            _ = self.deployment.catalogue.contracts, self.deployment.ledger, self.boards

    def warm(self) -> None:
        """Start what the first visitor would otherwise wait for: the checker, and today's board
        where there is a ledger."""
        self.checker.warm()
        try:
            if self.deployment.has_ledger:
                self.open()
                self.boards.board(self.today())
        except Exception as error:
            # Whoever asks first gets to see the fault itself.
            log.warning("the board is not ready: %s", type(error).__name__)

    def people(self) -> People:
        """Everybody who is listed; a changed file counts at once. Raises ``PeopleError``."""
        path = self.settings.people_file
        changed = path.stat().st_mtime if path.exists() else 0.0
        if self._people is None or self._people[0] != changed:
            self._people = changed, People.read(path, self.deployment.catalogue)
        return self._people[1]

    def today(self) -> date:
        return county_today()

    def wake(self, user: str) -> None:
        """Ask for intake now. Where that is not possible the next turn takes the file."""
        try:
            self._wake(user)
        except Exception as error:
            log.warning("intake cannot be woken: %s", type(error).__name__)
