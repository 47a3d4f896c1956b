"""Messages, frames, order, changesets: round trips, and the rows of bad input that concern
bytes.
"""

from __future__ import annotations

import contextlib
import tracemalloc
from collections.abc import Callable

import msgpack
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from modules.masterdata.manifest import MASTERDATA
from syncengine.model.changeset import Base, Changeset, Operation
from syncengine.model.entity import Action
from syncengine.model.errors import (
    BadSignature,
    InvalidValue,
    Malformed,
    SchemaUnknown,
    SyncError,
    TooLarge,
    UpgradeRequired,
)
from syncengine.model.ids import uuid7
from syncengine.model.manifest import Schema
from syncengine.protocol.changesets import (
    decode_envelope,
    encode_changeset,
    read_changeset,
    sign,
    verify,
)
from syncengine.protocol.compression import zstd
from syncengine.protocol.frames import HEADER, FrameReader, frame
from syncengine.protocol.limits import MAX_WAITING
from syncengine.protocol.messages import (
    Cursor,
    Failure,
    Hello,
    Push,
    Repair,
    Signed,
    Unchanged,
    Welcome,
    decode_request,
    decode_response,
    encode,
)
from syncengine.protocol.session import REQUEST, RESPONSE, Order, State

SCHEMA = Schema((MASTERDATA,))
LIMIT = 2**30
binary = st.binary(max_size=20)
cursors = st.builds(Cursor, st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), binary)
sums = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=3)
repairs = st.builds(Repair, st.integers(0, 9), st.integers(0, 9), sums)
hellos = st.builds(
    Hello, st.integers(0, 9), binary, binary, st.none() | binary, binary,
    st.lists(cursors, max_size=3), st.lists(repairs, max_size=3), st.lists(st.text(), max_size=2),
    st.lists(st.tuples(st.text(), st.integers(0, 9)), max_size=2), st.text(),
    st.booleans(), st.none() | st.integers(0, MAX_WAITING),
)  # fmt: skip
ID = uuid7(1_000_000, bytes(10))


@given(hellos | st.builds(Push, st.lists(st.builds(Signed, binary, binary), max_size=3)))
def test_requests_survive_the_wire(message: Hello | Push) -> None:
    assert decode_request(encode(message)) == message


@given(st.binary(max_size=300))
def test_random_bytes_are_refused_and_nothing_else_happens(data: bytes) -> None:
    for decode in (decode_request, decode_response):
        with contextlib.suppress(Malformed):
            decode(data)


@given(hellos, st.data())
def test_cut_and_padded_messages_are_refused(hello: Hello, data: st.DataObject) -> None:
    whole = encode(hello)
    cut = data.draw(st.integers(0, len(whole) - 1))
    for wrong in (whole[:cut], whole + b"\x00"):
        with pytest.raises(Malformed):
            decode_request(wrong)


def _hello_with(place: int, value: object) -> bytes:
    """A Hello with one element replaced; 0 is its tag."""
    parts = [1, 2, ID, bytes(32), None, ID, [], [], [], [], "x"]
    parts[place] = value
    packed: bytes = msgpack.packb(parts, use_bin_type=True)
    return packed


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xdd\x10\x00\x00\x00",  # an array of 268 million
        b"\xdf\x10\x00\x00\x00",  # a map of 268 million
        b"\x91" * 100_000 + b"\x00",
        b"\xc7\x01\x05\x00",  # an unknown extension type
        msgpack.packb({"a": 1}),
        b"\x82\xa1a\x01\xa1a\x02",  # a key twice
        _hello_with(1, True),
        _hello_with(1, "1"),
        _hello_with(1, 1.0),
        _hello_with(10, b"\xff\xfe"),
        _hello_with(6, {"a": 1}),
        _hello_with(6, [[1, 2]]),
        _hello_with(0, 7),
        _hello_with(0, None),
        msgpack.packb([1, 1, ID]),
        _hello_with(10, "x")[:-1] + b"\xff",
    ],
)
def test_bad_messages_cost_next_to_nothing(data: bytes) -> None:
    tracemalloc.start()
    with pytest.raises(Malformed):
        decode_request(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


@given(st.lists(st.binary(max_size=2000), max_size=5), st.integers(1, 700))
def test_frames_come_out_however_they_arrive(messages: list[bytes], step: int) -> None:
    data = b"".join(frame(m) for m in messages)
    reader, found = FrameReader(LIMIT), []
    for start in range(0, len(data), step):
        found += reader.feed(data[start : start + step])
    reader.finish()
    assert found == messages


def _framed(body: bytes, flag: int = 1) -> bytes:
    return HEADER.pack(len(body), flag) + body


def _bomb() -> bytes:
    return _framed(zstd.compress(b"\x00" * (64 * 2**20), level=19))


def _two_frames() -> bytes:
    return _framed(zstd.compress(b"one") + zstd.compress(b"two"))


def _wide_window() -> bytes:
    options = {
        int(zstd.CompressionParameter.window_log): 27,
        int(zstd.CompressionParameter.compression_level): 1,
    }
    compressor = zstd.ZstdCompressor(options=options)
    return _framed(compressor.compress(bytes(1000)) + compressor.flush())


def _forged_size() -> bytes:
    packed = bytearray(zstd.compress(bytes(1000)))
    packed[5] ^= 0xFF
    return _framed(bytes(packed))


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (_bomb, TooLarge),
        (_two_frames, Malformed),
        (_wide_window, Malformed),
        (_forged_size, Malformed),
        (lambda: _framed(b"not zstd"), Malformed),
        (lambda: _framed(b"x", flag=2), Malformed),
        (lambda: HEADER.pack(2**31, 0), TooLarge),
        (lambda: _framed(zstd.compress(bytes(1000))[:-2]), Malformed),
    ],
)
def test_bad_frames_are_refused_in_bounded_memory(
    make: Callable[[], bytes], error: type[SyncError]
) -> None:
    data = make()
    tracemalloc.start()
    with pytest.raises(error):
        FrameReader(24 * 2**20).feed(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 24 * 2**20


def test_frames_of_a_request_are_bounded_together() -> None:
    reader = FrameReader(3_000)
    reader.feed(frame(bytes(2_000)))
    with pytest.raises(TooLarge):
        reader.feed(frame(bytes(2_000)))


def test_a_stream_that_ends_inside_a_frame_is_cut() -> None:
    reader = FrameReader(LIMIT)
    reader.feed(frame(b"message")[:-1])
    with pytest.raises(Malformed):
        reader.finish()


def test_frames_come_in_order() -> None:
    hello = decode_request(_hello_with(10, "x"))
    request = Order(REQUEST)
    with pytest.raises(Malformed):
        request.see(Push([]))
    request.see(hello)
    request.see(Push([]))
    with pytest.raises(Malformed):
        request.see(hello)
    response = Order(RESPONSE)
    with pytest.raises(Malformed):
        response.see(Unchanged())
    response.see(Welcome(ID, 1, False, None, 0, 1, 0))
    response.see(Unchanged())
    assert response.state is State.DONE
    with pytest.raises(Malformed):
        response.see(Failure("x", "y", []))


def _changeset(**more: object) -> Changeset:
    operation = Operation(Action.INSERT, SCHEMA.tags["note"], ID, {1: ID, 3: "hello"})
    given = {
        "id": ID, "incarnation": ID, "sequence": 2, "actor": ID, "modules": {"masterdata": 1},
        "base": Base(bytes(16), 0), "needs": (1,), "device_time": 5, "operations": (operation,),
        **more,
    }  # fmt: skip
    return Changeset(**given)  # type: ignore[arg-type]


def test_changesets_survive_and_their_signature_tells() -> None:
    key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    changeset = _changeset()
    signed = sign(encode_changeset(changeset), key)
    verify(signed, key.public_key())
    assert read_changeset(decode_envelope(signed.body), SCHEMA) == changeset
    for wrong in (Signed(signed.body + b"x", signed.signature), sign(signed.body, other)):
        with pytest.raises(BadSignature):
            verify(wrong, key.public_key())


def test_a_module_named_twice_is_refused() -> None:
    """Else the last one would count, as with the keys of a map."""
    array = msgpack.unpackb(encode_changeset(_changeset()))
    array[5] = [["masterdata", 99], ["masterdata", 1]]
    with pytest.raises(Malformed):
        decode_envelope(msgpack.packb(array))


def _operation(**more: object) -> Operation:
    given = {
        "action": Action.INSERT,
        "tag": SCHEMA.tags["note"],
        "row_id": ID,
        "fields": {1: ID, 3: "x"},
    }
    return Operation(**{**given, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changeset", "error"),
    [
        (_changeset(sequence=0), Malformed),
        (_changeset(device_time=2**63), Malformed),
        (_changeset(base=Base(bytes(16), 2**63)), Malformed),
        (_changeset(id=bytes(16)), Malformed),
        (_changeset(needs=(2,)), Malformed),
        (_changeset(needs=tuple(range(1, 70)), sequence=100), Malformed),
        (_changeset(operations=()), TooLarge),
        (_changeset(operations=(_operation(),) * 2_001), TooLarge),
        (_changeset(operations=(_operation(fields={1: ID, 3: "x" * 2**20}),)), TooLarge),
        (_changeset(modules={"masterdata": 2}), UpgradeRequired),
        (_changeset(modules={"other": 1}), UpgradeRequired),
        (_changeset(operations=(_operation(tag=9999),)), SchemaUnknown),
        (_changeset(operations=(_operation(fields={1: ID, 99: "x"}),)), SchemaUnknown),
        (_changeset(operations=(_operation(fields={1: ID}),)), InvalidValue),
        (_changeset(operations=(_operation(fields={1: ID, 3: None}),)), InvalidValue),
        (_changeset(operations=(_operation(fields={1: ID, 3: [1]}),)), InvalidValue),
        (_changeset(operations=(_operation(fields={1: ID, 3: float("nan")}),)), InvalidValue),
        (_changeset(operations=(_operation(row_id=bytes(16)),)), Malformed),
        (_changeset(operations=(_operation(action=Action.DELETE),)), Malformed),
        (_changeset(operations=(_operation(action=Action.UPDATE, fields={}),)), Malformed),
    ],
)
def test_bad_changesets_are_refused(changeset: Changeset, error: type[SyncError]) -> None:
    with pytest.raises(error):
        read_changeset(decode_envelope(encode_changeset(changeset)), SCHEMA)


@given(st.binary(max_size=200))
def test_random_bodies_are_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        decode_envelope(body)
