"""Sources: where deliveries come from, and how they get into store and ledger."""

from xiantong.sources.fetching import SourceError, fetch
from xiantong.sources.folder import FolderSource
from xiantong.sources.handing_in import HandedIn, fit_name, hand_in
from xiantong.sources.intake import IntakeResult, intake
from xiantong.sources.source import Offer, Skipped, Source, VanishedError

__all__ = [
    "FolderSource",
    "HandedIn",
    "IntakeResult",
    "Offer",
    "Skipped",
    "Source",
    "SourceError",
    "VanishedError",
    "fetch",
    "fit_name",
    "hand_in",
    "intake",
]
