"""Where each right of a user comes from, and what a change would do to them (domain D2): against a
naive recomputation, on random roles, exceptions and limits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.rights import Right
from syncengine.store import rights_preview
from syncengine.store.accounts import rights_of
from syncengine.store.author import Author, OfficeJob
from syncengine.store.commit import Commit
from syncengine.store.database import discarding, reading
from syncengine.store.entitled import entitled
from syncengine.store.preview import PreviewTooLarge
from syncengine.store.rights_preview import preview_rights
from tests.accounts.office import Office
from tests.support.world import SCHEMA, World

ENTITIES = ("customer", "article", "note")
OPERATOR = Author(Source.OFFICE, None, "test", None)
truths = st.fixed_dictionaries({str(right): st.booleans() for right in Right})
maybe = st.fixed_dictionaries({str(r): st.sampled_from([True, False, None]) for r in Right})
lines = st.lists(st.tuples(st.sampled_from(ENTITIES), truths), max_size=4)  # also twice the same
exceptions = st.lists(st.tuples(st.sampled_from(ENTITIES), maybe), max_size=3)
Said = tuple[str, Mapping[str, bool | None]]


@dataclass
class Plan:
    """Roles as (administers, lines); users as (active, limited, their roles, exceptions)."""

    roles: Sequence[tuple[bool, Sequence[Said]]]
    users: Sequence[tuple[bool, bool, Sequence[int], Sequence[Said]]]
    serial: int = 0
    made: list[Operation] = field(default_factory=list)

    def add(self, kind: str, /, **values: Stored) -> bytes:
        """A row to be made; its id."""
        self.serial += 1
        row_id = self.serial.to_bytes(6, "big") + bytes([0x70, 0, 0x80, *[0] * 7])
        by_name = SCHEMA.entities[kind].by_name
        stored: dict[int, Stored] = {
            by_name[n].number: v for n, v in values.items() if v is not None
        }
        self.made.append(Operation(Action.INSERT, SCHEMA.tags[kind], row_id, stored))
        return row_id


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any roles and users."""
    roles = draw(
        st.lists(st.tuples(st.sampled_from([False, False, False, True]), lines), max_size=3)
    )
    has = st.lists(st.integers(0, len(roles) - 1), max_size=3) if roles else st.just([])
    user = st.tuples(st.booleans(), st.booleans(), has, exceptions)
    return Plan(roles, draw(st.lists(user, min_size=1, max_size=3)))


def rows(plan: Plan, person: bytes) -> tuple[list[bytes], list[bytes]]:
    """(roles, users) whose rows the plan would make."""
    roles = [plan.add("office_role", name="r", administers=admin) for admin, _ in plan.roles]
    for role, (_, of_role) in zip(roles, plan.roles, strict=True):
        for entity, said in of_role:
            plan.add("office_role_right", role=role, entity=entity, **said)
    users = []
    for number, (active, limited, has, own) in enumerate(plan.users):
        limit = person if limited else None
        user = plan.add(
            "office_user", name=f"u{number}", full_name="U", language="de", active=active,
            limited_to=limit,
        )  # fmt: skip
        for place in has:
            plan.add("office_user_role", user=user, role=roles[place])
        for entity, said in own:
            plan.add("office_user_right", user=user, entity=entity, **said)
        users.append(user)
    return roles, users


def naive(plan: Plan, user: int, right: Right, entity: str) -> tuple[set[int], bool | None, bool]:
    """(the roles that give it, what the exceptions say, whether it counts without the view)."""
    _, _, has, own = plan.users[user]
    giving = {
        role
        for role in has
        if plan.roles[role][0]
        or any(e == entity and said[str(right)] for e, said in plan.roles[role][1])
    }
    words = [said[str(right)] for e, said in own if e == entity]
    word = False if False in words else True if True in words else None
    return giving, word, bool(giving) if word is None else word


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One database: each example is rolled back."""
    folder: Path = tmp_path_factory.mktemp("entitled")
    made = World(f"sqlite:///{folder / 'server.db'}", folder)
    yield made
    made.close()


@settings(max_examples=60, deadline=None)
@given(plan=plans())
def test_what_is_shown_of_rights_is_what_may_says(world: World, plan: Plan) -> None:
    roles, users = rows(plan, world.people["a"])
    store = world.store
    with discarding(store.engine) as connection:
        commit = Commit(connection, SCHEMA, store.tables, store.environment)
        ((verdicts, error),) = commit.run(
            [OfficeJob.of(OPERATOR, store.environment.new_id(), plan.made)]
        )
        assert (error, verdicts[0].objections) == (None, ())
        every = entitled(connection, SCHEMA, store.tables, None)
        for number, user in enumerate(users):
            active, limited, has, _ = plan.users[number]
            administers = active and any(plan.roles[role][0] for role in has)
            said, rights = every[user], rights_of(connection, SCHEMA, store.tables, user)
            assert said.rights == rights
            assert rights.administers == administers
            limit = world.people["a"] if limited and active and not administers else None
            assert rights.limit == limit
            for entity in (*ENTITIES, "market"):
                _, _, views = naive(plan, number, Right.VIEW, entity)
                for right in Right:
                    giving, word, counts = naive(plan, number, right, entity)
                    origin = said.origin(right, entity)
                    wanted = active and (administers or (views and counts))
                    assert (origin.given, rights.may(right, entity)) == (wanted, wanted)
                    assert set(origin.roles) == {roles[role] for role in giving}
                    assert origin.exception == (None if administers else word)
                    blind = active and not administers and counts and not views
                    assert origin.blind == blind


def test_a_preview_says_what_then_happens_and_changes_nothing(office: Office) -> None:
    anna, bert, root = office.user("anna"), office.user("bert", limit="a"), office.user("root")
    role = office.role(anna, bert, customer="view edit")
    office.role(root, administers=True)
    store = office.store
    (line,) = _lines_of(office, role)
    change = [
        office.edit("office_role_right", line, edit=False, delete=True),
        office.right("office_role_right", {
            "role": role, "entity": "note", "view": True, "add": False, "edit": False,
            "delete": False,
        }),
        office.right("office_user_right", {"user": bert, "entity": "customer", "view": False}),
    ]  # fmt: skip
    before, version = _rights(office), store.status().version
    found = preview_rights(store, OPERATOR, change)
    assert store.status().version == version
    assert _rights(office) == before
    by_user = {effect.user: effect for effect in found.effects}
    assert set(by_user) == {anna, bert}
    told = by_user[anna]
    assert (told.gained("customer"), told.lost("customer")) == (
        frozenset({Right.DELETE}),
        frozenset({Right.EDIT}),
    )
    assert by_user[bert].lost("customer") == {Right.VIEW, Right.EDIT}
    assert by_user[bert].gained("note") == {Right.VIEW}
    store.write(OPERATOR, change)
    after = _rights(office)
    assert {user: effect.after for user, effect in by_user.items()} == {
        user: after[user] for user in by_user
    }
    assert after[root] == before[root]


def _rights(office: Office) -> dict[bytes, object]:
    with reading(office.store.engine) as connection:
        found = entitled(connection, office.store.schema, office.store.tables, None)
    return {user: said.rights for user, said in found.items()}


def _lines_of(office: Office, role: bytes) -> list[bytes]:
    c = office.store.tables["office_role_right"].c
    with reading(office.store.engine) as connection:
        return list(connection.scalars(sa.select(c.id).where(c.role == role)))


def test_a_refused_change_has_no_effects(office: Office) -> None:
    root = office.user("root")
    role = office.role(root, administers=True)
    found = preview_rights(
        office.store, OPERATOR, [office.edit("office_role", role, administers=False)]
    )
    assert [o.code for o in found.verdict.objections] == ["account.last_administrator"]
    assert found.effects == ()


def test_a_preview_is_bounded(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights_preview, "MAX_PREVIEW_USERS", 1)
    for name in ("anna", "bert"):
        user = office.user(name)
    with pytest.raises(PreviewTooLarge):
        preview_rights(office.store, OPERATOR, [office.edit("office_user", user, active=False)])
