"""Writing what a commit decided: typed rows and payloads, then the rows whose buckets follow from
it: those that follow a moved row, and those that are lent, or that a rule selects, now or no
longer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from syncengine.model.manifest import Schema
from syncengine.model.terms import Rules
from syncengine.store import tables as t
from syncengine.store.blob_references import keep_references
from syncengine.store.carried import CarriedRows, carried_anew, carried_by
from syncengine.store.concealed import conceals
from syncengine.store.database import KEYS_PER_STATEMENT, upsert
from syncengine.store.grants import touches_grants
from syncengine.store.lent import lists_rows
from syncengine.store.misplaced import Misplaced
from syncengine.store.moves import Moves
from syncengine.store.placement import Placement
from syncengine.store.typed_rows import write_typed
from syncengine.store.unsettled import Cause, Kind, Place, keep, windows_of
from syncengine.store.withheld import withholds
from syncengine.store.working import Change, Key, RowState, Working, batches, make_payload

ROWS_AT_ONCE = 2_000  # rows that one commit moves though nobody wrote them; the rest come later


class Settlement:
    """What one commit stores; `moves` has every row that was touched."""

    def __init__(
        self, working: Working, placement: Placement, version: int, room: int | None = None
    ) -> None:
        """version: the clock after the last changeset judged. room: for rows that move though
        nobody wrote them.
        """
        self._working = working
        self._version = version
        self._room = ROWS_AT_ONCE if room is None else room
        self.moves = Moves(working.connection, working.bucket_ids)
        carriers = CarriedRows(working.connection, working.schema, working.tables, self.moves.rows)
        self._placement = replace(placement, carriers=carriers)

    def settle(self) -> None:
        """Store every changed row of `working`, and the rows that follow from them."""
        working = self._working
        changed = list(working.changed())
        if not changed:
            return
        _write_rows(working.connection, working.schema, working.tables, changed)
        keep_references(working.connection, working.schema, changed, self._placement.at)
        moved: set[Key] = set()
        for key, before, after in changed:
            self.moves.add(key, before, after, after.version)
            if before.buckets != after.buckets:
                moved.add(key)
        working.settled()
        anew = (carried_anew(working.schema, *change) for change in changed)
        listed = self._placement.lent.touched(changed)
        self._place(self._following(moved).union(listed, *anew))
        self._move_reached(changed)
        for rule_id in sorted(self._touched_rules(changed)):
            self.go_on(Cause(Kind.RULE, rule_id), Place())
        self.store()

    def end_windows(self) -> None:
        """Move the rows whose windows have ended by now."""
        for tag, entity in self._working.schema.by_tag.items():
            if entity.window is not None:
                self.go_on(windows_of(tag), Place())
        self.store()

    def store(self) -> None:
        """Write the memberships and sums of what was moved."""
        self._working.settled()
        self.moves.store()

    def go_on(self, cause: Cause, place: Place) -> None:
        """Move the rows that a cause put out of place, from `place` on; what does not fit into one
        commit is kept as unsettled.
        """
        misplaced = Misplaced(self._working, self._placement.rules, self._placement.at)
        keys, rest = misplaced.rows(cause, place, self._room)
        self._room -= len(keys)
        self._place(keys)
        keep(self._working.connection, cause, rest)

    def _move_reached(self, changed: list[Change]) -> None:
        """Put the rows that name a node into their buckets where it reaches other people now."""
        schema, connection = self._working.schema, self._working.connection
        for through, nodes in self._placement.reach.settle(changed):
            for entity, field_name in schema.reaching(through):
                c = self._working.tables[entity.name].c
                for some in batches(nodes, KEYS_PER_STATEMENT):
                    found = connection.scalars(sa.select(c.id).where(c[field_name].in_(some)))
                    keys = {(schema.tags[entity.name], row_id) for row_id in found}
                    self._place(keys)

    def _touched_rules(self, changed: list[Change]) -> set[bytes]:
        """The rules that changed, or that ask about a hierarchy in which something moved."""
        schema, rules = self._working.schema, self._placement.rules
        terms = [term for term in schema.grants if isinstance(term, Rules)]
        tags = {schema.tags[term.entity] for term in terms}
        touched = {row_id for (tag, row_id), _, _ in changed if tag in tags}
        if touched:
            rules.forget()
        if not terms or not any(schema.by_tag[key[0]].is_hierarchy for key, _, _ in changed):
            return touched
        for name, parent in rules.hierarchies():
            tag, place = schema.tags[name], schema.entities[name].position(parent)
            rows = [(before, after) for key, before, after in changed if key[0] == tag]
            if any(_differ(before, after, place) for before, after in rows):
                touched |= rules.asking_about(name, parent)
        return touched

    def _place(self, keys: Collection[Key]) -> None:
        """Put rows into the buckets where they belong now, then what follows from those that moved,
        and so on. What many of them carry is looked up once for all of them.
        """
        while keys:
            keys = self._following(self._put(keys))

    def _following(self, moved: Collection[Key]) -> set[Key]:
        """The rows that follow the `moved` ones, or that these carry."""
        schema, connection = self._working.schema, self._working.connection
        by_tag: dict[int, list[bytes]] = {}
        for tag, row_id in moved:
            by_tag.setdefault(tag, []).append(row_id)
        keys: set[Key] = set()
        for tag, row_ids in by_tag.items():
            for child, field_name in schema.followers(schema.by_tag[tag].name):
                c = self._working.tables[child.name].c
                for some in batches(row_ids, KEYS_PER_STATEMENT):
                    found = connection.scalars(sa.select(c.id).where(c[field_name].in_(some)))
                    keys |= {(schema.tags[child.name], row_id) for row_id in found}
        return keys.union(*(carried_by(schema, key, self._working.rows[key]) for key in moved))

    def _put(self, keys: Collection[Key]) -> set[Key]:
        """Put rows into the buckets where they belong now; those that moved."""
        working = self._working
        working.load(keys)
        self._placement.preload(working, keys)
        moved: set[Key] = set()
        holders: list[dict[str, Any]] = []
        for key in keys:
            before = working.rows[key]
            if before.values is None:
                continue
            entity = working.schema.by_tag[key[0]]
            buckets = self._placement.buckets_of(entity, key[1], before.values, working.state)
            if buckets != before.buckets:
                after = RowState(before.version, before.values, buckets)
                working.rows[key] = after
                self.moves.add(key, before, after, self._version)
                holders.append({"k_tag": key[0], "k_row": key[1], "holders": len(buckets)})
                moved.add(key)
        if holders:
            r = t.record.c
            at = sa.and_(r.tag == sa.bindparam("k_tag"), r.row_id == sa.bindparam("k_row"))
            working.connection.execute(sa.update(t.record).where(at), holders)
        return moved


def reaches_others(
    placement: Placement, before: Mapping[Key, RowState], after: Mapping[Key, RowState]
) -> bool:
    """Whether other rows' buckets, anybody's grants or rights, or what is withheld or concealed
    follow from changed rows: then they are stored at once.
    """
    schema = placement.schema
    for key, state in after.items():
        entity, was = schema.by_tag[key[0]], before[key]
        moved = was.values is not None and was.buckets != state.buckets
        if (
            touches_grants(schema, entity.name)
            or (schema.accounts is not None and entity.name in schema.accounts.entities)
            or lists_rows(schema, entity.name)
            or withholds(schema, entity.name)
            or conceals(schema, entity.name)
            or entity.is_hierarchy
            or (moved and schema.followers(entity.name))
            or carried_anew(schema, key, was, state)
            or placement.reach.concerns(key, was.values, state.values)
        ):
            return True
    return False


def _differ(before: RowState, after: RowState, place: int) -> bool:
    """Whether a row that was there has another value in that place, or is gone."""
    if before.values is None:
        return False
    return after.values is None or before.values[place] != after.values[place]


def _write_rows(
    connection: sa.Connection,
    schema: Schema,
    tables: dict[str, sa.Table],
    changed: list[Change],
) -> None:
    records: list[dict[str, Any]] = []
    by_tag: dict[int, list[Change]] = {}
    deleted: dict[int, list[bytes]] = {}
    for change in changed:
        (tag, row_id), _, after = change
        if after.values is None:
            deleted.setdefault(tag, []).append(row_id)
            continue
        by_tag.setdefault(tag, []).append(change)
        payload = make_payload(row_id, after.version, after.values)
        records.append(
            {
                "tag": tag,
                "row_id": row_id,
                "version": after.version,
                "holders": len(after.buckets),
                "payload": payload,
            }
        )
    for tag, rows in by_tag.items():
        entity = schema.by_tag[tag]
        write_typed(connection, entity, tables[entity.name], rows)
    upsert(connection, t.record, records)
    for tag, row_ids in deleted.items():
        table = tables[schema.by_tag[tag].name]
        for some in batches(row_ids, KEYS_PER_STATEMENT):
            connection.execute(sa.delete(table).where(table.c.id.in_(some)))
            connection.execute(
                sa.delete(t.record).where(t.record.c.tag == tag, t.record.c.row_id.in_(some))
            )
