"""Workbooks that cannot be opened: cut off on their way, or locked with a password.

The lock is the standard encryption of [MS-OFFCRYPTO] 2.3.4 (AES-128, SHA-1) in a compound file
([MS-CFB]), so that a spreadsheet program asks for the password.
"""

from __future__ import annotations

import hashlib
import struct

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PASSWORD = "qingli2023"
_ROUNDS = 50_000
_PROVIDER = "Microsoft Enhanced RSA and AES Cryptographic Provider\0".encode("utf-16-le")
_SECTOR, _SMALL_SECTOR, _SMALL_STREAM = 512, 64, 4096
_LARGEST = 6_000_000
_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def cut_off(content: bytes, rng: np.random.Generator) -> bytes:
    """What arrived of a file before the connection broke."""
    return content[: int(len(content) * rng.uniform(0.4, 0.8))]


def lock(content: bytes, rng: np.random.Generator) -> bytes:
    """A workbook that opens only with ``PASSWORD``. Raises ``ValueError`` above 6 MB."""
    if len(content) > _LARGEST:
        raise ValueError(f"{len(content)} bytes are too much for one table of sectors")
    salt, verifier = rng.bytes(16), rng.bytes(16)
    key = _key(salt)
    header = struct.pack("<8I", 0x24, 0, 0x660E, 0x8004, 128, 0x18, 0, 0) + _PROVIDER
    proof = _encrypt(key, hashlib.sha1(verifier).digest().ljust(32, b"\0"))
    info = struct.pack("<HHII", 4, 2, 0x24, len(header)) + header
    info += struct.pack("<I", 16) + salt + _encrypt(key, verifier) + struct.pack("<I", 20) + proof
    package = struct.pack("<Q", len(content)) + _encrypt(key, _padded(content, 16))
    return _compound_file(info, package)


def _key(salt: bytes) -> bytes:
    digest = hashlib.sha1(salt + PASSWORD.encode("utf-16-le")).digest()
    for number in range(_ROUNDS):
        digest = hashlib.sha1(struct.pack("<I", number) + digest).digest()
    digest = hashlib.sha1(digest + struct.pack("<I", 0)).digest()
    inner = bytes(0x36 ^ byte for byte in digest.ljust(64, b"\0"))
    return hashlib.sha1(inner).digest()[:16]


def _encrypt(key: bytes, data: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def _padded(data: bytes, size: int) -> bytes:
    return data + b"\0" * (-len(data) % size)


def _compound_file(info: bytes, package: bytes) -> bytes:
    """The streams ``EncryptionInfo`` (a small one) and ``EncryptedPackage`` (padded to a large one).

    Sectors: directory, table of small sectors, small sectors, package, table of all sectors.
    """
    small = _padded(info, _SECTOR)
    large = _padded(package.ljust(_SMALL_STREAM, b"\0"), _SECTOR)
    first_large = 2 + len(small) // _SECTOR
    used = first_large + len(large) // _SECTOR
    tables = next(n for n in range(1, 110) if n * _SECTOR // 4 >= used + n)
    chains = [_END, _END, *_chain(2, first_large), *_chain(first_large, used)]
    chains += [_TABLE] * tables
    small_chain = _chain(0, -(-len(info) // _SMALL_SECTOR))
    directory = (
        _entry("Root Entry", 5, 2, len(small), child=1)
        + _entry("EncryptionInfo", 2, 0, len(info), left=2)
        + _entry("EncryptedPackage", 2, first_large, max(len(package), _SMALL_STREAM))
        + bytes(128)
    )
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    header += struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, tables, 0, 0, _SMALL_STREAM, 1, 1, _END, 0)
    places = [used + n for n in range(tables)]
    return b"".join(
        (header, _numbers(places, 109), directory, _numbers(small_chain, 128), small, large)
    ) + _numbers(chains, tables * _SECTOR // 4)


def _chain(first: int, end: int) -> list[int]:
    """Each sector names the next one."""
    return [*range(first + 1, end), _END]


def _numbers(numbers: list[int], count: int) -> bytes:
    return struct.pack(f"<{count}I", *numbers, *[_FREE] * (count - len(numbers)))


def _entry(
    name: str, kind: int, start: int, size: int, left: int = _FREE, child: int = _FREE
) -> bytes:
    """A directory entry: name, kind (2 a stream, 5 the root), neighbours, first sector, size."""
    text = name.encode("utf-16-le")
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBB3I", len(text) + 2, kind, 1, left, _FREE, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )
