"""Reading the history: who changed a row, when, for whom, and which values lost a conflict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgpack
import msgspec
import sqlalchemy as sa

from syncengine.model.entity import Action, Entity, Field
from syncengine.model.errors import InvalidValue
from syncengine.model.fields import EPOCH, MICROSECOND, FieldType, Reference, Stored
from syncengine.model.ids import is_id, to_text
from syncengine.model.manifest import Schema
from syncengine.protocol.changesets import ACTIONS, decode_envelope
from syncengine.protocol.messages import WireVerdict
from syncengine.store import tables as t
from syncengine.store.database import reading
from syncengine.store.store import Store


@dataclass(frozen=True)
class HistoryEntry:
    """One operation that took effect. Times in microseconds; values by field name, readable.

    user: who in the office did it or decided it, by the name for signing in.
    """

    version: int
    received: int
    device_time: int | None
    source: str
    actor: str | None
    principal: str | None
    user: str | None
    label: str
    action: str
    entity: str
    row: str
    before: dict[str, Any]
    after: dict[str, Any]
    losses: list[dict[str, Any]]

    def as_data(self) -> dict[str, Any]:
        """For --json; times as ISO 8601."""
        made = None if self.device_time is None else iso(self.device_time)
        return {**vars(self), "received": iso(self.received), "device_time": made}


@dataclass(frozen=True)
class RefusedEntry:
    """A changeset that took no effect and is kept whole."""

    sequence: int
    received: int
    actor: str | None
    outcome: str
    reasons: list[str]
    entered: list[dict[str, Any]]

    def as_data(self) -> dict[str, Any]:
        """For --json."""
        return {**vars(self), "received": iso(self.received)}


def history(
    store: Store,
    tag: int,
    row_id: bytes | None = None,
    limit: int = 50,
    before: int | None = None,
) -> list[HistoryEntry]:
    """The newest `limit` entries of one row, or of an entity when `row_id` is None. before: only
    those of versions below it.
    """
    o, c = t.operation.c, t.changeset.c
    wanted = (
        sa.select(
            t.operation, c.received, c.device_time, c.source, c.person, c.label, c.office_user
        )
        .join(t.changeset, c.version == o.version)
        .where(o.tag == tag)
        .order_by(o.version.desc(), o.position.desc())
        .limit(limit)
    )
    if row_id is not None:
        wanted = wanted.where(o.row_id == row_id)
    if before is not None:
        wanted = wanted.where(o.version < before)
    with reading(store.engine) as connection:
        return entries_of_rows(store, connection, connection.execute(wanted).all())


def made_at(store: Store, entity: str, row_id: bytes) -> int | None:
    """When a row was made, as estimated where a device made it; None: before the history begins."""
    o, c = t.operation.c, t.changeset.c
    wanted = (
        sa.select(sa.func.coalesce(c.edited, c.received))
        .join(t.operation, c.version == o.version)
        .where(o.tag == store.schema.tags[entity], o.row_id == row_id)
        .where(o.action == str(Action.INSERT))
        .order_by(o.version.desc())
        .limit(1)
    )
    with reading(store.engine) as connection:
        found: int | None = connection.scalar(wanted)
    return found


def entries_of_rows(
    store: Store, connection: sa.Connection, rows: Sequence[Any]
) -> list[HistoryEntry]:
    """Lines of operations with what their changesets say, as entries."""
    people = numbers(connection, store, {r.person for r in rows} | {r.principal for r in rows})
    people |= users(connection, store, {r.office_user for r in rows})
    return [_entry(store.schema.by_tag[row.tag], row, people) for row in rows]


def refused(store: Store, limit: int = 50, person: bytes | None = None) -> list[RefusedEntry]:
    """The newest rejected and quarantined changesets, of `person` or of everybody."""
    v, i, s = t.verdict.c, t.incarnation.c, t.seat.c
    wanted = (
        sa.select(v.sequence, v.received, v.outcome, v.payload, v.body, s.person)
        .join(t.incarnation, i.id == v.incarnation)
        .join(t.seat, s.id == i.seat)
        .where(v.body.is_not(None))
        .order_by(v.received.desc(), v.sequence.desc())
        .limit(limit)
    )
    if person is not None:
        wanted = wanted.where(s.person == person)
    with reading(store.engine) as connection:
        rows = connection.execute(wanted).all()
        people = numbers(connection, store, {r.person for r in rows})
    return [
        RefusedEntry(
            r.sequence,
            r.received,
            people.get(r.person),
            r.outcome,
            _reasons(r.payload),
            entered(store.schema, r.body),
        )
        for r in rows
    ]


def entered(schema: Schema, body: bytes) -> list[dict[str, Any]]:
    """What a changeset was to do, readable also where the schema does not know what it names."""
    return [
        {
            "action": str(ACTIONS[o.action]) if 0 <= o.action < len(ACTIONS) else str(o.action),
            "entity": entity.name if (entity := schema.by_tag.get(o.tag)) else f"entity {o.tag}",
            "row": to_text(o.row) if is_id(o.row) else o.row.hex(),
            "values": dict(_readable(entity, number, value) for number, value in o.fields),
        }
        for o in decode_envelope(body).operations
    ]


def _readable(entity: Entity | None, number: int, stored: Stored) -> tuple[str, Any]:
    """(the field's name, its value); number and stored form where there is no such field."""
    field = entity.known(number) if entity else None
    plain = stored.hex() if isinstance(stored, bytes) else stored
    try:
        if field is not None and stored is not None:
            field.type.check(stored)
            plain = _loaded(field.type, stored)
    except InvalidValue:
        pass  # refused for this very reason, or of another type in its time
    return field.name if field else f"field {number}", plain


def numbers(
    connection: sa.Connection, store: Store, people: Iterable[bytes | None]
) -> dict[bytes | None, str]:
    """Person id -> number of the leading system, or the id as text where there is none."""
    return labels(connection, store.tables[store.schema.people], people)


def users(
    connection: sa.Connection, store: Store, users: Iterable[bytes | None]
) -> dict[bytes | None, str]:
    """Office user id -> name for signing in, or the id as text of who is no longer there."""
    ids = [user for user in users if user is not None]
    accounts = store.schema.accounts
    found: dict[bytes | None, str] = {user: to_text(user) for user in ids}
    if ids and accounts is not None:
        c = store.tables[accounts.user].c
        known = connection.execute(sa.select(c.id, c.name).where(c.id.in_(ids)))
        found |= {row.id: row.name for row in known}
    return found


def labels(
    connection: sa.Connection, table: sa.Table, rows: Iterable[bytes | None]
) -> dict[bytes | None, str]:
    """Row id -> the row's number, or the id as text where there is none."""
    ids = [row_id for row_id in rows if row_id is not None]
    found: dict[bytes | None, str] = {row_id: to_text(row_id) for row_id in ids}
    if "number" in table.c:
        known = connection.execute(sa.select(table.c.id, table.c.number).where(table.c.id.in_(ids)))
        found |= {row_id: number for row_id, number in known if number is not None}
    return found


def _entry(entity: Entity, row: Any, people: dict[bytes | None, str]) -> HistoryEntry:  # noqa: ANN401
    losses = [
        {
            "field": _name(entity, n),
            "lost": readable(entity, n, lost),
            "kept": readable(entity, n, kept),
        }
        for n, lost, kept in msgpack.unpackb(row.losses, raw=False)
    ]
    return HistoryEntry(
        row.version, row.received, row.device_time, row.source, people.get(row.person),
        people.get(row.principal), people.get(row.office_user), row.label, row.action,
        entity.name, to_text(row.row_id), _fields(entity, row.before), _fields(entity, row.after),
        losses,
    )  # fmt: skip


def _fields(entity: Entity, packed: bytes) -> dict[str, Any]:
    return {
        _name(entity, number): readable(entity, number, stored)
        for number, stored in msgpack.unpackb(packed, raw=False)
    }


def _name(entity: Entity, number: int) -> str:
    return _field(entity, number).name


def readable(entity: Entity, number: int, stored: Stored) -> Any:  # noqa: ANN401
    """What a person can read, and JSON can carry."""
    return _loaded(_field(entity, number).type, stored)


def _loaded(kind: FieldType, stored: Stored) -> Any:  # noqa: ANN401
    if isinstance(stored, bytes) and not isinstance(kind, Reference):
        return stored.hex()
    loaded = kind.load(stored) if stored is not None else None
    return loaded if isinstance(loaded, int | list | dict | None) else str(loaded)


def _field(entity: Entity, number: int) -> Field:
    """The field, also when it was removed since."""
    field = entity.known(number)
    assert field is not None
    return field


def _reasons(payload: bytes) -> list[str]:
    wire = msgspec.msgpack.decode(payload, type=WireVerdict)
    return [f"{o.detail} [{o.code}]" for o in wire.objections]


def iso(microseconds: int) -> str:
    """ISO 8601; a device's clock may say anything, also what no calendar holds."""
    try:
        return (EPOCH + microseconds * MICROSECOND).isoformat(timespec="seconds")
    except OverflowError:
        return f"{microseconds} microseconds since 1970"
