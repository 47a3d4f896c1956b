"""Lent rows: which substitutions list a row, read for many rows at once, and the rows whose lists
a commit changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from syncengine.model.entity import Entity
from syncengine.model.lending import Lending
from syncengine.model.manifest import Schema
from syncengine.model.terms import BucketKind, BucketName, Lent
from syncengine.store.database import KEYS_PER_STATEMENT
from syncengine.store.working import Buckets, Change, Key, RowState, Values, batches

Lists = frozenset[tuple[Lent, bytes, bytes]]  # (term, substitution, whom it is for)


def lent_bucket(substitution: bytes) -> BucketName:
    """The bucket of the rows that a substitution lends."""
    return BucketName(BucketKind.LENT, substitution)


class LentRows:
    """The lists as they are stored, kept while one commit works. What a changeset lists itself
    counts once it is stored, which `touched` then finds.
    """

    def __init__(
        self, connection: sa.Connection, schema: Schema, tables: dict[str, sa.Table]
    ) -> None:
        self._connection = connection
        self._schema = schema
        self._tables = tables
        self._tags = {schema.tags[lending.entity.name] for lending in schema.lendings}
        self._known: dict[Key, Lists] = {}
        self._outdated: set[Key] = set()

    def load(self, keys: Iterable[Key]) -> None:
        """Read the lists of all these rows, and again those that are outdated: one statement for
        many.
        """
        wanted = {key for key in keys if key[0] in self._tags and key not in self._known}
        if not wanted:
            return
        wanted |= self._outdated
        found: dict[Key, set[tuple[Lent, bytes, bytes]]] = {key: set() for key in wanted}
        for lending in self._schema.lendings:
            tag = self._schema.tags[lending.entity.name]
            row_ids = sorted(row_id for of, row_id in wanted if of == tag)
            for some in batches(row_ids, KEYS_PER_STATEMENT):
                for row_id, substitution, absent in self._connection.execute(
                    self._listing(lending, some)
                ):
                    found[tag, row_id].add((lending.term, substitution, absent))
        self._known |= {key: frozenset(lists) for key, lists in found.items()}
        self._outdated.clear()

    def buckets_of(self, entity: Entity, row_id: bytes, values: Values, term: Lent) -> Buckets:
        """The buckets that the term puts a row with these values into."""
        key = (self._schema.tags[entity.name], row_id)
        self.load((key,))
        owner = values[entity.position(term.owner)]
        return frozenset(
            lent_bucket(substitution)
            for by, substitution, absent in self._known[key]
            if by == term and absent == owner
        )

    def touched(self, changed: Iterable[Change]) -> set[Key]:
        """The rows whose lists these stored changes concern; they are read anew from now on."""
        changed = list(changed)
        found: set[Key] = set()
        for lending in self._schema.lendings:
            tag = self._schema.tags[lending.entity.name]
            row_ids = self._listed_in(lending, changed) | self._of_changed(lending, changed)
            found |= {(tag, row_id) for row_id in row_ids}
        if found:
            self._outdated |= self._known.keys()
            self._known.clear()
        return found

    def _listed_in(self, lending: Lending, changed: list[Change]) -> set[bytes]:
        """The rows that a changed line of a list names, or named."""
        lists = self._schema.entities[lending.term.entity]
        tag, place = self._schema.tags[lists.name], lists.position(lending.term.row)
        return {
            row_id
            for (of, _), *states in changed
            if of == tag
            for state in states
            if state.values is not None and isinstance(row_id := state.values[place], bytes)
        }

    def _of_changed(self, lending: Lending, changed: list[Change]) -> set[bytes]:
        """The rows listed by substitutions that are now of somebody else, or for other rows."""
        grant, lists = lending.grant, self._tables[lending.term.entity].c
        entity = self._schema.entities[grant.entity]
        places = entity.position(grant.absent), entity.position(lending.only_listed)
        tag = self._schema.tags[entity.name]
        others = [
            row_id
            for (of, row_id), before, after in changed
            if of == tag and _at(before, places) != _at(after, places)
        ]
        found: set[bytes] = set()
        for some in batches(others, KEYS_PER_STATEMENT):
            named = lists[lending.term.substitution].in_(some)
            found.update(self._connection.scalars(sa.select(lists[lending.term.row]).where(named)))
        return found

    def _listing(self, lending: Lending, row_ids: Iterable[bytes]) -> sa.Select[Any]:
        """(row, substitution, absent person) of every line that lends one of the rows."""
        lists, substitutions = self._tables[lending.term.entity], self._tables[lending.grant.entity]
        return (
            sa.select(
                lists.c[lending.term.row], substitutions.c.id, substitutions.c[lending.grant.absent]
            )
            .join_from(
                lists, substitutions, lists.c[lending.term.substitution] == substitutions.c.id
            )
            .where(
                lists.c[lending.term.row].in_(row_ids),
                substitutions.c[lending.only_listed].is_(True),
            )
        )


def lists_rows(schema: Schema, entity: str) -> bool:
    """Whether rows of this entity are the lists of lent rows."""
    return any(lending.term.entity == entity for lending in schema.lendings)


def _at(state: RowState, places: tuple[int, ...]) -> list[object]:
    return [] if state.values is None else [state.values[place] for place in places]
