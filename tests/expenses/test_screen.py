"""D13: a rep writes a trip down on the screen, page by page, and hands it in."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from device_sdk.screen import passcode
from device_sdk.screen.words import catalogue
from modules.expenses.screen import entries, part, said, trips
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.rights import Right
from tests.expenses.scene import MONDAY
from tests.expenses.screened import Rep, at_the_screen, part_of, words_of
from tests.expenses.stated import correct, make
from tests.screen.test_words import ALL

CANARY = "<script>alert(1)</script>"
STAGE = {"country": "DE", "place": "Cologne", "starts_at": "2026-03-02T07:00",
         "ends_at": "2026-03-02T18:00"}  # fmt: skip


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deriving keys is meant to take long; not here."""
    monkeypatch.setattr(passcode, "COST", 2)


@pytest.fixture
def rep(tmp_path: Path) -> Iterator[Rep]:
    with at_the_screen(tmp_path) as made:
        yield made


def taxi(rep: Rep, **values: str) -> dict[str, str]:
    """What is typed for one."""
    kind = rep.device.rows("expense_type", "number='taxi'")[0].id
    typed = {"day": "2026-03-02", "expense_type": str(kind), "gross": "23.80", "currency": "eur"}
    return typed | values


def test_d13_a_trip_from_the_draft_until_it_is_handed_in(rep: Rep) -> None:
    rep.send("/airplane", on="1")  # all of it without a network
    assert "There are no trips on this device yet." in rep.get("/expenses/trips")
    assert rep.send("/expenses/new", purpose=" ").status_code == 422
    trip = rep.begin()
    assert "1 thing is still missing" in rep.get("/expenses/trips")
    assert rep.save(part_of(trip, "trip_stage"), **STAGE).status_code == 303
    page = words_of(rep.get(trip))
    assert "Total €14.00" in page
    assert "The least time is 8:00 h." in page
    tap = {"do": "meal", "day": "2026-03-02", "meal": "lunch"}
    assert rep.send(trip, **tap, on="1").headers["location"] == trip
    assert "Rate €14.00 Lunch \N{MINUS SIGN}€11.20" in words_of(rep.get(trip))
    assert rep.save(part_of(trip, "trip_drive"), kilometres="120", route="home").status_code == 303
    typed = taxi(rep, vat_percent="19", cost_centre="12", file=rep.attach(b"a receipt"))
    assert rep.save(part_of(trip, "trip_item"), **typed).status_code == 303
    page = rep.get(trip)
    assert "Total €62.60" in words_of(page)
    assert "€36.00" in page
    assert "Of it VAT 19% €3.80" in words_of(page)
    assert f'<img src="/attachments/{typed["file"]}"' in page
    assert rep.send(trip, do="submit").headers["location"] == trip
    page = rep.get(trip)
    assert "/expenses/part?" not in page
    assert "Submitted" in page
    assert rep.http.get(part_of(trip, "trip_drive")).status_code == 404
    rep.send("/airplane", on="0")
    rep.sync()
    rep.travel.work()
    rep.sync()
    assert "Total €62.60" in words_of(rep.get(trip))
    assert "Under review" in words_of(rep.get("/expenses/trips"))


def test_d13_a_rejected_trip_is_written_once_more(rep: Rep) -> None:
    office = rep.travel.user("approver", Right.VIEW, Right.EDIT)
    trip = f"/expenses/trip?t={rep.travel.submitted(rep.device, rep.expenses)}"
    rep.travel.work()
    (row,) = rep.device.rows("trip")
    assert rep.travel.step(office, row.id, "rejected", reason=CANARY).version is not None
    rep.sync()
    for path in ("/", "/expenses/trips", trip):
        assert CANARY in words_of(rep.get(path))
        assert CANARY not in rep.get(path)
    new = str(rep.send(trip, do="again").headers["location"])
    assert rep.send(trip, do="again").headers["location"] == new, "a second touch makes no other"
    page = rep.get(new)
    assert "In place of one that was rejected" in page
    assert CANARY in words_of(page)
    assert "Total €62.60" in words_of(page)
    assert "came back" not in rep.get("/")
    assert "Rejected, written once more" in rep.get("/expenses/trips")
    assert rep.send(new, do="discard").headers["location"] == "/expenses/trips"
    assert len(rep.device.rows("trip")) == 1
    assert len(rep.device.rows("trip_receipt")) == 1


def test_d13_what_was_wrong_with_what_is_told_beside_it(rep: Rep) -> None:
    """Of the office, in the draft that is made anew; of the check, in the reader's language."""
    office = rep.travel.user("approver", *Right)
    first = rep.travel.submitted(rep.device, rep.expenses)
    rep.travel.work()
    (item,) = rep.device.rows("trip_item")
    about: tuple[dict[str, Stored], ...] = (
        {"item": item.id.bytes, "reason": "Not a taxi."},
        {"day": "2026-03-02", "reason": "The host paid dinner."},
    )
    new = rep.travel.environment.new_id
    work = [
        rep.travel.operation(Action.INSERT, "trip_objection", new(), trip=first.bytes, **one)
        for one in about
    ]
    reject = rep.travel.operation(
        Action.UPDATE, "trip", first.bytes, status="rejected", reason="See below."
    )
    assert rep.travel.by(office, *work, reject).version is not None
    rep.sync()
    trip = str(rep.send(f"/expenses/trip?t={first}", do="again").headers["location"])
    page = rep.get(trip)
    assert "See below." in words_of(page)
    (shown,) = re.findall(r"<li><a href=\"[^\"]*part=trip_item[^\"]*\">.*?</li>", page, re.S)
    assert "Rejected: Not a taxi." in words_of(shown)
    (days,) = re.findall(r'<ol class="card days">.*?</ol>', page, re.S)
    assert "Rejected: The host paid dinner." in words_of(days)
    (mine,) = rep.device.rows("trip_item", "trip<>?", [first.bytes])
    assert "Not a taxi." in rep.get(part_of(trip, "trip_item", mine.id))
    (stage,) = rep.device.rows("trip_stage", "trip<>?", [first.bytes])
    rep.send(trip, do="remove", part="trip_stage", r=str(stage.id))
    rep.send(trip, do="meal", day="2026-03-02", meal="lunch", on="0")
    assert "Mon 2 Mar: The host paid dinner." in words_of(rep.get(trip))


def test_d13_what_the_check_found_is_told_in_the_reader_s_language(rep: Rep) -> None:
    trip = rep.begin()
    rep.save(part_of(trip, "trip_item"), **taxi(rep, currency="CHF"))
    with rep.device.changeset() as changes:  # an app that does not ask
        changes.update("trip", trip.rpartition("=")[2], status="submitted")
    rep.sync()
    rep.travel.work()
    rep.sync()
    for path in ("/", "/expenses/trips", trip):
        page = words_of(rep.get(path, "de"))
        assert "23,80 CHF: braucht einen Wechselkurs." in page
        assert "needs an exchange rate" not in page


def test_d13_what_was_approved_shows_its_corrections_and_statements(rep: Rep) -> None:
    first = rep.travel.submitted(rep.device, rep.expenses)
    rep.travel.work()
    correct(rep.travel, first, -380, "The tax is ours")
    assert rep.travel.step(None, first, "approved").version is not None
    make(rep.travel)
    rep.sync()
    page = rep.get(f"/expenses/trip?t={first}")
    assert "Total €58.80" in words_of(page)
    assert "The tax is ours -€3.80" in words_of(page)
    (paper,) = rep.device.rows("trip_statement")
    assert str(paper["number"]) in page
    (link,) = re.findall(r'<a href="(/attachments/[^"]*)" download', page)
    assert rep.http.get(link).content.startswith(b"%PDF-")


def test_what_is_wrong_is_told_at_its_place(rep: Rep) -> None:
    trip = rep.begin()
    rep.save(part_of(trip, "trip_stage"), **STAGE)
    rep.save(part_of(trip, "trip_item"), **taxi(rep, currency="CHF"))
    early = rep.send(trip, do="submit")
    assert early.status_code == 422
    assert "Not yet: see below what is missing." in early.text
    (item,) = re.findall(r"<li><a href=\"[^\"]*part=trip_item[^\"]*\">.*?</li>", early.text, re.S)
    assert "CHF: needs an exchange rate." in words_of(item)
    (row,) = rep.device.rows("trip_item")
    rep.save(part_of(trip, "trip_item", row.id), exchange_rate="1.05")
    page = rep.get(trip)
    assert 'class="wrong"' not in page
    assert "€24.99" in page
    assert "CHF23.80 at 1.05" in words_of(page)
    (stage,) = rep.device.rows("trip_stage")
    rep.send(trip, do="meal", day="2026-03-02", meal="lunch", on="1")
    path = part_of(trip, "trip_stage", stage.id)
    rep.save(path, starts_at="2026-03-04T07:00", ends_at="2026-03-04T18:00")
    page = words_of(rep.get(trip))
    assert "This day is not of the trip." in page
    rep.send(trip, do="meal", day="2026-03-02", meal="lunch", on="0")
    assert "This day is not of the trip." not in words_of(rep.get(trip))
    rep.save(path, ends_at="2026-03-03T18:00")
    assert "A stage ends after it starts." in words_of(rep.get(trip))


def test_a_meal_that_two_devices_wrote_is_told_and_taken_away(rep: Rep) -> None:
    trip = rep.begin()
    rep.save(part_of(trip, "trip_stage"), **STAGE)
    for paid in (Decimal("-1"), None):
        rep.expenses.add_meal(trip.rpartition("=")[2], MONDAY, "lunch", paid)
    assert "less than nothing was paid" in words_of(rep.get(trip))
    rep.send(trip, do="meal", day=str(MONDAY), meal="lunch", on="0")
    assert rep.device.rows("trip_meal") == []


def test_what_was_typed_stays_whatever_is_wrong(rep: Rep) -> None:
    trip = rep.begin()
    path = part_of(trip, "trip_item")
    answer = rep.save(path, **taxi(rep, gross="much", remark=CANARY, file="ab" * 32))
    assert answer.status_code == 422
    for text in ('value="much"', 'value="' + "ab" * 32, 'id="wrong-gross"', "&lt;script&gt;"):
        assert text in answer.text
    assert rep.device.rows("trip_item") == []
    rep.send(trip, do="discard")
    answer = rep.send(path, **taxi(rep, remark="Night bus"))
    assert (answer.status_code, 'value="Night bus"' in answer.text) == (422, True)
    assert "Copy what you still need." in answer.text
    assert rep.http.get(path).status_code == 404


def test_the_total_is_told_before_a_part_is_kept(rep: Rep) -> None:
    trip = rep.begin()
    answer = rep.send(part_of(trip, "trip_stage"), preview="1", **STAGE)
    assert answer.status_code == 200
    assert "Total of the trip €14.00" in words_of(answer.text)
    answer = rep.send(part_of(trip, "trip_stage"), preview="1", **STAGE | {"country": "FR"})
    assert "There is no rate for France on this day." in words_of(answer.text)
    assert "Paris" in answer.text
    half = rep.send(part_of(trip, "trip_drive"), preview="1", kilometres="")
    assert half.status_code == 200
    assert (rep.device.rows("trip_stage"), rep.device.rows("trip_drive")) == ([], [])


def test_a_country_with_several_zones_is_asked_about(rep: Rep) -> None:
    trip = rep.begin()
    path = part_of(trip, "trip_stage")
    answer = rep.save(path, **STAGE | {"country": "US"})
    assert (answer.status_code, 'id="wrong-zone"' in answer.text) == (422, True)
    sent = STAGE | {"country": "US", "zone": "America/Chicago"}
    assert rep.save(path, **sent).status_code == 303
    assert rep.save(path, **STAGE | {"country": "ES"}).status_code == 303
    zones = {row["zone"] for row in rep.device.rows("trip_stage")}
    assert zones == {"America/Chicago", "Europe/Madrid"}
    (stage,) = rep.device.rows("trip_stage", "country='US'")
    assert stage["starts_at"] == dt.datetime(2026, 3, 2, 13, tzinfo=dt.UTC)
    form = rep.get(part_of(trip, "trip_stage", stage.id))
    assert 'value="2026-03-02T07:00"' in form, "by the clocks there"


@pytest.mark.parametrize(
    "sent",
    [
        {"do": "meal", "day": "soon", "meal": "lunch", "on": "1"},
        {"do": "meal", "day": "2026-03-02", "meal": "supper", "on": "1"},
        {"do": "remove", "part": "trip", "r": "0" * 32},
        {"do": "approve"},
    ],
)
def test_what_no_form_of_ours_sends_is_refused(rep: Rep, sent: dict[str, str]) -> None:
    trip = rep.begin()
    assert rep.send(trip, **sent).status_code == 400
    assert rep.send("/expenses/trip?t=none", **sent).status_code == 404
    assert rep.http.get(part_of(trip, "trip_receipt")).status_code == 404


def test_german_has_every_word() -> None:
    told = {
        *said.STATES.values(), *entries.HINTS.values(),
        *(heading for heading, _ in trips.GROUPS), trips.DONE, part.GONE, part.MANY,
    }  # fmt: skip
    assert sorted(told - set(catalogue("de", ALL))) == []
