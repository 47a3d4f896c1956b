"""Rights by role and exception (domain D2): the composition equals what one says in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncengine.model.access import DENIED, ROW_UNKNOWN, Actor, RowFacts, Source, may
from syncengine.model.accounts import Accounts, sign_in_name
from syncengine.model.entity import Action, Entity, Field
from syncengine.model.errors import InvalidSchema
from syncengine.model.fields import Bool, Reference, Text
from syncengine.model.manifest import Schema
from syncengine.model.module import Module
from syncengine.model.rights import Line, Right, Rights, combined

ENTITIES = ("customer", "article", "note")
said = st.fixed_dictionaries({right: st.booleans() for right in Right})
said_or_not = st.fixed_dictionaries(
    {right: st.sampled_from([True, False, None]) for right in Right}
)
roles = st.lists(st.builds(Line, st.sampled_from(ENTITIES), said), max_size=5)
exceptions = st.lists(st.builds(Line, st.sampled_from(ENTITIES), said_or_not), max_size=4)


def naive(right: Right, entity: str, of_roles: list[Line], own: list[Line]) -> bool:
    """Exception before role, and one that denies before one that allows."""
    exceptional = [line.said[right] for line in own if line.entity == entity]
    if False in exceptional:
        return False
    if True in exceptional:
        return True
    return any(line.said[right] for line in of_roles if line.entity == entity)


@given(roles, exceptions, st.booleans())
def test_rights_are_what_roles_and_exceptions_say(
    of_roles: list[Line], own: list[Line], administers: bool
) -> None:
    rights = Rights(administers, combined(of_roles, own))
    for entity in (*ENTITIES, "other"):
        views = naive(Right.VIEW, entity, of_roles, own)
        for right in Right:
            wanted = administers or (views and naive(right, entity, of_roles, own))
            assert rights.may(right, entity) == wanted


@given(roles, exceptions, st.sampled_from(Action), st.booleans(), st.booleans())
def test_the_decision_point_asks_for_rights_then_for_the_row(
    of_roles: list[Line], own: list[Line], action: Action, held: bool, limited: bool
) -> None:
    """The same for the portal, an import and a job; without the right nothing of the row shows."""
    facts = RowFacts(Entity(1, "customer", (Field(1, "name", Text()),)), held)
    rights = Rights(False, combined(of_roles, own), b"n" * 16 if limited else None)
    right = {"insert": Right.ADD, "update": Right.EDIT, "delete": Right.DELETE}[str(action)]
    allowed = all(naive(r, "customer", of_roles, own) for r in (Right.VIEW, right))
    there = held or (action is Action.INSERT and not limited)
    wanted = (None if there else ROW_UNKNOWN) if allowed else DENIED
    for source in (Source.OFFICE, Source.IMPORT, Source.JOB):
        assert may(Actor(source, None, rights), action, facts) == wanted
        operator = may(Actor(source, None), action, facts)
        assert operator == (None if held or action is Action.INSERT else ROW_UNKNOWN)


@given(st.text(max_size=20))
def test_a_name_has_one_spelling(name: str) -> None:
    spelled = sign_in_name(name)
    assert sign_in_name(f" {name}\n") == sign_in_name(spelled) == spelled
    assert sign_in_name("ＡＮＮＡ Groß") == sign_in_name("anna GROSS") == "anna gross"  # noqa: RUF001


def test_what_is_declared_of_accounts_has_to_be_there() -> None:
    """None of the entities may travel, and each field has to be what rights are read from."""
    rights = tuple(Field(i, str(right), Bool()) for i, right in enumerate(Right, 3))
    people = Entity(1, "person", (Field(1, "name", Text()),))
    user = Entity(2, "user", (
        Field(1, "name", Text()), Field(2, "active", Bool()),
        Field(3, "limited_to", Reference("person")),
    ))  # fmt: skip
    name = Field(2, "name", Text())
    role = Entity(3, "role", (Field(1, "administers", Bool()), name))
    assignment = Entity(
        4, "given", (Field(1, "user", Reference("user")), Field(2, "role", Reference("role")))
    )
    of = {"user": Field(1, "user", Reference("user")), "role": Field(1, "role", Reference("role"))}
    lines = [
        Entity(number, f"{name}_right", (field, Field(2, "entity", Text(49)), *rights))
        for number, (name, field) in enumerate(of.items(), 5)
    ]
    accounts = Accounts("user", "role", "given", "role_right", "user_right")

    def schema(*entities: Entity, module: int = 1) -> Schema:
        return Schema((
            Module(module, "m", 1, (people, *entities), people="person", accounts=accounts),
        ))  # fmt: skip

    assert schema(user, role, assignment, *lines).accounts == accounts
    with pytest.raises(InvalidSchema, match=r"given must be an entity"):
        schema(user, role, *lines)
    wrong = Entity(3, "role", (Field(1, "administers", Text()), name))
    with pytest.raises(InvalidSchema, match=r"role\.administers must be there"):
        schema(user, wrong, assignment, *lines)
    dangling = Entity(4, "given", (
        Field(1, "user", Reference("user", dangling=True)), assignment.fields[1],
    ))  # fmt: skip
    with pytest.raises(InvalidSchema, match=r"given\.user must be there"):
        schema(user, role, dangling, *lines)
