"""Answers that are wrong or lack something: the device finds out and repairs, by itself."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from device_sdk import Device
from device_sdk.errors import NotConverging
from syncengine.model.errors import Malformed, SequenceGap
from syncengine.protocol.messages import (
    Checkpoint,
    Chunk,
    Cursor,
    Failure,
    Repair,
    Struct,
    Verdicts,
)
from tests.device.fake import Fake, shown
from tests.device.feed import Bucket, checkpoint, section


def altered(change: Callable[[Checkpoint], Checkpoint]) -> Callable[[list[Struct]], list[Struct]]:
    """Answers with another checkpoint."""
    return lambda messages: [change(m) if isinstance(m, Checkpoint) else m for m in messages]


def unsummed(honest: Checkpoint) -> Checkpoint:
    """A checkpoint with a wrong sum of bucket 2."""
    buckets = [
        msgspec.structs.replace(b, sum=b.sum + 1) if b.bucket == 2 else b for b in honest.buckets
    ]
    return msgspec.structs.replace(honest, buckets=buckets)


def test_a_differing_bucket_is_compared_then_fetched_again(fake: Fake, device: Device) -> None:
    fake.customer("one")
    device.sync()
    fake.customer("two")
    fake.mangle = [altered(unsummed)] * 2
    report = device.sync()
    assert report.repaired == (2,)
    assert report.rounds == 3
    compared, whole = (request.hello.repair for request in fake.requests[-2:])
    assert [(r.bucket, r.bits, [count for count, _ in r.sums]) for r in compared] == [(2, 0, [2])]
    assert whole == [Repair(2, 0, [])]
    assert sorted(shown(device).values()) == ["one", "two"]


def test_a_difference_publishes_nothing(fake: Fake, device: Device) -> None:
    """Invariant 10: the published rows stay as they are until the sums agree."""
    fake.customer("one")
    device.sync()
    fake.customer("two")
    fake.mangle = [altered(unsummed)] * 20
    with pytest.raises(NotConverging):
        device.sync()
    assert list(shown(device).values()) == ["one"]
    fake.mangle = []
    device.sync()
    assert len(shown(device)) == 2


def test_repairs_are_counted_apart_from_the_rounds_of_a_long_outbox(
    fake: Fake, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("device_sdk.outbox.MAX_CHANGESETS_PER_PUSH", 2)
    for number in range(24):
        with device.changeset() as changes:
            changes.insert("note", author=device.person, text=str(number))
    fake.mangle = [list] * 11 + [altered(unsummed)]
    report = device.sync()
    assert report.rounds == 13
    assert len(shown(device, "note")) == 24


def test_a_lost_row_is_repaired(fake: Fake, device: Device) -> None:
    """A chunk that the server's cursor has passed but that never came."""
    fake.chunk_rows = 1
    ids = [fake.customer(str(n)) for n in range(3)]
    fake.mangle = [lambda ms: [m for n, m in enumerate(ms) if n != 3]]
    report = device.sync()
    assert report.repaired == (2,)
    assert set(shown(device)) == set(ids)


def test_an_also_record_of_a_row_that_is_not_here_asks_for_the_bucket(
    fake: Fake, device: Device
) -> None:
    fake.buckets[3] = Bucket("business", fake.environment.new_id(), "substitution")
    row = fake.customer("one", [3])
    fake.granted = [1, 2, 3]

    def omit(messages: list[Struct]) -> list[Struct]:
        lie = Chunk(
            [section(3, fake.tag("customer"), also=[(row, fake.version)])],
            [Cursor(3, fake.version, fake.tag("customer"), row)],
        )
        return [lie if isinstance(m, Chunk) else m for m in messages]

    fake.mangle = [omit]
    assert device.sync().repaired == (3,)
    assert shown(device) == {row: "one"}


def test_an_also_record_is_outdone_by_a_later_one(fake: Fake, device: Device) -> None:
    """The row changed while it was read through its second bucket: no repair is needed."""
    fake.buckets[3] = Bucket("business", fake.environment.new_id(), "substitution")
    fake.granted = [1, 2, 3]
    row = fake.customer("old", [2, 3])
    tag = fake.tag("customer")

    def changed_meanwhile(messages: list[Struct]) -> list[Struct]:
        fake.put("customer", [2, 3], row, name="new")
        record = [fake.version, row, *fake.rows[tag, row][1]]
        later = Chunk(
            [section(2, tag, [record]), section(3, tag, also=[(row, fake.version)])],
            [Cursor(b, fake.version, tag, row) for b in (2, 3)],
        )
        return [*messages[:-1], later, checkpoint(fake)]

    fake.mangle = [changed_meanwhile]
    assert device.sync().repaired == ()
    assert shown(device) == {row: "new"}


def test_a_verdict_that_nobody_understands_is_not_kept(fake: Fake, device: Device) -> None:
    """The work waits; a kept one would make the inbox unreadable for good."""

    def altered_verdict(messages: list[Struct]) -> list[Struct]:
        return [
            Verdicts([msgspec.structs.replace(v, outcome="perhaps") for v in m.verdicts])
            if isinstance(m, Verdicts)
            else m
            for m in messages
        ]

    with device.changeset() as changes:
        changes.insert("note", author=fake.person, text="call back")
    fake.mangle = [altered_verdict]
    with pytest.raises(Malformed):
        device.sync()
    assert device.inbox() == []
    assert device.sync().verdicts == {"accepted": 1}


@pytest.mark.parametrize(
    "rows", [[[]], [[5]], [["5", bytes(16)]], [[5, 7, "x"]], [[-1, bytes(16)]]]
)
def test_records_that_are_none(fake: Fake, device: Device, rows: list[list[object]]) -> None:
    """Nothing of the chunk is staged, and the next sync brings it."""

    def altered_chunk(messages: list[Struct]) -> list[Struct]:
        raw = msgspec.Raw(msgspec.msgpack.encode(rows))
        return [
            msgspec.structs.replace(
                m, sections=[msgspec.structs.replace(s, rows=raw) for s in m.sections]
            )
            if isinstance(m, Chunk)
            else m
            for m in messages
        ]

    fake.customer("one")
    fake.mangle = [altered_chunk]
    with pytest.raises(Malformed):
        device.sync()
    device.sync()
    assert list(shown(device).values()) == ["one"]


@pytest.mark.parametrize("data", [{}, {"expected": "soon"}, {"expected": "9" * 30}])
def test_a_gap_without_a_resume_point_stops(
    fake: Fake, device: Device, data: dict[str, str]
) -> None:
    """PROTOCOL.md, push.sequence_gap: stop when `expected` is not there."""
    fake.mangle = [lambda _: [Failure("push.sequence_gap", "A gap.", list(data.items()))]]
    with pytest.raises(SequenceGap):
        device.sync()
