"""The check: a contract's rules as a Great Expectations suite on DuckDB, many deliveries at once."""

from xiantong.checking.check import check_batch
from xiantong.checking.lake import AcceptedFile, AcceptedLake, EmptyLake
from xiantong.checking.scan import LISTED_PER_RULE

__all__ = ["LISTED_PER_RULE", "AcceptedFile", "AcceptedLake", "EmptyLake", "check_batch"]
