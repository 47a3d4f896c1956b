"""The office reads what an absent module has, and is offered no change that would be refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncengine.model.entity import Entity, Field
from syncengine.model.fields import Reference, Text
from syncengine.model.ids import to_text
from syncengine.model.manifest import Schema
from syncengine.model.module import Module
from syncengine.model.terms import Everyone
from syncengine.store.absent import with_absent
from syncengine.store.database import open_engine
from tests.accounts.office import Office
from tests.lifecycles.module import LIFECYCLES
from tests.portal.conftest import Desk
from tests.support.world import SCHEMA, World


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[tuple[Desk, bytes]]:
    """An office that has lost the package, and an errand from before."""
    url = f"sqlite:///{tmp_path / 'server.db'}"
    before = World(url, tmp_path, schema=Schema((*SCHEMA.modules, LIFECYCLES)))
    row = before.insert("errand", title="Go there", owner=before.people["a"], state="open")
    before.close()
    engine = open_engine(url)
    office = Office(url, tmp_path, Schema(with_absent(engine, SCHEMA.modules)))
    engine.dispose()
    yield Desk(office), row
    office.world.close()


def test_rows_are_shown_and_not_to_be_changed(desk: tuple[Desk, bytes]) -> None:
    shown, row = desk
    anna = shown.administrator()
    page = anna.get("/portal/data/errand").text
    assert "Go there" in page
    assert "missing on the server" in page
    assert "/portal/data/errand/new" not in page
    page = anna.get(f"/portal/data/errand/{to_text(row)}").text
    assert "missing on the server" in page
    assert "Delete" not in page
    assert anna.get("/portal/data/errand/export.csv").status_code == 200


ROOM = Entity(
    number=1,
    name="room",
    terms=(Everyone(),),
    fields=(
        Field(1, "number", Text(40), required=True),
        Field(2, "parent", Reference("room")),
    ),
)
ROOMS = Module(203, "rooms", 1, (ROOM,))


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[tuple[Desk, bytes]]:
    """An office that has lost a hierarchy, and a room that is below another one."""
    url = f"sqlite:///{tmp_path / 'server.db'}"
    before = World(url, tmp_path, schema=Schema((*SCHEMA.modules, ROOMS)))
    before.store.tables["room"].create(before.store.engine)
    row = before.insert("room", number="Attic", parent=before.insert("room", number="House"))
    before.close()
    engine = open_engine(url)
    office = Office(url, tmp_path, Schema(with_absent(engine, SCHEMA.modules)))
    engine.dispose()
    yield Desk(office), row
    office.world.close()


def test_a_tree_is_shown_and_offers_no_move(rooms: tuple[Desk, bytes]) -> None:
    """On the page, in its parts, and at the address; who sends one all the same is told."""
    shown, row = rooms
    anna, tree = shown.administrator(), "/portal/data/room/tree"
    page = anna.get(f"{tree}?at={to_text(row)}").text
    assert "Attic" in page
    assert "missing on the server" in page
    move = f"/portal/data/room/{to_text(row)}/move"
    for part in (page, anna.get(tree, **{"hx-request": "true"}).text):
        assert "House" in part
        assert "Move" not in part
        assert "draggable" not in part
    answer = anna.get(move)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{tree}?at={to_text(row)}")
    was = next(room for room in re.findall(r'data-was="([^"]+)"', page))
    sent = {"csrf": anna.csrf, "do": "save", "v.parent": "", "was.parent": was}
    assert anna.http.post(move, data=sent).status_code == 422
    assert f'data-was="{was}"' in anna.get(f"{tree}?at={to_text(row)}").text


def test_who_sends_a_form_all_the_same_is_told(desk: tuple[Desk, bytes]) -> None:
    shown, row = desk
    anna = shown.administrator()
    anna.http.cookies.set("language", "de", path="/portal")
    answer = anna.post(f"/portal/data/errand/{to_text(row)}/delete")
    assert answer.status_code == 422
    assert "Auf dem Server fehlt der Teil des Programms" in answer.text
    assert "Go there" in anna.get("/portal/data/errand").text
