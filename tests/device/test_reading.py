"""Reading: the views and nothing else, watched queries, several threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import apsw
import pytest

from device_sdk import Device
from device_sdk.errors import ReadOnly
from device_sdk.watch import Result
from syncengine.protocol.messages import Struct
from tests.device.fake import Fake, shown


@pytest.mark.parametrize(
    "sql",
    [
        "WITH customer AS (SELECT hex(body) FROM outbox) SELECT * FROM customer",
        "WITH customer AS (SELECT value FROM meta) SELECT * FROM customer",
        "SELECT c.id FROM customer c WHERE EXISTS (SELECT 1 FROM shadow)",
        "SELECT (SELECT count(*) FROM outbox)",
        "SELECT count(*) FROM staged",
        "SELECT * FROM pragma_table_info('outbox')",
        "SELECT sqlite3mc_config('cipher')",
    ],
)
def test_no_query_reaches_the_queue_the_state_or_the_keys(device: Device, sql: str) -> None:
    with device.changeset() as changes:
        changes.insert("note", author=device.person, text="queued")
    with pytest.raises(ReadOnly):
        device.query(sql)


def test_queries_may_use_their_own_names_and_json(fake: Fake, device: Device) -> None:
    fake.customer("one")
    device.sync()
    assert device.query("WITH x AS (SELECT name AS n FROM customer) SELECT n FROM x") == [("one",)]
    assert device.query("SELECT value FROM json_each('[1,2]')") == [(1,), (2,)]


def test_an_app_writes_while_a_sync_waits_for_the_network(fake: Fake, device: Device) -> None:
    """Offline first: a poor line never stops a person from working."""
    row = fake.customer("old")
    waiting, go_on = threading.Event(), threading.Event()

    def stall(messages: list[Struct]) -> Iterator[Struct]:
        yield from messages[:1]
        waiting.set()
        assert go_on.wait(10)
        yield from messages[1:]

    device.sync()
    fake.customer("two")
    fake.lazy = stall
    syncing = threading.Thread(target=device.sync)
    syncing.start()
    assert waiting.wait(10)
    with device.changeset() as changes:
        changes.update("customer", row, name="new")
    assert shown(device)[row] == "new"
    assert device.pending() == 1
    go_on.set()
    syncing.join()
    assert sorted(shown(device).values()) == ["new", "two"]
    assert device.sync().verdicts == {"accepted": 1}


def test_a_block_that_writes_does_not_sync(device: Device) -> None:
    """It would wait for the network with the lock in its hands."""
    with pytest.raises(RuntimeError), device.changeset():
        device.sync()


def test_a_failing_call_back_stops_neither_the_writing_nor_the_others(
    device: Device, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[int] = []

    def fail(result: Result) -> None:
        if result:
            raise ZeroDivisionError

    device.watch("note", fail)
    device.watch("note", lambda result: seen.append(len(result)))
    with device.changeset() as changes:
        changes.insert("note", author=device.person, text="kept")
    assert seen == [0, 1]
    assert device.pending() == 1
    assert "call-back failed" in caplog.text


def test_a_watch_of_a_wrong_query_says_so_and_is_gone(device: Device) -> None:
    with pytest.raises(ReadOnly):
        device.watch("SELECT nothing FROM customer", lambda _: None)
    with device.changeset() as changes:
        changes.insert("note", author=device.person, text="kept")


def test_a_call_back_may_write(device: Device) -> None:
    def answer(result: Result) -> None:
        if len(result) == 1:
            with device.changeset() as changes:
                changes.insert("note", author=device.person, text="second")

    device.watch("note", answer)
    with device.changeset() as changes:
        changes.insert("note", author=device.person, text="first")
    assert sorted(shown(device, "note").values()) == ["first", "second"]


def test_the_connection_for_queries_can_write_nothing(device: Device) -> None:
    """The file itself is open for reading alone; the authorizer is another line of defence."""
    reader = device._reader._db
    reader.authorizer = None
    reader.pragma("query_only", False)
    with pytest.raises(apsw.ReadOnlyError):
        reader.execute("DELETE FROM outbox")
