"""Lifecycles as declarations: what fits, how they travel, and what they say of a step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest

from modules.masterdata.manifest import MASTERDATA
from syncengine.model.access import Refusal
from syncengine.model.conditions import AllOf, Compare, Condition, InSubtree, Not, Op
from syncengine.model.entity import Action, Entity, Field, VisibleWindow
from syncengine.model.errors import InvalidSchema
from syncengine.model.fields import Timestamp
from syncengine.model.ids import ZERO_ID
from syncengine.model.lifecycle import (
    Becomes,
    Capacity,
    Every,
    Lifecycle,
    Meets,
    Protection,
    Since,
    Stamp,
    State,
    Transition,
    Until,
)
from syncengine.model.manifest import Schema, schema_from_data
from syncengine.model.module import Module
from syncengine.model.steps import Renamed
from syncengine.model.terms import Everyone, Follows
from syncengine.model.transitions import Case, beginning, protected, row_of, step
from syncengine.model.unmet import Row
from syncengine.model.wording import Wordings
from tests.lifecycles.module import CLAIMS, ERRANDS, LIFECYCLES, SCHEMA

ME = b"m" * 16


def test_they_travel_with_the_schema() -> None:
    read = schema_from_data(SCHEMA.data)
    assert (read.lifecycles, read.protections) == (SCHEMA.lifecycles, SCHEMA.protections)
    assert read.hash == SCHEMA.hash


def errands(**changes: Any) -> Module:
    """The module with another lifecycle of errands."""
    return replace(LIFECYCLES, lifecycles=(replace(ERRANDS, **changes), CLAIMS))


def confirm(**changes: Any) -> Module:
    """The module with another transition `confirm`."""
    first, *others = ERRANDS.transitions
    return errands(transitions=(replace(first, **changes), *others))


def entity(name: str, **changes: Any) -> Module:
    """The module with another entity."""
    entities = (replace(e, **changes) if e.name == name else e for e in LIFECYCLES.entities)
    return replace(LIFECYCLES, entities=tuple(entities))


def field(name: str, of: str, **changes: Any) -> Module:
    """The module with another field."""
    fields = SCHEMA.entities[of].fields
    return entity(of, fields=tuple(replace(f, **changes) if f.name == name else f for f in fields))


def guarded(condition: Condition) -> Module:
    """The module with a condition to confirm an errand."""
    return confirm(guards=(Meets(condition),))


SYSTEM = frozenset({Capacity.SYSTEM})
UNTITLED = Compare("title", Op.IS_EMPTY)
DEEP: Condition = UNTITLED
for _ in range(8):
    DEEP = Not(DEEP)
MISFITS: dict[str, tuple[Module, str]] = {
    "unknown entity": (errands(entity="nothing"), "no entity of lifecycles"),
    "another module's": (errands(entity="customer"), "no entity of lifecycles"),
    "two of one": (replace(LIFECYCLES, lifecycles=(ERRANDS, ERRANDS)), "two lifecycles"),
    "no such field": (errands(field="stage"), "required enum"),
    "a state too few": (errands(states=ERRANDS.states[1:]), "required enum"),
    "a state that may be empty": (field("state", "errand", required=False), "required enum"),
    "no beginning": (errands(states=tuple(State(s.name) for s in ERRANDS.states)), "no transition"),
    "a state out of reach": (errands(transitions=ERRANDS.transitions[1:]), "no transition leads"),
    "a step to itself": (confirm(sources=("open", "confirmed")), "leads nowhere"),
    "a step from nowhere": (confirm(sources=()), "leads nowhere"),
    "two of a name": (confirm(name="withdraw"), "two transitions"),
    "for nobody": (confirm(by=frozenset()), "for nobody"),
    "a deadline for people": (confirm(when="due"), "for the system"),
    "a deadline that is none": (
        confirm(when="title", by=SYSTEM, guards=()), "must be an instant"),
    "a deadline that asks": (
        confirm(when="due", by=SYSTEM, guards=(Since("due"),)), "its row alone"),
    "along with itself": (confirm(along=("state",)), "no field state"),
    "a stamp of another type": (confirm(stamps=(("due", Stamp.ACTOR),)), "fit for actor"),
    "a stamp that devices set": (confirm(stamps=(("title", Stamp.EMPTY),)), "of the server's"),
    "an unknown field": (guarded(Compare("colour", Op.EQUAL, "red")), "unknown field"),
    "a wrong comparison": (guarded(Compare("owner", Op.LESS, ME)), "cannot be less"),
    "a wrong value": (guarded(Compare("title", Op.EQUAL, 7)), "text expected"),
    "a hierarchy": (guarded(InSubtree("owner", ZERO_ID, "manager")), "a hierarchy"),
    "too deep": (guarded(DEEP), "levels"),
    "too large": (guarded(AllOf((Compare("title", Op.IS_EMPTY),) * 100)), "more than 100"),
    "no instant": (confirm(guards=(Until("title"),)), "must be an instant"),
    "what does not follow": (
        confirm(guards=(Every("claim", "owner", Compare("reason", Op.IS_EMPTY)),)), "follows"),
    "what hides by itself": (
        entity("task", window=VisibleWindow("from", "until"), fields=(
            *SCHEMA.entities["task"].fields, *(
                Field(n, name, Timestamp()) for n, name in ((5, "from"), (6, "until"))))),
        "holds every task"),
    "what would dangle": (
        entity("task", terms=(Follows("errand"), Everyone())), "would dangle"),
    "nothing is protected from": (
        replace(LIFECYCLES, protections=(Protection("task", frozenset(), ()),)), "from nothing"),
    "a protection in time": (
        replace(LIFECYCLES, protections=(
            Protection("errand", frozenset(Action), (Since("due"),)),)), "more than rows"),
    "what a deleted row becomes": (
        replace(LIFECYCLES, protections=(
            Protection("errand", frozenset(Action), (Becomes(UNTITLED),)),)),
        "what a deleted row becomes"),
    "a step that asks like a protection": (
        confirm(guards=(Becomes(UNTITLED),)), "not with `Meets`"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISFITS)
def test_what_does_not_fit_is_refused(name: str) -> None:
    module, told = MISFITS[name]
    with pytest.raises(InvalidSchema) as refused:
        Schema((MASTERDATA, module))
    assert told in refused.value.detail


def test_what_they_read_keeps_its_name_in_earlier_words() -> None:
    """Invariant 25: an app of before judges by the same lifecycle."""
    steps = (
        Renamed("errand", 3, before="stage"),
        Renamed("errand", 4, before="ends"),
        Renamed("errand", 5, before="who"),
        Renamed("task", 1, before="belongs_to"),
        Renamed("task", 4, before="ticked"),
        Renamed("claim", 4, before="why"),
    )
    today = Schema((MASTERDATA, replace(LIFECYCLES, version=2, steps=steps)))
    before = Wordings(today).of({"lifecycles": 1}).schema
    lifecycle = before.lifecycles["errand"]
    said = repr((lifecycle, before.lifecycles["claim"], before.protections))
    assert all(repr(s.before) in said for s in steps)
    assert [repr(n) for n in ("due", "confirmed_by", "done", "reason") if repr(n) in said] == []
    assert lifecycle.field == "stage"
    assert schema_from_data(before.data).lifecycles == before.lifecycles


def case(entity: Entity, *capacities: Capacity, now: int = 100, tasks: Iterable[Row] = ()) -> Case:
    """Somebody at an instant, with these tasks of the row."""
    return Case(
        entity,
        frozenset(capacities),
        now,
        lambda _entity, _field: ((bytes(16), row) for row in tasks),
        lambda _entity, _id: None,
    )


def values(name: str, **of: Any) -> tuple[Any, ...]:
    """A row's."""
    return tuple(of.get(f.name) for f in SCHEMA.entities[name].fields)


def task(**of: Any) -> Row:
    return row_of(SCHEMA.entities["task"], values("task", **of))


DONE, OPEN = task(mandatory=True, done=True), task(mandatory=True, done=False)
STEPS: dict[str, tuple[Callable[[], object], str | None]] = {
    "confirmed": (lambda: errand("confirmed", Capacity.OWNER, tasks=[DONE]), None),
    "by a substitute": (lambda: errand("confirmed", Capacity.SUBSTITUTE), None),
    "by both": (lambda: errand("confirmed", Capacity.SUBSTITUTE, Capacity.MANAGER), None),
    "by a manager": (lambda: errand("confirmed", Capacity.MANAGER), "lifecycle.denied"),
    "by nobody": (lambda: errand("confirmed"), "lifecycle.denied"),
    "half done": (
        lambda: errand("confirmed", Capacity.OWNER, tasks=[DONE, OPEN]),
        "lifecycle.guard",
    ),
    "skipped": (lambda: claim("approved", "draft", Capacity.MANAGER), "lifecycle.illegal"),
    "without a reason": (
        lambda: claim("rejected", "submitted", Capacity.MANAGER),
        "lifecycle.guard",
    ),
    "with one": (
        lambda: claim("rejected", "submitted", Capacity.MANAGER, reason="no receipt"),
        None,
    ),
    "in time": (lambda: claim("submitted", "draft", Capacity.OWNER, until=101), None),
    "at the end": (
        lambda: claim("submitted", "draft", Capacity.OWNER, until=100),
        "lifecycle.guard",
    ),
}


def errand(to: str, *capacities: Capacity, tasks: Iterable[Row] = ()) -> object:
    row = values("errand", state=to)
    return step(
        ERRANDS, "open", to, lambda: row, case(SCHEMA.entities["errand"], *capacities, tasks=tasks)
    )


def claim(to: str, source: str, *capacities: Capacity, **of: Any) -> object:
    row = values("claim", state=to, **of)
    return step(CLAIMS, source, to, lambda: row, case(SCHEMA.entities["claim"], *capacities))


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_taken_or_refused_with_a_reason(name: str) -> None:
    """Invariant 21."""
    taken, code = STEPS[name]
    found = taken()
    assert (found.code if isinstance(found, Refusal) else None) == code
    assert isinstance(found, Refusal | Transition)


def test_reasons_are_sentences() -> None:
    said = [
        found.detail
        for found in (
            errand("confirmed", Capacity.OWNER, tasks=[OPEN]),
            errand("confirmed", Capacity.MANAGER),
            claim("approved", "draft", Capacity.MANAGER),
            beginning(CLAIMS, "approved"),
        )
        if isinstance(found, Refusal)
    ]
    assert said == [
        "confirm is not possible: all mandatory tasks have to be done.",
        "confirm is for the owner or substitute.",
        "claim: from draft to approved is no step.",
        "A new row of claim is draft, not approved.",
    ]
    assert beginning(CLAIMS, "draft") is None


def test_what_is_protected_is_so_but_for_those_spared() -> None:
    rules = SCHEMA.protections["claim"][:1]
    entity = SCHEMA.entities["claim"]
    sent, draft = values("claim", state="submitted"), values("claim", state="draft")
    found = protected(rules, Action.UPDATE, sent, lambda: sent, case(entity, Capacity.OFFICE))
    assert found is not None
    assert found[1].detail == (
        "This row of claim is protected from update: state is submitted, not equal draft."
    )
    assert (
        protected(rules, Action.UPDATE, draft, lambda: draft, case(entity, Capacity.OWNER)) is None
    )
    assert protected(rules, Action.INSERT, sent, lambda: sent, case(entity, Capacity.OWNER)) is None
    tasks = SCHEMA.protections["task"][1:]
    must = values("task", mandatory=True)
    told = protected(
        tasks, Action.DELETE, must, lambda: must, case(SCHEMA.entities["task"], Capacity.OWNER)
    )
    assert told is not None
    assert told[1].code == "lifecycle.protected"
    spared = case(SCHEMA.entities["task"], Capacity.OFFICE)
    assert protected(tasks, Action.DELETE, must, lambda: must, spared) is None


def test_what_a_row_becomes_is_asked_of_new_values_alone() -> None:
    """So a wrong one is not written, and one that was written once can be set right."""
    rules, entity = SCHEMA.protections["claim"][1:], SCHEMA.entities["claim"]
    good, bad = values("claim", amount=0), values("claim", amount=-1)
    who = case(entity, Capacity.OWNER)
    for action, before in ((Action.INSERT, bad), (Action.UPDATE, good), (Action.UPDATE, bad)):
        found = protected(rules, action, before, lambda: bad, who)
        assert found is not None
        assert found[1].detail.endswith(f"protected from {action}: it is less than nothing.")
    assert protected(rules, Action.UPDATE, bad, lambda: good, who) is None
    assert protected(rules, Action.DELETE, bad, lambda: bad, who) is None


def test_states_say_where_rows_begin_and_which_are_released() -> None:
    assert isinstance(ERRANDS, Lifecycle)
    assert ERRANDS.initial == ("open",)
    assert ERRANDS.releasing == {"confirmed", "withdrawn"}
