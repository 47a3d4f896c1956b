"""Errands: done off the request by whatever process there is, once, also after a crash."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.errands import Runner, Stopped, Told
from syncengine.model.errors import Busy, SyncError
from syncengine.store import errands as module
from syncengine.store.errands import Errand, Errands, State, TooManyErrands
from syncengine.store.store import Store
from tests.accounts.office import Time
from tests.support.world import Crash, World

USER, OTHER, SUBJECT = (bytes([n]) * 16 for n in (1, 2, 3))


class Desk:
    """A store whose clock the test moves, and what its errands do."""

    def __init__(self, url: str, folder: Path) -> None:
        self.time = Time()
        self.world = World(url, folder, self.time)
        self.store = self.world.store
        self.errands = Errands(self.store)
        self.done: list[bytes] = []

    def runner(self) -> Runner:
        """A process."""
        return Runner(self.store, {"count": self.count, "break": self.fail})

    def count(self, _store: Store, errand: Errand, told: Told) -> bytes:
        told.expect("counting", 10)
        for _ in range(10):
            told("counting", 1)
            self.time.now += 1_000_000
        self.done.append(errand.parameters)
        return errand.parameters * 2

    def fail(self, _store: Store, errand: Errand, _told: Told) -> bytes:
        if errand.parameters == b"known":
            raise Busy("There is too much to do.")
        raise ZeroDivisionError

    def ask(self, parameters: bytes = b"x", kind: str = "count", user: bytes = USER) -> bytes:
        return self.errands.ask(kind, user, "count", SUBJECT, parameters)

    def find(self, errand: bytes) -> Errand:
        found = self.errands.find(errand)
        assert found is not None
        return found


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(database_url, tmp_path)
    yield made
    made.world.close()


def test_each_is_done_once_in_the_order_of_asking(desk: Desk) -> None:
    ids = []
    for name in (b"a", b"b", b"c"):
        ids.append(desk.ask(name))
        desk.time.now += 1
    assert [desk.find(i).state for i in ids] == [State.WAITING] * 3
    assert desk.runner().do_waiting() == 3
    assert desk.runner().do_waiting() == 0
    assert desk.done == [b"a", b"b", b"c"]
    found = desk.find(ids[1])
    assert (found.state, found.result, found.done, found.total) == (State.DONE, b"bb", 10, 10)
    assert found.began is not None
    assert found.ended is not None
    assert found.began < found.ended
    assert [e.id for e in desk.errands.of(SUBJECT)] == ids[::-1]
    newest = desk.errands.newest_of([SUBJECT])[SUBJECT]
    assert (newest.id, newest.result) == (ids[2], b"")


def test_what_fails_says_why_and_may_be_asked_for_again(desk: Desk) -> None:
    known, unknown = desk.ask(b"known", "break"), desk.ask(b"", "break")
    desk.runner().do_waiting()
    why = desk.find(known).code, desk.find(known).detail
    assert why == (Busy.code, "There is too much to do.")
    assert desk.find(unknown).code == "errand.unexpected"
    again = desk.errands.ask("break", USER, "count", SUBJECT, b"known", known)
    assert (again, desk.find(known).state) == (known, State.WAITING)
    waiting = desk.errands.ask("break", USER, "count", SUBJECT, b"other", known)
    assert (waiting, desk.find(known).parameters) == (known, b"known")  # it is under way already


def test_a_process_that_died_is_followed_by_another(desk: Desk) -> None:
    """Not before its lease is over, and not for ever."""
    errand = desk.ask()
    for number in range(module.MAX_TRIES):
        claimed = desk.errands.claim(bytes([number]) * 16, ["count"])
        assert claimed is not None
        assert claimed.tries == number + 1
        assert desk.runner().do_waiting() == 0  # it is heard of
        desk.time.now += module.LEASE + 1
    assert desk.runner().do_waiting() == 0
    found = desk.find(errand)
    assert (found.state, found.code) == (State.FAILED, "errand.interrupted")
    second = desk.ask(b"y")
    holder = b"h" * 16
    assert desk.errands.claim(holder, ["count"]) is not None
    desk.time.now += module.LEASE - 1
    desk.errands.beat(holder)
    desk.time.now += module.LEASE - 1
    assert desk.runner().do_waiting() == 0
    desk.time.now += 2
    assert desk.runner().do_waiting() == 1
    assert not desk.errands.end(second, holder, b"late")  # it is the other one's
    assert desk.find(second).result == b"yy"


def test_a_process_that_stops_puts_its_errand_back(desk: Desk) -> None:
    runner, went_on = desk.runner(), []

    def stops(store: Store, errand: Errand, told: Told) -> bytes:
        runner.stop()
        told("counting", 1)
        went_on.append(errand.id)
        return b""

    runner._works = {"count": stops}
    errand = desk.ask()
    runner._do_one()
    assert (desk.find(errand).state, desk.find(errand).tries) == (State.WAITING, 0)
    assert went_on == []
    assert desk.runner().do_waiting() == 1
    assert desk.find(errand).state is State.DONE


def test_who_lost_an_errand_writes_no_further(desk: Desk) -> None:
    errand = desk.ask()

    def slow(store: Store, errand: Errand, told: Told) -> bytes:
        desk.time.now += module.LEASE + 1
        assert desk.errands.claim(OTHER, ["count"]) is not None
        with pytest.raises(Stopped):
            told("counting", 1)
        raise Stopped

    runner = Runner(desk.store, {"count": slow})
    runner._do_one()
    assert desk.find(errand).state is State.RUNNING
    assert desk.errands.end(errand, OTHER, b"theirs")


def test_a_crash_leaves_it_to_the_next_process(desk: Desk) -> None:
    def crashes(store: Store, errand: Errand, told: Told) -> bytes:
        raise Crash

    errand = desk.ask()
    with pytest.raises(Crash):
        Runner(desk.store, {"count": crashes}).do_waiting()
    assert desk.find(errand).state is State.RUNNING
    desk.time.now += module.LEASE + 1
    assert desk.runner().do_waiting() == 1
    assert desk.find(errand).state is State.DONE


def test_they_are_bounded_and_forgotten(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_UNFINISHED", module.MAX_OF_USER + 1)
    for _ in range(module.MAX_OF_USER):
        desk.ask()
    with pytest.raises(TooManyErrands):
        desk.ask()
    desk.ask(user=OTHER)
    with pytest.raises(TooManyErrands) as refused:
        desk.ask(user=SUBJECT)
    assert isinstance(refused.value, SyncError)
    desk.runner().do_waiting()
    desk.ask()
    assert desk.errands.drop_old() == 0
    desk.time.now += module.KEPT + 1
    assert desk.errands.drop_old() == module.MAX_OF_USER + 1
    assert [e.state for e in desk.errands.of(SUBJECT)] == [State.WAITING]
    with pytest.raises(ValueError, match="at most"):
        desk.errands.end(SUBJECT, OTHER, b"x" * (module.MAX_RESULT + 1))


def test_a_running_process_takes_what_is_asked_for(desk: Desk) -> None:
    """With its threads: nobody calls it by hand."""
    runner = desk.runner()
    runner.start()
    errand = desk.ask()
    runner.hasten()
    for _ in range(200):
        if desk.find(errand).finished:
            break
        time.sleep(0.02)
    runner.stop()
    assert desk.find(errand).result == b"xx"
