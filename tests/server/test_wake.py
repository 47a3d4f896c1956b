"""Hints: whom they reach, that they say nothing, and what ends a stream."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx2
import psycopg
import pytest
import sqlalchemy as sa

from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.environment import Environment
from syncengine.protocol.enrolment import MEDIA_TYPE
from syncengine.protocol.messages import decode_response
from syncengine.store.store import Store
from tests.server.conftest import CUSTOMER, HOUR, IMPORT, NOTE, Served, Start, fill
from tests.server.processes import Serve
from tests.server.test_auth import Time
from tests.server.test_streams import until
from tests.server.wire import Client, Device, enrol

STREAM = re.compile(rb"(data: [0-9]+\n\n|:\n\n)*")
LONG = 3_600  # seconds: this does not happen during a test


@dataclass
class Stream:
    """A stream of hints being read."""

    response: httpx2.Response
    pieces: Iterator[bytes]
    raw: bytes = b""
    taken: int = field(default=0)

    def version(self) -> int:
        """The version of the next hint; AssertionError when the stream ends before."""
        while True:
            found = re.search(rb"data: ([0-9]+)\n\n", self.raw[self.taken :])
            if found:
                self.taken += found.end()
                return int(found.group(1))
            piece = next(self.pieces, None)
            assert piece is not None, "the stream has ended"
            self.raw += piece

    def ended(self) -> bool:
        """Read to the end, which has to come."""
        self.raw += b"".join(self.pieces)
        return True


@contextmanager
def listening(device: Device, method: str = "GET") -> Iterator[Stream]:
    """A stream of that device; whatever came in it was a version or a sign of life."""
    headers = {"authorization": f"Bearer {device.token}"}
    with device.client.http.stream(method, "/v1/wake", headers=headers) as response:
        stream = Stream(response, response.iter_raw())
        yield stream
        if response.status_code == 200:
            assert STREAM.fullmatch(stream.raw), stream.raw


def refusal(device: Device, method: str = "GET") -> tuple[int, str]:
    """Status and code of a stream that is refused."""
    with listening(device, method) as stream:
        assert stream.response.headers["content-type"] == MEDIA_TYPE
        message = decode_response(stream.response.read())
        return stream.response.status_code, message.code  # type: ignore[union-attr]


def edit(store: Store, row: bytes, phone: str) -> int:
    """The office changes a customer; the version."""
    verdict = store.write(IMPORT, [Operation(Action.UPDATE, CUSTOMER, row, {12: phone})])
    assert verdict.version is not None
    return verdict.version


def synced(served: Served, number: str) -> Device:
    """A new device after its first sync."""
    device = served.device(number)
    assert device.sync().status == 200
    return device


def test_a_commit_wakes_those_whom_it_may_concern(start: Start) -> None:
    """What a hint says is the version alone (STREAM); invariant 9: others hear nothing."""
    served = start(wake_poll_seconds=LONG)
    mine, other = synced(served, "279"), synced(served, "276")
    before = served.store.status().version
    with listening(mine) as my, listening(other) as others:
        assert my.response.headers["content-type"] == "text/event-stream"
        assert my.version() == others.version() == before
        first = edit(served.store, served.customers["2790"], "1")
        assert my.version() == first
        second = edit(served.store, served.customers["2760"], "1")
        assert others.version() == second


def test_another_process_s_commit_wakes_a_device_of_this_one(
    store: Store, serve: Serve, database_url: str
) -> None:
    """On PostgreSQL by NOTIFY alone, on SQLite by looking at the clock."""
    poll = 0.1 if database_url.startswith("sqlite") else LONG
    people, _ = fill(store)
    one, two = serve(wake_poll_seconds=poll), serve(wake_poll_seconds=poll)
    with Client(one.url) as a, Client(two.url) as b:
        pushing, waiting = (
            enrol(client, store.seats.create_code(people["279"], HOUR)) for client in (a, b)
        )
        pushing.sync()
        waiting.sync()
        note = Operation(Action.INSERT, NOTE, pushing.new_id(), {1: pushing.person, 3: "x"})
        with listening(waiting) as stream:
            stream.version()
            assert pushing.sync(pushing.changeset(note)).status == 200
            assert stream.version() == store.status().version


def deafen(store: Store) -> None:
    """End every connection that listens for commits; there is one."""
    ending = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    )
    with store.engine.connect() as connection:
        until(lambda: connection.execute(sa.text(ending)).first() is not None)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_was_committed_while_nobody_listened_is_told_after(start: Start) -> None:
    """The connection that listens is lost, and comes back."""
    served = start(wake_poll_seconds=LONG)
    device = synced(served, "279")
    with listening(device) as stream:
        stream.version()
        deafen(served.store)
        until(lambda: "wake_deaf" in served.log.getvalue())
        # Written past this process's own signals, as another process would.
        beside = Store(served.store.engine, served.store.schema, served.store.environment)
        version = edit(beside, served.customers["2790"], "1")
        assert stream.version() == version
        version = edit(beside, served.customers["2791"], "2")
        assert stream.version() == version


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_without_notifications_looking_at_the_clock_does(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def deaf(_engine: object) -> AsyncIterator[None]:
        raise psycopg.OperationalError("no such host")
        yield

    monkeypatch.setattr("server.http.app.notifications", deaf)
    served = start(wake_poll_seconds=0.1)
    device = synced(served, "279")
    with listening(device) as stream:
        stream.version()
        beside = Store(served.store.engine, served.store.schema, served.store.environment)
        version = edit(beside, served.customers["2790"], "1")
        assert stream.version() == version


def test_a_locked_seat_is_ended(start: Start) -> None:
    served = start(wake_beat_seconds=0.1)
    device = served.device("279")
    with listening(device) as stream:
        stream.version()
        served.store.seats.lock(device.seat)
        assert stream.ended()
    assert refusal(device) == (403, "auth.seat_locked")


def test_a_stream_lasts_no_longer_than_its_token(start: Start) -> None:
    clock = Time()
    served = start(Environment(now=clock.now), wake_beat_seconds=0.1)
    device = served.device("279")
    with listening(device) as stream:
        stream.version()
        clock.passed += 16 * 60_000_000
        assert stream.ended()
    assert refusal(device) == (401, "auth.required")


def test_as_many_as_stated_and_no_more(start: Start) -> None:
    """One place a seat: its own new stream takes the place of the old one."""
    served = start(wake_seats=1)
    device, other = served.device("279"), served.device("276")
    with listening(device) as old:
        old.version()
        assert refusal(other) == (503, "server.busy")
        with listening(other) as refused:
            assert refused.response.headers["retry-after"] == "2"
        with listening(device) as new:
            new.version()
            assert old.ended()
            edit(served.store, served.customers["2790"], "1")
            new.version()
    until(lambda: _is_let_in(other))


def _is_let_in(device: Device) -> bool:
    with listening(device) as stream:
        return stream.response.status_code == 200


def test_waiting_seats_hold_no_worker(start: Start) -> None:
    served = start(threads=1, max_in_flight=1)
    waiting, working = [served.device("279") for _ in range(3)], served.device("276")
    with listening(waiting[0]) as a, listening(waiting[1]) as b, listening(waiting[2]) as c:
        for stream in (a, b, c):
            stream.version()
        assert working.sync().status == 200


def test_signs_of_life_come_without_hints(start: Start) -> None:
    served = start(wake_beat_seconds=0.05)
    with listening(served.device("279")) as stream:
        while b":\n\n" not in stream.raw:
            stream.raw += next(stream.pieces)


def test_a_stop_ends_the_streams(start: Start) -> None:
    served = start()
    device = served.device("279")
    with listening(device) as stream:
        stream.version()
        served.server.should_exit = True
        assert stream.ended()


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT"])
def test_other_methods_and_other_tokens(unchanged: Served, method: str) -> None:
    device = unchanged.device("279")
    headers = {"authorization": f"Bearer {device.token}"}
    answer = device.client.http.request(method, "/v1/wake", headers=headers)
    assert answer.status_code == 405
    device.token = "AAAA"
    assert refusal(device) == (401, "auth.required")
