"""Why a row is on a person's device, or what failed for each way it could have come: now, or at
an earlier version or time.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import assert_never

import sqlalchemy as sa

from syncengine.model.entity import Entity, window_of
from syncengine.model.ids import to_text
from syncengine.model.sentences import Named, What, named_entity, named_field, say
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
    RowTerm,
    Ruled,
    Rules,
)
from syncengine.store import tables as t
from syncengine.store.database import reading
from syncengine.store.explanation import Explanation, Reasoning, Step, StepKind, fails
from syncengine.store.granted import Granted, named_instant
from syncengine.store.grants import bucket_ids
from syncengine.store.history import labels
from syncengine.store.lent_ways import LentWays
from syncengine.store.past import moment, state_at
from syncengine.store.placement import Placement
from syncengine.store.rules import Rule
from syncengine.store.store import Store
from syncengine.store.working import RowState, Values, Working, target_tag


@dataclass(frozen=True)
class _Tense:
    """How to speak of the moment: the codes of its sentences."""

    now: str
    no_row: str


_PRESENT = _Tense("now", "no_row")
_PAST = _Tense("then", "no_row_then")


def explain(
    store: Store, person: bytes, tag: int, row_id: bytes, at: int | dt.datetime | None = None
) -> Explanation:
    """The reasons, or the first failing condition of each way the row could have come: at present,
    or `at` a version, or `at` an instant (without a zone: of this machine's).

    The past is computed from the state as of that version, by the grants of the instant at which
    it was received, or of the very instant asked for; with the names and numbers of then. It
    reaches as far back as the history is retained: OutOfReach before that, and for the future. It
    tells what the terms gave, so a large rule counts as applied where it was still moving its
    rows; and it does not ask whether the person had a device then.

    The present costs a few reads by key and the person's grants. The past costs a reading of the
    entities that grants come from and of their history since, and of the history since of the row
    and the few rows it depends on; for an instant, a walk over the changesets since, too.
    """
    with reading(store.engine) as connection:
        now = store.environment.now()
        if at is None:
            return _Explainer(store, connection, person, now, _PRESENT).explain(tag, row_id)
        when = moment(connection, at, now)
        with state_at(connection, store, when, (tag, row_id)) as then:
            explainer = _Explainer(store, then, person, when.instant, _PAST)
            return replace(explainer.explain(tag, row_id), moment=when)


class _Explainer:
    """Explains in the state that a connection shows, by the grants of an instant."""

    def __init__(
        self, store: Store, connection: sa.Connection, person: bytes, at: int, tense: _Tense
    ) -> None:
        self._store = store
        self._schema = store.schema
        self._connection = connection
        self._person = person
        self._tense = tense
        self._working = Working(connection, store.schema, store.tables)
        self._placement = Placement.of(connection, store.schema, store.tables, at)
        self._granted = Granted(store, connection, person, at, tense.now)

    def explain(self, tag: int, row_id: bytes) -> Explanation:
        state = self._working.state((tag, row_id))
        if state.values is None:
            return Explanation(False, (fails(self._tense.no_row),))
        ways = self._row(tag, row_id, state)
        held = any(name.whole in self._granted.buckets for name in state.buckets)
        if held is not any(way.holds for way in ways):
            told = say("doctor_yes" if held else "doctor_no")
            ways.append(Reasoning(held, (Step(StepKind.DOCTOR, told),)))
        return Explanation(held, tuple(sorted(ways, key=lambda way: not way.holds)))

    def _row(self, tag: int, row_id: bytes, state: RowState) -> list[Reasoning]:
        entity, at = self._schema.by_tag[tag], self._placement.at
        kind, which = named_entity(entity.name), _named(entity, row_id, state)
        said = say("row", entity=kind, row=which)
        here = Step(StepKind.ROW, said, {"entity": entity.name, "id": row_id})
        if state.values is None:
            ways = [fails(self._tense.no_row)]
        elif not entity.terms:
            ways = [fails("on_no_device", entity=kind)]
        elif (ends := window_of(entity, state.values).ends) is not None and ends <= at:
            ways = [fails("time_ended", when=named_instant(ends))]
        elif (released := self._released(entity, state.values)) is not None:
            ways = [fails("released", state=Named(What.WORD, released, released))]
        else:
            values = state.values
            ways = [w for term in entity.terms for w in self._term(entity, row_id, values, term)]
        return [way.behind(here) for way in ways]

    def _released(self, entity: Entity, values: Values) -> str | None:
        """The state that keeps a row from all devices."""
        lifecycle = self._schema.lifecycles.get(entity.name)
        if lifecycle is None or not lifecycle.released(entity, values):
            return None
        return str(values[entity.position(lifecycle.field)])

    def _term(
        self, entity: Entity, row_id: bytes, values: Values, term: RowTerm
    ) -> list[Reasoning]:
        if isinstance(term, Everyone):
            data: dict[str, bytes | str] = {"term": "everyone", "of": str(EVERYONE.kind)}
            return [Reasoning(True, (Step(StepKind.TERM, say("everyone"), data),))]
        if isinstance(term, Ruled):
            return self._ruled(entity, values)
        if isinstance(term, Addressed):
            return self._addressed(entity, row_id)
        if isinstance(term, Carried):
            return self._carried(entity, row_id, term)
        if isinstance(term, Lent):
            (lending,) = (x for x in self._schema.lendings if x.term == term)
            ways = LentWays(self._store, self._connection, self._granted, lending)
            return ways.of(self._person, row_id, values)
        target = values[entity.position(term.field)]
        if not isinstance(target, bytes):
            return [fails("empty_field", field=named_field(entity.name, term.field))]
        match term:
            case OwnedBy():
                code, kind = "owned_by", BucketKind.BUSINESS
            case PersonalTo():
                code, kind = "personal_to", BucketKind.PERSONAL
            case Follows():
                return self._follows(entity, term, target)
            case FacetOf():
                return self._facet(entity, term, target)
            case Reaches():
                return self._reaches(entity, term, target)
            case _:
                assert_never(term)
        field = named_field(entity.name, term.field)
        data = {"term": code, "field": term.field, "id": target}
        said = say(code, person=self._granted.person(target), field=field)
        step = Step(StepKind.TERM, said, data)
        return [way.behind(step) for way in self._granted.of_person(BucketName(kind, target))]

    def _follows(self, entity: Entity, term: Follows | FacetOf, target: bytes) -> list[Reasoning]:
        parent = target_tag(self._schema, entity, term.field)
        follows = isinstance(term, Follows)
        name, code = ("follows", "follows") if follows else ("facet", "belongs_to")
        data: dict[str, bytes | str] = {"term": name, "field": term.field, "id": target}
        step = Step(StepKind.TERM, say(code, field=named_field(entity.name, term.field)), data)
        followed = self._working.state((parent, target))
        return [way.behind(step) for way in self._row(parent, target, followed)]

    def _facet(self, entity: Entity, term: FacetOf, target: bytes) -> list[Reasoning]:
        """The ways of the row that it belongs to, for those in the audience."""
        last = self._granted.audience(term.audience)
        holds = last.kind is not StepKind.FAILED
        return [
            Reasoning(way.holds and holds, (*way.steps, last))
            for way in self._follows(entity, term, target)
        ]

    def _addressed(self, entity: Entity, row_id: bytes) -> list[Reasoning]:
        data: dict[str, bytes | str] = {"term": "addressed", "id": row_id}
        step = Step(StepKind.TERM, say("to_addressed"), data)
        ways = self._granted.of_addressed(BucketName(BucketKind.ADDRESSED, row_id))
        return [way.behind(step) for way in ways]

    def _carried(self, entity: Entity, row_id: bytes, term: Carried) -> list[Reasoning]:
        """The ways of one of the rows that carry it and are held."""
        here = self._schema.tags[entity.name], row_id
        by = self._schema.tags[term.entity]
        place = self._schema.by_tag[by].position(term.field)
        names = self._working.state(here).buckets
        held = [name for name in names if name.whole in self._granted.buckets]
        m, buckets = t.membership.c, bucket_ids(self._connection, held).values()
        near = sa.select(m.row_id).where(m.bucket.in_(buckets), m.tag == by, m.gone.is_(False))
        keys = [(by, other) for other in self._connection.scalars(near.distinct())]
        self._working.load(keys)
        for key in sorted(keys):
            state = self._working.state(key)
            if state.values is not None and state.values[place] == row_id:
                data: dict[str, bytes | str] = {"term": "carried", "id": key[1]}
                step = Step(
                    StepKind.TERM, say("carried", field=named_field(term.entity, term.field)), data
                )
                return [way.behind(step) for way in self._row(*key, state)]
        return [
            fails(
                "carried_by_none",
                holder=self._granted.holder,
                field=named_field(term.entity, term.field),
            )
        ]

    def _reaches(self, entity: Entity, term: Reaches, node: bytes) -> list[Reasoning]:
        """A way for each person whose rows are held and who has one at the node or below."""
        tag = target_tag(self._schema, entity, term.field)
        through, field = named_entity(term.through), named_field(entity.name, term.field)
        place = _named(self._schema.by_tag[tag], node, self._working.state((tag, node)))
        said = say("reaches", entity=through, field=field, row=place)
        step = Step(StepKind.TERM, said, {"term": "reaches", "field": term.field, "id": node})
        people = self._placement.reach.people(term.through, node)
        names = {BucketName(BucketKind.BUSINESS, person) for person in people}
        ways = [
            way
            for name in sorted(names & self._granted.buckets.keys())
            for way in self._granted.of_person(name)
        ]
        if not ways:
            ways = [fails("reaches_nobody", holder=self._granted.holder, entity=through)]
        return [way.behind(step) for way in ways]

    def _ruled(self, entity: Entity, values: Values) -> list[Reasoning]:
        """A way for each rule in force: selected or not, by what, and for whom."""
        ways: list[Reasoning] = []
        for rule in self._placement.rules.of(entity):
            named = self._named_rule(rule)
            data: dict[str, bytes | str] = {"term": "rule", "id": rule.id}
            why = self._placement.unmet(rule, values, self._working.state)
            if why is not None:
                said = say("rule_does_not", rule=named, why=why)
                ways.append(Reasoning(False, (Step(StepKind.FAILED, said, data),)))
                continue
            step = Step(StepKind.TERM, say("rule_selects", rule=named), data)
            ways += [way.behind(step) for way in self._granted.of_rule(rule.bucket)]
        return ways or [fails("no_rule", entity=named_entity(entity.name))]

    def _named_rule(self, rule: Rule) -> Named:
        for term in self._schema.grants:
            if isinstance(term, Rules):
                found = labels(self._connection, self._store.tables[term.entity], {rule.id})
                return Named(What.ROW, rule.id, found[rule.id], term.entity)
        return Named(What.ROW, rule.id, to_text(rule.id))


def _named(entity: Entity, row_id: bytes, state: RowState) -> Named:
    """A row: in English by its number, or the id where there is none."""
    said = to_text(row_id)
    if state.values is not None and "number" in entity.by_name:
        number = state.values[entity.position("number")]
        said = number if isinstance(number, str) else said
    return Named(What.ROW, row_id, said, entity.name)
