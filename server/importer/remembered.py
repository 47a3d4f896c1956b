"""Mappings that were used or saved: next time the same columns come, they are offered."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from server.importer.findings import MappingInvalid
from server.importer.mapping import MappingFile
from syncengine.store.database import reading, upsert, writing
from syncengine.store.errand_table import known_mapping as table
from syncengine.store.store import Store

LAST = ""  # the name of what was used last
MAX_KNOWN = 500  # of all; those that were not used for longest go
MAX_NAME = 80
MAX_BYTES = 64 * 1024

_m = table.c


def head_of(head: Sequence[str]) -> bytes:
    """By which a file with the same columns is known again, in whatever order they stand."""
    return hashlib.sha256(msgspec.msgpack.encode(sorted(head))).digest()


def remember(
    store: Store,
    entity: str,
    head: Sequence[str],
    declared: MappingFile,
    user: bytes,
    name: str = LAST,
) -> None:
    """Keep a mapping for files with these columns, in the place of one with that name.
    MappingInvalid: it is too large.
    """
    packed = msgspec.json.encode(declared)
    if len(packed) > MAX_BYTES:
        raise MappingInvalid("The mapping is too large to be kept.")
    row = {
        "entity": entity, "head": head_of(head), "name": name[:MAX_NAME], "office_user": user,
        "changed": store.environment.now(), "declared": packed,
    }  # fmt: skip
    with writing(store.engine) as connection:
        upsert(connection, table, [row])
        beyond = sa.select(_m.entity, _m.head, _m.name).order_by(_m.changed.desc())
        for old in connection.execute(beyond.offset(MAX_KNOWN)).all():
            this = sa.and_(_m.entity == old.entity, _m.head == old.head, _m.name == old.name)
            connection.execute(sa.delete(table).where(this))


def recalled(
    store: Store, entity: str, head: Sequence[str], name: str = LAST
) -> MappingFile | None:
    """What was kept for these columns under that name."""
    wanted = sa.select(_m.declared).where(
        _m.entity == entity, _m.head == head_of(head), _m.name == name
    )
    with reading(store.engine) as connection:
        packed = connection.scalar(wanted)
    try:
        return None if packed is None else msgspec.json.decode(packed, type=MappingFile)
    except msgspec.ValidationError:
        return None  # of another version of this program


def names(store: Store, entity: str, head: Sequence[str]) -> list[str]:
    """Under which names mappings for these columns are saved."""
    wanted = sa.select(_m.name).where(_m.entity == entity, _m.head == head_of(head))
    with reading(store.engine) as connection:
        return list(connection.scalars(wanted.where(_m.name != LAST).order_by(_m.name).limit(50)))


def entity_of(store: Store, head: Sequence[str]) -> str | None:
    """The kind of row that such a file was read as last."""
    wanted = sa.select(_m.entity).where(_m.head == head_of(head)).order_by(_m.changed.desc())
    with reading(store.engine) as connection:
        return connection.scalar(wanted.limit(1))


def forget(store: Store, entity: str, head: Sequence[str], name: str) -> None:
    """Drop a saved one."""
    this = sa.and_(_m.entity == entity, _m.head == head_of(head), _m.name == name)
    with writing(store.engine) as connection:
        connection.execute(sa.delete(table).where(this))
