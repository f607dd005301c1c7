"""Settling: decide checked submissions, record it, and complete what follows from it."""

from xiantong.settling.foresight import foresee
from xiantong.settling.handover import read_checked, write_checked
from xiantong.settling.settle import SettleError, finish, settle
from xiantong.settling.summary import Settled, SettleSummary

__all__ = [
    "SettleError",
    "SettleSummary",
    "Settled",
    "finish",
    "foresee",
    "read_checked",
    "settle",
    "write_checked",
]
