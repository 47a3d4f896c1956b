"""Bodies of changesets, for the schema "installed" of schemas.json, as the server reads them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.protocol.vectors.sample import (
    EPOCH,
    INCARNATION,
    ME,
    NOW,
    TAG,
    Case,
    an_id,
    bad,
    good,
    pack,
)

FIELDS = ("id", "incarnation", "sequence", "actor", "modules", "epoch", "version", "needs",
          "device_time", "operations")  # fmt: skip
MODULES = [["shop", 4], ["visits", 1]]
MALFORMED, TOO_LARGE = "request.malformed", "request.too_large"
CUSTOMER, NOTE = TAG["customer"], TAG["note"]


def whole(**changes: Any) -> list[Any]:
    """A changeset's array, with some fields changed."""
    fields = {
        "id": an_id(20), "incarnation": INCARNATION, "sequence": 3, "actor": ME,
        "modules": MODULES, "epoch": EPOCH, "version": 40, "needs": [1, 2], "device_time": NOW,
        "operations": [insert()], **changes,
    }  # fmt: skip
    return [1, *(fields[name] for name in FIELDS)]


def insert(fields: list[Any] | None = None, row: bytes | None = None, tag: int = NOTE) -> list[Any]:
    """A new note."""
    return [0, tag, row or an_id(21), [[1, ME], [2, "call back"]] if fields is None else fields]


def _plain(name: str, **changes: Any) -> Case:
    array = whole(**changes)
    names = ("action", "tag", "row", "fields")
    means = dict(zip(FIELDS, array[1:], strict=True))
    means["operations"] = [dict(zip(names, o, strict=True)) for o in means["operations"]]
    return good(name, pack(array), means=means)


def _bad(name: str, error: str, **changes: Any) -> Case:
    return bad(name, pack(whole(**changes)), error)


def _split() -> Iterator[Case]:
    """Made on an early checkpoint."""
    plain = _plain("made on an early checkpoint")
    behind = {"part": 150, "version": 38}
    body = pack([2, *whole()[1:], list(behind.values())])
    yield good("made on an early checkpoint", body, means=plain["means"] | {"behind": behind})
    for name, wrong in (
        ("what is behind is newer", [150, 41]), ("part 0", [0, 38]), ("part 256", [256, 38]),
        ("behind of version -1", [150, -1]), ("nothing is behind", None),
    ):  # fmt: skip
        yield bad(name, pack([2, *whole()[1:], wrong]), MALFORMED)


def make() -> Iterator[Case]:
    """The cases."""
    update = [1, CUSTOMER, an_id(22), [[1, "Shop"], [3, -150], [5, None], [151, 7]]]
    yield _plain("an insert")
    yield _plain("all actions", operations=[insert(), update, [2, NOTE, an_id(23), []]])
    yield _plain("before the first checkpoint", epoch=bytes(16), version=0, needs=[], sequence=1)
    yield _plain("a removed field", operations=[[1, CUSTOMER, an_id(22), [[4, "555"]]]])
    yield _bad("id that is none", MALFORMED, id=bytes(16))
    yield _bad("sequence 0", MALFORMED, sequence=0, needs=[])
    yield _bad("sequence 2^53", MALFORMED, sequence=2**53)
    yield _bad("version -1", MALFORMED, version=-1)
    yield _bad("needs a later one", MALFORMED, needs=[3])
    yield _bad("needs too many", MALFORMED, sequence=99, needs=list(range(1, 66)))
    yield _bad("text for a number", MALFORMED, sequence="3")
    yield _bad("no operations", TOO_LARGE, operations=[])
    yield bad("another format", pack([3, *whole()[1:]]), MALFORMED)
    yield from _split()
    yield bad("one element more", pack([*whole(), None]), MALFORMED)
    yield bad("one byte more", pack(whole()) + b"\0", MALFORMED)
    yield bad("no MessagePack", b"\xc1", MALFORMED)
    yield _bad("a module of another version", "protocol.upgrade_required", modules=[["shop", 5]])
    yield _bad("an unknown module", "protocol.upgrade_required", modules=[["office", 1]])
    yield _bad("unknown entity", "schema.unknown", operations=[insert(tag=9)])
    yield _bad("unknown field", "schema.unknown", operations=[insert([[1, ME], [2, "x"], [9, 1]])])
    yield _bad("action 3", MALFORMED, operations=[[3, NOTE, an_id(21), [[2, "x"]]]])
    yield _bad("row that is none", MALFORMED, operations=[insert(row=bytes(16))])
    yield _bad("a field twice", MALFORMED, operations=[insert([[1, ME], [2, "x"], [2, "y"]])])
    yield _bad("a delete with fields", MALFORMED, operations=[[2, NOTE, an_id(21), [[2, "x"]]]])
    yield _bad("an update of nothing", MALFORMED, operations=[[1, NOTE, an_id(21), []]])
    yield _bad("a required field is missing", "value.invalid", operations=[insert([[1, ME]])])
    empty = [[1, NOTE, an_id(21), [[2, None]]]]
    yield _bad("a required field is empty", "value.invalid", operations=empty)
    yield _bad("a value that does not fit", "value.invalid", operations=[insert([[1, ME], [2, 5]])])
    yield _bad("a float", "value.invalid", operations=[insert([[1, ME], [2, 0.5]])])
