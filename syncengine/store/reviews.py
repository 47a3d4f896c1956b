"""What waits for the office: conflicts of fields that people decide, and quarantined work.

Entries are made by the commit that judges the work, and closed by the commit that writes the
decision: both under the clock's lock, so an entry is decided once.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa

from syncengine.model.changeset import Base, Behind, Operation, Outcome
from syncengine.model.errors import Advice, SyncError
from syncengine.model.ids import ZERO_ID
from syncengine.protocol.changesets import ACTIONS, WireOperation
from syncengine.store import tables as t
from syncengine.store.blob_references import touch
from syncengine.store.judgement import Judgement, Line

CONTESTED = "The field was changed on both sides."


class Kind(StrEnum):
    """What an entry is."""

    CONFLICT = "conflict"
    QUARANTINE = "quarantine"


class State(StrEnum):
    """Where it stands."""

    OPEN = "open"
    ACCEPTED = "accepted"  # put into effect as it was entered
    EDITED = "edited"  # put into effect with other values
    REJECTED = "rejected"


class ReviewUnknown(SyncError):
    """There is no such entry."""

    code = "review.unknown"
    advice = Advice.FIX


class ReviewDecided(SyncError):
    """Somebody has decided already."""

    code = "review.decided"
    advice = Advice.FIX


class Reviews:
    """The entries of one commit."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._made: list[dict[str, Any]] = []
        self._blobs: list[frozenset[bytes]] = []  # of each

    def add(
        self, judgement: Judgement, operations: tuple[Operation, ...], base: Base, **of: object
    ) -> None:
        """Note what of a device's changeset waits: nothing, its conflicts by operation, or all.

        of: the columns that say whose and when it is.
        """
        part, version = (base.behind.part, base.behind.version) if base.behind else (None, None)
        of |= {"base": base.version, "behind_part": part, "behind": version}
        if judgement.outcome is Outcome.QUARANTINED:
            reasons = [(o.code, o.detail) for o in judgement.objections]
            self._note(Kind.QUARANTINE, judgement.lines, operations, reasons, of)
            self._blobs.append(judgement.blobs)
            return
        if not judgement.effective:
            return
        for position in sorted({line.operation for line in judgement.lines}):
            lines = [line for line in judgement.lines if line.operation == position]
            whole = operations[position]
            entered = {line.field: line.entered for line in lines}
            contested = Operation(whole.action, whole.tag, whole.row_id, entered)
            reasons = [("conflict.queued", CONTESTED)]
            self._note(Kind.CONFLICT, lines, (contested,), reasons, of)
            self._blobs.append(judgement.blobs)

    def _note(
        self,
        kind: Kind,
        lines: list[Line],
        operations: tuple[Operation, ...],
        reasons: list[tuple[str, str]],
        of: dict[str, object],
    ) -> None:
        first = 0 if kind is Kind.QUARANTINE else lines[0].operation
        values = [(x.operation - first, x.field, x.base, x.server, x.entered) for x in lines]
        self._made.append(
            {
                "kind": str(kind),
                "principal": lines[0].principal if lines else of["person"],
                "body": pack_operations(operations),
                "lines": msgspec.msgpack.encode(values),
                "reasons": msgspec.msgpack.encode(reasons),
                "state": str(State.OPEN),
                "reason": "",
                **of,
            }
        )

    def require_open(self, number: int, kind: Kind) -> None:
        """ReviewUnknown, ReviewDecided: there is nothing to decide."""
        r = t.review.c
        row = self._connection.execute(
            sa.select(r.kind, r.state, r.decision).where(r.number == number)
        ).first()
        require_kind(number, kind, row.kind if row is not None else None)
        assert row is not None
        if row.state != State.OPEN:
            raise ReviewDecided(f"{number} was {row.state} already, as version {row.decision}.")

    def close(self, number: int, state: State, reason: str, version: int, now: int) -> None:
        """Note the decision that a changeset wrote."""
        self._connection.execute(
            sa.update(t.review)
            .where(t.review.c.number == number)
            .values(state=str(state), reason=reason, decision=version, decided=now)
        )
        w = t.blob_waiting.c
        ended = sa.delete(t.blob_waiting).where(w.review == number).returning(w.digest)
        touch(self._connection, self._connection.scalars(ended).all(), now)

    def store(self) -> None:
        """Write the new entries, numbered on from the last one."""
        if not self._made:
            return
        last = self._connection.scalar(sa.select(sa.func.max(t.review.c.number))) or 0
        for number, entry in enumerate(self._made, last + 1):
            entry["number"] = number
        self._connection.execute(sa.insert(t.review), self._made)
        waiting = [
            {"review": entry["number"], "digest": digest}
            for entry, blobs in zip(self._made, self._blobs, strict=True)
            for digest in blobs
        ]
        if waiting:
            self._connection.execute(sa.insert(t.blob_waiting), waiting)


def decided_due(cut: int) -> sa.Select[Any]:
    """Entries decided at version `cut` or before; but for the last entry, from which the next ones
    are numbered.
    """
    r = t.review.c
    last = sa.select(sa.func.max(t.review.alias().c.number)).scalar_subquery()
    return sa.select(r.number).where(r.state != State.OPEN, r.decision <= cut, r.number < last)


def drop_decided(connection: sa.Connection, cut: int, most: int) -> int:
    """Drop at most so many of them; how many went."""
    due = t.review.c.number.in_(decided_due(cut).limit(most).scalar_subquery())
    return connection.execute(sa.delete(t.review).where(due)).rowcount


def require_kind(number: int, wanted: Kind, found: str | None) -> None:
    """ReviewUnknown unless the entry is there and of that kind."""
    if found is None:
        raise ReviewUnknown(f"There is no {wanted} {number}.")
    if found != wanted:
        command = COMMANDS[Kind(found)]
        raise ReviewUnknown(f"{number} is no {wanted}: `{command} show {number}` shows what it is.")


COMMANDS = {Kind.CONFLICT: "conflicts", Kind.QUARANTINE: "quarantine"}


def base_of(row: sa.Row[Any]) -> Base:
    """What an entry's work was made on, in the present history."""
    left = None if row.behind is None else Behind(row.behind_part, row.behind)
    return Base(ZERO_ID, row.base, left)


def pack_operations(operations: tuple[Operation, ...]) -> bytes:
    """As they travel."""
    return msgspec.msgpack.encode(
        [
            WireOperation(ACTIONS.index(o.action), o.tag, o.row_id, sorted(o.fields.items()))
            for o in operations
        ]
    )


def unpack_operations(packed: bytes) -> tuple[Operation, ...]:
    """The reverse."""
    wire = msgspec.msgpack.decode(packed, type=list[WireOperation])
    return tuple(Operation(ACTIONS[o.action], o.tag, o.row, dict(o.fields)) for o in wire)
