"""Which buckets a row is in: its entity's terms, applied to one row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import assert_never

import sqlalchemy as sa

from syncengine.model.conditions import Subtrees, matches, referred_entity, subtrees_of
from syncengine.model.entity import Entity, window_of
from syncengine.model.manifest import Schema
from syncengine.model.sentences import Sentence
from syncengine.model.terms import (
    EVERYONE,
    Addressed,
    BucketKind,
    BucketName,
    Carried,
    Everyone,
    FacetOf,
    Follows,
    Lent,
    OwnedBy,
    PersonalTo,
    Reaches,
    Ruled,
    facet_of,
)
from syncengine.model.unmet import Row, unmet
from syncengine.store.carried import CarriedRows, Carriers
from syncengine.store.lent import LentRows
from syncengine.store.reach import Reach
from syncengine.store.rules import Rule, Rulebook
from syncengine.store.working import NOWHERE, Buckets, Key, RowState, Values, Working, target_tag

State = Callable[[Key], RowState]  # rows as they are at the moment, by key


@dataclass(frozen=True)
class Placement:
    """Puts rows into buckets, by the schema's terms, the rules in force and the lists of
    substitutions.
    """

    schema: Schema
    rules: Rulebook
    lent: LentRows
    reach: Reach
    carriers: Carriers
    at: int

    @classmethod
    def of(
        cls, connection: sa.Connection, schema: Schema, tables: dict[str, sa.Table], at: int
    ) -> Placement:
        """By what a connection shows. at: the instant for which rows' windows are judged."""
        args = connection, schema, tables
        rules, lent, reach = Rulebook(*args), LentRows(*args), Reach(*args)
        return cls(schema, rules, lent, reach, CarriedRows(*args), at)

    def buckets_of(self, entity: Entity, row_id: bytes, values: Values, state: State) -> Buckets:
        """The buckets of a row with these values. `state` answers for the rows that it follows and
        for the hierarchies that rules ask about.
        """
        lifecycle = self.schema.lifecycles.get(entity.name)
        if lifecycle is not None and lifecycle.released(entity, values):
            return NOWHERE
        return self._placed(entity, row_id, values, state, state)

    def kept(self, entity: Entity, row_id: bytes, values: Values, state: State) -> Buckets:
        """The buckets of a row had no state released it, or the rows that it follows."""

        def followed(key: Key) -> RowState:
            above = state(key)
            if above.values is None:
                return above
            of = self.schema.by_tag[key[0]]
            return replace(above, buckets=self.kept(of, key[1], above.values, state))

        return self._placed(entity, row_id, values, state, followed)

    def _placed(
        self, entity: Entity, row_id: bytes, values: Values, state: State, followed: State
    ) -> Buckets:
        """By the terms and the row's window. followed: answers for the rows that it follows."""
        names: set[BucketName] = set()
        if window_of(entity, values).over(self.at):
            return NOWHERE
        for term in entity.terms:
            match term:
                case Everyone():
                    names.add(EVERYONE)
                case Ruled():
                    names |= self._ruled(entity, values, state)
                case Lent():
                    names |= self.lent.buckets_of(entity, row_id, values, term)
                case Addressed():
                    names.add(BucketName(BucketKind.ADDRESSED, row_id))
                case Carried():
                    names |= self.carriers.buckets_of(term, row_id)
                case OwnedBy() | PersonalTo() | Follows() | FacetOf() | Reaches():
                    target = values[entity.position(term.field)]
                    if isinstance(target, bytes):
                        names |= self._by_reference(entity, term, target, followed)
                case _:
                    assert_never(term)
        part = entity.part.number
        return frozenset(BucketName(name.kind, name.key, part) for name in names)

    def follow(self, rows: dict[Key, RowState], state: State) -> None:
        """Put those of the changed `rows` anew that follow others of them: these may have moved
        since.
        """
        tags = {tag for tag, _ in rows}
        following = {tag for tag in tags if not tags.isdisjoint(self._followed(tag))}
        moved = bool(following)
        while moved:
            moved = False
            for (tag, row_id), after in rows.items():
                if after.values is None or tag not in following:
                    continue
                entity = self.schema.by_tag[tag]
                buckets = self.buckets_of(entity, row_id, after.values, state)
                if buckets != after.buckets:
                    rows[tag, row_id] = replace(after, buckets=buckets)
                    moved = True

    def _followed(self, tag: int) -> set[int]:
        """The tags of the entities whose rows those of another follow."""
        entity = self.schema.by_tag[tag]
        terms = (term for term in entity.terms if isinstance(term, Follows | FacetOf))
        return {target_tag(self.schema, entity, term.field) for term in terms}

    def preload(self, working: Working, keys: Iterable[Key]) -> None:
        """Bring in what `buckets_of` would otherwise load row by row: what lists the rows, whom
        they reach and, level by level, the hierarchies above them that rules ask about.
        """
        keys = set(keys)
        self.lent.load(keys)
        by_tag: dict[int, set[Key]] = {}
        for key in keys:
            by_tag.setdefault(key[0], set()).add(key)
        for rows_tag, rows in by_tag.items():
            entity = self.schema.by_tag[rows_tag]
            self._load_reached(working, entity, rows)
            for field, name, parent in self._asked_about(entity):
                above, tag = self.schema.entities[name], self.schema.tags[name]
                level = _referred(working, rows, entity.position(field), tag)
                level |= by_tag.get(tag, set())
                seen: set[Key] = set()
                while level := level - seen:
                    working.load(level)
                    seen |= level
                    level = _referred(working, level, above.position(parent), tag)

    def _load_reached(self, working: Working, entity: Entity, rows: set[Key]) -> None:
        for term in entity.terms:
            if isinstance(term, Reaches):
                tag = target_tag(self.schema, entity, term.field)
                nodes = _referred(working, rows, entity.position(term.field), tag)
                self.reach.load(term.through, (node for _, node in nodes))

    def _asked_about(self, entity: Entity) -> set[tuple[str, str, str]]:
        """(field, entity that it refers to, field of that one's parent) in rules' conditions."""
        if not any(isinstance(term, Ruled) for term in entity.terms):
            return set()
        return {
            (subtree.field, referred_entity(entity, subtree.field), subtree.parent)
            for rule in self.rules.of(entity)
            for subtree in subtrees_of(rule.condition)
        }

    def _by_reference(
        self,
        entity: Entity,
        term: OwnedBy | PersonalTo | Follows | FacetOf | Reaches,
        target: bytes,
        state: State,
    ) -> Buckets:
        match term:
            case OwnedBy():
                return frozenset((BucketName(BucketKind.BUSINESS, target),))
            case PersonalTo():
                return frozenset((BucketName(BucketKind.PERSONAL, target),))
            case Follows():
                return state((target_tag(self.schema, entity, term.field), target)).buckets
            case FacetOf():
                parent = state((target_tag(self.schema, entity, term.field), target))
                tag = self.schema.tags[entity.name]
                return frozenset(facet_of(tag, name) for name in parent.buckets)
            case Reaches():
                people = self.reach.people(term.through, target)
                return frozenset(BucketName(BucketKind.BUSINESS, person) for person in people)
            case _:
                assert_never(term)

    def _ruled(self, entity: Entity, values: Values, state: State) -> set[BucketName]:
        rules = self.rules.of(entity)
        return {rule.bucket for rule in rules if self.selects(rule, values, state)}

    def selects(self, rule: Rule, values: Values, state: State) -> bool:
        """Whether a row with these values meets a rule's condition."""
        return matches(rule.condition, rule.target, values, self._subtrees(state))

    def unmet(self, rule: Rule, values: Values, state: State) -> Sentence | None:
        """What keeps a row from meeting a rule's condition, in words; None when nothing does."""
        row = Row(rule.target, values, self._subtrees(state))
        return None if row.meets(rule.condition) else unmet(rule.condition, row)

    def _subtrees(self, state: State) -> Subtrees:
        def in_subtree(name: str, parent: str, node: bytes, row: bytes) -> bool:
            return self._is_below(name, parent, node, row, state)

        return in_subtree

    def _is_below(self, name: str, parent: str, node: bytes, row: bytes, state: State) -> bool:
        """Whether `row` is `node` or below it; a circle in the data ends the walk."""
        entity, tag = self.schema.entities[name], self.schema.tags[name]
        place = entity.position(parent)
        seen: set[bytes] = set()
        here = row
        while here != node and here not in seen:
            seen.add(here)
            values = state((tag, here)).values
            above = values[place] if values is not None else None
            if not isinstance(above, bytes):
                return False
            here = above
        return here == node


def _referred(working: Working, keys: Iterable[Key], place: int, tag: int) -> set[Key]:
    """What the loaded rows refer to in that place."""
    found = (working.rows[key].values for key in keys)
    return {
        (tag, above)
        for values in found
        if values is not None and isinstance(above := values[place], bytes)
    }
