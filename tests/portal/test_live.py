"""Open pages are told which of their panels are stale: by whom, whatever process it was, how often,
and until when. No browser here; what one does with it is in test_browser.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from server import live
from server.accounts.sessions import MINUTE
from server.live import USER_STREAMS, Live, LivePace, Look
from server.portal.live import PANELS
from server.substitution import switch_on
from syncengine.model.entity import Action
from syncengine.model.errors import Busy
from syncengine.store import marks
from syncengine.store.bulk import keep
from syncengine.store.bulk_steps import encoded
from syncengine.store.errands import Errands
from tests.accounts.office import Office
from tests.portal.conftest import OTHER, Desk
from tests.portal.streams import PATIENCE, Stream, running
from tests.support.loops import run
from tests.support.world import OFFICE, World

PACE = LivePace(streams=3, poll_seconds=PATIENCE, beat_seconds=PATIENCE)
ALL = ".".join(f"{panel}-" for panel in PANELS)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """As often as that, so that no test waits for a second."""
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.02)


class Script:
    """What is read."""

    def __init__(self) -> None:
        self.marks = {"devices": "1", "jobs": "1"}
        self.over: set[str] = set()
        self.looks = 0
        self.live = Live(self.read, PACE)

    async def read(self, _panels: Collection[str], sessions: Collection[str]) -> Look:
        self.looks += 1
        return Look(dict(self.marks), self.over & set(sessions))


def test_a_page_is_told_once_of_each_of_its_parts() -> None:
    async def scenario() -> None:
        script = Script()
        told = {"devices": "1"}
        with script.live.joined(b"u", "s", told) as page, script.live.joined(b"u", "t", {}) as none:
            script.marks["jobs"] = "2"  # not this page's
            script.live.signal()
            await asyncio.sleep(0.1)
            script.marks["devices"] = "2"
            script.live.signal()
            assert await page.next() == ["devices"]
            assert page.told == {"devices": "2"}
            script.marks["devices"] = "3"
            script.live.signal()
            assert await page.next() == ["devices"]
            script.over.add("s")
            script.live.signal()
            assert await page.next() is None
            assert none.told == {}
        looks = script.looks
        await asyncio.sleep(0.1)
        assert script.looks == looks  # nobody looks when no page is open

    run(scenario())


def test_commits_that_follow_each_other_are_looked_at_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At most one refresh a second, however much is committed."""
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.2)

    async def scenario() -> None:
        script = Script()
        with script.live.joined(b"u", "s", {"jobs": "1"}):
            for _ in range(25):
                script.live.signal()
                await asyncio.sleep(0.01)
        assert script.looks <= 3

    run(scenario())


def test_places_are_bounded_and_a_failed_look_is_made_again() -> None:
    async def scenario() -> None:
        script = Script()
        with ExitStack() as stack:
            page = stack.enter_context(script.live.joined(b"a", "s", {"jobs": ""}))
            assert await page.next() == ["jobs"]
            del script.marks  # whatever is wrong with the database
            script.live.signal()
            await asyncio.sleep(0.1)
            script.marks = {"jobs": "9"}
            script.live.signal()
            assert await page.next() == ["jobs"]
            for user in (b"b", b"c"):
                stack.enter_context(script.live.joined(user, "s", {}))
            with pytest.raises(Busy), script.live.joined(b"d", "s", {}):
                pass
        script.live._pace = LivePace(1_000, PATIENCE, PATIENCE)
        with ExitStack() as stack:
            for _ in range(USER_STREAMS):
                stack.enter_context(script.live.joined(b"a", "s", {}))
            with pytest.raises(Busy), script.live.joined(b"a", "s", {}):
                pass
            page = stack.enter_context(script.live.joined(b"b", "s", {}))
            script.live.close()
            assert await page.next() is None
        with pytest.raises(Busy), script.live.joined(b"a", "s", {}):
            pass

    run(scenario())


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    """On both databases."""
    with closing(World(database_url, tmp_path)) as made:
        yield made


def test_each_part_has_a_mark_that_its_changes_move(world: World) -> None:
    """What changes one leaves the others."""
    before = marks.panel_marks(world.store)

    def moved() -> set[str]:
        nonlocal before
        now = marks.panel_marks(world.store)
        changed = {panel for panel in now if now[panel] != before[panel]}
        before = now
        return changed

    row = world.customer("a", "1")
    assert moved() == set()
    device = world.enrol("a")
    assert moved() == {"devices"}
    device.sync()
    device.sync()
    assert moved() == {"devices"}
    switch_on(world.store, world.people["a"], world.people["b"])
    assert "substitutions" in moved()
    with device.changeset() as changes:
        changes.update("customer", row, phone="1")
    world.write([world.operation(Action.UPDATE, "customer", row, owner=world.people["boss"])])
    moved()
    device.sync()
    assert "reviews" in moved()
    operation = world.operation(
        Action.INSERT, "customer", world.environment.new_id(), number="2", name="Shop"
    )
    keep(world.store, world.environment.new_id(), OFFICE, [encoded(0, operation)])
    assert moved() == {"imports"}
    Errands(world.store).ask("look", world.people["a"], "anna", row)
    assert moved() == {"imports"}
    device.close()


def test_a_commit_of_another_process_is_told_and_signing_out_ends_it(tmp_path: Path) -> None:
    """A sign of life comes between."""
    office = Office(f"sqlite:///{tmp_path / 'server.db'}", tmp_path)
    desk = Desk(office, wake_poll_seconds=0.05, wake_beat_seconds=0.3)
    anna = desk.administrator()
    token = anna.http.cookies["session"]
    other = World.beside(office.world)

    async def scenario() -> None:
        async with running(desk):
            stream = Stream(desk, anna, ALL)
            assert set((await stream.told()).split()) == set(PANELS)  # marks of before are unknown
            switch_on(other.store, office.world.people["a"], office.world.people["b"])
            assert "substitutions" in await stream.told()
            assert stream.status == 200
            assert stream.headers["content-type"].startswith("text/event-stream")
            assert "default-src 'none'" in stream.headers["content-security-policy"]
            stream.raw = b""
            async with asyncio.timeout(PATIENCE):
                while b":\n\n" not in stream.raw:
                    await asyncio.sleep(0.05)
            await asyncio.to_thread(office.accounts.sign_out, token)
            assert await stream.answered() == 200
            assert stream.raw.endswith(b"event: end\ndata:\n\n")
            left = Stream(desk, desk.visitor(), "devices-")
            assert await left.answered() == 204

    run(scenario())
    other.close()
    office.world.close()


def test_who_may_not_see_a_part_cannot_watch_it(desk: Desk) -> None:
    desk.office.role(desk.office.user("ben"), customer="view")
    ben, anna = desk.signed_in("ben"), desk.administrator()

    async def scenario() -> None:
        async with running(desk):
            answers = {
                404: Stream(desk, ben, "devices-"),
                400: Stream(desk, anna, "nothing-"),
                403: Stream(desk, anna, "devices-", sec_fetch_site="cross-site"),
                204: Stream(desk, desk.visitor(), "devices-"),
            }
            for status, stream in answers.items():
                assert await stream.answered() == status
            foreign = Stream(desk, anna, "devices-", origin=OTHER)
            assert await foreign.answered() == 403
            for at in ("", "devices", "devices-1.devices-2", "devices-" + "x" * 400):
                status = await _status(Stream(desk, anna, at))
                assert status == (200 if at == "devices" else 400), at

    run(scenario())


async def _status(stream: Stream) -> int:
    async with asyncio.timeout(PATIENCE):
        await stream.news.wait()
    stream.gone.set()
    return await stream.answered()


def test_what_a_page_fetches_by_itself_does_not_prolong_the_session(desk: Desk) -> None:
    anna = desk.administrator()
    with anna.http:
        for _ in range(7):
            desk.office.time.now += 9 * MINUTE
            answer = anna.get("/portal/", **{"x-live": "1", "hx-request": "true"})
        assert answer.headers["hx-redirect"].startswith("/portal/sign-in")  # not into the panel
        anna = desk.signed_in("anna")
        for _ in range(7):
            desk.office.time.now += 9 * MINUTE
            assert anna.get("/portal/").status_code == 200
