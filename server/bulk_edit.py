"""One field of many rows: which rows change, which are left out and why, then the change (D1).

Nobody's newer edit is overwritten unseen: a row that has changed since it was looked at is left
out. So is one that the write path refuses; the others are written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from server.problem import Problem
from syncengine.model.changeset import Objection, Operation
from syncengine.model.entity import Action, Entity, Field
from syncengine.model.fields import Stored
from syncengine.store import bulk
from syncengine.store.author import Author, Expected
from syncengine.store.listing import Listed
from syncengine.store.objections import objections_to
from syncengine.store.office import ROW_CHANGED
from syncengine.store.preview import MAX_PREVIEW_OPERATIONS
from syncengine.store.store import Store

MOST = MAX_PREVIEW_OPERATIONS  # rows of one edit: what is previewed is all of it
ROUNDS = 5  # of leaving out what is refused: without some rows others may be refused
ALONE = 100  # of what is refused is looked at by itself
CHANGED = "This was changed meanwhile."


@dataclass(frozen=True)
class Edit:
    """field becomes value. seen: the store's version when the rows were looked at."""

    entity: Entity
    field: Field
    value: Stored
    seen: int


@dataclass(frozen=True)
class LeftOut:
    """A row that stays as it is. code, said: why, as the engine objects."""

    row: bytes
    code: str
    said: str


@dataclass(frozen=True)
class Plan:
    """What an edit writes. versions: of the rows that change, by their ids. already: rows that have
    the value. before: how many of those that change have which value now.
    """

    operations: tuple[Operation, ...]
    versions: Mapping[bytes, int]
    already: int
    before: Mapping[Stored, int]
    left_out: tuple[LeftOut, ...]


def plan(store: Store, author: Author, edit: Edit, rows: Iterable[Listed]) -> Plan:
    """Problem: more than MOST rows; or what is refused keeps changing."""
    tag, number = store.schema.tags[edit.entity.name], edit.field.number
    values: dict[bytes, Stored] = {}
    versions: dict[bytes, int] = {}
    left_out: list[LeftOut] = []
    already = 0
    for row in rows:
        now = row.values[edit.field.name]
        if now == edit.value:
            already += 1
        elif row.version > edit.seen:
            left_out.append(LeftOut(row.id, ROW_CHANGED.code, CHANGED))
        else:
            values[row.id], versions[row.id] = now, row.version
    if len(values) > MOST:
        raise Problem("bulk.too_large", f"At most {MOST:,} rows are edited at once.")
    operations = [Operation(Action.UPDATE, tag, i, {number: edit.value}) for i in values]
    for _ in range(ROUNDS):
        objections = objections_to(store, author, operations) if operations else ()
        if not objections:
            break
        refused = _refused(store, author, operations, objections)
        left_out += [LeftOut(row, one.code, one.detail) for row, one in refused.items()]
        operations = [one for one in operations if one.row_id not in refused]
    else:
        raise Problem("bulk.refused", "The rows refuse this change together: choose fewer.")
    before = Counter(values[one.row_id] for one in operations)
    return Plan(tuple(operations), versions, already, before, tuple(left_out))


def _refused(
    store: Store,
    author: Author,
    operations: Sequence[Operation],
    objections: Sequence[Objection],
) -> dict[bytes, Objection]:
    """The first objection to each row. Where only some are refused alone, it is these that are to
    blame: below a circle everything is refused.
    """
    found: dict[bytes, Objection] = {}
    for objection in objections:
        found.setdefault(operations[objection.operation].row_id, objection)
    if len(found) > ALONE:
        return found
    alone: dict[bytes, Objection] = {}
    for one in operations:
        if one.row_id in found and (said := objections_to(store, author, [one])):
            alone[one.row_id] = said[0]
    return alone or found


def write(store: Store, author: Author, made: Plan) -> tuple[int, tuple[LeftOut, ...]]:
    """(how many rows were written, what was left out of them meanwhile). As one changeset, of rows
    that nobody has changed at that moment; or in steps where it is a large change, which merges
    with what is written between them. Errors are those of `write_change`.
    """
    operations = list(made.operations)
    if len(operations) > bulk.STEP_OPERATIONS:
        written = bulk.write_change(store, author, operations)
        refused = [
            LeftOut(operations[one.position].row_id, one.code, one.detail)
            for one in written.refused
        ]
        return len(operations) - len(refused), tuple(refused)
    left_out: list[LeftOut] = []
    objections: Sequence[Objection] = ()
    for _ in range(ROUNDS):
        if not operations:
            return 0, tuple(left_out)
        versions = {(one.tag, one.row_id): made.versions[one.row_id] for one in operations}
        objections = store.write(author, operations, expected=Expected(versions)).objections
        if not objections:
            return len(operations), tuple(left_out)
        refused_now = _refused(store, author, operations, objections)
        for row, said in refused_now.items():
            why = CHANGED if said.code == ROW_CHANGED.code else said.detail
            left_out.append(LeftOut(row, said.code, why))
        operations = [one for one in operations if one.row_id not in refused_now]
    raise bulk.ChangeRefused(objections)
