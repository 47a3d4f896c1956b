"""Seats: enrolment by one-time code, and who sits where."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from syncengine.model.environment import Environment
from syncengine.model.errors import EnrolmentRefused, Malformed, Unauthenticated
from syncengine.model.ids import is_id
from syncengine.model.manifest import Schema
from syncengine.protocol.enrolment import Enrol, Enrolled
from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.database import reading, writing
from syncengine.store.late import pack_buckets

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without I, O, 0 and 1; 32 letters: 5 bits each
CODE_LENGTH = 16  # 80 bits
MAX_DEVICE_NAME = 100


@dataclass(frozen=True)
class Seat:
    """One person's store on one device."""

    id: bytes
    person: bytes
    device: str
    public_key: bytes
    locked: bool


@dataclass(frozen=True)
class SeatStatus:
    """A seat as the office sees it. `seen`: when it last proved a checkpoint (microseconds, 0:
    never).
    """

    seat: Seat
    incarnation: bytes
    fenced: bool
    version: int
    seen: int


class Seats:
    """The seats of one database."""

    def __init__(
        self,
        engine: sa.Engine,
        schema: Schema,
        tables: dict[str, sa.Table],
        environment: Environment,
    ) -> None:
        self._engine = engine
        self._schema = schema
        self._people = tables[schema.people]
        self._environment = environment

    def create_code(self, person: bytes, valid_for: int) -> str:
        """A one-time code for a person, valid for that many microseconds; only its hash is kept."""
        code = "".join(ALPHABET[b % 32] for b in self._environment.random_bytes(CODE_LENGTH))
        expires = self._environment.now() + valid_for
        with writing(self._engine) as connection:
            connection.execute(
                sa.insert(t.enrolment_code).values(hash=_hash(code), person=person, expires=expires)
            )
        return "-".join(code[i : i + 4] for i in range(0, CODE_LENGTH, 4))

    def enrol(self, request: Enrol) -> Enrolled:
        """A new seat for the code's person; EnrolmentRefused for any code that is not good.

        The same request repeated (its answer was lost) gets the same seat.
        """
        if not is_id(request.incarnation) or len(request.public_key) != 32:
            raise Malformed("an incarnation and an Ed25519 public key are needed")
        if not 1 <= len(request.device) <= MAX_DEVICE_NAME:
            raise Malformed(f"a device's name has 1 to {MAX_DEVICE_NAME} characters")
        with writing(self._engine) as connection:
            clock = clocks.lock(connection)
            clock.require(self._schema)
            hashed = _hash(request.code)
            c = t.enrolment_code.c
            code = connection.execute(sa.select(t.enrolment_code).where(c.hash == hashed)).first()
            if code is None or code.expires < self._environment.now():
                raise EnrolmentRefused("This code is not valid. Ask the office for a new one.")
            seat = code.seat
            if seat is None:
                seat = self._create(connection, code.person, request)
                connection.execute(
                    sa.update(t.enrolment_code).where(c.hash == hashed).values(seat=seat)
                )
            elif not self._is_same(connection, seat, request):
                raise EnrolmentRefused("This code is not valid. Ask the office for a new one.")
        return Enrolled(seat, code.person, clock.epoch, self._schema.data)

    def _create(self, connection: sa.Connection, person: bytes, request: Enrol) -> bytes:
        seat = self._environment.new_id()
        connection.execute(
            sa.insert(t.seat).values(
                id=seat,
                person=person,
                device=request.device,
                public_key=request.public_key,
                state="active",
                enrolled=self._environment.now(),
            )
        )
        connection.execute(
            sa.insert(t.incarnation).values(
                id=request.incarnation,
                seat=seat,
                state="active",
                next_sequence=1,
                answers_from=1,
                told_until=0,
                acked_version=0,
                acked_at=0,
                acked_buckets=pack_buckets(()),
            )
        )
        return seat

    def _is_same(self, connection: sa.Connection, seat: bytes, request: Enrol) -> bool:
        found = connection.execute(
            sa.select(t.seat.c.public_key, t.incarnation.c.id)
            .join_from(t.seat, t.incarnation, t.incarnation.c.seat == t.seat.c.id)
            .where(t.seat.c.id == seat)
        ).all()
        return (request.public_key, request.incarnation) in {(row[0], row[1]) for row in found}

    def find(self, seat: bytes) -> Seat:
        """The seat; Unauthenticated when there is none."""
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(t.seat).where(t.seat.c.id == seat)).first()
        if row is None:
            raise Unauthenticated("This device is not enrolled here.")
        return Seat(row.id, row.person, row.device, row.public_key, row.state == "locked")

    def locked(self, seats: Collection[bytes]) -> set[bytes]:
        """Those of the seats that are locked."""
        with reading(self._engine) as connection:
            found = connection.scalars(sa.select(t.seat.c.id).where(t.seat.c.state == "locked"))
            return set(found).intersection(seats)

    def list(self) -> list[SeatStatus]:
        """Every seat with its newest incarnation, in the order of enrolment."""
        s, i = t.seat.c, t.incarnation.c
        with reading(self._engine) as connection:
            rows = connection.execute(
                sa.select(
                    s.id,
                    s.person,
                    s.device,
                    s.public_key,
                    s.state,
                    i.id.label("incarnation"),
                    i.state.label("line"),
                    i.acked_version,
                    i.seen,
                )
                .join_from(t.seat, t.incarnation, i.seat == s.id)
                .order_by(s.enrolled, s.id)
            ).all()
        return [
            SeatStatus(
                Seat(r.id, r.person, r.device, r.public_key, r.state == "locked"),
                r.incarnation,
                r.line == "fenced",
                r.acked_version,
                r.seen,
            )
            for r in rows
        ]

    def lock(self, seat: bytes) -> None:
        """No token and no sync for this seat from now on."""
        self._set_state(seat, "locked")

    def lock_all(self, person: bytes) -> None:
        """The same for every seat of a person; their codes that nobody used are void."""
        code = t.enrolment_code.c
        with writing(self._engine) as connection:
            connection.execute(
                sa.update(t.seat).where(t.seat.c.person == person).values(state="locked")
            )
            connection.execute(
                sa.update(t.enrolment_code)
                .where(code.person == person, code.seat.is_(None))
                .values(expires=0)
            )

    def release(self, seat: bytes) -> None:
        """Let a locked or fenced seat work again."""
        self._set_state(seat, "active")
        with writing(self._engine) as connection:
            connection.execute(
                sa.update(t.incarnation).where(t.incarnation.c.seat == seat).values(state="active")
            )

    def _set_state(self, seat: bytes, state: str) -> None:
        with writing(self._engine) as connection:
            connection.execute(sa.update(t.seat).where(t.seat.c.id == seat).values(state=state))


def _hash(code: str) -> bytes:
    letters = "".join(c for c in code.upper() if c in ALPHABET)
    return hashlib.sha256(letters.encode()).digest()
