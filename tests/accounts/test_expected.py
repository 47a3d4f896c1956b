"""A changeset that holds only as long as rows are as its author saw them: two people at once."""

from __future__ import annotations

import threading

from syncengine.model.access import Source
from syncengine.model.changeset import Verdict
from syncengine.store.author import Author, Expected
from tests.accounts.office import Office
from tests.accounts.test_rights import codes
from tests.support.world import World

CHANGED = ["row.changed"]


def write(office: Office, user: bytes | None, row: bytes, version: int, name: str) -> Verdict:
    key = office.store.schema.tags["customer"], row
    return office.store.write(
        Author(Source.OFFICE, None, "test", user),
        [office.edit("customer", row, name=name)],
        expected=Expected({key: version}),
    )


def test_a_row_that_was_not_there_may_be_expected(office: Office) -> None:
    made = office.new("customer", number="1", name="x", active=True)
    key, author = (made.tag, made.row_id), Author(Source.OFFICE, None, "test")
    other = office.new("market", number="1", name="x")
    assert codes(office.store.write(author, [made], expected=Expected({key: 0}))) == []
    assert codes(office.store.write(author, [other], expected=Expected({key: 0}))) == CHANGED
    office.store.write(author, [office.delete("customer", made.row_id)])
    assert codes(office.store.write(author, [other], expected=Expected({key: 0}))) == []


def test_a_row_that_is_not_changed_may_be_expected(office: Office) -> None:
    row, other = office.world.customer("a", "1"), office.new("market", number="1", name="x")
    key, seen = (office.store.schema.tags["customer"], row), office.store.status().version
    office.world.update("customer", row, city="Ulm")
    author = Author(Source.OFFICE, None, "test")
    assert codes(office.store.write(author, [other], expected=Expected({key: seen}))) == CHANGED
    now = office.store.status().version
    assert codes(office.store.write(author, [other], expected=Expected({key: now}))) == []


def test_who_may_not_do_it_learns_of_no_version(office: Office) -> None:
    """Invariant 9: whatever version is expected, the answer is the same."""
    anna = office.user("anna")
    row = office.world.customer("a", "1")
    right = office.store.status().version
    answers = [write(office, anna, row, version, "x").objections for version in (right, 1, 0)]
    assert [answer[0].code for answer in answers] == ["access.denied"] * 3
    assert answers[0] == answers[1] == answers[2]


def test_of_two_at_once_one_is_told(office: Office) -> None:
    """Each on a server process of its own: the versions are compared under the clock's lock."""
    row = office.world.customer("a", "1")
    seen = office.store.status().version
    beside = World.beside(office.world)
    start, answers = threading.Barrier(2), list[Verdict]()

    def save(world: World, name: str) -> None:
        key = world.store.schema.tags["customer"], row
        start.wait(30)
        edit = office.edit("customer", row, name=name)
        author = Author(Source.OFFICE, None, name)
        answers.append(world.store.write(author, [edit], expected=Expected({key: seen})))

    threads = [
        threading.Thread(target=save, args=pair)
        for pair in ((office.world, "one"), (beside, "two"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    beside.close()
    assert sorted(codes(answer) for answer in answers) == [[], CHANGED]
