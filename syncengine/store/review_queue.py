"""Reading what waits for the office, and deciding it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import sqlalchemy as sa

from syncengine.model.changeset import Objection, Operation, Outcome
from syncengine.model.entity import Action, Entity, Field
from syncengine.model.errors import Advice, SyncError
from syncengine.model.fields import Reference, Stored
from syncengine.model.ids import derived_id
from syncengine.protocol.changesets import check_values
from syncengine.store import tables as t
from syncengine.store.author import DecisionJob
from syncengine.store.compared import Piece, pieces_of
from syncengine.store.database import KEYS_PER_STATEMENT, reading
from syncengine.store.history import iso, labels, readable, users
from syncengine.store.reviews import Kind, State, base_of, require_kind, unpack_operations
from syncengine.store.store import Store
from syncengine.store.working import batches

_r = t.review.c


class ReviewRefused(SyncError):
    """The work cannot take effect as things are now; it goes on waiting."""

    code = "review.refused"
    advice = Advice.FIX

    def __init__(self, number: int, objections: Sequence[Objection]) -> None:
        reasons = " ".join(f"{o.detail} [{o.code}]" for o in objections)
        super().__init__(f"{number} cannot take effect now and goes on waiting: {reasons}")
        self.objections = tuple(objections)


class ReviewUnreadable(SyncError):
    """Work of an app that is too old to be read: there is nothing that could take effect."""

    code = "review.unreadable"
    advice = Advice.FIX

    def __init__(self, number: int) -> None:
        super().__init__(
            f"{number} is in words that are no longer read, so it cannot take effect: enter it anew"
            " (`syncengine history --refused` shows what it says), then reject it."
        )


@dataclass(frozen=True)
class Entry:
    """One thing that waits, or waited. Times in microseconds; rows as entity:number or entity:id.

    done: when the work was done, as estimated. decision: the version of the changeset that closed
    it. person, behalf, touched: who did it, for whom, and the rows with their entities, by id.
    """

    number: int
    state: str
    actor: str | None
    principal: str | None
    done: int
    received: int
    rows: list[str]
    reasons: list[str]
    decided: int | None
    decision: int | None
    reason: str
    person: bytes
    behalf: bytes | None
    touched: tuple[tuple[str, bytes], ...]

    def as_data(self) -> dict[str, Any]:
        """For --json, without ids; times as ISO 8601."""
        ids = ("person", "behalf", "touched")
        plain = {name: value for name, value in vars(self).items() if name not in ids}
        decided = None if self.decided is None else iso(self.decided)
        times = {"done": iso(self.done), "received": iso(self.received), "decided": decided}
        return {**plain, **times}


@dataclass(frozen=True)
class Value:
    """One field of an operation: what it was for the person, what the server had when the work
    came, what it has now, and what the person entered.
    """

    operation: int
    action: str
    row: str
    field: str | None
    base: Any
    server: Any
    now: Any
    device: Any


@dataclass(frozen=True)
class Shown:
    """An entry with its values; a deletion is a value without a field. pieces: the same as stored.
    decider: who in the office decided, by the name for signing in.
    """

    entry: Entry
    values: list[Value]
    pieces: list[Piece]
    decider: str | None

    def as_data(self) -> dict[str, Any]:
        """For --json."""
        return {**self.entry.as_data(), "values": [vars(value) for value in self.values]}


def entries(store: Store, kind: Kind, decided: bool, limit: int) -> tuple[list[Entry], int]:
    """(at most `limit` entries, how many there are): what is open, oldest first; or what is
    decided, newest first.
    """
    which = sa.and_(_r.kind == str(kind), (_r.state != State.OPEN) == decided)
    order = _r.number.desc() if decided else _r.number
    with reading(store.engine) as connection:
        count = connection.scalar(sa.select(sa.func.count()).where(which)) or 0
        rows = connection.execute(sa.select(t.review).where(which).order_by(order).limit(limit))
        return _entries(store, connection, rows.all()), count


def show(store: Store, kind: Kind, number: int) -> Shown:
    """One entry; ReviewUnknown."""
    with reading(store.engine) as connection:
        row = _find(connection, kind, number)
        c = t.changeset.c
        by = connection.scalar(sa.select(c.office_user).where(c.version == row.decision))
        return Shown(
            _entries(store, connection, [row])[0], _values(store, connection, row),
            pieces_of(store, connection, row), users(connection, store, {by}).get(by),
        )  # fmt: skip


def operations_of(store: Store, kind: Kind, number: int) -> tuple[Operation, ...]:
    """What would take effect; ReviewUnknown."""
    with reading(store.engine) as connection:
        return unpack_operations(_find(connection, kind, number).body)


def accept(
    store: Store, kind: Kind, number: int, reason: str = "", user: bytes | None = None
) -> int:
    """Put what was entered into effect; the version. ReviewUnknown, ReviewDecided, ReviewRefused,
    ReviewUnreadable.

    It is judged again, as things are now, with what the office may write. Where a conflict rule
    only chooses, what was entered stands; a deleted row comes back. user: as in Author.
    """
    final = _Final(State.ACCEPTED, reason, lambda operations: operations, {}, user)
    return _decide(store, kind, number, final)


def edit(
    store: Store,
    kind: Kind,
    number: int,
    values: dict[int, dict[int, Stored]],
    reason: str = "",
    user: bytes | None = None,
) -> int:
    """As `accept`, with other values: field number -> value, by place of the operation. These stand
    whatever the fields' rules.
    """

    def edited(operations: tuple[Operation, ...]) -> tuple[Operation, ...]:
        return tuple(
            replace(o, fields=o.fields | values.get(place, {}))
            for place, o in enumerate(operations)
        )

    return _decide(store, kind, number, _Final(State.EDITED, reason, edited, values, user))


def reject(store: Store, kind: Kind, number: int, reason: str, user: bytes | None = None) -> int:
    """Leave things as they are, for a reason; the decision's version. Whoever may not put the work
    into effect may not reject it either.
    """
    return _decide(store, kind, number, _Final(State.REJECTED, reason, lambda _: (), {}, user))


@dataclass(frozen=True)
class _Final:
    """A decision. operations: those that take effect, made of those that were entered. typed: field
    number -> value that the office has set, by place of the operation.
    """

    state: State
    reason: str
    operations: Callable[[tuple[Operation, ...]], tuple[Operation, ...]]
    typed: dict[int, dict[int, Stored]]
    user: bytes | None


def _decide(store: Store, kind: Kind, number: int, final: _Final) -> int:
    state, reason = final.state, final.reason
    with reading(store.engine) as connection:
        row = _find(connection, kind, number)
    entered = unpack_operations(row.body)
    if not entered and state is not State.REJECTED:
        raise ReviewUnreadable(number)
    operations = final.operations(entered)
    for operation in operations:
        check_values(store.schema.by_tag[operation.tag], operation.action, operation.fields)
    said = f": {reason}" if reason else ""
    job = DecisionJob(
        review=number, kind=kind, state=state, reason=reason,
        label=f"{kind} {number} {state}{said}",
        changeset=derived_id(row.changeset, b"review", str(number).encode()),
        person=row.person, behalf=row.principal, base=base_of(row), incarnation=row.incarnation,
        judged=row.judged, edited=row.edited, operations=operations,
        typed=frozenset(
            ((operations[place].tag, operations[place].row_id), n)
            for place, fields in final.typed.items()
            for n in fields
        ),
        entered=entered, user=final.user,
    )  # fmt: skip
    store.decide(job)
    verdict = job.answer[0]
    if verdict.outcome is Outcome.REJECTED or verdict.version is None:
        raise ReviewRefused(number, verdict.objections)
    return verdict.version


def _find(connection: sa.Connection, kind: Kind, number: int) -> Any:  # noqa: ANN401
    row = connection.execute(sa.select(t.review).where(_r.number == number)).first()
    require_kind(number, kind, row.kind if row is not None else None)
    return row


def _entries(store: Store, connection: sa.Connection, rows: Sequence[Any]) -> list[Entry]:
    """In as many statements as there are kinds of rows, however many entries there are."""
    work = [unpack_operations(row.body) for row in rows]
    wanted: dict[str, set[bytes]] = {}
    for row in rows:
        people = wanted.setdefault(store.schema.people, set())
        people.update(person for person in (row.person, row.principal) if person is not None)
    for operations in work:
        for o in operations:
            wanted.setdefault(store.schema.by_tag[o.tag].name, set()).add(o.row_id)
    called: dict[tuple[str, bytes | None], str] = {}
    for entity, ids in wanted.items():
        for some in batches(sorted(ids), KEYS_PER_STATEMENT):
            found = labels(connection, store.tables[entity], some)
            called |= {(entity, row_id): label for row_id, label in found.items()}
    return [_entry(store, row, some, called) for row, some in zip(rows, work, strict=True)]


def _entry(
    store: Store,
    row: Any,  # noqa: ANN401
    operations: tuple[Operation, ...],
    called: dict[tuple[str, bytes | None], str],
) -> Entry:
    people, by_tag = store.schema.people, store.schema.by_tag
    touched = dict.fromkeys((by_tag[o.tag].name, o.row_id) for o in operations)
    rows = [f"{entity}:{called[entity, row_id]}" for entity, row_id in touched]
    reasons = [f"{said} [{code}]" for code, said in msgspec.msgpack.decode(row.reasons)]
    return Entry(
        row.number, row.state, called.get((people, row.person)),
        called.get((people, row.principal)), row.edited, row.received, list(dict.fromkeys(rows)),
        list(dict.fromkeys(reasons)), row.decided, row.decision, row.reason, row.person,
        row.principal, tuple(touched),
    )  # fmt: skip


def _values(store: Store, connection: sa.Connection, row: Any) -> list[Value]:  # noqa: ANN401
    found: list[Value] = []
    for piece in pieces_of(store, connection, row):
        called = labels(connection, store.tables[piece.entity.name], {piece.row_id})
        named = piece.place, str(piece.action), f"{piece.entity.name}:{called[piece.row_id]}"
        if piece.action is Action.DELETE:
            found.append(Value(*named, None, None, None, None, None))
        for one in piece.fields:
            shown = (_shown(store, connection, piece.entity, one.field, v) for v in one.stored)
            found.append(Value(*named, one.field.name, *shown))
    return found


def _shown(
    store: Store, connection: sa.Connection, entity: Entity, field: Field, stored: Stored
) -> Any:  # noqa: ANN401
    """A row by its number, anything else as the history shows it."""
    if isinstance(field.type, Reference) and isinstance(stored, bytes):
        return labels(connection, store.tables[field.type.entity], {stored})[stored]
    return readable(entity, field.number, stored)
