"""The office reads what an absent module has, and is offered no change that would be refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncengine.model.ids import to_text
from syncengine.model.manifest import Schema
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


def test_who_sends_a_form_all_the_same_is_told(desk: tuple[Desk, bytes]) -> None:
    shown, row = desk
    anna = shown.administrator()
    anna.http.cookies.set("language", "de", path="/portal")
    answer = anna.post(f"/portal/data/errand/{to_text(row)}/delete")
    assert answer.status_code == 422
    assert "Auf dem Server fehlt der Teil des Programms" in answer.text
    assert "Go there" in anna.get("/portal/data/errand").text
