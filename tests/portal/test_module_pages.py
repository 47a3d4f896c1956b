"""A module's pages are there with it, through the same gate and rights, and go with it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from server import live
from server.portal.brought import brought
from server.portal.words import Words, zone_of
from server.problem import Problem
from syncengine.model.manifest import Schema
from syncengine.model.module import Module
from tests.accounts.office import Office
from tests.portal.conftest import Desk
from tests.portal.streams import Stream, running
from tests.support.loops import run
from tests.support.world import SCHEMA

SHELVES = Module(202, "shelves", 1, (), portal="tests.portal.shelves.portal")


@pytest.fixture
def shelves(tmp_path: Path) -> Iterator[Desk]:
    """An office with the module."""
    url = f"sqlite:///{tmp_path / 'server.db'}"
    office = Office(url, tmp_path, Schema((*SCHEMA.modules, SHELVES)))
    yield Desk(office)
    office.world.close()


def test_a_module_brings_page_navigation_words_and_style(shelves: Desk) -> None:
    shelves.world.customer("a", "1")
    anna = shelves.administrator()
    page = anna.get("/portal/shelves/count").text
    assert "Count the shelves: 1" in page
    assert 'aria-current="page"' in page
    anna.http.cookies.set("language", "de", path="/portal")
    assert "Regale zählen: 1" in anna.get("/portal/shelves/count").text
    assert "Regale zählen" in anna.get("/portal/").text
    (style,) = re.findall(r'href="(/portal/static/shelves/[^"]*)"', page)
    assert "inherit" in anna.get(style).text
    for other in ("shelves/portal.py", "shelves/../portal.py", "office/x.css", "shelves/"):
        assert anna.get(f"/portal/static/{other}").status_code == 404


def test_its_pages_are_behind_the_gate_and_the_rights(shelves: Desk) -> None:
    path = "/portal/shelves/count"
    answer = shelves.visitor().get(path)
    assert (answer.status_code, answer.headers["location"]) == (
        303, "/portal/sign-in?next=/portal/shelves/count",
    )  # fmt: skip
    shelves.office.user("anna")
    anna = shelves.signed_in("anna")
    assert anna.get(path).status_code == 404
    assert "shelves" not in anna.get("/portal/").text
    shelves.office.role(shelves.office.users["anna"], customer="view")
    assert anna.get(path).status_code == 200
    assert anna.post(path).status_code == 404


def test_a_page_of_a_module_is_told_of_its_own_panel(
    shelves: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only whoever may view its rows, and only with the module there."""
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.02)
    anna = shelves.administrator()
    shelves.office.role(shelves.office.user("ben"), article="view")
    ben = shelves.signed_in("ben")

    async def scenario() -> None:
        async with running(shelves):
            assert await Stream(shelves, ben, "shelves/count-").answered() == 404
            assert await Stream(shelves, anna, "shelves/other-").answered() == 400
            stream = Stream(shelves, anna, "shelves/count-")
            assert await stream.told() == "shelves/count"
            shelves.world.update("employee", shelves.world.people["a"], login="anna")
            shelves.world.customer("a", "1")
            assert await stream.told() == "shelves/count"
            stream.gone.set()
            await stream.answered()

    run(scenario())


def test_a_module_that_is_removed_takes_its_pages_with_it(desk: Desk) -> None:
    anna = desk.administrator()
    assert anna.get("/portal/shelves/count").status_code == 404
    assert anna.get("/portal/static/shelves/shelves.css").status_code == 404
    assert "shelves" not in anna.get("/portal/").text


def test_a_name_of_the_portal_and_a_module_without_pages_are_refused() -> None:
    with pytest.raises(Problem, match="below /portal/devices/"):
        brought([replace(SHELVES, name="devices")], {"devices"})
    with pytest.raises(Problem, match="gives no PAGES"):
        brought([replace(SHELVES, portal="tests.portal.shelves")], set())


def test_times_are_told_as_the_readers_clock_shows_them(desk: Desk) -> None:
    """Whatever a cookie says: a time zone, or nothing."""
    noon = int(dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC).timestamp() * 1_000_000)
    shop = desk.world.customer("a", "1")
    desk.world.insert(
        "appointment", customer=shop, employee=desk.world.people["a"], subject="Visit",
        starts_at=noon, active=True,
    )  # fmt: skip
    anna = desk.administrator()
    path = f"/portal/data/appointment?sort=starts_at&c=starts_at&f.customer={shop.hex()}"
    anna.http.cookies.set("zone", "Europe/Lisbon", path="/portal")
    assert "1 Jul 2026, 13:00" in anna.get(path).text
    here = Words("en").moment(noon)
    for name in ("../../etc/passwd", "Europe", "x" * 5_000, "Europe/Nowhere"):
        assert zone_of(name) is None
        anna.http.cookies.set("zone", name, path="/portal")
        assert here in anna.get(path).text


@pytest.mark.parametrize(
    ("shown", "utc"),
    [
        ("2026-03-29T02:30", "2026-03-29T01:30"),  # is left out: an hour later
        ("2026-10-25T02:30", "2026-10-25T00:30"),  # comes twice: the first
        ("2026-10-25T03:30", "2026-10-25T02:30"),
    ],
)
def test_hours_that_are_left_out_or_come_twice(shown: str, utc: str) -> None:
    found = Words("de", zone_of("Europe/Berlin")).instant(dt.datetime.fromisoformat(shown))
    assert found.astimezone(dt.UTC).replace(tzinfo=None) == dt.datetime.fromisoformat(utc)
