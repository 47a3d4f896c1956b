"""D6, D10: whoever stands in for listed customers only gets the reports that apply at these,
whatever names them, and none of the absent person's others.
"""

from __future__ import annotations

import pytest

from device_sdk import Device
from modules.visit_reports.device import Reports
from modules.visit_reports.device.applying import Why
from syncengine.store.doctor import doctor
from tests.support.world import DAY
from tests.visit_reports.scene import Office, canonical

BONN = canonical({"field": "city", "op": "equal", "value": "Bonn"})
GRAZ = canonical({"field": "city", "op": "equal", "value": "Graz"})


def lend(office: Office, *customers: bytes, days: float | None = None) -> list[bytes]:
    """B stands in for these of A alone; the lines of the list."""
    a, b = office.people["a"], office.people["b"]
    ends_at = None if days is None else office.at + int(days * DAY)
    by = office.insert(
        "substitution", absent=a, substitute=b, active=True, only_listed=True, ends_at=ends_at
    )
    named = {"substitution": by}
    return [office.insert("substitution_customer", customer=row, **named) for row in customers]


def market(office: Office, number: str) -> bytes:
    """One of the two."""
    (row,) = office.rows("market", number=number)
    return bytes(row["id"])


def at(office: Office, device: Device, customer: bytes) -> dict[bytes, Why]:
    """What applies there, and why."""
    office.work()
    device.sync()
    return {one.template.bytes: one.why for one in Reports(device).applying(customer)}


@pytest.fixture
def shops(office: Office) -> tuple[bytes, bytes]:
    """Two of A: the one that is lent, and another one elsewhere."""
    markets = [office.insert("market", number=n, name=n) for n in ("here", "there")]
    return (
        office.customer("a", "1", market=markets[0], city="Bonn"),
        office.customer("a", "2", market=markets[1], city="Graz"),
    )


def test_what_applies_at_a_listed_customer_comes_with_it(
    office: Office, shops: tuple[bytes, bytes]
) -> None:
    shop, other = shops
    here, there = market(office, "here"), market(office, "there")
    mine = {
        office.publish("dynamic", {"market": here}): Why.CUSTOMER,
        office.publish("dynamic", {"customer": shop}): Why.CUSTOMER,
        office.publish("dynamic", {"condition": BONN}): Why.CONDITION,
        office.publish("dynamic", {"employee": office.people["a"]}): Why.CUSTOMER,
        office.publish("dynamic", {"employee": office.people["boss"], "below": True}): Why.CUSTOMER,
    }
    for target in ({"market": there}, {"customer": other}, {"condition": GRAZ}):
        office.publish("dynamic", target)
    lend(office, shop)
    device, _ = office.device("b")
    assert at(office, device, shop) == mine
    held = {row.id.bytes for row in device.rows("report_template")}
    assert held == mine.keys()  # not one more
    owner, _ = office.device("a")
    assert set(at(office, owner, shop)) == mine.keys()
    assert Why.MARKET in at(office, owner, shop).values()
    assert len(at(office, owner, other)) == 5
    assert doctor(office.store).findings == []
    device.close()
    owner.close()


def test_it_leaves_with_the_customer(office: Office, shops: tuple[bytes, bytes]) -> None:
    shop, other = shops
    here, there = market(office, "here"), market(office, "there")
    first, second = (office.publish("dynamic", {"market": one}) for one in (here, there))
    line, _ = lend(office, shop, other, days=5)
    device, _ = office.device("b")
    assert at(office, device, shop).keys() == {first}
    assert at(office, device, other).keys() == {second}
    office.delete("substitution_customer", line)
    assert at(office, device, shop) == {}
    assert {row.id.bytes for row in device.rows("report_template")} == {second}
    office.later(6)
    device.sync()
    assert device.rows("report_template") == []
    office.work()
    assert office.rows("report_assignment") == []
    assert office.work() == 0
    device.close()


def test_a_customer_of_somebody_else_is_not_lent(
    office: Office, shops: tuple[bytes, bytes]
) -> None:
    shop, _ = shops
    here = market(office, "here")
    office.publish("dynamic", {"market": here})
    lend(office, shop)
    office.work()
    assert len(office.rows("report_assignment")) == 1
    office.update("customer", shop, owner=office.people["boss"])
    office.work()
    assert office.rows("report_assignment") == []


def test_a_substitute_fills_in_such_a_report(office: Office, shops: tuple[bytes, bytes]) -> None:
    shop, _ = shops
    here = market(office, "here")
    template = office.publish("dynamic", {"market": here})
    lend(office, shop)
    office.work()
    device, reports = office.device("b")
    filling = reports.start(reports.check_in(shop).id, template)
    reports.answer(filling.report, "filled", True)
    reports.confirm(filling.report)
    device.sync()
    (row,) = office.rows("report")
    assert (row["status"], row["confirmed_by"]) == ("confirmed", office.people["b"])
    assert row["confirmed_for"] == office.people["a"]
    device.close()
