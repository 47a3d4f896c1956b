"""The in-process server for tests of apps: each fault does what it says, and time is the test's."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from device_sdk import Device
from device_sdk.errors import Offline, Refused
from device_sdk.testing import Faults, Server
from modules.masterdata.manifest import MASTERDATA
from syncengine.model.custom import CustomField
from syncengine.model.errors import Busy, SchemaUnknown
from tests.support.upgrades import CLASS

NOW = dt.datetime(2026, 11, 25, 8, tzinfo=dt.UTC)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path, [MASTERDATA], NOW) as made:
        yield made


@pytest.fixture
def anna(server: Server) -> uuid.UUID:
    return server.insert("employee", number="7", active=True)


@pytest.fixture
def shop(server: Server, anna: uuid.UUID) -> uuid.UUID:
    return server.insert("customer", number="1", name="Shop", owner=anna, active=True)


def phone(device: Device, shop: uuid.UUID) -> object:
    row = device.get("customer", shop)
    assert row is not None
    return row.phone


def impossible(server: Server, shop: uuid.UUID, row: uuid.UUID, entity: str = "contact") -> None:
    """A changeset whose last operation cannot be."""
    with server.changeset() as changes:
        changes.update("customer", shop, phone="2")
        changes.insert("contact", customer=shop, name="Kim", active=True)
        changes.delete(entity, row)


def test_the_office_writes(server: Server, anna: uuid.UUID, shop: uuid.UUID) -> None:
    with server.enrol(anna, "tablet") as device:
        device.sync()
        server.update("customer", shop, phone="1")
        device.sync()
        assert phone(device, shop) == "1"
        server.delete("customer", shop)
        device.sync()
        assert device.rows("customer") == []


def test_what_has_no_effect_is_refused(server: Server, anna: uuid.UUID) -> None:
    with pytest.raises(Refused) as refused:
        server.update("customer", anna, phone="1")
    assert refused.value.data == {"reason": "row.unknown", "entity": "customer"}


def test_what_is_written_in_a_block_takes_effect_together(
    server: Server, anna: uuid.UUID, shop: uuid.UUID
) -> None:
    with server.enrol(anna, "tablet") as device:
        with server.changeset() as changes:
            second = changes.insert("customer", number="2", name="New", owner=anna, active=True)
            changes.insert("contact", customer=second, name="Eva", active=True)
            changes.update("customer", shop, phone="1")
        before = device.sync().version
        assert [contact.customer for contact in device.rows("contact")] == [second]
        assert phone(device, shop) == "1"
        with pytest.raises(Refused) as refused:
            impossible(server, shop, anna)
        assert refused.value.data == {"reason": "row.unknown", "entity": "contact"}
        with pytest.raises(SchemaUnknown):
            impossible(server, shop, anna, "shop")
        with server.changeset() as changes:
            pass
        assert device.sync().version == before
        assert phone(device, shop) == "1"


def test_custom_fields_also_later(tmp_path: Path) -> None:
    """A server made anew in the same folder goes on; a device learns of the field and keeps what
    waits.
    """
    with Server(tmp_path, [MASTERDATA], NOW) as server:
        anna = server.insert("employee", number="7", active=True)
        shop = server.insert("customer", number="1", name="Shop", owner=anna, active=True)
        with server.enrol(anna, "tablet") as device:
            device.sync()
            with device.changeset() as changes:
                changes.update("customer", shop, phone="1")
    with Server(tmp_path, [MASTERDATA], NOW, [CustomField("customer", CLASS)]) as server:
        server.update("customer", shop, loyalty_class="B")
        with server.open("tablet") as device:
            assert device.sync().verdicts == {"merged": 1}  # two fields of one row
            row = device.get("customer", shop)
            assert row is not None
            assert (row.phone, row.loyalty_class) == ("1", "B")


def test_an_answer_that_refuses(server: Server, anna: uuid.UUID, shop: uuid.UUID) -> None:
    with server.enrol(anna, "tablet", faults := Faults()) as device:
        faults.refuse = Busy("Try again later.")
        with pytest.raises(Busy) as refused:
            device.sync()
        assert refused.value.detail == "Try again later."
        device.sync()
        assert device.get("customer", shop) is not None


def test_offline_until_it_is_set_back(server: Server, anna: uuid.UUID, shop: uuid.UUID) -> None:
    with server.enrol(anna, "tablet", faults := Faults()) as device:
        faults.offline = True
        for _ in range(2):
            with pytest.raises(Offline):
                device.sync()
        faults.offline = False
        device.sync()
        assert device.get("customer", shop) is not None


def test_an_answer_that_is_cut(server: Server, anna: uuid.UUID, shop: uuid.UUID) -> None:
    with server.enrol(anna, "tablet", faults := Faults()) as device:
        faults.cut_after = 100
        with pytest.raises(Offline):
            device.sync()
        assert device.get("customer", shop) is None
        device.sync()
        assert device.get("customer", shop) is not None


def test_a_lost_answer_is_given_again(server: Server, anna: uuid.UUID, shop: uuid.UUID) -> None:
    with (
        server.enrol(anna, "tablet", faults := Faults()) as device,
        server.enrol(anna, "phone") as other,
    ):
        device.sync()
        with device.changeset() as changes:
            changes.update("customer", shop, phone="1")
        faults.lose_answer = True
        with pytest.raises(Offline):
            device.sync()
        other.sync()
        assert phone(other, shop) == "1"
        assert device.pending() == 1
        assert device.sync().verdicts == {"accepted": 1}


def test_a_lost_answer_to_an_enrolment(server: Server, anna: uuid.UUID, tmp_path: Path) -> None:
    connection = server.connection(Faults(lose_answer=True))
    code = server.code(anna)
    with pytest.raises(Offline):
        Device.enrol(tmp_path / "tablet", connection, code, "tablet")
    with Device.enrol(tmp_path / "tablet", connection, code, "tablet") as device:
        assert device.person == anna


def test_time_passes_when_it_is_set(server: Server, anna: uuid.UUID, shop: uuid.UUID) -> None:
    ben = server.insert("employee", number="8", active=True)
    server.insert(
        "substitution",
        absent=anna,
        substitute=ben,
        active=True,
        starts_at=NOW + dt.timedelta(days=1),
        ends_at=NOW + dt.timedelta(days=2),
    )
    with server.enrol(ben, "tablet") as device:
        device.sync()
        assert device.rows("customer") == []
        server.now += dt.timedelta(days=1)
        device.sync()
        assert device.get("customer", shop) is not None
        server.now += dt.timedelta(days=1)
        assert device.rows("customer") == []  # without a sync: its time is over


def test_a_device_is_opened_again(server: Server, anna: uuid.UUID, shop: uuid.UUID) -> None:
    with server.enrol(anna, "tablet") as device:
        device.sync()
    with server.open("tablet") as device:
        assert device.get("customer", shop) is not None
