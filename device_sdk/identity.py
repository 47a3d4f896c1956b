"""Whose store a folder has, beside its file: what is known of a store that cannot be read.

Nothing in it is secret. It is no key, and the server knows all of it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from device_sdk.disk import write_durably
from syncengine.model.ids import ID_BYTES

IDENTITY = "identity"
SUM_BYTES = 16


@dataclass(frozen=True)
class Identity:
    """Three ids: of the seat, of the person whose it is, of the store itself."""

    seat: bytes
    person: bytes
    incarnation: bytes


def read_identity(directory: Path) -> Identity | None:
    """What was kept; None when nothing was, or it is not what was written."""
    try:
        raw = (directory / IDENTITY).read_bytes()
    except FileNotFoundError:
        return None
    ids, kept = raw[: 3 * ID_BYTES], raw[3 * ID_BYTES :]
    if kept != _sum(ids):
        return None
    return Identity(*(ids[at : at + ID_BYTES] for at in range(0, 3 * ID_BYTES, ID_BYTES)))


def keep_identity(directory: Path, identity: Identity) -> None:
    """Write it durably, unless it is what is kept."""
    if read_identity(directory) == identity:
        return
    ids = identity.seat + identity.person + identity.incarnation
    write_durably(directory / IDENTITY, ids + _sum(ids))


def _sum(ids: bytes) -> bytes:
    return hashlib.blake2b(ids, digest_size=SUM_BYTES).digest()
