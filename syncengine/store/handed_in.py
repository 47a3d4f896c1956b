"""Taking an outbox that was handed in as a file: each changeset is answered once, as ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from syncengine.model.changeset import Verdict
from syncengine.model.errors import BadSignature, SeatLocked
from syncengine.model.manifest import Schema, schema_from_data
from syncengine.protocol.hand_in import open_hand_in, verify_hand_in
from syncengine.protocol.limits import MAX_CHANGESETS_PER_PUSH
from syncengine.store import tables as t
from syncengine.store.database import reading
from syncengine.store.seats import Seat
from syncengine.store.store import Store


@dataclass(frozen=True)
class Answered:
    """A changeset's verdict with its bytes, which `history.entered` reads."""

    verdict: Verdict
    body: bytes


@dataclass(frozen=True)
class Taken:
    """A file that was opened. `answers` takes it, piece by piece; `schema` is the store's."""

    seat: Seat
    schema: Schema
    answers: Iterator[Answered]


def take(store: Store, data: bytes) -> Taken:
    """Open a file that a device wrote; nothing is changed before `answers` is read.

    Malformed, TooLarge, BadSignature, SeatLocked, Unauthenticated: it is none of a device here.
    While reading: UpgradeRequired for work of an app that is newer than the server, SequenceGap
    when earlier work is missing, Fenced. What came before has its answers.
    """
    contents, signed = open_hand_in(data)
    seat = store.seats.find(contents.seat)
    verify_hand_in(signed, Ed25519PublicKey.from_public_bytes(seat.public_key))
    if seat.locked:
        raise SeatLocked("The office has locked this device: release it first.")
    i = t.incarnation.c
    with reading(store.engine) as connection:
        owner = connection.scalar(sa.select(i.seat).where(i.id == contents.incarnation))
    if owner != seat.id:
        raise BadSignature("The file names a store that is not this device's.")

    def answers() -> Iterator[Answered]:
        for first in range(0, len(contents.changesets), MAX_CHANGESETS_PER_PUSH):
            some = contents.changesets[first : first + MAX_CHANGESETS_PER_PUSH]
            verdicts = store.push(seat, contents.incarnation, some, handed_in=True)
            for verdict, changeset in zip(verdicts, some, strict=True):
                yield Answered(verdict, changeset.body)

    return Taken(seat, schema_from_data(contents.schema), answers())
