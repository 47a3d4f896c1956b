"""Why a row is on a person's device, or what failed for each way it could have come."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, assert_never

import sqlalchemy as sa

from syncengine.model.conditions import said
from syncengine.model.entity import Entity
from syncengine.model.ids import ZERO_ID, to_text
from syncengine.model.terms import (
    Audiences,
    BucketKind,
    BucketName,
    Everyone,
    FacetOf,
    Follows,
    Grant,
    OwnedBy,
    PersonalTo,
    Reason,
    RowTerm,
    Ruled,
    Rules,
    Substitution,
    Subtree,
)
from syncengine.store.audiences import audiences_of
from syncengine.store.database import reading
from syncengine.store.grants import by_bucket, grants_of
from syncengine.store.history import numbers
from syncengine.store.placement import Placement
from syncengine.store.rules import Rule, Rulebook
from syncengine.store.store import Store
from syncengine.store.substitutions import link_of
from syncengine.store.working import RowState, Working, target_tag


def said_instant(instant: int | None) -> str:
    """For people; None is for ever."""
    if instant is None:
        return "it is called off"
    moment = dt.datetime.fromtimestamp(instant // 1_000_000, dt.UTC)
    return f"{moment:%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True)
class Reasoning:
    """One way: row -> term -> bucket -> grant. `holds` tells whether it leads to the device."""

    holds: bool
    chain: tuple[str, ...]


@dataclass(frozen=True)
class Explanation:
    """All ways, those that hold first. `held` is what the device is served."""

    held: bool
    ways: tuple[Reasoning, ...] = ()

    @property
    def reasons(self) -> tuple[tuple[str, ...], ...]:
        """The chains of the ways that hold."""
        return tuple(way.chain for way in self.ways if way.holds)

    @property
    def lines(self) -> list[str]:
        """For people: only the ways that hold, or what failed on each."""
        return [
            f"{'because' if way.holds else 'not because'}: {' -> '.join(way.chain)}"
            for way in self.ways
            if way.holds or not self.held
        ]

    def as_data(self) -> dict[str, Any]:
        """For --json."""
        return {
            "held": self.held,
            "ways": [{"holds": way.holds, "chain": list(way.chain)} for way in self.ways],
        }


def explain(store: Store, person: bytes, tag: int, row_id: bytes) -> Explanation:
    """The present reasons, or the first failing condition of each way the row could have come."""
    with reading(store.engine) as connection:
        return _Explainer(store, connection, person).explain(tag, row_id)


class _Explainer:
    def __init__(self, store: Store, connection: sa.Connection, person: bytes) -> None:
        self._store = store
        self._schema = store.schema
        self._connection = connection
        self._person = person
        self._working = Working(connection, store.schema, store.tables)
        self._placement = Placement(store.schema, Rulebook(connection, store.schema, store.tables))
        self._audiences = audiences_of(connection, store.schema, store.tables, person)
        self._at = store.environment.now()
        self._grants = by_bucket(
            grants_of(connection, store.schema, store.tables, person, self._at)
        )

    def explain(self, tag: int, row_id: bytes) -> Explanation:
        state = self._working.state((tag, row_id))
        if state.values is None:
            return Explanation(False, (Reasoning(False, ("there is no such row",)),))
        ways = self._row(tag, row_id, state)
        held = not self._grants.keys().isdisjoint(state.buckets)
        if held is not any(way.holds for way in ways):
            told = f"the row's memberships say {'yes' if held else 'no'}, its terms do not: doctor"
            ways.append(Reasoning(held, (told,)))
        return Explanation(held, tuple(sorted(ways, key=lambda way: not way.holds)))

    def _row(self, tag: int, row_id: bytes, state: RowState) -> list[Reasoning]:
        entity = self._schema.by_tag[tag]
        here = f"{entity.name} {self._label(tag, row_id, state)}"
        if state.values is None:
            return [Reasoning(False, (here, "there is no such row"))]
        if not entity.terms:
            return [Reasoning(False, (here, f"rows of {entity.name} are on no device"))]
        ways: list[Reasoning] = []
        for term in entity.terms:
            ways += [
                Reasoning(way.holds, (here, *way.chain)) for way in self._term(tag, state, term)
            ]
        return ways or [Reasoning(False, (here, "no rule is in force for rows of its kind"))]

    def _term(self, tag: int, state: RowState, term: RowTerm) -> list[Reasoning]:
        entity = self._schema.by_tag[tag]
        if isinstance(term, Everyone):
            return [Reasoning(True, ("on every device",))]
        if isinstance(term, Ruled):
            return self._ruled(entity, state)
        assert state.values is not None
        target = state.values[entity.position(term.field)]
        if not isinstance(target, bytes):
            return [Reasoning(False, (f"its {term.field} is empty",))]
        match term:
            case OwnedBy():
                step = f"owned by {self._name(target)} ({term.field})"
                return self._bucket(step, BucketName(BucketKind.BUSINESS, target))
            case PersonalTo():
                step = f"personal to {self._name(target)} ({term.field})"
                return self._bucket(step, BucketName(BucketKind.PERSONAL, target))
            case FacetOf():
                return self._facet(entity, term, target)
            case Follows():
                parent = target_tag(self._schema, entity, term.field)
                followed = self._working.state((parent, target))
                step = f"follows its {term.field}"
                return [
                    Reasoning(way.holds, (step, *way.chain))
                    for way in self._row(parent, target, followed)
                ]
            case _:
                assert_never(term)

    def _facet(self, entity: Entity, term: FacetOf, target: bytes) -> list[Reasoning]:
        """The ways of the row that it belongs to, for those in the audience."""
        parent = target_tag(self._schema, entity, term.field)
        followed = self._working.state((parent, target))
        holder, inside = self._name(self._person), term.audience in self._audiences
        last = f"{holder} is {'' if inside else 'not '}in the audience {term.audience}"
        return [
            Reasoning(way.holds and inside, (f"belongs to its {term.field}", *way.chain, last))
            for way in self._row(parent, target, followed)
        ]

    def _ruled(self, entity: Entity, state: RowState) -> list[Reasoning]:
        """A way for each rule in force: selected or not, and for whom."""
        assert state.values is not None
        ways = []
        for rule in self._placement.rules.of(entity):
            named = f"rule {self._rule_number(rule)}"
            selected = self._placement.selects(rule, state.values, self._working.state)
            if not selected:
                ways.append(
                    Reasoning(False, (f"{named} does not select it: {said(rule.condition)}",))
                )
            elif grants := self._grants.get(rule.bucket):
                step = f"{named} selects it"
                ways += [Reasoning(True, (step, self._grant(grant))) for grant in grants]
            else:
                why = f"{self._name(self._person)} is not in its audience now"
                ways.append(Reasoning(False, (f"{named} selects it", why)))
        return ways

    def _rule_number(self, rule: Rule) -> str:
        for term in self._schema.grants:
            if isinstance(term, Rules):
                tag = self._schema.tags[term.entity]
                return self._label(tag, rule.id, self._working.state((tag, rule.id)))
        return to_text(rule.id)

    def _bucket(self, step: str, name: BucketName) -> list[Reasoning]:
        owner = self._name(name.key)
        bucket = f"{name.kind} rows of {owner}"
        if name in self._grants:
            return [
                Reasoning(True, (step, bucket, self._grant(grant))) for grant in self._grants[name]
            ]
        if name.kind is BucketKind.PERSONAL:
            why = f"personal rows are for {owner} alone"
            return [Reasoning(False, (step, bucket, why))]
        return [Reasoning(False, (step, bucket, why)) for why in self._not_granted(name.key)]

    def _grant(self, grant: Grant) -> str:
        holder = self._name(self._person)
        match grant.reason:
            case Reason.OWN:
                return f"they are the own rows of {holder}"
            case Reason.EVERYONE:
                return "everybody holds them"
            case Reason.HIERARCHY:
                return f"{holder} leads {self._name(grant.via)}"
            case Reason.RULE:
                return f"{holder} is in its audience"
            case Reason.SUBSTITUTION:
                chain = "".join(f"{self._name(p)}, who substitutes " for p in grant.path)
                return f"{holder} substitutes {chain}{self._name(grant.via)} {self._when(grant)}"
            case _:
                assert_never(grant.reason)

    def _not_granted(self, owner: bytes) -> list[str]:
        """Each way to another's business bucket, and why it fails."""
        holder, other = self._name(self._person), self._name(owner)
        reasons = [f"{holder} is not {other}"]
        for term in self._schema.grants:
            match term:
                case Subtree():
                    reasons.append(f"{other} is not below {holder} in the hierarchy")
                case Substitution():
                    reasons.append(self._no_substitution(term, owner))
                case Rules() | Audiences():
                    pass  # these show rows of a rule's bucket, not of a person's
                case _:
                    assert_never(term)
        return reasons

    def _when(self, grant: Grant) -> str:
        """How long a grant lasts, and whether it is for reading only."""
        if grant.write.contains(self._at):
            return "now" if grant.hold.ends is None else f"until {said_instant(grant.hold.ends)}"
        if not grant.write.begun(self._at):
            return f"from {said_instant(grant.write.starts)} on, and may read before"
        return f"no more, and may read until {said_instant(grant.hold.ends)}"

    def _no_substitution(self, term: Substitution, absent: bytes) -> str:
        """Why no substitution lets the person at the absent one's rows: of those that name both,
        the one that comes closest.
        """
        holder, other = self._name(self._person), self._name(absent)
        table = self._store.tables[term.entity]
        c = table.c
        rows = self._connection.execute(
            sa.select(table).where(c[term.absent] == absent, c[term.substitute] == self._person)
        ).mappings()
        named = [dict(row) for row in rows]
        links = [link_of(term, row["id"], row) for row in named]
        holds = [link.hold for link in links if link is not None]
        begins = [w.starts for w in holds if w.starts is not None and not w.begun(self._at)]
        if begins:
            return f"the substitution of {other} by {holder} begins on {said_instant(min(begins))}"
        ends = [w.ends for w in holds if w.ends is not None]
        if ends:
            return f"the substitution of {other} by {holder} ended on {said_instant(max(ends))}"
        why = f"no active substitution names {holder} as substitute of {other}"
        return f"{why}: the one that does is switched off" if named else why

    def _name(self, person: bytes) -> str:
        if person == ZERO_ID:
            return "everyone"
        return numbers(self._connection, self._store, {person}).get(person, to_text(person))

    def _label(self, tag: int, row_id: bytes, state: RowState) -> str:
        entity = self._schema.by_tag[tag]
        if state.values is not None and "number" in entity.by_name:
            number = state.values[entity.position("number")]
            if isinstance(number, str):
                return number
        return to_text(row_id)
