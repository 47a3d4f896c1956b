"""bad-input.md, sync endpoints: bytes that are no request. One test a row; nothing ever changes."""

from __future__ import annotations

import random
import sys
import tracemalloc

import msgpack
import msgspec
import pytest

from syncengine.protocol.frames import HEADER, PLAIN, ZSTD, frame
from syncengine.protocol.limits import MAX_CHANGESETS_PER_PUSH, MAX_FRAME_BYTES
from syncengine.protocol.messages import Push, Signed, encode
from tests.server.conftest import Served
from tests.server.wire import Answer, Device

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

pytestmark = pytest.mark.usefixtures("unchanged")


@pytest.fixture(scope="module")
def device(shared: Served) -> Device:
    return shared.device("279")


def framed(message: bytes, flag: int = PLAIN) -> bytes:
    return HEADER.pack(len(message), flag) + message


def refused(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.failure.code) == (status, code)
    assert answer.failure.detail
    assert "Traceback" not in answer.failure.detail


def test_empty_body(device: Device) -> None:
    refused(device.send(b""), 400, "request.malformed")


def test_random_bytes(device: Device) -> None:
    chance = random.Random(7)
    for size in (1, 4, 5, 6, 100, 10_000):
        refused(device.send(framed(chance.randbytes(size))), 400, "request.malformed")
        answer = device.send(chance.randbytes(size))
        assert answer.status in (400, 413)  # a random length is mostly one beyond the limit


@pytest.mark.parametrize("size", [1, 3, 10, 40])
def test_truncated_message(device: Device, size: int) -> None:
    refused(device.send(framed(encode(device.hello())[:size])), 400, "request.malformed")


@pytest.mark.parametrize("size", [1, 4, 5, 20, -1])
def test_truncated_frame(device: Device, size: int) -> None:
    refused(device.send(device.body()[:size]), 400, "request.malformed")


def test_trailing_bytes_after_the_message(device: Device) -> None:
    refused(device.send(framed(encode(device.hello()) + b"\x00")), 400, "request.malformed")


@pytest.mark.parametrize(
    "message",
    [
        b"\xdd\x0f\xff\xff\xff",
        b"\xdf\x0f\xff\xff\xff",
        b"\xdd\xff\xff\xff\xff" + b"\x01" * 50,
        b"\x9a\x01\xdd\x0f\xff\xff\xff",
        b"\xc6\x0f\xff\xff\xff",
        b"\xdb\x0f\xff\xff\xff",
        b"\x91" * 100_000,
        b"\x81\x01" * 100_000,
        b"\x99\x01" + b"\x91" * 100_000,
    ],
    ids=["array", "map", "array-filled", "inner", "bin", "str", "deep", "deep-map", "deep-inner"],
)
def test_claims_of_size_and_depth_cost_no_memory(device: Device, message: bytes) -> None:
    device.send(framed(b"\x00"))  # what the first request allocates for good
    tracemalloc.start()
    try:
        answer = device.send(framed(message))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    refused(answer, 400, "request.malformed")
    assert peak < 2**20 + 4 * len(message)


def test_maps_are_refused_so_no_key_can_come_twice(device: Device) -> None:
    hello = device.hello()
    as_map = msgpack.packb({name: getattr(hello, name) for name in hello.__struct_fields__})
    twice = b"\x82\xa4type\x01\xa4type\x02"
    for message in (as_map, twice):
        refused(device.send(framed(message)), 400, "request.malformed")


def test_unknown_extension_type(device: Device) -> None:
    values = msgpack.unpackb(encode(device.hello()))
    values[3] = msgpack.ExtType(42, b"x")
    refused(device.send(framed(msgpack.packb(values))), 400, "request.malformed")


def test_unknown_further_element(device: Device) -> None:
    values = msgpack.unpackb(encode(device.hello()))
    refused(device.send(framed(msgpack.packb([*values, 1]))), 400, "request.malformed")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (1, float("nan")), (1, float("inf")), (1, True), (1, "1"), (1, 2**64 - 1),
        (2, "text"), (6, None), (7, 1.5), (8, b"\xff"), (8, 7),
    ],
)  # fmt: skip
def test_wrong_types_in_the_greeting(device: Device, place: int, value: object) -> None:
    values = msgpack.unpackb(encode(device.hello()))
    values[place] = value
    answer = device.send(framed(msgpack.packb(values)))
    assert answer.status in (400, 426)  # an absurd protocol number is a wrong version


@pytest.mark.parametrize("text", [b"\xa2\xff\xfe", b"\xa3\xed\xa0\x80"], ids=["utf-8", "surrogate"])
def test_invalid_text(device: Device, text: bytes) -> None:
    message = encode(device.hello(client=""))
    assert message.endswith(b"\xa0")
    refused(device.send(framed(message[:-1] + text)), 400, "request.malformed")


def test_zstd_bomb(device: Device) -> None:
    bomb = zstd.compress(bytes(2**28), level=19)
    assert len(bomb) < 32 * 1024
    refused(device.send(framed(bomb, ZSTD)), 413, "request.too_large")


def test_zstd_bomb_that_declares_no_size(device: Device) -> None:
    packer = zstd.ZstdCompressor(level=19)
    bomb = b"".join(packer.compress(bytes(2**24)) for _ in range(8)) + packer.flush()
    refused(device.send(framed(bomb, ZSTD)), 413, "request.too_large")


def test_zstd_bomb_in_many_frames(device: Device) -> None:
    """Each is within a frame's bound; together they are not."""
    piece = framed(zstd.compress(encode(Push([])) + bytes(0), level=1), ZSTD)
    full = framed(zstd.compress(bytes(MAX_FRAME_BYTES), level=1), ZSTD)
    answer = device.send(device.body() + piece * 3 + full * 4)
    assert answer.status in (400, 413)


def test_zstd_forged_size(device: Device) -> None:
    honest = bytearray(zstd.compress(encode(device.hello()) * 100, level=1))
    honest[5] ^= 0x3F  # the frame header's content size
    answer = device.send(framed(bytes(honest), ZSTD))
    assert answer.status in (400, 413)


def test_zstd_huge_window(device: Device) -> None:
    parameter = zstd.CompressionParameter
    packer = zstd.ZstdCompressor(options={parameter.window_log: 27, parameter.compression_level: 1})
    packed = packer.compress(bytes(2**20)) + packer.flush()
    answer = device.send(framed(packed, ZSTD))
    assert answer.status in (400, 413)


def test_zstd_several_frames_or_trailing_bytes(device: Device) -> None:
    one = zstd.compress(encode(device.hello()), level=1)
    for packed in (one + one, one + b"x", one[:-1]):
        refused(device.send(framed(packed, ZSTD)), 400, "request.malformed")


def test_unknown_frame_flag(device: Device) -> None:
    refused(device.send(framed(encode(device.hello()), 2)), 400, "request.malformed")


def test_frame_that_claims_more_than_a_frame_may_hold(device: Device) -> None:
    refused(device.send(HEADER.pack(2**31, PLAIN)), 413, "request.too_large")


def test_push_before_the_greeting_and_two_greetings(device: Device) -> None:
    push, hello = frame(encode(Push([]))), frame(encode(device.hello()))
    for body in (push, push + hello, hello + hello, hello + push + hello):
        refused(device.send(body), 400, "request.malformed")


def test_a_message_of_the_other_direction(device: Device) -> None:
    refused(device.send(framed(b"\x91\x08")), 400, "request.malformed")


def test_too_many_changesets(device: Device) -> None:
    push = Push([Signed(b"", b"")] * (MAX_CHANGESETS_PER_PUSH + 1))
    answer = device.send(device.body() + frame(encode(push)))
    refused(answer, 413, "request.too_large")
    assert dict(answer.failure.data)["limit"] == str(MAX_CHANGESETS_PER_PUSH)


def test_a_million_operations(device: Device) -> None:
    operation = [0, 267, bytes(16), []]
    body = msgpack.packb([1, bytes(16), bytes(16), 1, bytes(16), [], bytes(16), 0, [], 0])
    body = body[:1].replace(b"\x9a", b"\x9b") + body[1:] + b"\xdd\x00\x0f\x42\x40"
    body += msgpack.packb(operation) * 1_000_000
    signed = Signed(body, device.key.sign(b"syncengine changeset 1\x00" + body))
    answer = device.send(device.body() + frame(encode(Push([signed]))))
    assert answer.status == 413
    assert "limit" in dict(answer.failure.data) or "together" in answer.failure.detail


def test_changeset_that_is_no_changeset(device: Device) -> None:
    body = msgspec.msgpack.encode([1, 2, 3])
    signed = Signed(body, device.key.sign(b"syncengine changeset 1\x00" + body))
    refused(device.sync(signed), 400, "request.malformed")
