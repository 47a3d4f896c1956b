"""Devices of a field force, for the portal's pages, and what reps hand in from them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.data import SCHEMA
from benchmarks.office import Office
from syncengine.model.changeset import Base, Changeset, Operation, Outcome
from syncengine.model.ids import binding
from syncengine.model.terms import EVERYONE, BucketKind, BucketName
from syncengine.model.windows import DAY
from syncengine.protocol.changesets import encode_changeset, sign
from syncengine.store import tables as t
from syncengine.store.database import reading, writing
from syncengine.store.grants import bucket_ids
from syncengine.store.late import pack_buckets
from syncengine.store.seats import Seat

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))  # of every device here
PUBLIC = KEY.public_key().public_bytes_raw()


class Devices:
    """One a rep, synced at various times."""

    def __init__(self, office: Office) -> None:
        self._store, self._generator = office.store, office.generator
        store, reps = office.store, office.generator.owners
        own = [BucketName(BucketKind.BUSINESS, rep) for rep in reps]
        with reading(store.engine) as connection:
            ids = bucket_ids(connection, [EVERYONE, *own])
        version, now = store.status().version, store.environment.now()
        self._seats: dict[bytes, tuple[Seat, bytes]] = {}  # rep -> (the seat, its incarnation)
        self._sequences = dict.fromkeys(reps, 0)
        with writing(store.engine) as connection:
            for number, (rep, name) in enumerate(zip(reps, own, strict=True)):
                seat = Seat(store.environment.new_id(), rep, f"Tablet {number}", PUBLIC, False)
                self._seats[rep] = seat, store.environment.new_id()
                held = pack_buckets(tuple(ids[n] for n in (EVERYONE, name) if n in ids))
                connection.execute(sa.insert(t.seat).values(
                    id=seat.id, person=rep, device=seat.device, public_key=PUBLIC,
                    state="active", enrolled=now,
                ))  # fmt: skip
                connection.execute(sa.insert(t.incarnation).values(
                    id=self._seats[rep][1], seat=seat.id, state="active", next_sequence=1,
                    answers_from=1, told_until=0, acked_version=version,
                    acked_at=now - number % 9 * DAY, acked_buckets=held,
                ))  # fmt: skip

    def new_id(self, rep: bytes) -> bytes:
        """Of a row that is made on the rep's device."""
        return self._generator.new_id()[:12] + binding(self._seats[rep][1])

    def hand_in(self, rep: bytes, *changesets: Sequence[Operation]) -> None:
        """Push a rep's changesets, signed; RuntimeError unless all of them are accepted."""
        (seat, incarnation), status = self._seats[rep], self._store.status()
        base, pushed = Base(status.epoch, status.version), []
        for operations in changesets:
            self._sequences[rep] += 1
            pushed.append(sign(encode_changeset(Changeset(
                self._store.environment.new_id(), incarnation, self._sequences[rep], rep,
                {module.name: module.version for module in SCHEMA.modules}, base, (),
                self._store.environment.now(), tuple(operations),
            )), KEY))  # fmt: skip
        for verdict in self._store.push(seat, incarnation, pushed):
            if verdict.outcome is not Outcome.ACCEPTED:
                raise RuntimeError(f"a rep's changeset was not accepted: {verdict}")
