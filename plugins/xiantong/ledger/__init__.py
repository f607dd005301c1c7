"""The ledger: what arrived, what was decided about it and why. Its history is never rewritten."""

from xiantong.ledger.database import LedgerError
from xiantong.ledger.lake import LedgerLake
from xiantong.ledger.ledger import Ledger
from xiantong.ledger.model import (
    Delivery,
    DeliveryState,
    Record,
    RecordedFinding,
    Status,
    Submission,
)

__all__ = [
    "Delivery",
    "DeliveryState",
    "Ledger",
    "LedgerError",
    "LedgerLake",
    "Record",
    "RecordedFinding",
    "Status",
    "Submission",
]
