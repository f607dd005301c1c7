"""Sending the messages of a day, each at most once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from xiantong.county_time import day_zh, utc_now
from xiantong.ledger.reminders import ReminderLog, SendState
from xiantong.reminders.contacts import read_contacts
from xiantong.reminders.message import Reminder, fit
from xiantong.reminders.plan import WEBHOOK, plan_reminders
from xiantong.reminders.rules import QuietRules
from xiantong.reminders.transport import Mailer, SmtpServer, TransportError, Webhook
from xiantong.reporting_calendar import unnamed_files

if TYPE_CHECKING:
    from xiantong.deployment import Deployment

COUNTY = "county"
NO_ADDRESS = "no address in contacts.csv"
# Sends one message; returns what was wrong where it reached only some.
Way = Callable[[], str | None]
NO_SERVER = "no mail server: set XIANTONG_SMTP"


@dataclass(slots=True)
class RemindSummary:
    """What became of the messages of a day: ``sent`` and ``failed`` by reporter and channel,
    failures with their kind. Failed ones are tried again the next time."""

    day: date
    sent: list[tuple[str, str]] = field(default_factory=list)
    failed: dict[tuple[str, str], str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "day": str(self.day),
            "sent": [{"reporter_code": r, "channel": c} for r, c in self.sent],
            "failed": [
                {"reporter_code": r, "channel": c, "fault": fault}
                for (r, c), fault in self.failed.items()
            ],
        }

    def __str__(self) -> str:
        return f"{self.day}: {len(self.sent)} messages sent, {len(self.failed)} failed"


def rules_of(deployment: Deployment) -> QuietRules:
    settings = deployment.settings
    return QuietRules(before=settings.remind_before, every=settings.remind_every)


def planned(deployment: Deployment, day: date) -> list[Reminder]:
    """The messages of a day by the contacts and rules of the deployment."""
    contacts = read_contacts(deployment.settings.contacts_path)
    return plan_reminders(deployment, day, contacts, rules_of(deployment))


def send_reminders(
    deployment: Deployment, day: date, server: SmtpServer | None = None
) -> RemindSummary:
    """Send what is due to be told on a day. ``server`` wins over ``XIANTONG_SMTP``.

    That a message is begun is recorded before it goes, so that a process that dies in between does
    not send it twice. One recipient that fails keeps back no other.
    """
    settings = deployment.settings
    if server is None and settings.smtp:
        server = SmtpServer.parse(settings.smtp)
    summary = RemindSummary(day)
    with deployment.ledger.lock("remind"):
        # Planned inside the lock: what another process sent meanwhile is known here.
        reminders = planned(deployment, day)
        office = _Office(ReminderLog(deployment.ledger), day, summary)
        webhook = Webhook()
        mailer = Mailer(server) if server else None
        try:
            for reminder in reminders:
                for channel in reminder.channels:
                    office.send(
                        reminder.reporter_code, channel, len(reminder.items),
                        _way(reminder, channel, mailer, webhook),
                    )  # fmt: skip
        finally:
            if mailer:
                mailer.close()
        if settings.remind_webhook and reminders and not office.was_sent(COUNTY, WEBHOOK):
            unnamed = len(unnamed_files(deployment.ledger, day))
            url, title, text = (
                settings.remind_webhook,
                *county_digest(day, reminders, unnamed, settings.pages_url),
            )
            office.send(COUNTY, WEBHOOK, len(reminders), lambda: webhook.send(url, title, text))
    return summary


class _Office:
    """Sends one message after the other and writes down what became of it."""

    def __init__(self, log: ReminderLog, day: date, summary: RemindSummary) -> None:
        self._log, self._day, self._summary = log, day, summary

    def was_sent(self, reporter: str, channel: str) -> bool:
        last = self._log.last_days().get((reporter, channel))
        return last is not None and last >= self._day

    def send(self, reporter: str, channel: str, items: int, way: Way | str) -> None:
        """``way`` sends the message, or says why there is none."""
        if isinstance(way, str):
            self._summary.failed[reporter, channel] = way
            return
        self._note(reporter, channel, SendState.BEGUN, items)
        try:
            fault = way()
        except TransportError as error:
            self._summary.failed[reporter, channel] = str(error)
            self._note(reporter, channel, SendState.FAILED, items, str(error))
            return
        # Where some of several addresses refused, the others have it: again would be twice.
        self._note(reporter, channel, SendState.SENT, items, fault)
        self._summary.sent.append((reporter, channel))

    def _note(
        self, reporter: str, channel: str, state: SendState, items: int, fault: str | None = None
    ) -> None:
        self._log.add(reporter, channel, self._day, state, utc_now(), items, fault)


def _way(reminder: Reminder, channel: str, mailer: Mailer | None, webhook: Webhook) -> Way | str:
    contact = reminder.contact
    if channel == WEBHOOK and contact and contact.webhook:
        url = contact.webhook
        return lambda: webhook.send(url, reminder.subject, reminder.markdown)
    if contact is None or not contact.mail:
        return NO_ADDRESS
    if mailer is None:
        return NO_SERVER
    mail = contact.mail
    return lambda: mailer.send(mail, reminder.subject, reminder.text)


def county_digest(
    day: date, reminders: list[Reminder], unnamed: int = 0, pages: str = ""
) -> tuple[str, str]:
    """Title and text of the county's own message: how many each reporter owes, no more; and how many
    files came back to nobody, because their sender is unknown."""
    title = f"【县统】{day_zh(day)}：{len(reminders)}个单位有报表待处理"
    lines = [f"**{title}**"]
    if unnamed:
        lines.append(f"> 报送单位不明、已退回的文件：{unnamed}份，请查明报送人")
    for reminder in reminders:
        late = sum(item.days_left < 0 for item in reminder.items)
        overdue = f"，其中逾期{late}张" if late else ""
        lines.append(f"> {reminder.reporter_name}：{len(reminder.items)}张{overdue}")
    where = f"[打开看板]({pages.rstrip('/')}/board)" if pages else "详情：xiantong status"
    return title, fit(lines, where)
