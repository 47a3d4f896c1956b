"""What each target understands, to begin with: made anew from the definitions, never by hand."""

from __future__ import annotations

import json

from syncengine.model.ids import to_text
from syncengine.protocol.compression import zstd
from syncengine.protocol.frames import HEADER, ZSTD, frame
from syncengine.protocol.messages import Hello, encode
from syncengine.store.checkpoints import Held, seal
from tests.fuzz.readers import SEAL_BYTES, SECRET, TOKENS, TYPES, UNFRAMED
from tests.protocol.vectors import changesets as changeset_vectors
from tests.protocol.vectors import messages as message_vectors
from tests.protocol.vectors.sample import EPOCH, INCARNATION, PLAIN, SCHEMA, SEAT, WINDOWED, pack
from tests.support.conditions import IDS

CONDITIONS: tuple[object, ...] = (
    {"all": [{"field": "title", "op": "starts_with", "value": "ä"},
             {"not": {"field": "place", "in_subtree_of": to_text(IDS[1]), "parent": "above"}}]},
    {"any": [{"field": "price", "op": "less", "value": "-12.50"},
             {"field": "day", "op": "equal", "value": "2026-02-28"},
             {"field": "at", "op": "greater", "value": "2026-02-28T12:00:00+01:00"},
             {"field": "active", "op": "equal", "value": True}]},
    {"field": "state", "op": "one_of", "value": ["a", "ä"]},
    {"field": "count", "op": "is_empty"},
    {"field": "place", "op": "one_of", "value": [to_text(IDS[1])]},
)  # fmt: skip
FIELDS = b"""
[[custom_field]]
entity = "customer"
name = "x_class"
number = 151
type = "enum"
values = ["A", "B"]
device = "write"
[[custom_field]]
entity = "customer"
name = "x_depot"
number = 152
type = "reference"
refers_to = "customer"
dangling = true
[[custom_field]]
entity = "article"
name = "x_credit"
number = 160
type = "decimal"
scale = 1
conflict = "counter"
"""
VALUES: tuple[object, ...] = (
    "text", 5, -1250, 47_070_714, True, "2026-02-28", 1_767_225_600_123_456, "ä",
    '{"a":[1,2.5,null]}', IDS[1], bytes(32), IDS[2],
)  # fmt: skip


def frames() -> list[bytes]:
    """Plain, compressed, several."""
    packed = zstd.compress(b"x" * 40)
    made = [frame(b""), frame(b"abc"), frame(bytes(600)), frame(b"abc") + frame(bytes(700))]
    return [*made, HEADER.pack(len(packed), ZSTD) + packed]


def messages() -> list[bytes]:
    """Of a request."""
    return [encode(m) for m in message_vectors.requests()]


def requests() -> list[bytes]:
    """Whole bodies."""
    found = message_vectors.requests()
    greetings = [frame(encode(m)) for m in found if isinstance(m, Hello)]
    pushes = b"".join(frame(encode(m)) for m in found if not isinstance(m, Hello))
    return [*greetings, *(g + pushes for g in greetings)]


def answers() -> list[bytes]:
    """Messages of an answer."""
    return [encode(m) for m in message_vectors.answers()]


def changesets() -> list[bytes]:
    """Bodies that the schema of the vectors reads."""
    return [bytes.fromhex(c["hex"]) for c in changeset_vectors.make() if "error" not in c]


def enrolments() -> list[bytes]:
    """The unframed ones, each with its number in front."""
    found = message_vectors.unframed()
    return [bytes([UNFRAMED.index(type(m))]) + encode(m) for m in found]


def schemas() -> list[bytes]:
    """Those of the vectors."""
    return [PLAIN.data, SCHEMA.data, WINDOWED.data]


def checkpoints() -> list[bytes]:
    """What is inside of tokens."""
    held = [Held(EPOCH, 41, bytes(32), INCARNATION, buckets, bytes(8)) for buckets in ((), (1, 2))]
    return [seal(one, SECRET)[SEAL_BYTES:] for one in held]


def tokens() -> list[bytes]:
    """A header in force."""
    return [b"Bearer " + TOKENS.token(SEAT).encode()]


def conditions() -> list[bytes]:
    """Each kind of node, each kind of value."""
    return [json.dumps(one).encode() for one in CONDITIONS]


def json_texts() -> list[bytes]:
    """In canonical form."""
    texts = ("null", "[]", '{"a":{"b":[1,-2.5,1e+16]},"ä":"\\n"}', '[true,"\\u001f"]', "1e-07")
    return [text.encode() for text in texts]


def fields() -> list[bytes]:
    """Files of custom fields."""
    return [b"", FIELDS, FIELDS.replace(b"number = 151", b"number = 151\nremoved = true")]


def values() -> list[bytes]:
    """One of each type, the type's number in front."""
    assert len(VALUES) == len(TYPES)
    return [bytes([n]) + pack(one) for n, one in enumerate(VALUES)]
