"""bad-input.md, sync endpoints: well-formed requests that ask for what is not to be had."""

from __future__ import annotations

import msgspec
import pytest

from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.protocol.changesets import WireChangeset, sign
from syncengine.protocol.messages import (
    Checkpoint,
    Chunk,
    Cursor,
    Signed,
    Struct,
    Unchanged,
    Verdicts,
    Welcome,
    WireVerdict,
    decode_rows,
)
from tests.server.conftest import CUSTOMER, NOTE, Served, Start
from tests.server.wire import WORLD, Answer, Device

NAME, OWNER, REMARK, ACTIVE = 2, 3, 18, 19


@pytest.fixture
def served(start: Start) -> Served:
    return start()


@pytest.fixture
def device(served: Served) -> Device:
    """279's, which holds its slice."""
    device = served.device("279")
    device.sync()
    device.sync()  # proves the checkpoint
    return device


def one(answer: Answer, kind: type[Struct]) -> Struct:
    found = [m for m in answer.messages if isinstance(m, kind)]
    assert len(found) == 1, answer.messages
    return found[0]


def verdict(answer: Answer) -> WireVerdict:
    verdicts = one(answer, Verdicts)
    assert isinstance(verdicts, Verdicts)
    return verdicts.verdicts[-1]


def update(row: bytes, fields: dict[int, str | int | bool | bytes | None]) -> Operation:
    return Operation(Action.UPDATE, CUSTOMER, row, fields)


def note(device: Device, text: object) -> Operation:
    fields = {1: device.person, 3: text}
    return Operation(Action.INSERT, NOTE, device.new_id(), fields)  # type: ignore[arg-type]


def test_first_sync_then_nothing_new(served: Served) -> None:
    device = served.device("279")
    first = device.sync()
    assert isinstance(first.messages[0], Welcome)
    assert isinstance(first.messages[-1], Checkpoint)
    rows = {
        row[1]
        for m in first.messages if isinstance(m, Chunk)
        for section in m.sections if section.tag == CUSTOMER
        for row in decode_rows(section)
    }  # fmt: skip
    assert rows == {row for number, row in served.customers.items() if number.startswith("279")}
    assert isinstance(device.sync().messages[-1], Unchanged)
    assert '"sync"' in served.log.getvalue()


def test_a_sync_without_changes_leaves_no_line_in_the_log(served: Served, device: Device) -> None:
    device.sync()
    before = served.log.getvalue()
    assert isinstance(device.sync().messages[-1], Unchanged)
    assert served.log.getvalue() == before


def test_replayed_request_gets_the_original_result_once(served: Served, device: Device) -> None:
    signed = device.changeset(note(device, "call back"))
    body = device.body(signed)
    first = verdict(device.send(body))
    version = served.store.status().version
    assert verdict(device.send(body)) == first
    assert first.outcome == "accepted"
    assert served.store.status().version == version


def altered(device: Device, signed: Signed, **places: object) -> Signed:
    """The same changeset with some of its envelope changed, signed anew."""
    values = msgspec.msgpack.decode(signed.body)
    names = ("tag", *WireChangeset.__struct_fields__)
    for name, value in places.items():
        values[names.index(name)] = value
    return sign(msgspec.msgpack.encode(values), device.key)


def test_id_reused_with_another_payload(served: Served, device: Device) -> None:
    signed = device.changeset(note(device, "call back"))
    device.sync(signed)
    version = served.store.status().version
    answer = device.sync(altered(device, signed, sequence=2))
    assert (answer.status, answer.failure.code) == (409, "push.id_reused")
    assert "audit.push.id_reused" in served.log.getvalue()
    assert served.store.status().version == version


def test_sequence_reused_with_another_payload(served: Served, device: Device) -> None:
    """Two stores with one identity: neither goes on until the office has looked at it."""
    device.sync(device.changeset(note(device, "call back")))
    version = served.store.status().version
    twin = device.changeset(note(device, "from the clone"), sequence=1)
    for answer in (device.sync(twin), device.sync()):
        assert (answer.status, answer.failure.code) == (409, "seat.fenced")
    assert "audit.seat.fenced" in served.log.getvalue()
    assert served.store.status().version == version


def test_sequence_gap_names_the_resume_point(served: Served, device: Device) -> None:
    device.sync(device.changeset(note(device, "one")))
    version = served.store.status().version
    answer = device.sync(device.changeset(note(device, "three"), sequence=3))
    assert (answer.status, answer.failure.code) == (409, "push.sequence_gap")
    assert dict(answer.failure.data)["expected"] == "2"
    assert served.store.status().version == version


def test_changeset_signed_by_another_key(served: Served, device: Device) -> None:
    signed = device.changeset(note(device, "forged"))
    forged = Signed(signed.body, served.device("276").key.sign(b"x" + signed.body))
    version = served.store.status().version
    for bad in (forged, Signed(signed.body, b""), Signed(signed.body + b"\0", signed.signature)):
        answer = device.sync(bad)
        assert (answer.status, answer.failure.code) == (403, "push.bad_signature")
    assert served.store.status().version == version
    assert "audit.push.bad_signature" in served.log.getvalue()


def test_checkpoint_tampered_with(served: Served, device: Device) -> None:
    good = device.checkpoint
    assert good is not None
    for bad in (good[:-1] + bytes([good[-1] ^ 1]), good[:-1], b"", b"x" * len(good)):
        answer = device.sync(checkpoint=bad)
        assert (answer.status, answer.failure.code) == (409, "checkpoint.refused")
    assert "audit.checkpoint.refused" in served.log.getvalue()


def test_checkpoint_of_another_device(served: Served, device: Device) -> None:
    other = served.device("276")
    other.sync()
    answer = device.sync(checkpoint=other.checkpoint)
    assert (answer.status, answer.failure.code) == (409, "checkpoint.refused")


def test_cursors_from_the_future_or_of_another_history(served: Served, device: Device) -> None:
    future = [Cursor(1, 2**60, CUSTOMER, bytes(16))]
    for epoch in (device.epoch, WORLD.new_id()):
        answer = device.sync(checkpoint=None, cursors=future, epoch=epoch)
        assert answer.status in (200, 409), answer.messages
        if answer.status == 200:  # taken for nothing: everything is sent anew
            assert any(isinstance(m, Chunk) for m in answer.messages)


def test_foreign_row_and_missing_row_answer_alike(served: Served, device: Device) -> None:
    foreign, missing = served.customers["2760"], WORLD.new_id()
    answers = [
        verdict(device.sync(device.changeset(update(row, {NAME: "mine"}))))
        for row in (foreign, missing)
    ]
    assert [a.outcome for a in answers] == ["rejected", "rejected"]
    assert answers[0].objections == answers[1].objections
    assert answers[0].version is None


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({OWNER: None}, "field.denied"),
        ({ACTIVE: False}, "field.denied"),
        ({NAME: "x" * 201}, "value.invalid"),
        ({NAME: "a\x00b"}, "value.invalid"),
        ({NAME: 7}, "value.invalid"),
        ({NAME: None}, "value.invalid"),
        ({16: True}, "value.invalid"),
        ({16: -1}, "value.invalid"),
        ({99: "x"}, "schema.unknown"),
    ],
)
def test_what_a_device_may_not_write(
    served: Served, device: Device, fields: dict[int, str | int | bool | bytes | None], code: str
) -> None:
    """Refused with a reason that names the field; the changeset is kept, nothing else happens."""
    version = served.store.status().version
    answer = device.sync(device.changeset(update(served.customers["2790"], fields)))
    refused = verdict(answer)
    assert (answer.status, refused.outcome) == (200, "rejected")
    assert refused.objections[0].code == code
    assert refused.objections[0].field or code == "schema.unknown"
    assert served.store.status().version == version


@pytest.mark.parametrize("value", [1.5, float("nan"), float("inf"), [1], {"a": 1}])
def test_values_that_no_field_holds(served: Served, device: Device, value: object) -> None:
    refused = verdict(device.sync(device.changeset(note(device, value))))
    assert refused.outcome == "rejected"
    assert (refused.objections[0].code, refused.objections[0].field) == ("value.invalid", "text")


def test_reference_to_an_invisible_row(served: Served, device: Device) -> None:
    contact = Operation(
        Action.INSERT, served.store.schema.tags["contact"], device.new_id(),
        {1: served.customers["2760"], 2: "Jo", 6: True},
    )  # fmt: skip
    assert verdict(device.sync(device.changeset(contact))).outcome == "rejected"


def test_protocol_too_old_and_too_new(served: Served, device: Device) -> None:
    for number in (0, 2, 2**40):
        answer = device.sync(protocol=number)
        assert (answer.status, answer.failure.code) == (426, "protocol.upgrade_required")


@pytest.mark.parametrize("modules", [[["masterdata", 99]], [["masterdata", 0]], [["nosuch", 1]]])
def test_module_versions_unknown_here(
    served: Served, device: Device, modules: list[list[object]]
) -> None:
    version = served.store.status().version
    answer = device.sync(altered(device, device.changeset(note(device, "x")), modules=modules))
    assert answer.status == 426
    assert served.store.status().version == version


def test_device_clock_in_2099_changes_nothing(served: Served, device: Device) -> None:
    signed = device.changeset(note(device, "from the future"))
    accepted = verdict(device.sync(altered(device, signed, device_time=4_080_000_000_000_000)))
    assert accepted.outcome == "accepted"
    assert accepted.version == served.store.status().version
