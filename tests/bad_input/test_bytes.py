"""Bytes that are no request: 400 and 413, and the server is as it was before."""

from __future__ import annotations

import random
from collections.abc import Callable

import msgpack
import pytest

from syncengine.protocol.compression import zstd
from syncengine.protocol.frames import HEADER, PLAIN, ZSTD, frame
from syncengine.protocol.limits import (
    MAX_CHANGESET_BYTES,
    MAX_CHANGESETS_PER_PUSH,
    MAX_FRAME_BYTES,
    MAX_HELLO_BYTES,
    MAX_OPERATIONS,
    MAX_PUSHES,
)
from syncengine.protocol.messages import Cursor, Hello, Push, Signed, Unchanged, encode
from tests.bad_input.scene import Case, Scene, judge, table
from tests.server.wire import WORLD, Answer

PARAMETER = zstd.CompressionParameter
CHANCE = random.Random(7)
MALFORMED, TOO_LARGE = "request.malformed", "request.too_large"
# The nesting and heads of the table's second row; 268 million is 0x0FFFFFFF.
HEADS = {
    "array": b"\xdd\x0f\xff\xff\xff",
    "map": b"\xdf\x0f\xff\xff\xff",
    "bytes": b"\xc6\x0f\xff\xff\xff",
    "text": b"\xdb\x0f\xff\xff\xff",
    "array with something in it": b"\xdd\xff\xff\xff\xff" + b"\x01" * 50,
    "array in a greeting": b"\x9a\x01\xdd\x0f\xff\xff\xff",
    "arrays 100,000 deep": b"\x91" * 100_000,
    "maps 100,000 deep": b"\x81\x01" * 100_000,
    "arrays 100,000 deep in a greeting": b"\x9a\x01" + b"\x91" * 100_000,
}
EXTENSION = msgpack.ExtType(42, b"x")
PLACES = {name: place for place, name in enumerate(("tag", *Hello.__struct_fields__))}


def framed(message: bytes, flag: int = PLAIN) -> bytes:
    """A frame whatever is in it."""
    return HEADER.pack(len(message), flag) + message


def body(make: Callable[[bytes], bytes]) -> Callable[[Scene], Answer]:
    """Send what is made of a good request's body."""
    return lambda scene: scene.device.send(make(scene.device.body()))


def message(make: Callable[[bytes], bytes]) -> Callable[[Scene], Answer]:
    """Send one frame with what is made of a good greeting."""
    return lambda scene: scene.device.send(framed(make(encode(scene.device.hello()))))


def greeting(**changes: object) -> Callable[[Scene], Answer]:
    """Send a greeting with other values in some of its places, of any type."""

    def changed(good: bytes) -> bytes:
        values = msgpack.unpackb(good)
        for name, value in changes.items():
            values[PLACES[name]] = value
        packed: bytes = msgpack.packb(values)
        return packed

    return message(changed)


def packed(make: Callable[[bytes], bytes]) -> Callable[[Scene], Answer]:
    """Send one compressed frame with what is made of a good greeting."""
    return lambda scene: scene.device.send(framed(make(encode(scene.device.hello())), ZSTD))


def pushed(make: Callable[[Scene], list[Signed]]) -> Callable[[Scene], Answer]:
    """Send a greeting and a push."""
    return lambda scene: scene.device.send(scene.device.body() + frame(encode(Push(make(scene)))))


def signed(made: bytes) -> Callable[[Scene], list[Signed]]:
    """A changeset of these bytes, with a good signature."""
    return lambda scene: [Signed(made, scene.device.key.sign(b"syncengine changeset 1\x00" + made))]


def bomb(pieces: int, declared: bool) -> bytes:
    """A zstd frame that inflates to 16 MiB a piece, with or without saying so."""
    packer = zstd.ZstdCompressor(level=1)
    if declared:
        packer.set_pledged_input_size(pieces * 2**24)
    return b"".join(packer.compress(bytes(2**24)) for _ in range(pieces)) + packer.flush()


def wide(data: bytes) -> bytes:
    """A zstd frame with a window of 128 MiB."""
    packer = zstd.ZstdCompressor(options={PARAMETER.window_log: 27, PARAMETER.compression_level: 1})
    return packer.compress(data) + packer.flush()


def forged(data: bytes) -> bytes:
    """A zstd frame whose header states another size than it has."""
    honest = bytearray(zstd.compress(data * 100, level=1))
    honest[5] ^= 0x3F
    return bytes(honest)


def operations(count: int) -> bytes:
    """A changeset with so many operations that say nothing."""
    one = WORLD.new_id()
    head = msgpack.packb([1, one, one, 1, one, [], bytes(16), 0, [], 0])
    operation: bytes = msgpack.packb([0, 267, b"", []])
    return b"\x9b%b\xdd%b" % (head[1:], count.to_bytes(4, "big")) + operation * count


def noise(size: int) -> Callable[[bytes], bytes]:
    """Random bytes, the same in every run, in place of what is good."""
    return lambda _: CHANCE.randbytes(size)


def cut(size: int) -> Callable[[bytes], bytes]:
    """The beginning of what is good."""
    return lambda good: good[:size]


def instead(sent: bytes) -> Callable[[bytes], bytes]:
    """These bytes in place of what is good."""
    return lambda _: sent


def posted(path: str, sent: bytes) -> Callable[[Scene], Answer]:
    """Bytes sent by somebody who has not signed in."""
    return lambda scene: scene.client.post(path, sent)


NO_REQUEST = (
    Case("empty body", 400, MALFORMED, body(lambda _: b"")),
    *(
        Case(f"{size} random bytes", 400, MALFORMED, message(noise(size)))
        for size in (1, 4, 5, 6, 100, 10_000)
    ),
    *(
        Case(f"message cut at {size}", 400, MALFORMED, message(cut(size)))
        for size in (1, 3, 10, 40, -1)
    ),
    *(
        Case(f"frame cut at {size}", 400, MALFORMED, body(cut(size)))
        for size in (1, 4, 5, 20, -1)
    ),
    Case("byte after the message", 400, MALFORMED, message(lambda good: good + b"\0")),
    Case("byte after the frames", 400, MALFORMED, body(lambda good: good + b"\0")),
    *(
        Case(f"{what}: 268 million, or deep", 400, MALFORMED, message(instead(head)))
        for what, head in HEADS.items()
    ),
    Case("map for the message", 400, MALFORMED, message(lambda _: msgpack.packb({"tag": 1}))),
    Case("key twice", 400, MALFORMED, message(lambda _: b"\x82\xa1a\x01\xa1a\x02")),
    Case("unknown extension type", 400, MALFORMED, greeting(schema_hash=EXTENSION)),
    Case("unknown further element", 400, MALFORMED, message(
        lambda good: msgpack.packb([*msgpack.unpackb(good), 1]))),
    Case("element too few", 400, MALFORMED, message(
        lambda good: msgpack.packb(msgpack.unpackb(good)[:-3]))),
)  # fmt: skip
WRONG_TYPES = (
    Case("NaN", 400, MALFORMED, greeting(protocol=float("nan"))),
    Case("infinity", 400, MALFORMED, greeting(protocol=float("inf"))),
    Case("bool for int", 400, MALFORMED, greeting(protocol=True)),
    Case("text for int", 400, MALFORMED, greeting(protocol="1")),
    Case("integer beyond 63 bit", 426, "protocol.upgrade_required", greeting(protocol=2**64 - 1)),
    Case("text for an id", 400, MALFORMED, greeting(incarnation="text")),
    Case("nil for a list", 400, MALFORMED, greeting(cursors=None)),
    Case("float for a list", 400, MALFORMED, greeting(repair=1.5)),
    Case("bytes for text", 400, MALFORMED, greeting(client=b"\xff")),
    Case("number for text", 400, MALFORMED, greeting(client=7)),
    Case("no UTF-8", 400, MALFORMED, message(lambda good: good[:-5] + b"\xa4\xff\xfe\xfd\xfc")),
    Case("surrogate", 400, MALFORMED, message(lambda good: good[:-5] + b"\xa4\xed\xa0\x80x")),
)
COMPRESSED = (
    Case("32 KiB that inflate to 1 GiB", 413, TOO_LARGE,
         packed(lambda _: bomb(64, declared=True)), grows=24),
    Case("bomb that declares no size", 413, TOO_LARGE,
         packed(lambda _: bomb(8, declared=False)), grows=24),
    Case("bomb in many frames", 413, TOO_LARGE, body(
        lambda good: good
        + framed(zstd.compress(encode(Push([Signed(bytes(MAX_FRAME_BYTES - 99), b"")]))), ZSTD) * 4
    ), grows=48),
    Case("window of 128 MiB", 400, MALFORMED, packed(lambda _: wide(bytes(2**20)))),
    Case("forged size", 400, MALFORMED, packed(forged)),
    Case("two zstd frames in one", 400, MALFORMED, packed(lambda good: zstd.compress(good) * 2)),
    Case("byte after zstd", 400, MALFORMED, packed(lambda good: zstd.compress(good) + b"x")),
    Case("zstd cut short", 400, MALFORMED, packed(lambda good: zstd.compress(good)[:-1])),
    Case("not zstd", 400, MALFORMED, packed(lambda good: good)),
    Case("unknown flag", 400, MALFORMED, body(lambda good: good[:4] + b"\2" + good[5:])),
    Case("frame of 2 GiB", 413, TOO_LARGE, body(lambda _: HEADER.pack(2**31, PLAIN)),
         data={"limit": str(MAX_FRAME_BYTES)}),
)  # fmt: skip
TOO_MUCH = (
    Case("million operations", 413, TOO_LARGE, pushed(signed(operations(1_000_000))), grows=40,
         data={"limit": str(MAX_CHANGESET_BYTES)}),
    Case("operation too many", 413, TOO_LARGE, pushed(signed(operations(MAX_OPERATIONS + 1))),
         data={"limit": str(MAX_OPERATIONS)}),
    Case("changeset of more than 1 MiB", 413, TOO_LARGE,
         pushed(signed(bytes(MAX_CHANGESET_BYTES + 1))), grows=8,
         data={"limit": str(MAX_CHANGESET_BYTES)}),
    Case("changeset too many", 413, TOO_LARGE,
         pushed(lambda _: [Signed(b"", b"")] * (MAX_CHANGESETS_PER_PUSH + 1)),
         data={"limit": str(MAX_CHANGESETS_PER_PUSH)}),
    Case("million changesets in 1,000 bytes", 413, TOO_LARGE,
         pushed(lambda _: [Signed(b"", b"")] * 1_000_000), grows=24,
         data={"limit": str(MAX_CHANGESETS_PER_PUSH)}),
    Case("million cursors in 1,000 bytes", 413, TOO_LARGE,
         lambda scene: scene.device.sync(cursors=[Cursor(1, 1, 1, b"")] * 1_000_000), grows=24,
         data={"limit": str(MAX_HELLO_BYTES)}),
    Case("million pushes", 413, TOO_LARGE,
         body(lambda good: good + frame(encode(Push([]))) * 1_000_000), grows=24,
         data={"limit": str(MAX_PUSHES)}),
)  # fmt: skip
PUSH = frame(encode(Push([])))
OUT_OF_ORDER = (
    Case("push alone", 400, MALFORMED, body(lambda _: PUSH)),
    Case("push before the greeting", 400, MALFORMED, body(lambda good: PUSH + good)),
    Case("two greetings", 400, MALFORMED, body(lambda good: good + good)),
    Case("greeting at the end, too", 400, MALFORMED, body(lambda good: good + PUSH + good)),
    Case("message of an answer", 400, MALFORMED, message(lambda _: encode(Unchanged()))),
    Case("changeset that is none", 400, MALFORMED, pushed(signed(msgpack.packb([1, 2, 3])))),
)


@table(*NO_REQUEST, *WRONG_TYPES, *COMPRESSED, *TOO_MUCH, *OUT_OF_ORDER)
def test_bytes_that_are_no_request(scene: Scene, case: Case) -> None:
    judge(scene, case)


@pytest.mark.parametrize("path", ["/v1/enrol", "/v1/challenge", "/v1/token"])
def test_small_messages(scene: Scene, path: str) -> None:
    """Before anybody has signed in, 4 KiB are enough for everything."""
    for status, code, sent in (
        (413, TOO_LARGE, bytes(5_000)), (400, MALFORMED, b"\x91\xc1"), (400, MALFORMED, b""),
        (400, MALFORMED, b"\x91" * 4_000), (400, MALFORMED, b"\xdd\x0f\xff\xff\xff"),
    ):  # fmt: skip
        judge(scene, Case(path, status, code, posted(path, sent)))
