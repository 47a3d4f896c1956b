"""Changesets of the office that are sent again, and those that expect something."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import pytest

from syncengine.model.access import Source
from syncengine.model.changeset import Operation, Outcome, Verdict
from syncengine.model.entity import Action
from syncengine.model.errors import IdReused
from syncengine.model.rights import Right, Rights
from syncengine.store.author import Author, Expected
from syncengine.store.listing import one
from syncengine.store.office import answer_to
from syncengine.store.scope import Scope
from tests.accounts.office import Office
from tests.support.days import Days
from tests.support.world import OFFICE, World

ALL = Rights(administers=True)


def _asked(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _phone(world: World, customer: bytes) -> object:
    row = one(world.store, ALL, "customer", customer)
    assert row is not None
    return row.values["phone"]


def _edit(world: World, customer: bytes, **fields: str) -> list[Operation]:
    return [world.operation(Action.UPDATE, "customer", customer, **fields)]


def test_one_that_changed_nothing_does_nothing_later(world: World) -> None:
    """Invariant 3: the answer was lost, somebody else wrote, the same request comes again."""
    customer = world.customer("a", "1", phone="5")
    again = world.environment.new_id()
    first = world.store.write(OFFICE, _edit(world, customer, phone="5"), again, _asked("5"))
    assert (first.outcome, first.version) == (Outcome.ACCEPTED, None)
    world.update("customer", customer, phone="6")
    assert world.store.write(OFFICE, _edit(world, customer, phone="5"), again, _asked("5")) == first
    assert _phone(world, customer) == "6"


def test_the_answer_is_by_what_was_asked_whatever_was_made_of_it(world: World) -> None:
    """Invariant 4. An upsert inserts at first and edits the second time."""
    again, row = world.environment.new_id(), world.environment.new_id()
    insert = world.operation(Action.INSERT, "market", row, number="M", name="South")
    first = world.store.write(OFFICE, [insert], again, _asked("M"))
    edit = world.operation(Action.UPDATE, "market", row, number="M", name="South")
    assert world.store.write(OFFICE, [edit], again, _asked("M")) == first
    answer = answer_to(world.store.engine, again, _asked("M"))
    tag = world.store.schema.tags["market"]
    assert answer is not None
    assert (answer.verdict, answer.rows) == (first, ((Action.INSERT, tag, row),))
    with pytest.raises(IdReused):
        world.store.write(OFFICE, [insert], again, _asked("N"))
    with pytest.raises(IdReused):
        answer_to(world.store.engine, again, _asked("N"))


def test_what_was_refused_is_judged_again(world: World) -> None:
    customer, again = world.environment.new_id(), world.environment.new_id()
    refused = world.store.write(OFFICE, _edit(world, customer, phone="5"), again, _asked("5"))
    assert refused.objections[0].code == "row.unknown"
    assert answer_to(world.store.engine, again, _asked("5")) is None
    world.insert("customer", customer, number="1", name="Shop", active=True)
    accepted = world.store.write(OFFICE, _edit(world, customer, phone="5"), again, _asked("5"))
    assert accepted.version is not None


def test_answers_go_as_those_of_devices_do(days: Days) -> None:
    world = days.world
    again = world.environment.new_id()
    made = [world.operation(Action.INSERT, "market", world.environment.new_id(),
                            number="M", name="South")]  # fmt: skip
    first = world.store.write(OFFICE, made, again, _asked("M"))
    days.day = 200
    world.customer("a", "2")
    assert days.compacted(201) == {}
    assert days.compacted(199) == {"office answers": 1}
    assert world.store.write(OFFICE, made, again, _asked("M")) == first  # the history has it


def test_an_expected_version_is_held_against_the_row_under_the_lock(world: World) -> None:
    customer = world.customer("a", "1", phone="5")
    row = one(world.store, ALL, "customer", customer)
    assert row is not None
    expected = Expected({(world.store.schema.tags["customer"], customer): row.version})
    world.update("customer", customer, city="Ulm")
    before = world.store.status()
    refused = world.store.write(OFFICE, _edit(world, customer, phone="6"), expected=expected)
    assert [(o.operation, o.code) for o in refused.objections] == [(0, "row.changed")]
    assert world.store.status() == before
    row = one(world.store, ALL, "customer", customer)
    assert row is not None
    expected = Expected({(world.store.schema.tags["customer"], customer): row.version})
    assert world.store.write(OFFICE, _edit(world, customer, phone="6"), expected=expected).version


def test_of_many_who_make_one_key_at_once_one_makes_it(world: World) -> None:
    """Also within one commit, whose rows are in no table yet."""
    tag = world.store.schema.tags["market"]
    number = world.store.schema.entities["market"].by_name["number"].number
    expected = Expected(unused=frozenset({(tag, number, "M")}))
    verdicts: list[Verdict] = []

    def make() -> None:
        insert = world.operation(
            Action.INSERT, "market", world.environment.new_id(), number="M", name="South"
        )
        verdicts.append(world.store.write(OFFICE, [insert], expected=expected))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    codes = sorted(o.code for v in verdicts for o in v.objections)
    assert codes == ["key.taken"] * 7


def test_a_taken_key_tells_nothing_of_rows_that_one_may_not_see(
    database_url: str, tmp_path: Path
) -> None:
    """Invariant 9: for somebody limited to `a`, the key of a customer of `b` is as good as free."""
    office = Office(database_url, tmp_path)
    world = office.world
    user = office.user("anna", limit="a")
    office.role(user, customer="view add edit", employee="view")
    world.customer("b", "7")
    world.customer("a", "8")
    tag, field = world.store.schema.tags["customer"], 1
    for number, codes in (("7", []), ("8", ["key.taken"])):
        insert = office.new(
            "customer", number=number, name="Shop", owner=world.people["a"], active=True
        )
        verdict = world.store.write(
            Author(Source.OFFICE, None, "test", user), [insert],
            expected=Expected(unused=frozenset({(tag, field, number)})),
        )  # fmt: skip
        assert [o.code for o in verdict.objections] == codes
    world.close()


def test_a_scope_narrows_what_its_user_may_at_the_moment_of_the_commit(
    database_url: str, tmp_path: Path
) -> None:
    """An administrator's token writes rows of the entities that it is for, and no users."""
    office = Office(database_url, tmp_path)
    world, user = office.world, office.user("anna")
    role = office.role(user, administers=True)
    customer = world.customer("a", "1")
    writes = Scope(read_only=False)

    def codes(scope: Scope, *operations: Operation) -> list[str]:
        author = Author(Source.OFFICE, None, "test", user, scope)
        return [o.code for o in world.store.write(author, operations).objections]

    edit = office.edit("customer", customer, phone="1")
    assert codes(Scope(), edit) == ["access.denied"]
    assert codes(Scope(False, frozenset({"market"})), edit) == ["access.denied"]
    assert codes(writes, office.edit("office_user", user, full_name="Anna")) == ["access.denied"]
    assert codes(writes, edit) == []
    world.update("office_role", role, administers=True, name="other")
    world.insert("office_role", name="boss", administers=True)
    other = office.user("bert")
    office.role(other, administers=True)
    world.update("office_user", user, active=False)
    assert codes(writes, office.edit("customer", customer, phone="2")) == ["access.denied"]
    world.close()


def test_what_a_scope_carries() -> None:
    given = Rights(False, {"customer": frozenset({Right.VIEW, Right.EDIT})}, b"x")
    assert Scope(False).narrowed(given, ["customer", "market"]) == given
    assert Scope().narrowed(given, []).allowed == {"customer": frozenset({Right.VIEW})}
    assert Scope(False, frozenset({"market"})).narrowed(given, []).allowed == {}
    every = Scope(False).narrowed(ALL, ["market"])
    assert not every.administers
    assert every.may(Right.DELETE, "market")
    assert not every.may(Right.VIEW, "office_user")
