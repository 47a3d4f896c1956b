"""Frames and messages: bytes <-> dictionaries by the document's tables."""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import msgpack

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MEDIA_TYPE = "application/vnd.syncengine.v1+msgpack"
MAX_FRAME = 8_388_608
COMPRESS_FROM = 512
ZERO = bytes(16)

Message = dict[str, Any]
Shape = Any  # "int", "bin?", a message's name; [shape] many of it; (shape, shape) exactly these

MESSAGES: dict[str, tuple[int | None, dict[str, Shape]]] = {
    "Enrol": (None, {"protocol": "int", "code": "str", "public_key": "bin", "incarnation": "id",
                     "device": "str"}),
    "Enrolled": (None, {"seat": "id", "person": "id", "epoch": "id", "schema": "bin"}),
    "Challenge": (None, {"seat": "id"}),
    "Challenged": (None, {"challenge": "bin"}),
    "TokenRequest": (None, {"seat": "id", "challenge": "bin", "signature": "bin"}),
    "Token": (None, {"token": "str", "expires_in": "int"}),
    "Hello": (1, {"protocol": "int", "incarnation": "id", "schema_hash": "bin",
                  "checkpoint": "bin?", "epoch": "id", "cursors": ["Cursor"],
                  "repair": ["Repair"], "parts": ["str"],
                  "modules": [("str", "int")], "client": "str", "early": "bool=",
                  "waiting": "int31?="}),
    "Repair": (None, {"bucket": "int", "bits": "int", "sums": [("int", "int")]}),
    "Hello1": (1, {"protocol": "int", "incarnation": "id", "schema_hash": "bin",
                   "checkpoint": "bin?", "epoch": "id", "cursors": ["Cursor"], "repair": ["int"],
                   "client": "str"}),
    "HandIn": (1, {"seat": "id", "incarnation": "id", "schema": "bin", "changesets": ["Signed"]}),
    "Cursor": (None, {"bucket": "int", "version": "int", "tag": "int", "row": "id"}),
    "Push": (2, {"changesets": ["Signed"]}),
    "Signed": (None, {"body": "bin", "signature": "bin"}),
    "WireChangeset": (1, {"id": "id", "incarnation": "id", "sequence": "int", "actor": "id",
                          "modules": [("str", "int")], "epoch": "id", "version": "int",
                          "needs": ["int"], "device_time": "int",
                          "operations": ["WireOperation"]}),
    "WireSplitChangeset": (2, {"id": "id", "incarnation": "id", "sequence": "int", "actor": "id",
                               "modules": [("str", "int")], "epoch": "id", "version": "int",
                               "needs": ["int"], "device_time": "int",
                               "operations": ["WireOperation"], "behind": "WireBehind"}),
    "WireBehind": (None, {"part": "int", "version": "int"}),
    "WireOperation": (None, {"action": "int", "tag": "int", "row": "id",
                             "fields": [("int", "value")]}),
    "Welcome": (3, {"epoch": "id", "version": "int", "restart": "bool", "schema": "bin?",
                    "server_time": "int", "expected": "int", "covered": "int"}),
    "Verdicts": (4, {"verdicts": ["WireVerdict"]}),
    "WireVerdict": (None, {"sequence": "int", "changeset": "id", "outcome": "str",
                           "version": "int?", "decided": "int", "objections": ["WireObjection"],
                           "losses": ["WireLoss"]}),
    "WireObjection": (None, {"operation": "int", "code": "str", "detail": "str",
                             "field": "str?"}),
    "WireLoss": (None, {"operation": "int", "field": "int", "lost": "value", "kept": "value"}),
    "Grants": (5, {"grants": ["Granted"], "fresh": ["int"]}),
    "Granted": (None, {"bucket": "int", "kind": "str", "key": "id", "reason": "str", "via": "id",
                       "hide_at": "int?", "write_from": "int?", "write_until": "int?"}),
    "Chunk": (6, {"sections": ["Section"], "cursors": ["Cursor"]}),
    "Section": (None, {"bucket": "int", "tag": "int", "rows": [["value"]],
                       "also": [("id", "int")], "left": ["id"]}),
    "Checkpoint": (7, {"token": "bin", "epoch": "id", "version": "int",
                       "buckets": ["BucketSum"], "count": "int", "sum": "int"}),
    "EarlyCheckpoint": (11, {"token": "bin", "epoch": "id", "version": "int", "part": "int",
                             "behind": "int", "buckets": ["BucketSum"]}),
    "BucketSum": (None, {"bucket": "int", "count": "int", "sum": "int"}),
    "Unchanged": (8, {}),
    "Ranges": (10, {"ranges": ["Range"]}),
    "Range": (None, {"bucket": "int", "bits": "int", "number": "int"}),
    "Failure": (9, {"code": "str", "detail": "str", "data": [("str", "str")]}),
}  # fmt: skip
REQUEST = ("Hello", "Push")
ANSWER = ("Welcome", "Verdicts", "Grants", "Ranges", "Chunk", "Checkpoint", "EarlyCheckpoint",
          "Unchanged", "Failure")  # fmt: skip
SCALARS: dict[str, Any] = {
    "int": int,
    "str": str,
    "bin": bytes,
    "id": bytes,
    "bool": bool,
    "int31": int,
}

REQUEST_ORDER = {("start", "Hello"): "greeted", ("greeted", "Push"): "greeted"}
ANSWER_ORDER = {
    ("start", "Welcome"): "greeted", ("start", "Failure"): "done",
    ("greeted", "Verdicts"): "greeted",
    ("greeted", "Grants"): "streaming", ("greeted", "Chunk"): "streaming",
    ("greeted", "Ranges"): "streaming", ("streaming", "Ranges"): "streaming",
    ("greeted", "Checkpoint"): "done", ("greeted", "Unchanged"): "done",
    ("greeted", "EarlyCheckpoint"): "done", ("streaming", "EarlyCheckpoint"): "done",
    ("greeted", "Failure"): "done",
    ("streaming", "Grants"): "streaming", ("streaming", "Chunk"): "streaming",
    ("streaming", "Checkpoint"): "done", ("streaming", "Failure"): "done",
}  # fmt: skip


class Wrong(Exception):
    """What the protocol refuses, with its code."""

    def __init__(self, code: str, detail: str = "", data: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(code, detail)
        self.code = code
        self.data = dict(data)


def malformed(detail: str) -> Wrong:
    """Bytes that are no message of this protocol."""
    return Wrong("request.malformed", detail)


def _read(shape: Shape, value: Any) -> Any:
    if isinstance(shape, list):
        if not isinstance(value, list):
            raise malformed("array expected")
        return [_read(shape[0], v) for v in value]
    if isinstance(shape, tuple):
        if not isinstance(value, list) or len(value) != len(shape):
            raise malformed(f"array of {len(shape)} expected")
        return [_read(s, v) for s, v in zip(shape, value, strict=True)]
    if shape in MESSAGES:
        return _read_fields(shape, value)
    if shape == "value" or ("?" in shape and value is None):
        return value
    kind = shape.rstrip("?=")  # what ends in = may be left out
    if type(value) is not SCALARS[kind] or (kind == "id" and len(value) != 16):
        raise malformed(f"{kind} expected")
    if kind == "int31" and not 0 <= value < 2**31:
        raise malformed("a number of 31 bits expected")
    return value


def _read_fields(name: str, value: Any) -> Message:
    tag, fields = MESSAGES[name]
    head = [] if tag is None else [tag]
    missing = len(head) + len(fields) - len(value) if isinstance(value, list) else 0
    if 0 < missing <= len(left_out := [s for s in fields.values() if str(s).endswith("=")]):
        value = value + [None if "?" in shape else False for shape in left_out[-missing:]]
    if not isinstance(value, list) or len(value) != len(head) + len(fields):
        raise malformed(f"{name}: array of {len(head) + len(fields)} expected")
    if value[: len(head)] != head:
        raise malformed(f"{name}: its tag is {tag}")
    found = zip(fields.items(), value[len(head) :], strict=True)
    return {field: _read(shape, element) for (field, shape), element in found}


def unpack(data: bytes) -> Any:
    """The one MessagePack value that `data` is."""
    try:
        return msgpack.unpackb(data, raw=False, strict_map_key=False)
    except (ValueError, TypeError, msgpack.exceptions.UnpackException) as error:
        raise malformed(str(error)) from None


def read_message(data: bytes, *names: str) -> tuple[str, Message]:
    """(name, fields) of the one message, which is one of `names`."""
    value = unpack(data)
    if len(names) == 1:
        return names[0], _read_fields(names[0], value)
    tag = value[0] if isinstance(value, list) and value else None
    name = next((n for n in names if type(tag) is int and MESSAGES[n][0] == tag), None)
    if name is None:
        raise malformed("no such message")
    return name, _read_fields(name, value)


def _write(shape: Shape, value: Any) -> Any:
    if isinstance(shape, list):
        return [_write(shape[0], v) for v in value]
    if isinstance(shape, tuple):
        return [_write(s, v) for s, v in zip(shape, value, strict=True)]
    if shape not in MESSAGES:
        return value
    tag, fields = MESSAGES[shape]
    head = [] if tag is None else [tag]
    return head + [_write(s, value[field]) for field, s in fields.items()]


def write_message(name: str, fields: Message) -> bytes:
    """The bytes of a message, without a frame."""
    packed: bytes = msgpack.packb(_write(name, fields), use_bin_type=True)
    return packed


def frame(message: bytes) -> bytes:
    """A message in its frame."""
    packed = zstd.compress(message) if len(message) >= COMPRESS_FROM else message
    return struct.pack(">IB", len(packed), packed is not message) + packed


def _inflate(packed: bytes, limit: int) -> bytes:
    options = {int(zstd.DecompressionParameter.window_log_max): 23}
    reader = zstd.ZstdDecompressor(options=options)
    try:
        message: bytes = reader.decompress(packed, max_length=limit + 1)
    except zstd.ZstdError as error:
        raise malformed(str(error)) from None
    if len(message) > limit:
        raise Wrong("request.too_large")
    if not reader.eof or reader.unused_data:
        raise malformed("one zstd frame expected")
    return message


def read_frames(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The messages of a stream as they arrive; EOFError when it ends inside a frame."""
    buffer = b""
    for piece in pieces:
        buffer += piece
        while len(buffer) >= 5:
            length, flag = struct.unpack(">IB", buffer[:5])
            if flag > 1:
                raise malformed("unknown flag")
            if length > MAX_FRAME:
                raise Wrong("request.too_large")
            if len(buffer) < 5 + length:
                break
            body, buffer = buffer[5 : 5 + length], buffer[5 + length :]
            yield _inflate(body, MAX_FRAME) if flag else body
    if buffer:
        raise EOFError


def follow(order: dict[tuple[str, str], str], state: str, name: str) -> str:
    """The state after a message."""
    if (state, name) not in order:
        raise malformed(f"{name} is not due in state {state}")
    return order[state, name]
