"""Examples of targeting: why, preview, many windows at once, damage (D3)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from syncengine.model.entity import Action
from syncengine.store import settle
from syncengine.store import tables as t
from syncengine.store.database import writing
from syncengine.store.doctor import doctor
from syncengine.store.explain import explain
from syncengine.store.preview import preview
from tests.support.world import DAY, OFFICE
from tests.targeting.module import SCHEMA, Targeted

BEGIN = 1_790_000_000_000_000


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[Targeted]:
    made = Targeted(database_url, tmp_path, BEGIN)
    made.top = made.insert("market", number="north", name="North")
    made.town = made.insert("market", number="town", name="Town", parent=made.top)
    yield made
    made.close()


def reasons(world: Targeted, person: str, entity: str, row: bytes, at: int | None = None) -> str:
    told = explain(world.store, world.people[person], SCHEMA.tags[entity], row, at)
    return " / ".join(" > ".join(way.chain) for way in told.ways if way.holds is told.held)


def test_a_survey_goes_where_the_customers_of_its_market_go(world: Targeted) -> None:
    customer = world.customer("a", "1", market=world.town)
    survey = world.insert("survey", market=world.top)
    question = world.insert("question", survey=survey)
    a, b = world.enrol("a"), world.enrol("b")
    for device in (a, b):
        device.sync()
    assert a.query("SELECT id FROM question") == [(question,)]
    assert b.query("SELECT id FROM question") == []

    world.update("customer", customer, owner=world.people["b"])
    for device in (a, b):
        device.sync()
    assert a.query("SELECT id FROM question") == []
    assert b.query("SELECT id FROM question") == [(question,)]
    for device in (a, b):
        device.close()


def test_why_a_survey_is_there_and_why_not(world: Targeted) -> None:
    customer = world.customer("a", "1", market=world.town)
    survey = world.insert("survey", market=world.top)
    before = world.store.status().version
    said = reasons(world, "a", "survey", survey)
    assert "reaches everybody with a customer at market north or below" in said
    assert "business rows of a" in said
    not_b = "b holds the rows of nobody who has a customer there"
    assert not_b in reasons(world, "b", "survey", survey)

    world.update("customer", customer, owner=world.people["b"])
    world.update("market", world.town, parent=None)
    assert "a holds the rows of nobody" in reasons(world, "a", "survey", survey)
    assert "business rows of a" in reasons(world, "a", "survey", survey, before)
    assert not_b in reasons(world, "b", "survey", survey, before)


def test_why_a_bulletin_is_there_and_why_not(world: Targeted) -> None:
    bulletin = world.insert("bulletin", visible_until=BEGIN + DAY)
    world.insert("recipient", bulletin=bulletin, person=world.people["a"])
    assert "it is addressed to a" in reasons(world, "a", "bulletin", bulletin)
    assert "it is not addressed to b" in reasons(world, "b", "bulletin", bulletin)
    version = world.store.status().version
    world.at += 2 * DAY
    world.store.pass_time()
    assert "its time ended on 2026-09-22" in reasons(world, "a", "bulletin", bulletin)
    assert "it is addressed to a" in reasons(world, "a", "bulletin", bulletin, version)


def test_previews_say_what_a_moved_market_brings_and_takes(world: Targeted) -> None:
    world.customer("a", "1", market=world.town)
    survey = world.insert("survey", market=world.top)
    world.insert("question", survey=survey)
    device = world.enrol("a")
    device.sync()
    move = world.operation(Action.UPDATE, "market", world.town, parent=None)
    (seat,) = preview(world.store, OFFICE, [move]).seats
    assert (seat.effect.gained, seat.effect.lost) == (0, 2)
    world.write([move])
    device.sync()
    assert device.query("SELECT id FROM survey") == []
    device.close()


def test_a_market_cannot_lie_below_itself(world: Targeted) -> None:
    verdict = world.update("market", world.top, parent=world.town)
    assert [o.code for o in verdict.objections] == ["hierarchy.cycle"]


def test_many_windows_that_end_at_once_are_taken_in_steps(
    world: Targeted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows go in chunks; the doctor finds nothing wrong in between, and nothing is left over."""
    monkeypatch.setattr(settle, "ROWS_AT_ONCE", 4)
    for _ in range(11):
        row = world.insert("bulletin", visible_until=BEGIN + DAY)
        world.insert("task", bulletin=row)
        world.insert("recipient", bulletin=row, person=world.people["a"])
    device = world.enrol("a")
    device.sync()
    world.at += DAY
    assert device.query("SELECT count(*) FROM task") == [(0,)]
    device.sync()
    held = device._store.database.connection
    assert list(held.execute("SELECT count(*) FROM row_task")) == [(7,)]
    assert world.store.unsettled() == 2  # of leaflets, none was looked at yet
    assert doctor(world.store).findings == []
    assert world.store.settle_rest() > 1
    device.sync()
    assert list(held.execute("SELECT count(*) FROM row_task")) == [(0,)]
    assert doctor(world.store).findings == []
    device.close()


def test_the_doctor_counts_anew_whom_markets_reach(world: Targeted) -> None:
    world.customer("a", "1", market=world.town)
    survey = world.insert("survey", market=world.top)
    with writing(world.store.engine) as connection:
        connection.execute(sa.update(t.reach).values(person=world.people["b"]))
    assert doctor(world.store).findings == ["whom the nodes of a hierarchy reach was counted wrong"]
    assert doctor(world.store, heal=True).healed
    assert doctor(world.store).findings == []
    assert "business rows of a" in reasons(world, "a", "survey", survey)
