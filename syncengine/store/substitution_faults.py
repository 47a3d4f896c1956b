"""Which substitutions cannot be, beside those that stand: checked in the write path, for whoever
writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from syncengine.model.access import Refusal
from syncengine.model.changeset import Operation
from syncengine.model.entity import Entity
from syncengine.model.fields import Stored
from syncengine.model.terms import Substitution
from syncengine.store.substitutions import Link, link_of, links
from syncengine.store.working import ABSENT, Key, RowState, Values, Working

MAX_WALK = 16  # steps from one absent person to the next until a cycle must have shown

SELF = Refusal("substitution.self", "Nobody can be their own substitute.")
NEVER = Refusal("substitution.window", "It would end before it begins.")
CYCLE = Refusal("substitution.cycle", "The substitute would be substituted by the absent person.")
OVERLAP = Refusal(
    "substitution.overlap", "The same person substitutes them already in a part of that time."
)

Others = Callable[[str, Iterable[bytes]], Iterable[Link]]


def substitution_faults(
    working: Working, operations: tuple[Operation, ...], rows: Mapping[Key, RowState]
) -> Iterator[tuple[int, Refusal]]:
    """(position, why) of each operation of a changeset after which a substitution cannot be.

    rows: as the changeset would make them; what earlier ones made is stored.
    """
    schema = working.schema
    for term in schema.grants:
        if not isinstance(term, Substitution):
            continue
        tag, entity = schema.tags[term.entity], schema.entities[term.entity]
        for position, operation in enumerate(operations):
            values = rows.get((operation.tag, operation.row_id), ABSENT).values
            if operation.tag != tag or values is None:
                continue
            link = link_of(term, operation.row_id, _named(entity, values))
            others = partial(_beside, working, rows, operation.row_id, term)
            refusal = objection(link, term, others) if link is not None else None
            if refusal is not None:
                yield position, refusal


def _beside(
    working: Working,
    rows: Mapping[Key, RowState],
    row_id: bytes,
    term: Substitution,
    column: str,
    people: Iterable[bytes],
) -> list[Link]:
    """The other active substitutions whose `column` names somebody: as stored, or as made anew."""
    tag, entity = working.schema.tags[term.entity], working.schema.entities[term.entity]
    people = set(people)
    stored = links(working.connection, working.tables[term.entity], term, column, people)
    anew = {key[1]: state for key, state in rows.items() if key[0] == tag}
    made = (
        link_of(term, made_id, _named(entity, state.values))
        for made_id, state in anew.items()
        if state.values is not None
    )
    named = [
        o for o in made if o and (o.absent if column == term.absent else o.substitute) in people
    ]
    return [o for o in (*(s for s in stored if s.id not in anew), *named) if o.id != row_id]


def objection(link: Link, term: Substitution, others: Others) -> Refusal | None:
    """Why a substitution cannot be. `others` gives the active ones whose column names somebody,
    without the link itself.

    One for listed rows only stands beside any other: two of the same pair may lend different rows
    at different times, and what is lent twice is held once. It closes no circle either, for it
    never leads further: two people who take some of each other's rows are both there to do so.
    """
    if link.absent == link.substitute:
        return SELF
    if link.write.empty:
        return NEVER
    if link.only_listed:
        return None
    same = [o for o in others(term.absent, [link.absent]) if not o.only_listed]
    if any(o.substitute == link.substitute and o.hold.overlaps(link.hold) for o in same):
        return OVERLAP
    return CYCLE if _closes_cycle(link, term, others) else None


def _closes_cycle(link: Link, term: Substitution, others: Others) -> bool:
    """Whether, at one instant, the absent person would stand in for the own substitute, directly
    or through others.
    """
    reached = {(link.substitute, link.hold)}
    for _ in range(MAX_WALK):
        people = {person for person, _ in reached}
        onward = [o for o in others(term.absent, people) if not o.only_listed]
        reached = {
            (o.substitute, o.hold.within(hold))
            for person, hold in reached
            for o in onward
            if o.absent == person and o.hold.overlaps(hold)
        }
        if any(person == link.absent for person, _ in reached):
            return True
        if not reached:
            return False
    return True


def _named(entity: Entity, values: Values) -> dict[str, Stored]:
    return {f.name: value for f, value in zip(entity.fields, values, strict=True)}
