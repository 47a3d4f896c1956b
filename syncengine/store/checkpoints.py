"""Checkpoint tokens: what a store holds, said by the server, sealed, and shown again at the
next sync.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from syncengine.model.errors import CheckpointRefused
from syncengine.protocol.messages import Granted

_PURPOSE = b"syncengine checkpoint 1\x00"
_SEAL = 32
NOT_TOLD = b""  # in place of a digest: the device is to be told what is granted


@dataclass(frozen=True)
class Left:
    """What an early checkpoint left: the parts from number `part` on are at `version`, and these
    are their buckets, ascending.
    """

    part: int
    version: int
    buckets: tuple[int, ...]


class _Wire(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    epoch: bytes
    version: int
    chain: bytes
    incarnation: bytes
    buckets: list[int]
    grants: bytes
    parts: list[int] = []  # tokens from before there were parts lack it
    left: tuple[int, int, list[int]] | None = None  # and those from before early checkpoints this


@dataclass(frozen=True)
class Held:
    """A published checkpoint: the version, the chain head there, the buckets it covers, ascending,
    and a digest of what the device was told about them.

    parts: the numbers of those that it is restricted to, ascending; none: all. left: of an early
    one, what is older than the rest.
    """

    epoch: bytes
    version: int
    chain: bytes
    incarnation: bytes
    buckets: tuple[int, ...]
    grants: bytes
    parts: tuple[int, ...] = ()
    left: Left | None = None

    @property
    def lowest(self) -> int:
        """The version that nothing of it is below."""
        return self.version if self.left is None else self.left.version

    def versions(self) -> dict[int, int]:
        """Each bucket's version."""
        found = dict.fromkeys(self.buckets, self.version)
        if self.left is not None:
            found |= dict.fromkeys(self.left.buckets, self.left.version)
        return found

    def early(self) -> tuple[int, ...]:
        """The buckets that are newer than the rest."""
        if self.left is None:
            return ()
        older = set(self.left.buckets)
        return tuple(b for b in self.buckets if b not in older)


def digest(granted: Sequence[Granted]) -> bytes:
    """Eight bytes that change whenever a line of Grants does."""
    return hashlib.sha256(msgspec.msgpack.encode(granted)).digest()[:8]


def seal(held: Held, secret: bytes) -> bytes:
    """The token: HMAC-SHA256 (32 bytes), then the contents."""
    left = held.left
    body = msgspec.msgpack.encode(
        _Wire(
            held.epoch,
            held.version,
            held.chain,
            held.incarnation,
            list(held.buckets),
            held.grants,
            list(held.parts),
            (left.part, left.version, list(left.buckets)) if left else None,
        )
    )
    return hmac.digest(secret, _PURPOSE + body, "sha256") + body


def unseal(token: bytes, secret: bytes, incarnation: bytes) -> Held:
    """The contents; CheckpointRefused when tampered with, or another store's."""
    body = token[_SEAL:]
    if not hmac.compare_digest(token[:_SEAL], hmac.digest(secret, _PURPOSE + body, "sha256")):
        raise CheckpointRefused("The checkpoint was not made by this server.")
    try:
        wire = msgspec.msgpack.decode(body, type=_Wire)
    except msgspec.DecodeError:
        raise CheckpointRefused("The checkpoint cannot be read.") from None
    if wire.incarnation != incarnation:
        raise CheckpointRefused("The checkpoint belongs to another device.")
    return Held(
        wire.epoch, wire.version, wire.chain, wire.incarnation, tuple(wire.buckets),
        wire.grants, tuple(wire.parts),
        Left(wire.left[0], wire.left[1], tuple(wire.left[2])) if wire.left else None,
    )  # fmt: skip
