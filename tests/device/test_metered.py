"""Syncing with little to spend: first things first, a budget a sync, pauses."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager

import pytest

from device_sdk.errors import Offline
from device_sdk.loop import run
from device_sdk.report import Progress, SyncReport
from device_sdk.transport import Response
from syncengine.model.errors import SchemaUnknown
from tests.support.world import Faults, World

CHUNK = 40_000  # bytes that a first chunk of these rows is less than


def note(world: World, text: str) -> None:
    world.insert("note", author=world.people["a"], text=text)


def catalogue(world: World, count: int) -> None:
    for n in range(count):
        world.insert("catalogue", number=str(n), name=f"Catalogue {n}", active=True)


def test_todays_messages_before_the_catalogue(world: World) -> None:
    """A new device shows them as soon as they are whole, though the line breaks in the catalogue;
    of this nothing comes twice.
    """
    catalogue(world, 3_000)
    note(world, "today")
    faults = Faults()
    with world.enrol("a", faults) as device:
        assert device.status().coming == ("main", "catalogue")
        seen: list[Progress] = []

        def arrived(progress: Progress) -> None:
            seen.append(progress)
            if len(seen) == 2:  # the first piece of the catalogue
                faults.cut_after = 0

        with pytest.raises(Offline):
            device.sync(arrived)
        assert device.query("SELECT text FROM note") == [("today",)]
        assert device.counts()["catalogue"] == 0
        assert device.status().coming == ("catalogue",)
        note(world, "now")
        report = device.sync()
        assert device.status().coming == ()
        assert device.counts()["catalogue"] == 3_000
        assert device.counts()["note"] == 2
        assert report.rows_received + seen[-1].rows_received == 3_000 + 2 + 3  # three employees
        assert device.sync().rounds == 1


def test_a_store_of_before_takes_everything_at_once(world: World) -> None:
    """It has all that it wants, though it does not say so: nothing of it goes meanwhile."""
    catalogue(world, 3)
    with world.enrol("a") as device:
        device.sync()
        with device._store.database.transaction():
            device._store.database.set(taken=None)
        note(world, "today")
        report = device.sync()
        assert (report.rounds, report.rows_received, device.counts()["catalogue"]) == (1, 1, 3)


def test_an_app_decides_when_the_catalogue_comes(world: World) -> None:
    """Also when the line breaks in the catalogue and one message more comes."""
    catalogue(world, 40)
    note(world, "today")
    faults = Faults()
    with world.enrol("a", faults) as device:
        device.want(["note"])
        device.sync()
        assert [text for (text,) in device.query("SELECT text FROM note")] == ["today"]
        device.want()
        faults.cut_after = 900
        with pytest.raises(Offline):
            device.sync()
        note(world, "now")
        device.want(["note"])
        device.sync()
        texts = device.query("SELECT text FROM note ORDER BY text")
        assert texts == [("now",), ("today",)]
        assert device.counts()["catalogue"] == 0
        device.want()
        device.sync()
        assert device.counts()["catalogue"] == 40


def test_wanting_is_durable_and_names_what_is_there(world: World) -> None:
    catalogue(world, 3)
    with world.enrol("a") as device:
        device.want(["customer"])
        with pytest.raises(SchemaUnknown):
            device.want(["nothing"])
    with world.reopen("a") as device:
        device.sync()
        assert device.counts()["catalogue"] == 0


def test_a_budget_ends_a_sync_and_the_next_one_goes_on(world: World) -> None:
    """Every row arrives once, and each sync goes at most a chunk beyond."""
    world.customers("a", 5_000)
    with world.enrol("a") as device:
        reports: list[SyncReport] = []
        while not reports or not reports[-1].complete:
            reports.append(device.sync(budget_bytes=1))
            assert len(reports) < 10
        assert len(reports) > 2
        assert sum(report.rows_received for report in reports) == 5_003
        assert device.counts()["customer"] == 5_000
        assert all(report.rounds == 1 for report in reports)
        whole = sum(report.bytes_received for report in reports)
        assert device.sync(budget_bytes=whole).complete


def test_the_push_keeps_to_the_budget(world: World) -> None:
    """At least one changeset goes; nothing at all without a budget."""
    with world.enrol("a") as device:
        device.sync()
        for _ in range(4):
            text = world.environment.random_bytes(1_500).hex()
            with device.changeset() as changes:
                changes.insert("note", author=device.person, text=text)
        nothing = device.sync(budget_bytes=0)
        assert (nothing.complete, nothing.rounds, device.pending()) == (False, 0, 4)
        for left in (3, 2, 1):
            report = device.sync(budget_bytes=1_000)
            assert (report.changesets_sent, report.complete) == (1, False)
            assert device.pending() == left
        assert device.sync().complete
        assert device.pending() == 0


def test_a_pause_ends_the_running_sync_and_begins_none(world: World) -> None:
    """Work goes on meanwhile."""
    world.customers("a", 3_000)
    with world.enrol("a") as device:
        seen: list[Progress] = []

        def arrived(progress: Progress) -> None:
            seen.append(progress)
            device.pause()

        report = device.sync(arrived)
        assert (report.complete, len(seen)) == (False, 1)
        assert 0 < report.rows_received < 3_000
        assert device.sync().rounds == 0
        with device.changeset() as changes:
            changes.insert("note", author=device.person, text="meanwhile")
        device.resume()
        rest = device.sync()
        assert rest.complete
        assert report.rows_received + rest.rows_received == 3_003 + 1
        assert device.counts()["customer"] == 3_000


def unheard(_path: str) -> AbstractContextManager[Response]:
    """A server without hints."""
    raise Offline("no hints")


def test_the_loop_waits_while_the_device_is_paused(world: World) -> None:
    with world.enrol("a") as device:
        looks: list[bool] = []
        stop = threading.Event()

        def paused() -> bool:
            looks.append(len(looks) < 2)
            return looks[-1]

        random = world.environment.random_bytes
        run(device.sync, unheard, stop, random, lambda _: stop.set(), paused)
        assert looks == [True, True, False]
        assert device.version > 0
