"""An import is its user's: rights count as in the portal, and a file is all or nothing (D2)."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from server.accounts.refusals import AccessDenied
from server.importer import apply_plan
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.rights import Right
from syncengine.store.history import history
from tests.importer.conftest import Desk


def user(
    desk: Desk,
    name: str,
    *rights: Right,
    limit: bytes | None = None,
    sees_people: Iterable[Right] = (Right.VIEW,),
) -> bytes:
    """With these rights on customers."""
    world = desk.world
    made = world.insert(
        "office_user", name=name, full_name=name, language="en", active=True, limited_to=limit
    )
    role = world.insert("office_role", name=name, administers=False)
    world.insert("office_user_role", user=made, role=role)
    schema = world.store.schema
    by_name = schema.entities["office_role_right"].by_name
    given: dict[str, Iterable[Right]] = {"customer": rights, "employee": sees_people}
    for entity, allowed in given.items():
        said: dict[str, Stored] = {str(right): right in allowed for right in Right}
        said |= {"role": role, "entity": entity}
        fields = {by_name[n].number: value for n, value in said.items()}
        tag = schema.tags["office_role_right"]
        line = Operation(Action.INSERT, tag, world.environment.new_id(), fields)
        assert world.write([line]).version is not None
    return made


def test_who_may_not_do_all_of_it_imports_nothing(desk: Desk) -> None:
    """Nor whoever sees a part of the rows only: a file knows nothing of that."""
    desk.run("1,Shop,a,0,,,s")
    before = desk.customers()
    some = user(desk, "some", Right.VIEW, Right.EDIT)
    limited = user(desk, "limited", *Right, limit=desk.world.people["a"])
    alone = user(desk, "alone", *Right, sees_people=())
    allowed = user(desk, "anna", *Right)
    plan = desk.plan("1,Other,a,0,,,s", "2,New,a,0,,,s")
    for who in (some, limited, alone, desk.world.environment.new_id()):
        with pytest.raises(AccessDenied):
            apply_plan(desk.world.store, plan, confirmed=True, user=who)
        assert desk.customers() == before
    assert apply_plan(desk.world.store, plan, confirmed=True, user=allowed) >= 2
    plan.close()
    newest, *_ = history(desk.world.store, desk.world.store.schema.tags["customer"])
    assert (newest.user, newest.source) == ("anna", "import")
