"""The office switches off that the place of a check-in is noted, and erases what is noted (D11)."""

from __future__ import annotations

import decimal
from collections.abc import Iterator
from pathlib import Path

import pytest

from modules.visit_reports.jobs import erase
from tests.visit_reports.desk import Bureau, seen

PLACES = "/portal/visit_reports/places"
PLACE = (decimal.Decimal("47.07"), decimal.Decimal("15.44"))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Bureau]:
    made = Bureau.made(tmp_path)
    yield made
    made.desk.world.close()


def test_switched_off_and_on(office: Bureau) -> None:
    assert "Place of check-ins" in seen(office.anna.get("/portal/visit_reports/reports").text)
    assert "An app may note where a rep checks in." in seen(office.anna.get(PLACES).text)
    for do, noted in (("off", False), ("off", False), ("on", True)):
        assert office.done(PLACES, do=do) == f"{PLACES}?saved=1"
        assert [row["places"] for row in office.rows("visit_setting")] == [noted]
    office.done(PLACES, do="off")
    device, reports = office.device("a")
    assert not reports.notes_places()
    page = seen(office.anna.get(f"{PLACES}?saved=1").text)
    assert "Saved." in page
    assert "It is not noted where reps check in." in page
    device.close()


def test_what_is_noted_is_erased_once_that_is_sure(office: Bureau) -> None:
    device, reports = office.device("a")
    reports.check_in(office.shop(), location=PLACE)
    device.sync()
    page = seen(office.anna.get(PLACES).text)
    assert "1 check-in has a place." in page
    assert "This cannot be taken back." not in page
    assert "This cannot be taken back." in seen(office.anna.get(f"{PLACES}?sure=1").text)
    office.done(PLACES, do="erase")
    assert "They are being erased." in seen(office.anna.get(PLACES).text)
    erase(office.desk.store, 10)
    page = seen(office.anna.get(PLACES).text)
    assert "0 check-ins have a place." in page
    assert "An app may note where a rep checks in." in page
    device.close()


def test_who_may_only_look_changes_nothing(office: Bureau) -> None:
    office.done(PLACES, do="on")
    world = office.desk.office
    world.role(world.user("bert"), visit_setting="view")
    bert = office.desk.signed_in("bert")
    assert "Switch off" not in seen(bert.get(PLACES).text)
    assert bert.http.post(PLACES, data={"csrf": bert.csrf, "do": "off"}).status_code == 403
    assert office.post(PLACES, do="else").status_code == 400
    assert [row["places"] for row in office.rows("visit_setting")] == [True]


def test_who_may_not_see_it_is_not_told_of_it(office: Bureau) -> None:
    world = office.desk.office
    world.role(world.user("carl"), report="view")
    carl = office.desk.signed_in("carl")
    assert carl.get(PLACES).status_code == 404
    assert "Place of check-ins" not in seen(carl.get("/portal/visit_reports/reports").text)
