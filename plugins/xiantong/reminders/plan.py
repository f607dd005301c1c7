"""Who is told what on a day: the board, the quiet rules and what was sent before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

from xiantong.county_time import county_day
from xiantong.ledger.arrangements import ArrangementKind
from xiantong.ledger.model import Submission
from xiantong.ledger.reminders import ReminderLog
from xiantong.reminders.contacts import Contact
from xiantong.reminders.message import Item, Reminder, Return
from xiantong.reminders.rules import QuietRules
from xiantong.reporting_calendar import State, StatusRow, WorkingDays, read_board

if TYPE_CHECKING:
    from xiantong.deployment import Deployment

MAIL, WEBHOOK = "mail", "webhook"
_OPEN = frozenset({State.DUE, State.MISSING, State.RETURNED})


def plan_reminders(
    deployment: Deployment,
    day: date,
    contacts: Mapping[str, Contact],
    rules: QuietRules,
) -> list[Reminder]:
    """The messages of a day, one per reporter that is to be spoken to, ordered by reporter.

    Empty on days off. A reporter hears everything that it owes as soon as anything of it is due to
    be told; ``channels`` leaves out those that were used that day already. Periods that are closed
    are not asked for: nothing can be delivered.
    """
    working_days = WorkingDays.read(deployment.catalogue.folder)
    if not working_days.is_working_day(day):
        return []
    last = ReminderLog(deployment.ledger).last_days() if deployment.has_ledger else {}
    rows: dict[tuple[str, str], list[StatusRow]] = defaultdict(list)
    for row in read_board(deployment, day):
        if row.state in _OPEN and row.reporter_code and row.due_at and not row.is_closed:
            rows[row.reporter_code, row.reporter_name or row.reporter_code].append(row)
    submissions = _submissions(deployment, [r for found in rows.values() for r in found])
    reminders = []
    for (code, name), found in sorted(rows.items()):
        contact = contacts.get(code)
        channels = tuple(
            channel
            for channel in _channels(contact)
            if any(
                _speaks(r, submissions, day, last.get((code, channel)), rules, working_days)
                for r in found
            )
        )
        if channels:
            items = tuple(
                _item(deployment, r, submissions, day)
                for r in found
                if _is_near(r, day, rules, working_days)
            )
            pages = deployment.settings.pages_url
            reminders.append(Reminder(code, name, day, items, contact, channels, pages))
    return reminders


def _channels(contact: Contact | None) -> tuple[str, ...]:
    """Channels of a reporter. Who has none is planned for a mail, so that somebody notices."""
    if contact is None or not (contact.mail or contact.webhook):
        return (MAIL,)
    return tuple(
        channel for channel, has in ((MAIL, contact.mail), (WEBHOOK, contact.webhook)) if has
    )


def _speaks(
    row: StatusRow,
    submissions: Mapping[str, Submission],
    day: date,
    last: date | None,
    rules: QuietRules,
    working_days: WorkingDays,
) -> bool:
    if last is not None and last >= day:
        return False
    assert row.due_at is not None
    if rules.speaks(row.due_at, day, last, working_days):
        return True
    returned = submissions.get(row.submission_id or "")
    if row.state is not State.RETURNED or returned is None:
        return False
    came_back = working_days.add(county_day(returned.settled_at), 1)
    return came_back == day or (last is not None and last < came_back <= day)


def _is_near(row: StatusRow, day: date, rules: QuietRules, working_days: WorkingDays) -> bool:
    """False for what is not due for long and did not come back."""
    assert row.due_at is not None
    if row.state is not State.DUE:
        return True
    return row.due_at <= working_days.add(day, rules.before) + timedelta(days=1)


def _submissions(deployment: Deployment, rows: list[StatusRow]) -> dict[str, Submission]:
    ids = {row.submission_id for row in rows if row.state is State.RETURNED and row.submission_id}
    return {s.id: s for s in deployment.ledger.submissions(ids=ids)} if ids else {}


def _place(deployment: Deployment, submission: Submission) -> str | None:
    """Where the reporter finds its return: on the pages, or in the folder where there are none."""
    if pages := deployment.settings.pages_url.rstrip("/"):
        return f"{pages}/submissions/{submission.id}"
    return submission.return_key and str(deployment.settings.returns / submission.return_key)


def _item(
    deployment: Deployment, row: StatusRow, submissions: Mapping[str, Submission], day: date
) -> Item:
    assert row.due_at is not None
    came_back = submissions.get(row.submission_id or "")
    returned = None
    if row.state is State.RETURNED and came_back is not None:
        place = _place(deployment, came_back)
        returned = Return(
            came_back.revision,
            came_back.settled_at,
            came_back.error_cnt,
            came_back.unexplained_cnt,
            place,
        )
    arrangement = row.arrangement
    return Item(
        dataset=row.dataset,
        title_zh=row.title_zh,
        period=row.period,
        due_at=row.due_at,
        days_left=(row.due_at - day).days,
        is_extended=arrangement is not None and arrangement.kind is ArrangementKind.EXTEND,
        returned=returned,
    )
