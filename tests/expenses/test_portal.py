"""The office's pages of trips (D13): what is under review, approved, given back, and corrected."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from device_sdk import Device
from modules.expenses.device import Expenses
from modules.expenses.jobs import take_default_rates, take_up
from modules.expenses.portal.rates import RATES
from modules.expenses.portal.reading import PLACE
from modules.expenses.rate_entities import AMOUNTS
from syncengine.store.blob_folder import BlobFolder
from syncengine.store.downloads import Downloads
from syncengine.store.uploads import Uploads
from tests.accounts.office import Office
from tests.attachments.scene import BOUNDS, Carrying
from tests.expenses.scene import MONDAY, SCHEMA, at
from tests.portal.conftest import Desk, Visitor, inputs
from tests.portal.test_attachments import PNG
from tests.support.statements import statements
from tests.support.world import DAY, Faults


@dataclass
class Reading:
    """A desk with the module, somebody who may do everything, and a rep's app."""

    desk: Desk
    anna: Visitor
    device: Device
    expenses: Expenses
    taxi: bytes

    def submitted(self, purpose: str = "Fair in Cologne") -> uuid.UUID:
        """Under review: a long day with lunch, 2.80; 36.00 for the drive; a taxi for 23.80."""
        expenses = self.expenses
        trip = expenses.begin(purpose, "4711")
        expenses.add_stage(trip, "DE", at("2026-03-02 07:00"), at("2026-03-02 18:00"), "Cologne")
        expenses.add_meal(trip, MONDAY, "lunch")
        expenses.add_drive(trip, MONDAY, "car", Decimal(120), "home, Cologne")
        item = expenses.add_item(
            trip, MONDAY, self.taxi, Decimal("23.80"), "EUR", vat_percent=Decimal(19)
        )
        expenses.add_receipt(item, self.device.attachments.attach(BytesIO(PNG)))
        expenses.submit(trip)
        self.work()
        return trip

    def work(self) -> None:
        """The device syncs, and what it brought is checked."""
        for _ in range(2):
            self.device.sync()
        take_up(self.desk.store, 100)

    def seen(self, place: str, visitor: Visitor | None = None) -> str:
        """What there is to read on a page."""
        page = (visitor or self.anna).get(place).text
        return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())

    def send(self, place: str, **values: str | list[str]) -> Any:
        """The answer to a form."""
        return self.anna.http.post(place, data={"csrf": self.anna.csrf, **values})


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Reading]:
    made = Office(f"sqlite:///{tmp_path / 'server.db'}", tmp_path, SCHEMA)
    desk = Desk(made, blob_folder=str(tmp_path / "blobs"))
    world = desk.world
    taxi = world.insert("expense_type", number="taxi", name="Taxi", unit="amount", active=True)
    take_default_rates(world.store, 1)
    blobs = BlobFolder(tmp_path / "blobs", world.environment.reached)
    transport = Carrying(
        world.store, Faults(), uploads=Uploads(world.store, blobs, BOUNDS),
        downloads=Downloads(world.store, blobs),
    )  # fmt: skip
    code = world.store.seats.create_code(world.people["a"], DAY)
    environment = world.device_environment(None)
    device = Device.enrol(tmp_path / "a", transport, code, "tablet", environment=environment)
    device.sync()
    yield Reading(desk, desk.administrator(), device, Expenses(device), taxi)
    device.close()
    world.close()


def test_d13_a_draft_is_on_no_page(office: Reading) -> None:
    trip = office.expenses.begin("Secret")
    office.work()
    for state in ("in_review", "submitted", "approved", "rejected", "reimbursed"):
        assert "Secret" not in office.seen(f"{PLACE}?state={state}")
    assert office.anna.get(f"{PLACE}?state=draft").status_code == 400
    for page in ("", "/reject", "/correct"):
        assert office.anna.get(f"{PLACE}/{trip}{page}").status_code == 404
    assert office.anna.get(f"{PLACE}/confirm?step=approve&row={trip}").status_code == 404


def test_d13_a_trip_is_told_with_its_rules_and_receipts(office: Reading) -> None:
    trip = office.submitted()
    queue = office.seen(PLACE)
    assert "Fair in Cologne 4711 a 2 Mar 2026 €62.60" in queue
    assert "under review 1" in queue.lower()
    page = office.seen(f"{PLACE}/{trip}")
    assert "Longer than the least time, all trips of the day together" in page
    assert "Rate €14.00 · Lunch provided -€11.20" in page
    assert "120 €0.30 €36.00" in page
    assert "19 €23.80 €20.00 €3.80" in page
    found = re.search(r'<img src="([^"]*)" alt="Receipt 1', office.anna.get(f"{PLACE}/{trip}").text)
    assert found
    assert office.anna.get(found[1]).content == PNG


def test_d13_approved_corrected_and_reimbursed(office: Reading) -> None:
    trips = [office.submitted()]
    (trip,) = trips
    place = f"{PLACE}/{trip}"
    assert "Approve 1 trip?" in office.seen(f"{PLACE}/confirm?step=approve&row={trip}")
    early = office.send(f"{PLACE}/confirm", step="reimburse", row=str(trip))
    assert early.status_code == 422
    done = office.send(f"{PLACE}/confirm", step="approve", row=str(trip))
    assert done.headers["location"] == f"{place}?saved=approved"
    wrong = office.send(f"{place}/correct", difference="0", reason="")
    assert wrong.status_code == 422
    assert "Nothing is no correction." in html.unescape(wrong.text)
    office.send(f"{place}/correct", difference="-2.60", reason="Toll was private.", item="")
    page = office.seen(place)
    assert "Corrections -€2.60 Total €60.00" in page
    assert re.search(r"Approved at .*, anna", page)
    office.send(f"{PLACE}/confirm", step="reimburse", row=[str(trip)])
    assert "Reimbursed" in office.seen(place)
    assert office.anna.get(f"{place}/correct").status_code == 403


def test_d13_rejected_item_by_item(office: Reading) -> None:
    """What was said beside a line is beside it on the device, on its new draft and on the page."""
    trip = office.submitted()
    place = f"{PLACE}/{trip}"
    empty = office.send(f"{place}/reject", reason=" ")
    assert empty.status_code == 422
    assert "Say why, here or beside a line." in empty.text
    (item,) = office.device.rows("trip_item", "trip=?", [trip.bytes])
    said = {f"o.item.{item.id}": "Which guest?", "o.day.2026-03-02": "You had breakfast, too."}
    answer = office.send(f"{place}/reject", reason="", **said)
    assert answer.headers["location"] == f"{place}?saved=rejected"
    office.work()
    statement = office.expenses.statement(trip)
    assert statement.status == "rejected"
    assert set(statement.reason.split("\n")) == set(said.values())
    draft = office.expenses.again(trip)
    (mine,) = office.device.rows("trip_item", "trip=?", [draft.bytes])
    found = {(one.reason, one.row, one.day) for one in office.expenses.objections(draft)}
    assert found == {("Which guest?", mine.id, None), ("You had breakfast, too.", None, MONDAY)}
    assert "Which guest?" in office.seen(place)
    assert office.anna.get(f"{place}/reject").status_code == 403


def test_d13_the_checks_reasons_are_in_the_readers_language(office: Reading) -> None:
    trip = office.expenses.begin("Fair")
    office.expenses.add_item(trip, MONDAY, office.taxi, Decimal(5), "USD")
    with office.device.changeset() as changes:  # an app that does not ask
        changes.update("trip", trip, status="submitted")
    office.work()
    office.anna.http.cookies.set("language", "de", path="/portal")
    assert "02.03.2026, 5,00 USD: braucht einen Wechselkurs." in office.seen(f"{PLACE}/{trip}")


def test_d13_several_are_reimbursed_together_or_none(office: Reading) -> None:
    first = office.submitted("One")
    office.send(f"{PLACE}/confirm", step="approve", row=str(first))
    trip = office.expenses.begin("Two")
    office.expenses.add_drive(trip, MONDAY, "car", Decimal(10))
    office.expenses.submit(trip)
    office.work()
    both = [str(first), str(trip)]
    refused = office.send(f"{PLACE}/confirm", step="reimburse", row=both)
    assert "Not all of them are in that state any more." in html.unescape(refused.text)
    assert "Approved 1" in office.seen(PLACE)
    office.send(f"{PLACE}/confirm", step="approve", row=str(trip))
    page = office.seen(f"{PLACE}/confirm?step=reimburse&row={first}&row={trip}")
    assert "Together: €65.60" in page
    office.send(f"{PLACE}/confirm", step="reimburse", row=both)
    assert "Reimbursed 2" in office.seen(PLACE)


def test_who_may_only_look_is_offered_nothing(office: Reading) -> None:
    trip = office.submitted()
    made = office.desk.office
    made.role(made.user("bert"), trip="view", trip_item="view", employee="view")
    bert = office.desk.signed_in("bert")
    assert "Approve" not in office.seen(f"{PLACE}/{trip}", bert).partition("About this trip")[0]
    for page in ("reject", "correct"):
        assert bert.get(f"{PLACE}/{trip}/{page}").status_code == 403
    assert bert.get(f"{PLACE}/confirm?step=approve&row={trip}").status_code == 403


def _rate(office: Reading, entity: str, **changed: str) -> Any:
    """A rate that is typed into its form."""
    usual = {"valid_from": "2026-01-01", "valid_until": "", "currency": "EUR", "source": "Circular",
             "country": "DE", "vehicle": "car", "whole_day": "30", "part_day": "15",
             "longer_than": "480", "breakfast_percent": "20", "lunch_percent": "40",
             "dinner_percent": "40", "per_km": "0.35"}  # fmt: skip
    known = office.desk.store.schema.entities[entity].by_name
    sent = {f"v.{name}": text for name, text in (usual | changed).items() if name in known}
    return office.send(f"/portal/data/{entity}/new", **sent)


def test_d13_rates_show_when_they_are_valid_and_what_is_twice(office: Reading) -> None:
    page = office.seen(RATES)
    assert "€28.00 a day, €14.00 for part of one longer than 8:00 h; meals 20/40/40%" in page
    assert "Another one is valid at the same time" not in page
    made = _rate(office, "per_diem_rate")
    assert made.status_code == 303, made.text
    beside = office.seen(str(made.headers["location"]))
    assert "Another one is valid at the same time" in beside
    assert "1 Jan 2024" in beside
    assert office.seen(RATES).count("Another one is valid at the same time") == 2
    future = _rate(office, "mileage_rate", valid_from="2090-01-01", vehicle="bicycle")
    assert future.status_code == 303
    assert re.search("bicycle 1 Jan 2090 . to come €0.35 a kilometre", office.seen(RATES))
    no_source = _rate(office, "mileage_rate", source="")
    assert no_source.status_code == 422


@pytest.mark.parametrize(
    ("entity", "name"), [(entity, name) for entity, names in AMOUNTS.items() for name in names]
)
def test_d13_no_rate_is_less_than_nothing(office: Reading, entity: str, name: str) -> None:
    """New or changed; and what was typed is still there."""
    refused = [_rate(office, entity, **{name: "-1"})]
    place = str(_rate(office, entity).headers["location"]).partition("?")[0]
    before = office.desk.store.status().version
    refused.append(office.anna.save(place, **{name: "-1"}))
    for answer in refused:
        assert answer.status_code == 422
        assert "a rate is not less than nothing" in html.unescape(answer.text)
        assert inputs(answer.text)[f"v.{name}"] == "-1"
    assert office.desk.store.status().version == before
    assert office.anna.save(place, **{name: "0"}).status_code == 303


def test_more_trips_ask_the_database_no_more(office: Reading) -> None:
    def asked(place: str) -> int:
        with statements(office.desk.store.engine) as sent:
            assert office.anna.get(place).status_code == 200
        return len(sent)

    trip = office.submitted("First")
    pages = [PLACE, f"{PLACE}/{trip}", RATES]
    few = [asked(page) for page in pages]
    for number in range(5):
        one = office.expenses.begin(f"Trip {number}")
        office.expenses.add_drive(one, MONDAY, "car", Decimal(10))
        office.expenses.submit(one)
    office.work()
    assert "Under review 6" in office.seen(PLACE)
    assert [asked(page) for page in pages] == few
