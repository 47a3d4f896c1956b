"""A module's next version on the server: what becomes of rows, and of clients of before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from device_sdk import Device
from device_sdk.errors import Offline
from device_sdk.transport import Response, Transport
from syncengine.model.errors import UpgradeRequired
from syncengine.store.doctor import doctor
from tests.support.world import DAY, World
from tests.versions.module import SCHEMAS

ONE, TWO, THREE = ({"tours": n} for n in (1, 2, 3))


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    made = World(database_url, tmp_path, schema=SCHEMAS[1])
    yield made
    made.close()


def shown(device: Device, row: bytes) -> dict[str, object]:
    """A visit as the device shows it, without what is empty."""
    found = device.get("visit", row)
    assert found is not None
    return {name: value for name, value in found.items() if value is not None}


def edit(device: Device, row: bytes, **values: object) -> None:
    """Offline, in a changeset of its own."""
    with device.changeset() as changes:
        changes.update("visit", row, **values)


def test_rows_follow_the_steps(world: World) -> None:
    """Each as a change: devices take it. Retired rows leave."""
    row = world.insert("visit", person="Ada King Lovelace", tel="5", fee=25)
    world.insert("flag", title="x")
    with world.enrol("a") as device:
        device.sync()
        assert device.counts()["flag"] == 1
        world.install(SCHEMAS[2])
        device.sync()
        assert shown(device, row) == {
            "first": "Ada", "last": "King Lovelace", "phone": "5", "rank": 1, "fee": 2.5
        }  # fmt: skip
        assert device.counts()["flag"] == 0
        world.install(SCHEMAS[3])
        device.sync()
        assert str(shown(device, row)["price"]) == "2.500"
    assert doctor(world.store).findings == []


def test_an_old_app_goes_on_in_its_own_words(world: World) -> None:
    """Invariant 25: what it edits counts, what it does not know of stays."""
    row = world.insert("visit", person="Ada King", tel="5")
    old, new = world.enrol("a", made_for=ONE), world.enrol("b")
    old.sync()
    edit(old, row, person="Ada Lovelace")
    with old.changeset() as changes:
        made = changes.insert("visit", person="Bo", tel="7", kind="short").bytes
    world.install(SCHEMAS[2])
    assert old.sync().verdicts == {"accepted": 2}
    new.sync()
    assert shown(new, row) == {"first": "Ada", "last": "Lovelace", "phone": "5", "rank": 1}
    assert shown(new, made) == {"first": "Bo", "phone": "7", "kind": "short", "rank": 1}
    edit(new, row, first="Ada Maria", remark="r" * 40, kind="none", phone="6", rank=4)
    with new.changeset() as changes:
        changes.insert("stop", place="here")
    new.sync()
    old.sync()
    seen = shown(old, row)
    assert (seen["person"], seen["tel"], seen["kind"]) == ("Ada Maria Lovelace", "6", "none")
    edit(old, row, person=seen["person"], tel="8", remark=seen["remark"])  # a whole form
    assert old.sync().verdicts == {"accepted": 1}
    new.sync()
    assert shown(new, row) == {
        "first": "Ada Maria", "last": "Lovelace", "phone": "8", "rank": 4, "kind": "none",
        "remark": "r" * 40,
    }  # fmt: skip
    assert doctor(world.store).findings == []
    old.close()
    with world.reopen("a", made_for=TWO) as updated:  # finds all there, asks for nothing anew
        assert updated.sync().rows_received == 0
        assert shown(updated, row) == shown(new, row)
    with world.reopen("a", made_for=ONE) as back:
        assert back.sync().rows_received > 0
        assert shown(back, row)["person"] == "Ada Maria Lovelace"
    new.close()


def test_old_work_meets_what_the_office_changed_before_the_upgrade(world: World) -> None:
    """Its base is read in today's words, too: what both changed is a conflict, no more."""
    row = world.insert("visit", person="Ada King", fee=10)
    with world.enrol("a", made_for=ONE) as old:
        old.sync()
        edit(old, row, person="Bea King")
        world.update("visit", row, person="Ada Byron")
        world.install(SCHEMAS[2])
        assert old.sync().verdicts == {"merged": 1}
        assert old.inbox() == []
        assert shown(old, row)["person"] == "Bea Byron"


def test_what_is_said_of_old_work_is_said_in_old_words(world: World) -> None:
    row = world.insert("visit", person="Ada King", tel="5")
    flag = world.insert("flag", title="x")
    old = world.enrol("a", made_for=ONE)
    old.sync()
    edit(old, row, person="Ada Lovelace", tel="6")
    with old.changeset() as changes:
        changes.update("flag", flag, title="y")
    with old.changeset() as changes:
        changes.insert("visit", person="x" * 30 + " " + "y" * 20, tel="1")
    world.install(SCHEMAS[2])
    world.update("visit", row, last="Byron", phone="7")
    assert old.sync().verdicts == {"merged": 1, "rejected": 1, "accepted": 1}
    merged, refused = old.inbox()
    lost = {x.field: (x.lost, x.kept) for x in merged.losses}
    assert lost == {"person": ("Ada Lovelace", "Ada Byron"), "tel": ("6", "7")}
    assert [o.code for o in refused.reasons] == ["entity.removed"]
    assert refused.entered[0].values == {"title": "y"}
    old.close()


def test_an_app_that_is_too_new_waits_for_the_server(world: World) -> None:
    row = world.insert("visit", person="Ada King")
    with world.enrol("a") as device:
        device.sync()
        edit(device, row, person="Ada Lovelace")
    with world.reopen("a", made_for=TWO) as device:
        with pytest.raises(UpgradeRequired) as refused:
            device.sync()
        assert refused.value.data == {"module": "tours", "version": "2", "speaks": "1"}
        assert device.pending() == 1
        world.install(SCHEMAS[2])
        assert device.sync().verdicts == {"accepted": 1}
        assert shown(device, row)["last"] == "Lovelace"


class Recorded:
    """A way to a server that gives the first answer to a sync once more when `again` is set."""

    def __init__(self, inner: Transport) -> None:
        self.inner, self.first, self.again = inner, list[bytes](), False

    @contextmanager
    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Iterator[Response]:
        """Transport.post."""
        if self.again and path.endswith("/sync"):
            yield Response(200, iter(self.first))
            return
        with self.inner.post(path, headers, body) as response:
            pieces = list(response.pieces)
            if path.endswith("/sync") and not self.first:
                self.first = pieces
            yield replace(response, pieces=iter(pieces))

    def listen(self, path: str, headers: Mapping[str, str]) -> AbstractContextManager[Response]:
        """Transport.listen."""
        raise Offline("No hints here.")

    def close(self) -> None:
        """Transport.close."""


def test_an_old_answer_in_other_words_changes_nothing(world: World) -> None:
    """Found by the simulator: of the same version, so that its words alone tell that it is old. A
    new app that took them would be of two versions before when the server comes.
    """
    row = world.insert("visit", person="Ada King")
    world.install(SCHEMAS[2])
    way = Recorded(world.transport(None))
    code = world.store.seats.create_code(world.people["a"], DAY)
    with Device.enrol(world.folder / "a", way, code, "tablet", made_for=ONE) as device:
        device.sync()
        assert shown(device, row)["person"] == "Ada King"
    with world.reopen("a", made_for=TWO) as device:
        device.sync()
        before = shown(device, row)
        edit(device, row, phone="9")
    way.again = True
    with Device.open(world.folder / "a", way, made_for=THREE) as device:
        with pytest.raises(Offline):
            device.sync()
        assert shown(device, row) == before | {"phone": "9"}
    world.install(SCHEMAS[3])
    with world.reopen("a", made_for=THREE) as device:
        assert device.sync().verdicts == {"accepted": 1}


def test_what_old_work_only_repeats_is_no_agreement(world: World) -> None:
    """The office wrote what a whole form, split anew, would say: the app has not seen that."""
    world.install(SCHEMAS[2])
    row = world.insert("visit", first="Ada Maria", last="King", phone="1", rank=1)
    with world.enrol("a", made_for=ONE) as old:
        old.sync()
        edit(old, row, person="Ada Maria King", tel="2")
        edit(old, row, person="Bea King")
        world.update("visit", row, first="Ada", last="Maria King")
        old.sync()
    with world.enrol("b") as new:
        new.sync()
        seen = shown(new, row)
        assert (seen["phone"], seen["last"]) == ("2", "Maria King")
