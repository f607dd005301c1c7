"""Identity numbers that people write where they do not belong: file names, remarks, wrong columns."""

from __future__ import annotations

import re

MASK = "***"
# Eighteen characters with a date of birth in the middle, in either width; no longer number.
IDENTITY_NUMBER = re.compile(
    r"(?<!\d)\d{6}[1１2２][890８９０]\d{2}[01０１]\d[0-3０-３]\d{4}[\dXxＸｘ](?!\d)"
)
# The same for engines without look-around, with what stands before and after as its groups.
IDENTITY_NUMBER_RE2 = (
    r"(^|[^0-9０-９])[0-9０-９]{6}[1１2２][890８９０][0-9０-９]{2}[01０１][0-9０-９][0-3０-３]"
    r"[0-9０-９]{4}[0-9０-９XxＸｘ]($|[^0-9０-９])"
)


def without_identity(text: str | None) -> str | None:
    """Text as it may be shown."""
    return IDENTITY_NUMBER.sub(MASK, text) if text else text


def has_identity(text: str) -> bool:
    return IDENTITY_NUMBER.search(text) is not None
