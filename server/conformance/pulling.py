"""Pulls: checkpoints that add up, tokens, resumption, repairs, the version before."""

from __future__ import annotations

from server.conformance.check import Skipped, check, expect, expect_refused
from server.conformance.contents import Contents, checkpoint_of
from server.conformance.wire import Answer, Wire
from syncengine.model.checksum import range_of
from syncengine.model.ids import ZERO_ID
from syncengine.model.manifest import schema_from_data
from syncengine.protocol.frames import frame
from syncengine.protocol.messages import (
    Chunk,
    Cursor,
    Grants,
    Range,
    Ranges,
    Repair,
    Unchanged,
    Welcome,
    encode,
)
from syncengine.protocol.version1 import Hello1

GROUP = "pulling"
REFUSED = (409, "checkpoint.refused")


def _whole(wire: Wire, **changes: object) -> tuple[Answer, Contents]:
    """A slice from the start, compared with its checkpoint."""
    answer = wire.sync(wire.seat, **changes)
    contents = Contents()
    contents.take(answer.messages)
    contents.compare(checkpoint_of(answer))
    return answer, contents


@check(GROUP, "a slice from the start adds up to its checkpoint")
def from_the_start(wire: Wire) -> None:
    answer, contents = _whole(wire)
    first = next(m for m in answer.messages if isinstance(m, Grants))
    expect(set(first.fresh) == set(contents.buckets), "not every bucket is called fresh")


@check(GROUP, "rows are of entities of the schema and not wider than these")
def rows(wire: Wire) -> None:
    _, contents = _whole(wire)
    for (tag, _), record in contents.rows.items():
        entity = wire.seat.schema.by_tag.get(tag)
        expect(entity is not None, f"a row has the tag {tag}, which the schema lacks")
        assert entity is not None
        for f, value in zip(entity.fields, record[2:], strict=False):
            if value is not None:
                f.type.check(value)


@check(GROUP, "the schema comes to whoever has another one, and not to others")
def schema(wire: Wire) -> None:
    for known, is_sent in ((wire.seat.schema.hash, False), (b"", True)):
        welcome = wire.sync(wire.seat, schema_hash=known).messages[0]
        assert isinstance(welcome, Welcome)
        expect((welcome.schema is not None) == is_sent, "Welcome has a schema when it should not")
        if welcome.schema is not None:
            expect(schema_from_data(welcome.schema).hash == wire.seat.schema.hash, "another schema")


@check(GROUP, "a checkpoint that is the last word is answered with Unchanged")
def unchanged(wire: Wire) -> None:
    token = checkpoint_of(wire.sync(wire.seat)).token
    last = wire.sync(wire.seat, checkpoint=token).messages[-1]
    expect(isinstance(last, Unchanged), f"expected Unchanged, came {type(last).__name__}")


@check(GROUP, "tokens that were changed or are of another store are refused with 409")
def tokens(wire: Wire) -> None:
    token = checkpoint_of(wire.sync(wire.seat)).token
    flipped = bytes([token[0] ^ 1]) + token[1:]
    for wrong in (flipped, token[:-1], b"", token + b"\0"):
        expect_refused(wire.sync(wire.seat, checkpoint=wrong), REFUSED)
    expect_refused(wire.sync(wire.seats[1], checkpoint=token), REFUSED)


@check(GROUP, "cursors from the future are refused with 409")
def future_cursors(wire: Wire) -> None:
    point = checkpoint_of(wire.sync(wire.seat))
    if not point.buckets:
        raise Skipped("the seat holds no bucket: give codes of people who own rows")
    future = Cursor(point.buckets[0].bucket, point.version + 1_000, 0, ZERO_ID)
    expect_refused(wire.sync(wire.seat, epoch=point.epoch, cursors=[future]), REFUSED)


@check(GROUP, "a pull that was cut goes on at the cursors of any chunk and adds up")
def resumption(wire: Wire) -> None:
    answer, whole = _whole(wire)
    chunks = [n for n, m in enumerate(answer.messages) if isinstance(m, Chunk)]
    if not chunks:
        raise Skipped("the seat holds no rows: give codes of people who own some")
    epoch = checkpoint_of(answer).epoch
    for place in chunks[:-1] or chunks:
        contents = Contents()
        contents.take(answer.messages[: place + 1])
        resumed = wire.sync(wire.seat, epoch=epoch, cursors=list(contents.cursors.values()))
        contents.take(resumed.messages)
        contents.compare(checkpoint_of(resumed))
        expect(contents.rows == whole.rows, "a resumed pull gives other rows")


@check(GROUP, "a bucket to be repaired comes again and adds up")
def repair(wire: Wire) -> None:
    answer, contents = _whole(wire)
    token = checkpoint_of(answer).token
    numbers = [number for number, held in contents.buckets.items() if held]
    if not numbers:
        raise Skipped("the seat holds no rows: give codes of people who own some")
    again = wire.sync(wire.seat, checkpoint=token, repair=[Repair(numbers[0], 0, [])])
    contents.take(again.messages)
    contents.compare(checkpoint_of(again))
    sent = {s.bucket for m in again.messages if isinstance(m, Chunk) for s in m.sections}
    expect(numbers[0] in sent, "nothing of the bucket came")


@check(GROUP, "the ranges of a bucket that differ come again, and no others")
def ranges(wire: Wire) -> None:
    answer, contents = _whole(wire)
    token = checkpoint_of(answer).token
    numbers = [number for number, held in contents.buckets.items() if held]
    if not numbers:
        raise Skipped("the seat holds no rows: give codes of people who own some")
    bucket, bits = numbers[0], 4
    lost = range_of(contents.buckets[bucket].popitem()[0][1], bits)
    again = wire.sync(wire.seat, checkpoint=token, repair=[contents.asked(bucket, bits)])
    contents.take(again.messages)
    contents.compare(checkpoint_of(again))
    void = [r for m in again.messages if isinstance(m, Ranges) for r in m.ranges]
    expect(void == [Range(bucket, bits, lost)], "the one range that differs was not told alone")
    none = wire.sync(wire.seat, checkpoint=token, repair=[contents.asked(bucket, bits)])
    expect(not any(isinstance(m, Ranges) for m in none.messages), "a range came that agrees")


@check(GROUP, "a client of version 1 is served")
def version_before(wire: Wire) -> None:
    seat = wire.seat
    hello = Hello1(1, seat.incarnation, seat.schema.hash, None, ZERO_ID, [], [], "conformance")
    answer = wire.post(seat, frame(encode(hello)), "/v1/sync")
    contents = Contents()
    contents.take(answer.messages)
    contents.compare(checkpoint_of(answer))
