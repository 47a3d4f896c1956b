"""Somebody always administers the users (bad input, portal), however it is tried."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from syncengine.model.access import Source
from syncengine.model.changeset import Operation, Outcome, Verdict
from syncengine.model.fields import Stored
from syncengine.model.rights import Right
from syncengine.store.author import Author
from syncengine.store.bulk import STEP_OPERATIONS, ChangeRefused, write_change
from tests.accounts.office import Office
from tests.accounts.test_rights import codes, together
from tests.support.world import World

LAST = "account.last_administrator"


def given(office: Office, user: bytes) -> bytes:
    """The row by which the user has their role."""
    c = office.store.tables["office_user_role"].c
    with office.store.engine.connect() as connection:
        found: bytes = connection.execute(sa.select(c.id).where(c.user == user)).scalar_one()
    return found


def ways(office: Office, user: bytes, role: bytes) -> list[list[Operation]]:
    """How an administrator may cease to be one."""
    by = given(office, user)
    return [
        [office.edit("office_user", user, active=False)],
        [office.delete("office_user_role", by)],
        [office.delete("office_user_role", by), office.delete("office_user", user)],
        [office.edit("office_role", role, administers=False)],
        [office.delete("office_user_role", by), office.delete("office_role", role)],
        [office.edit("office_user_role", by, role=office.role())],
    ]


def test_the_last_one_stays(office: Office) -> None:
    """Whoever writes, the operator included; in one changeset, somebody else may take over."""
    root, anna = office.user("root"), office.user("anna", active=False)
    role = office.role(root, administers=True)
    office.role(anna, administers=True)
    for way in ways(office, root, role):
        for verdict in (office.write(root, *way), office.world.write(way)):
            assert verdict.outcome is Outcome.REJECTED
            assert set(codes(verdict)) == {LAST}
    handed_over = office.write(
        root,
        office.edit("office_user", root, active=False),
        office.edit("office_user", anna, active=True),
    )
    assert handed_over.version is not None
    assert codes(office.world.update("office_user", anna, active=False)) == [LAST]


def test_whatever_it_comes_from(office: Office) -> None:
    """An import and a job like the portal, and a large change in its steps."""
    root = office.user("root")
    role = office.role(root, administers=True)
    for source in (Source.IMPORT, Source.JOB):
        for way in ways(office, root, role):
            for user in (root, None):
                verdict = office.store.write(Author(source, None, "test", user), way)
                assert set(codes(verdict)) == {LAST}
    many = [office.new("market", number=str(n), name="x") for n in range(STEP_OPERATIONS)]
    author = Author(Source.IMPORT, None, "import", None)
    with pytest.raises(ChangeRefused, match=r"last_administrator|Nobody would be left"):
        write_change(office.store, author, [*ways(office, root, role)[0], *many])


def test_no_exception_makes_less_of_an_administrator(office: Office) -> None:
    root = office.user("root", limit="c")
    office.role(root, administers=True)
    for entity in ("customer", "employee"):
        denied = {str(right): False for right in Right}
        values: dict[str, Stored] = {"user": root, "entity": entity, **denied}
        office.world.write([office.right("office_user_right", values)])
    shop = office.world.customer("b", "1")
    assert office.write(root, office.edit("customer", shop, name="x")).version is not None
    assert office.write(root, office.edit("office_user", root, full_name="R")).version is not None


def test_of_two_any_may_go(office: Office) -> None:
    for place in range(6):
        root, other = office.user(f"root{place}"), office.user(f"other{place}")
        office.role(other, administers=True)
        role = office.role(root, administers=True)
        way = ways(office, root, role)[place]
        assert office.write(other, *way).version is not None


def test_without_any_there_is_none_to_keep(office: Office) -> None:
    anna = office.user("anna")
    office.role(anna, customer="view")
    assert office.world.update("office_user", anna, active=False).version is not None


def test_two_in_one_commit_cannot_both_go(office: Office) -> None:
    one, two = office.user("one"), office.user("two")
    office.role(one, two, administers=True)
    first, second = together(
        office,
        (one, [office.edit("office_user", two, active=False)]),
        (one, [office.edit("office_user", one, active=False)]),
    )
    assert first.version is not None
    assert codes(second) == [LAST]


def test_two_at_once_cannot_both_go(office: Office) -> None:
    """Each on a server process of its own; on PostgreSQL both wait for the clock's lock."""
    one, two = office.user("one"), office.user("two")
    office.role(one, two, administers=True)
    worlds = [office.world, World.beside(office.world)]
    start = threading.Barrier(2)
    answers: list[Verdict] = []

    def leave(world: World, user: bytes) -> None:
        start.wait(30)
        answers.append(world.update("office_user", user, active=False))

    threads = [
        threading.Thread(target=leave, args=pair) for pair in zip(worlds, (one, two), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    worlds[1].close()
    assert sorted(verdict.version is not None for verdict in answers) == [False, True]
    assert [codes(v) for v in answers if v.version is None] == [[LAST]]
