"""D13: what is submitted is changed by nobody, whichever way they really come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from modules.expenses.device import Expenses
from modules.expenses.jobs import take_default_rates, take_up
from modules.expenses.trip_lifecycle import FROZEN, PERSONAL
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from tests.expenses.scene import MONDAY, OF_TRIPS, at
from tests.portal.conftest import inputs
from tests.server.cli import make_cli
from tests.server.conftest import IMPORT
from tests.support.callers import (
    WAYS,
    Callers,
    Wish,
    by_a_file_at_the_command_line,
    callers,
)


@pytest.fixture(scope="module")
def by(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callers]:
    """With a trip that is under review; the tests change nothing of it."""
    with callers(tmp_path_factory.mktemp("outside")) as made:
        store, expenses = made.office.store, Expenses(made.device)
        take_default_rates(store, 1)
        taxi = store.environment.new_id()
        fields: dict[str, Stored] = {
            "number": "taxi",
            "name": "Taxi",
            "unit": "amount",
            "active": True,
        }
        by_name = store.schema.entities["expense_type"].by_name
        numbered = {by_name[name].number: value for name, value in fields.items()}
        kind = Operation(Action.INSERT, store.schema.tags["expense_type"], taxi, numbered)
        assert store.write(IMPORT, [kind]).version is not None
        made.device.sync()
        trip = expenses.begin("Fair in Cologne", "4711")
        expenses.add_stage(trip, "DE", at("2026-03-02 07:00"), at("2026-03-02 18:00"), "Cologne")
        expenses.add_item(trip, MONDAY, taxi, Decimal("23.80"), "EUR")
        expenses.submit(trip)
        made.device.sync()
        take_up(store, 10)
        made.device.sync()
        assert expenses.statement(trip).status == "in_review"
        yield made


def wish_of(by: Callers, entity: str) -> Wish:
    """What somebody would like to change afterwards."""
    (row,) = by.device.rows(entity)
    field, typed, key = {
        "trip": ("purpose", "Other", ("cost_centre", "4711")),
        "trip_stage": ("place", "Bonn", ("country", "DE")),
        "trip_item": ("remark", "with a guest", ("currency", "EUR")),
    }[entity]
    return Wish(entity, row.id, field, typed, key, PERSONAL, FROZEN)


KINDS = ("trip", "trip_stage", "trip_item")


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("entity", KINDS)
def test_d13_what_is_submitted_is_changed_in_no_way(
    by: Callers, way: Callable[[Callers, Wish], None], entity: str
) -> None:
    before = by.rows(*OF_TRIPS)
    way(by, wish_of(by, entity))
    assert by.rows(*OF_TRIPS) == before


@pytest.mark.parametrize("entity", KINDS)
def test_d13_nor_by_a_file_at_the_command_line(
    by: Callers, entity: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    before = by.rows(*OF_TRIPS)
    cli = make_cli(monkeypatch, capsys)
    by_a_file_at_the_command_line(by, wish_of(by, entity), cli, tmp_path)
    assert by.rows(*OF_TRIPS) == before


def test_d13_nothing_is_added_to_it(by: Callers) -> None:
    before = by.rows(*OF_TRIPS)
    (trip,) = by.device.rows("trip")
    day = MONDAY.isoformat()
    sent = {"trip": str(trip.id), "day": day, "vehicle": "car", "kilometres": "10"}
    page = by.anna.save("/portal/data/trip_drive/new", **sent)
    assert page.status_code == 422
    assert PERSONAL in page.text
    assert inputs(page.text)["v.kilometres"] == "10"
    answer = by.system.write({"action": "insert", "entity": "trip_drive", "values": sent})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "lifecycle.protected")
    assert by.rows(*OF_TRIPS) == before
