"""What users may do, in the write path (domain D2): refused changesets change nothing, and the
history names who did it.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from server.accounts.refusals import AccessDenied
from server.handover import hand_over, plan
from server.problem import Problem
from server.substitution import switch_off, switch_on
from syncengine.model.access import Source
from syncengine.model.changeset import Operation, Outcome, Verdict
from syncengine.store.accounts import rights_of, shown_to
from syncengine.store.author import Author, OfficeJob
from syncengine.store.bulk import STEP_OPERATIONS, ChangeRefused, write_change
from syncengine.store.commit import Commit
from syncengine.store.database import reading, writing
from syncengine.store.history import history
from syncengine.store.review_queue import ReviewRefused, accept, entries, reject
from syncengine.store.reviews import Kind
from tests.accounts.office import Office
from tests.support.wire import NaiveDevice


def codes(verdict: Verdict) -> list[str]:
    return [o.code for o in verdict.objections]


def shown(office: Office, user: bytes, entity: str) -> set[bytes]:
    """The rows of a list that the user sees."""
    store = office.store
    with reading(store.engine) as connection:
        rights = rights_of(connection, store.schema, store.tables, user)
        condition = shown_to(rights, store.schema, store.tables, entity)
        return set(connection.scalars(sa.select(store.tables[entity].c.id).where(condition)))


def together(office: Office, *changes: tuple[bytes, Sequence[Operation]]) -> list[Verdict]:
    """Changesets of users, in one commit."""
    store = office.store
    jobs = [
        OfficeJob.of(Author(Source.OFFICE, None, "", user), store.environment.new_id(), operations)
        for user, operations in changes
    ]
    with writing(store.engine) as connection:
        commit = Commit(connection, store.schema, store.tables, store.environment)
        return [verdicts[0] for verdicts, _ in commit.run(jobs)]


def test_what_no_role_allows_is_denied_and_changes_nothing(office: Office) -> None:
    """Whatever the row, and whether there is one; in the portal, an import and a job alike."""
    anna = office.user("anna")
    office.role(anna, customer="view add", article="add edit delete")
    customer = office.world.customer("a", "1")
    before = office.store.status().version
    absent = office.world.environment.new_id()
    for source in (Source.OFFICE, Source.IMPORT, Source.JOB):
        for denied in (
            office.edit("customer", customer, name="x"),
            office.edit("customer", absent, name="x"),
            office.delete("customer", customer),
            office.new("article", number="1", name="x", active=True),  # not without seeing it
            office.new("market", number="1", name="x"),
        ):
            verdict = office.write(anna, denied, source=source)
            assert (verdict.outcome, codes(verdict)) == (Outcome.REJECTED, ["access.denied"])
    mixed = office.write(
        anna, office.new("customer", number="2", name="x", active=True),
        office.delete("customer", customer),
    )  # fmt: skip
    assert codes(mixed) == ["access.denied"]
    assert office.store.status().version == before
    assert shown(office, anna, "customer") == {customer}
    assert shown(office, anna, "article") == set()


def test_the_history_names_the_user(office: Office) -> None:
    anna = office.user("anna")
    office.role(anna, customer="view edit")
    customer = office.world.customer("a", "1")
    assert office.write(anna, office.edit("customer", customer, name="x")).version is not None
    newest, made = history(office.store, office.store.schema.tags["customer"], customer)
    assert (newest.user, newest.label, newest.source, newest.actor) == (
        "anna", "test", "office", None,
    )  # fmt: skip
    assert made.user is None
    assert newest.as_data()["user"] == "anna"


def test_an_exception_goes_before_the_roles(office: Office) -> None:
    anna = office.user("anna")
    office.role(anna, customer="view edit", note="view", employee="view")
    office.role(anna, customer="view add delete")
    customer = office.world.customer("a", "1")
    for entity, said in (("customer", {"edit": False}), ("note", {"add": True})):
        line = office.right("office_user_right", {"user": anna, "entity": entity, **said})
        office.world.write([line])
    assert codes(office.write(anna, office.edit("customer", customer, name="x"))) == [
        "access.denied"
    ]
    person = office.world.people["a"]
    assert office.write(anna, office.new("note", author=person, text="x")).version is not None
    assert office.write(anna, office.delete("customer", customer)).version is not None


def test_who_is_not_active_or_not_there_may_nothing(office: Office) -> None:
    anna = office.user("anna", active=False)
    office.role(anna, administers=True)
    made = office.new("market", number="1", name="x")
    for user in (anna, office.world.environment.new_id()):
        assert codes(office.write(user, made)) == ["access.denied"]
    office.world.update("office_user", anna, active=True)
    assert office.write(anna, made).version is not None


def test_only_who_administers_gives_rights(office: Office) -> None:
    """No right on the users' rows can be given, or it would be worth all of them."""
    anna, root = office.user("anna"), office.user("root")
    role = office.role(anna, customer="view")
    office.role(root, administers=True)
    for kind in ("office_role_right", "office_user_right"):
        whose = {"role": role} if kind == "office_role_right" else {"user": anna}
        for entity in ("office_user_role", "no_such"):
            line = office.right(kind, {**whose, "entity": entity, "view": True, "add": True,
                                       "edit": True, "delete": True})  # fmt: skip
            assert codes(office.world.write([line])) == ["account.entity"]
    more = office.new("office_user_role", user=anna, role=role)
    unseen = ["reference.unknown"] * 2  # nobody refers to what they may not see
    assert codes(office.write(anna, more)) == ["access.denied", *unseen]
    assert shown(office, anna, "office_user") == set()
    assert office.write(root, more).version is not None
    assert shown(office, root, "office_user") == {anna, root}


def test_names_are_unique_and_in_one_spelling(office: Office) -> None:
    anna = office.user("anna")

    def new(name: str) -> Operation:
        return office.new("office_user", name=name, full_name="x", language="de", active=True)

    assert codes(office.world.write([new("anna")])) == ["account.name_taken"]
    for name in ("Bob", " bob", ""):
        assert codes(office.world.write([new(name)])) == ["account.name"]
    both = office.world.write([new("bob"), new("bob")])
    assert codes(both) == ["account.name_taken"] * 2
    swapped = office.world.write([office.edit("office_user", anna, name="eva"), new("anna")])
    assert swapped.version is not None
    assert office.world.update("office_user", anna, full_name="Eva").version is not None


def test_rights_that_the_same_commit_takes_are_gone(office: Office) -> None:
    root, anna = office.user("root"), office.user("anna")
    office.role(root, administers=True)
    role = office.role(anna, customer="view edit")
    customer = office.world.customer("a", "1")
    (given,) = office.store.engine.connect().scalars(
        sa.select(office.store.tables["office_user_role"].c.id).where(
            office.store.tables["office_user_role"].c.role == role
        )
    )
    edit = [office.edit("customer", customer, name="x")]
    one, two, three = together(
        office, (anna, edit), (root, [office.delete("office_user_role", given)]), (anna, edit)
    )
    assert one.version is not None
    assert two.version is not None
    assert codes(three) == ["access.denied"]


def test_a_limit_is_to_a_person_and_everybody_below(office: Office) -> None:
    """Rows outside are as if they were not there: to edit, to refer to, and to move rows to."""
    anna = office.user("anna", limit="a")
    everything = "view add edit delete"
    office.role(
        anna, customer=everything, employee=everything, contact=everything, market="view edit",
        substitution=everything, audience="view add", audience_member=everything,
    )  # fmt: skip
    world, people = office.world, office.world.people
    of_a, of_b, of_c, free = (world.customer(o, o or "0") for o in ("a", "b", "c", None))
    market = world.insert("market", number="1", name="x")
    assert shown(office, anna, "customer") == {of_a, of_c}
    assert shown(office, anna, "employee") == {people["a"], people["c"]}
    assert shown(office, anna, "market") == {market}
    unknown = office.write(anna, office.edit("customer", world.environment.new_id(), name="x"))
    for row in (of_b, free):
        foreign = office.write(anna, office.edit("customer", row, name="x"))
        assert foreign.objections == unknown.objections
        assert codes(office.write(anna, office.delete("customer", row))) == ["row.unknown"]
    assert codes(unknown) == ["row.unknown"]
    assert office.write(anna, office.edit("customer", of_c, name="x")).version is not None
    assert codes(office.write(anna, office.edit("customer", of_a, owner=people["b"]))) == [
        "reference.unknown", "access.beyond",
    ]  # fmt: skip
    assert codes(office.write(anna, office.edit("customer", of_a, owner=None))) == ["access.beyond"]
    assert office.write(anna, office.edit("customer", of_a, owner=people["c"])).version is not None
    unknown_row = ["row.unknown"]
    for owner, wanted in ((people["b"], unknown_row), (None, unknown_row), (people["a"], [])):
        made = office.new("customer", number="9", name="x", active=True, owner=owner)
        assert codes(office.write(anna, made))[:1] == wanted
    new = office.new("employee", number="d", active=True, manager=people["c"])
    whose = office.new("customer", number="8", name="x", active=True, owner=new.row_id)
    assert office.write(anna, new, whose).version is not None
    outside = office.new("employee", number="e", active=True, manager=people["b"])
    assert codes(office.write(anna, outside))[0] == "row.unknown"
    for substitute, wanted in (("c", []), ("b", unknown_row)):
        made = office.new(
            "substitution", absent=people["a"], substitute=people[substitute], active=True
        )
        assert codes(office.write(anna, made))[:1] == wanted
    audience = office.new("audience", number="x", name="x")
    assert codes(office.write(anna, audience)) == ["row.unknown"]


def test_a_large_change_is_the_users_throughout(office: Office) -> None:
    anna = office.user("anna")
    role = office.role(anna, market="view add")
    author = Author(Source.IMPORT, None, "import", anna)
    rows = [office.new("market", number=str(n), name="x") for n in range(STEP_OPERATIONS + 1)]
    write_change(office.store, author, rows)
    tag = office.store.schema.tags["market"]
    assert {e.user for e in history(office.store, tag, limit=STEP_OPERATIONS + 1)} == {"anna"}
    office.world.write([
        office.right("office_user_right", {"user": anna, "entity": "market", "add": False})
    ])  # fmt: skip
    more = [office.new("market", number=str(n), name="x") for n in range(STEP_OPERATIONS + 1)]
    with pytest.raises(ChangeRefused, match="rights"):
        write_change(office.store, author, more)
    assert role


def test_a_decision_needs_the_rights_for_the_work(office: Office) -> None:
    """To let it take effect, and to let it have none. The history names work and decision."""
    anna, bert, limited = (office.user("anna"), office.user("bert"), office.user("eva", limit="c"))
    office.role(anna, customer="view edit")
    office.role(limited, customer="view edit")
    office.role(bert, customer="view")
    world = office.world
    customers = [world.customer("a", str(n)) for n in range(2)]
    device = NaiveDevice(world, "a")
    device.sync()
    device.sync()
    for customer in customers:
        world.update("customer", customer, owner=world.people["b"])
    device.sync(*(device.changeset(device.update("customer", c, phone="late")) for c in customers))
    (one, other), _ = entries(office.store, Kind.QUARANTINE, False, 10)
    for user in (bert, limited):
        for decide in (accept, reject):
            with pytest.raises(ReviewRefused, match=r"access\.denied|row\.unknown"):
                decide(office.store, Kind.QUARANTINE, one.number, "no", user=user)
    reject(office.store, Kind.QUARANTINE, other.number, "no", user=anna)
    accept(office.store, Kind.QUARANTINE, one.number, user=anna)
    newest = history(office.store, world.store.schema.tags["customer"], limit=1)[0]
    assert (newest.user, newest.actor, newest.after) == ("anna", "a", {"phone": "late"})


def test_a_switch_and_a_hand_over_are_the_users(office: Office) -> None:
    anna, bert = office.user("anna"), office.user("bert")
    office.role(anna, substitution="view add edit", employee="view edit", customer="view edit")
    a, b = office.world.people["a"], office.world.people["b"]
    for switch in (switch_on, switch_off):
        if switch is switch_off:
            switch_on(office.store, a, b, user=anna)
        with pytest.raises(Problem) as denied:
            switch(office.store, a, b, user=bert)
        assert denied.value.code == "access.denied"
    assert switch_off(office.store, a, b, user=anna).verdict is not None
    shop = office.world.customer("a", "1")
    leaving = plan(office.store, a, b)
    with pytest.raises(AccessDenied):
        hand_over(office.store, leaving, lock=True, user=bert)
    hand_over(office.store, leaving, user=anna)
    for kind, row in (("customer", shop), ("substitution", None)):
        newest = history(office.store, office.store.schema.tags[kind], row, 1)[0]
        assert newest.user == "anna"
