"""Whether lifecycles and protections fit the entities: InvalidSchema where one does not.

What a guard reads is on every device that holds its row, so server and device judge alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from syncengine.model.conditions import Compare, Condition, Op, nodes_of, ops_of
from syncengine.model.entity import Action, ConflictRule, DeviceRight, Entity
from syncengine.model.errors import InvalidSchema, InvalidValue
from syncengine.model.fields import Enum, FieldType, Reference, Timestamp
from syncengine.model.lifecycle import (
    Above,
    Becomes,
    Capacity,
    Every,
    Filled,
    Guard,
    Lifecycle,
    Meets,
    Protection,
    Since,
    Stamp,
    Transition,
    Until,
)
from syncengine.model.lifecycle_data import condition_data, read_condition
from syncengine.model.questionnaire_fit import check_answers, check_asking, require
from syncengine.model.terms import Everyone, FacetOf, Follows, Reaches

MAX_NODES = 100  # of a condition
MAX_TRANSITIONS = 200


def lifecycles_of(
    declared: Iterable[Lifecycle], entities: Mapping[str, Entity], people: str
) -> dict[str, Lifecycle]:
    """By entity, all of them checked."""
    found: dict[str, Lifecycle] = {}
    for lifecycle in declared:
        require(lifecycle.entity in entities, f"a lifecycle of no entity: {lifecycle.entity}")
        require(lifecycle.entity not in found, f"{lifecycle.entity} has two lifecycles")
        found[lifecycle.entity] = lifecycle
    for lifecycle in found.values():
        _check_states(lifecycle, entities[lifecycle.entity])
        if lifecycle.releasing:
            _check_releases(entities[lifecycle.entity], entities)
        for transition in lifecycle.transitions:
            _check_transition(transition, lifecycle, entities, people, found)
    return found


def protections_of(
    declared: Iterable[Protection],
    entities: Mapping[str, Entity],
    lifecycles: Mapping[str, Lifecycle],
) -> dict[str, tuple[Protection, ...]]:
    """By entity, all of them checked."""
    found: dict[str, tuple[Protection, ...]] = {}
    for protection in declared:
        name = protection.entity
        require(name in entities, f"a protection of no entity: {name}")
        require(bool(protection.actions), f"a protection of {name} from nothing")
        for guard in protection.guards:
            require(
                isinstance(guard, Meets | Becomes | Above),
                f"a protection of {name} asks for more than rows",
            )
            require(
                not isinstance(guard, Becomes) or Action.DELETE not in protection.actions,
                f"a protection of {name} asks what a deleted row becomes",
            )
            _check_guard(guard, entities[name], entities, lifecycles)
        found[name] = (*found.get(name, ()), protection)
    return found


def _check_states(lifecycle: Lifecycle, entity: Entity) -> None:
    """Its field is one that only transitions change, and every state can be reached."""
    said = f"{entity.name}.{lifecycle.field}"
    field = entity.by_name.get(lifecycle.field)
    names = [state.name for state in lifecycle.states]
    require(
        field is not None
        and isinstance(field.type, Enum)
        and sorted(field.type.values) == sorted(names)
        and field.required
        and field.conflict is ConflictRule.SERVER_WINS,
        f"{said} must be a required enum of the states, without a conflict rule",
    )
    require(entity.copies is None, f"{entity.name} has a lifecycle, so it cannot keep both")
    transitions = lifecycle.transitions
    require(len(transitions) <= MAX_TRANSITIONS, f"{said} has too many transitions")
    require(
        len({t.name for t in transitions}) == len(transitions), f"{said}: two transitions of a name"
    )
    for t in transitions:
        require(
            bool(t.sources) and {*t.sources, t.to} <= set(names) and t.to not in t.sources,
            f"{said}: {t.name} leads nowhere",
        )
    reached: set[str] = set()
    more = set(lifecycle.initial)
    while more - reached:
        reached |= more
        more = {t.to for t in transitions if reached & set(t.sources)}
    require(reached == set(names), f"{said}: no transition leads to {set(names) - reached}")


def _check_releases(entity: Entity, entities: Mapping[str, Entity]) -> None:
    """No reference on a device dangles because a row was released, and nobody is reached by one."""
    for other in entities.values():
        with_it = {term.field for term in other.terms if isinstance(term, Follows | FacetOf)}
        alone = len(other.terms) == 1
        for place, reference in other.references:
            name = other.fields[place].name
            require(
                reference.entity != entity.name
                or reference.dangling
                or not other.terms
                or (alone and name in with_it),
                f"{other.name}.{name} would dangle when a row of {entity.name} is released",
            )
        require(
            all(t.through != entity.name for t in other.terms if isinstance(t, Reaches)),
            f"{other.name} reaches through {entity.name}, whose rows are released",
        )


def _check_transition(
    transition: Transition,
    lifecycle: Lifecycle,
    entities: Mapping[str, Entity],
    people: str,
    lifecycles: Mapping[str, Lifecycle],
) -> None:
    entity = entities[lifecycle.entity]
    said = f"{entity.name}: {transition.name}"
    require(bool(transition.by), f"{said} is for nobody")
    for guard in transition.guards:
        require(not isinstance(guard, Above), f"{said} asks for the row above")
        require(not isinstance(guard, Becomes), f"{said} asks with `Becomes`, not with `Meets`")
        _check_guard(guard, entity, entities, lifecycles)
    if transition.when is not None:
        _instant(entity, transition.when)
        require(transition.by == {Capacity.SYSTEM}, f"{said} has a deadline: it is for the system")
        require(
            all(isinstance(guard, Meets) for guard in transition.guards),
            f"{said} has a deadline, so it can ask for its row alone",
        )
    for name in transition.along:
        require(name in entity.by_name and name != lifecycle.field, f"{said}: no field {name}")
    for name, stamp in transition.stamps:
        field = entity.by_name.get(name)
        require(
            field is not None
            and not field.required
            and field.device is DeviceRight.READ
            and _fits(stamp, field.type, entities[people]),
            f"{said}: {name} must be a field of the server's, fit for {stamp}",
        )


def _fits(stamp: Stamp, kind: FieldType, people: Entity) -> bool:
    match stamp:
        case Stamp.ACTOR | Stamp.PRINCIPAL:  # of somebody whom not every device need know
            known = Everyone() in people.terms
            return (
                isinstance(kind, Reference)
                and kind.entity == people.name
                and (kind.dangling or known)
            )
        case Stamp.MADE | Stamp.RECEIVED:
            return isinstance(kind, Timestamp)
        case Stamp.EMPTY:
            return True


def _instant(entity: Entity, name: str) -> None:
    field = entity.by_name.get(name)
    require(
        field is not None and isinstance(field.type, Timestamp),
        f"{entity.name}.{name} must be an instant",
    )


def _check_guard(
    guard: Guard,
    entity: Entity,
    entities: Mapping[str, Entity],
    lifecycles: Mapping[str, Lifecycle],
) -> None:
    match guard:
        case Meets(condition) | Becomes(condition):
            _check_condition(condition, entity)
        case Since(field) | Until(field):
            _instant(entity, field)
        case Above(field, condition):
            _check_condition(condition, entities[_followed(entity, field)])
        case Every(name, field, condition):
            _check_condition(condition, _child(name, field, entity, entities, lifecycles))
        case Filled(form, answers, field):
            check_asking(form, entity, entities)
            check_answers(_child(answers, field, entity, entities, lifecycles))


def _child(
    name: str,
    field: str,
    entity: Entity,
    entities: Mapping[str, Entity],
    lifecycles: Mapping[str, Lifecycle],
) -> Entity:
    """The entity of rows that refer to rows of this one by a field and are where these are."""
    child = entities.get(name)
    require(
        child is not None
        and _followed(child, field) == entity.name
        and child.part == entity.part
        and child.window is None
        and not (name in lifecycles and lifecycles[name].releasing),
        f"{entity.name}: not every device that holds one holds every {name} of it",
    )
    assert child is not None
    return child


def _followed(entity: Entity, field: str) -> str:
    """The entity of the rows that those of this one follow by a field."""
    require(Follows(field) in entity.terms, f"{entity.name} follows nothing by {field}")
    kind = entity.by_name[field].type
    assert isinstance(kind, Reference)
    return kind.entity


def _check_condition(condition: Condition, entity: Entity) -> None:
    said = f"a guard on {entity.name}"
    try:
        read_condition(condition_data(condition))
    except ValueError as error:
        raise InvalidSchema(f"{said}: {error}") from None
    for count, node in enumerate(nodes_of(condition), 1):
        require(count <= MAX_NODES, f"{said} has more than {MAX_NODES} conditions")
        if not isinstance(node, Compare):
            continue
        field = entity.by_name.get(node.field)
        require(field is not None, f"{said} asks for the unknown field {node.field}")
        assert field is not None
        require(node.op in ops_of(field.type), f"{said}: {node.field} cannot be {node.op}")
        _check_values(node, field.type.check, said)


def _check_values(compare: Compare, check: Callable[[object], None], said: str) -> None:
    several = compare.op is Op.ONE_OF
    require(isinstance(compare.value, tuple) is several, f"{said}: {compare.field}: {compare.op}")
    if compare.op is Op.IS_EMPTY:
        return
    for value in compare.value if isinstance(compare.value, tuple) else (compare.value,):
        try:
            check(value)
        except InvalidValue as error:
            raise InvalidSchema(f"{said}: {compare.field}: {error.detail}") from None
