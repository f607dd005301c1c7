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
    """What is hashed of a delivered value: the value that was read, so that a code, its label and its
    position have one hash; its text where nothing was read. Case and blanks around it do not count."""
    return f"upper(trim(coalesce(cast({column.name} as varchar), {column.name}__text)))"
