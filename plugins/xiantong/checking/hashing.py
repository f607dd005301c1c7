"""Keyed hashes of sensitive values, computed where the rows are."""

from __future__ import annotations

import hashlib

from xiantong.contracts.model import Column


def hmac_sha256(text: str, key: bytes) -> str:
    """DuckDB expression for HMAC-SHA256 (RFC 2104) of a text expression, in hexadecimal."""
    block = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner, outer = (bytes(b ^ pad for b in block).hex() for pad in (0x36, 0x5C))
    return f"sha256(unhex('{outer}') || unhex(sha256(unhex('{inner}') || encode({text}))))"


def hashed_text(column: Column) -> str:
    """What is hashed of a delivered value: its text, whatever case and blanks around it."""
    return f"upper(trim({column.name}__text))"
