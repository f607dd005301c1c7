"""The check: a contract's rules as a Great Expectations suite on DuckDB, many deliveries at once."""

from xiantong.checking.check import LISTED_PER_RULE, check_batch
from xiantong.checking.lake import AcceptedFile, AcceptedLake, EmptyLake

__all__ = ["LISTED_PER_RULE", "AcceptedFile", "AcceptedLake", "EmptyLake", "check_batch"]
