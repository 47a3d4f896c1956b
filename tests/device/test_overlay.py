"""Own edits over what the server sends: they show at once, never flicker, never get lost."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from device_sdk import Device
from device_sdk.errors import Offline
from syncengine.model.changeset import Outcome
from syncengine.model.entity import DeviceRight, Field
from syncengine.model.environment import Environment
from syncengine.model.fields import Text
from syncengine.model.manifest import Schema
from tests.device.fake import Crash, Fake, shown


def test_a_refusal_without_a_checkpoint_takes_effect_with_unchanged(
    fake: Fake, device: Device
) -> None:
    """The answer broke off behind the verdict; nothing else is new when the device asks again."""
    row = fake.customer("kept")
    device.sync()
    with device.changeset() as changes:
        changes.update("customer", row, name="refused")
    fake.judge = lambda _: Outcome.REJECTED
    fake.cut = 2
    with pytest.raises(Offline):
        device.sync()
    device.sync()
    assert shown(device) == {row: "kept"}
    (item,) = device.inbox()
    assert item.entered[0].values == {"name": "refused"}


def test_an_own_edit_never_flickers(fake: Fake, device: Device) -> None:
    """Verdict stored, checkpoint not yet there: the own value goes on showing."""
    row = fake.customer("old")
    device.sync()
    with device.changeset() as changes:
        changes.update("customer", row, name="new")
    fake.cut = 2
    with pytest.raises(Offline):
        device.sync()
    assert device.pending() == 0
    assert shown(device) == {row: "new"}
    device.sync()
    assert shown(device) == {row: "new"}


def test_edits_of_a_revoked_row_stay_in_the_outbox(fake: Fake, device: Device) -> None:
    """Invariant 16: the row leaves, the entered values are sent and stay readable."""
    row = fake.customer("theirs now")
    device.sync()
    with device.changeset() as changes:
        changes.update("customer", row, name="mine still")
    fake.move("customer", row, [])
    fake.judge = lambda _: Outcome.QUARANTINED
    fake.cut = 1
    with pytest.raises(Offline):
        device.sync()
    device.sync()
    assert shown(device) == {}
    (item,) = device.inbox()
    assert item.outcome == "quarantined"
    assert item.entered[0].values == {"name": "mine still"}


def test_an_expired_token_is_renewed_once(fake: Fake, device: Device) -> None:
    device.sync()
    fake.token_good = False
    assert device.sync().rounds == 1


def test_a_schema_with_more_fields_reaches_rows_that_show_own_edits(
    fake: Fake, device: Device
) -> None:
    row = fake.customer("old")
    device.sync()
    with device.changeset() as changes:
        changes.update("customer", row, name="edited")
    fake.cut = 1
    with pytest.raises(Offline):
        device.sync()
    fake.schema = _with_nickname(fake.schema)
    fake.cut = 2
    with pytest.raises(Offline):
        device.sync()
    with device.changeset() as changes:
        changes.update("customer", row, nickname="Bo")
    assert device.query("SELECT nickname FROM customer") == [("Bo",)]
    device.sync()
    found = device.get("customer", row)
    assert found is not None
    assert (found.name, found.nickname) == ("edited", "Bo")


def _with_nickname(schema: Schema) -> Schema:
    """The schema with one more field of customers."""
    more = Field(60, "nickname", Text(20), device=DeviceRight.WRITE)
    (module,) = schema.modules
    entities = tuple(
        dataclasses.replace(e, fields=(*e.fields, more)) if e.name == "customer" else e
        for e in module.entities
    )
    return Schema((dataclasses.replace(module, entities=entities),))


def test_rows_staged_after_a_local_delete_are_not_forgotten(fake: Fake, device: Device) -> None:
    """Rowids are used again: what was staged in place must still be found."""
    device.sync()
    with device.changeset() as changes:
        note = changes.insert("note", author=device.person, text="own")
    fake.chunk_rows = 1
    for number in range(3):
        fake.put("note", [1], author=fake.person, text=str(number))
    fake.cut = 1
    with pytest.raises(Offline):
        device.sync()
    fake.judge = lambda _: Outcome.REJECTED
    fake.mangle = [lambda ms: [m for n, m in enumerate(ms) if n < 3]]
    with pytest.raises(Offline):
        device.sync()
    with device.changeset() as changes:
        changes.delete("note", note)
    fake.judge = lambda _: Outcome.ACCEPTED
    assert device.sync().repaired == ()
    assert len(shown(device, "note")) == 3


def test_the_overlay_survives_crashes_around_the_answer(tmp_path: Path, fake: Fake) -> None:
    crash_at: list[str] = []

    def reached(point: str) -> None:
        if crash_at and point == crash_at[0]:
            crash_at.pop()
            raise Crash(point)

    environment = Environment(reached=reached)
    device = Device.enrol(tmp_path / "store", fake, "code", "tablet", environment=environment)
    row = fake.customer("old")
    device.sync()
    for point in ("device.answered", "device.before_publish", "device.after_publish"):
        with device.changeset() as changes:
            changes.update("customer", row, name=point)
        crash_at.append(point)
        with pytest.raises(Crash):
            device.sync()
        device._reader.close()
        device._store.database.close()
        device = Device.open(tmp_path / "store", fake, environment=environment)
        assert shown(device) == {row: point}
        device.sync()
        assert shown(device) == {row: point}
        assert device.pending() == 0
    device.close()
