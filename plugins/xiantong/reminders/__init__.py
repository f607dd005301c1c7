"""Reminders: one message per reporter about everything that it still owes."""

from xiantong.reminders.contacts import Contact, ContactError, read_contacts
from xiantong.reminders.message import Item, Reminder
from xiantong.reminders.plan import plan_reminders
from xiantong.reminders.rules import QuietRules
from xiantong.reminders.send import RemindSummary, send_reminders
from xiantong.reminders.transport import Mailer, SmtpServer, TransportError, Webhook

__all__ = [
    "Contact",
    "ContactError",
    "Item",
    "Mailer",
    "QuietRules",
    "RemindSummary",
    "Reminder",
    "SmtpServer",
    "TransportError",
    "Webhook",
    "plan_reminders",
    "read_contacts",
    "send_reminders",
]
