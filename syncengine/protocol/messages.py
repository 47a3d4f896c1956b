"""The messages of a sync, array-encoded MessagePack. docs/PROTOCOL.md describes each field.

Structs decode strictly: wrong types, missing or additional elements and maps are refused. A frame's
first element is its tag. No message holds a map, so none can hold a key twice.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeVar

import msgspec

from syncengine.model.errors import Malformed, TooLarge
from syncengine.protocol.limits import MAX_WAITING

Id = bytes
# A stored value. msgspec cannot tell text from bytes in a union, so the field types check it.
Scalar = Any
Pair = tuple[bytes, int]


class Struct(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """Base of everything that travels."""


class Cursor(Struct, frozen=True):
    """How far a bucket was read: the next record is the first one after (version, tag, row)."""

    bucket: int
    version: int
    tag: int
    row: Id


class Repair(Struct, frozen=True):
    """A bucket that did not add up. `sums`: (count, sum) of what is held or staged in each of its
    2^bits ranges of row ids (checksum.range_of); none: it is sent again whole.
    """

    bucket: int
    bits: int
    sums: list[tuple[int, int]]


class Hello(Struct, tag=1, frozen=True):
    """A request's first frame.

    checkpoint: the token of the last published checkpoint. epoch, cursors: of an unfinished pull.
    parts: the parts of the schema that are wanted, by name; none: all. modules: the versions of
    modules that the client is made for, by name; of those not named it takes any. early: whether
    the answer may end in an EarlyCheckpoint. waiting: how many changesets the store has that are
    not in this request.
    """

    protocol: int
    incarnation: Id
    schema_hash: bytes
    checkpoint: bytes | None
    epoch: Id
    cursors: list[Cursor]
    repair: list[Repair]
    parts: list[str]
    modules: list[tuple[str, int]]
    client: str
    early: bool = False  # clients from before there were such checkpoints do not say it
    waiting: Annotated[int, msgspec.Meta(ge=0, le=MAX_WAITING)] | None = None


class Signed(Struct, frozen=True):
    """A changeset's bytes as encoded once, at the local commit, and their Ed25519 signature."""

    body: bytes
    signature: bytes


class Push(Struct, tag=2, frozen=True):
    """Changesets in the order of their sequence."""

    changesets: list[Signed]


class Welcome(Struct, tag=3, frozen=True):
    """A response's first frame.

    restart: the checkpoint no longer holds (another history): forget staging, take every bucket
    anew. schema: Schema.data when the hash in Hello was another one. expected: the sequence wanted
    next. covered: answered changesets decided at or below it are in a backup and may be forgotten.
    """

    epoch: Id
    version: int
    restart: bool
    schema: bytes | None
    server_time: int
    expected: int
    covered: int


class WireObjection(Struct, frozen=True):
    """changeset.Objection."""

    operation: int
    code: str
    detail: str
    field: str | None


class WireLoss(Struct, frozen=True):
    """changeset.Loss."""

    operation: int
    field: int
    lost: Scalar
    kept: Scalar


class WireVerdict(Struct, frozen=True):
    """changeset.Verdict."""

    sequence: int
    changeset: Id
    outcome: str
    version: int | None
    decided: int
    objections: list[WireObjection]
    losses: list[WireLoss]


class Verdicts(Struct, tag=4, frozen=True):
    """Answers to pushed changesets, in the order of their sequence."""

    verdicts: list[WireVerdict]


class Granted(Struct, frozen=True):
    """One bucket that the seat may hold now. `via`: whose rows they are; zero id: nobody's.

    hide_at: from then on the device hides its rows by its own clock. write_from, write_until: when
    the person may work on them. Microseconds since 1970 UTC; None: open.
    """

    bucket: int
    kind: str
    key: Id
    reason: str
    via: Id
    hide_at: int | None
    write_from: int | None
    write_until: int | None


class Grants(Struct, tag=5, frozen=True):
    """All buckets granted in the snapshot of what follows; others leave at the next checkpoint.

    fresh: those that are sent from the start and replace what the device holds of them.
    """

    grants: list[Granted]
    fresh: list[int]


class Section(Struct, frozen=True):
    """Records of one bucket and entity.

    rows: [version, id, stored values by field number...] each. also: (id, version) of rows that
    another granted bucket has brought already. left: ids that are no longer in the bucket.
    """

    bucket: int
    tag: int
    rows: msgspec.Raw
    also: list[Pair]
    left: list[Id]


class Chunk(Struct, tag=6, frozen=True):
    """A piece of the stream, durable on the device together with its cursors."""

    sections: list[Section]
    cursors: list[Cursor]


class BucketSum(Struct, frozen=True):
    """Count and checksum of a bucket's present rows."""

    bucket: int
    count: int
    sum: int


class Checkpoint(Struct, tag=7, frozen=True):
    """The end of a pull: publish all of it at once, if counts and sums agree.

    buckets: those that changed since the checkpoint in Hello. count, sum: over all granted buckets.
    """

    token: bytes
    epoch: Id
    version: int
    buckets: list[BucketSum]
    count: int
    sum: int


class EarlyCheckpoint(Struct, tag=11, frozen=True):
    """The end of an answer: publish the parts below number `part`, at `version`; the others stay as
    they were at `behind`, and the next request goes on with them.

    buckets: all that it covers, with what they hold then. What is staged of others stays staged.
    """

    token: bytes
    epoch: Id
    version: int
    part: int
    behind: int
    buckets: list[BucketSum]


class Unchanged(Struct, tag=8, frozen=True):
    """The end of a pull: the checkpoint in Hello is still the last word."""


class Failure(Struct, tag=9, frozen=True):
    """The end of a response that could not be finished; `data` is [[name, text]...]."""

    code: str
    detail: str
    data: list[tuple[str, str]]


class Range(Struct, frozen=True):
    """One of a bucket's 2^bits ranges of row ids."""

    bucket: int
    bits: int
    number: int


class Ranges(Struct, tag=10, frozen=True):
    """What is held or staged in these is void: the rows that follow bring it anew."""

    ranges: list[Range]


Request = Hello | Push
Response = (
    Welcome
    | Verdicts
    | Grants
    | Ranges
    | Chunk
    | Checkpoint
    | EarlyCheckpoint
    | Unchanged
    | Failure
)

_encoder = msgspec.msgpack.Encoder()
_request: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_response: msgspec.msgpack.Decoder[Response] = msgspec.msgpack.Decoder(Response)
_rows = msgspec.msgpack.Decoder(list[list[Scalar]])
_T = TypeVar("_T")
_TOO_LONG = re.compile(r"of length <= (\d+)")  # msgspec tells it in words alone


def encode(message: Struct) -> bytes:
    """The bytes of a message, without framing."""
    return _encoder.encode(message)


def decode_as(decoder: msgspec.msgpack.Decoder[_T], data: bytes) -> _T:
    """What the decoder reads; Malformed when the bytes are nothing of the kind, TooLarge when an
    array is longer than allowed.
    """
    try:
        return decoder.decode(data)
    except msgspec.DecodeError as error:
        if too_long := _TOO_LONG.search(str(error)):
            limit = int(too_long[1])
            raise TooLarge(f"At most {limit} are taken at once.", limit=limit) from None
        raise Malformed(str(error)) from None
    except (RecursionError, UnicodeDecodeError, OverflowError, MemoryError):
        raise Malformed("nested too deeply, or not text where text is due") from None


def decode_request(data: bytes) -> Request:
    """One frame of a request; Malformed when it is none."""
    return decode_as(_request, data)


def decode_response(data: bytes) -> Response:
    """One frame of a response; Malformed when it is none."""
    return decode_as(_response, data)


def decode_rows(section: Section) -> list[list[Scalar]]:
    """The records of a section: [version, id, values...] each."""
    return decode_as(_rows, bytes(section.rows))
