"""Every message. `of`: "request" and "answer" for what comes in frames there, else the message's
name. `shortest` false: correct, but not in the shortest encoding, so writing it gives other bytes.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from syncengine.protocol.enrolment import (
    Challenge,
    Challenged,
    Enrol,
    Enrolled,
    Token,
    TokenRequest,
)
from syncengine.protocol.hand_in import HandIn
from syncengine.protocol.messages import (
    BucketSum,
    Checkpoint,
    Chunk,
    Cursor,
    EarlyCheckpoint,
    Failure,
    Granted,
    Grants,
    Hello,
    Push,
    Range,
    Ranges,
    Repair,
    Section,
    Signed,
    Struct,
    Unchanged,
    Verdicts,
    Welcome,
    WireLoss,
    WireObjection,
    WireVerdict,
)
from tests.protocol.vectors.sample import (
    EPOCH,
    INCARNATION,
    KEY,
    ME,
    NOW,
    OTHER,
    SCHEMA,
    SEAT,
    TAG,
    Case,
    an_id,
    bad,
    good,
    pack,
)

MALFORMED = "request.malformed"
ZERO = bytes(16)
CURSOR = Cursor(7, 40, 0xFFFF, ZERO)
GRANTED = [
    Granted(1, "everyone", ZERO, "everyone", ZERO, None, None, None),
    Granted(2, "business", OTHER, "substitution", OTHER, NOW + 3, NOW + 1, NOW + 2),
]
ROWS = [[41, an_id(50), "Shop", ME, 100, None, 7], [40, an_id(51), "Café"]]


def section(bucket: int = 2) -> Section:
    """Two rows, one that another bucket brought, one that left."""
    rows = msgspec.Raw(pack(ROWS))
    return Section(bucket, TAG["customer"], rows, [(an_id(52), 39)], [an_id(53)])


def unframed() -> list[Struct]:
    """Enrolment, signing in, and a file."""
    public = KEY.public_key().public_bytes_raw()
    return [
        Enrol(1, "ABCD-EFGH-JKLM-NPQR", public, INCARNATION, "Tablet Zürich"),
        Enrolled(SEAT, ME, EPOCH, SCHEMA.data),
        Challenge(SEAT),
        Challenged(b"sign me"),
        TokenRequest(SEAT, b"sign me", KEY.sign(b"syncengine token 1\0sign me")),
        Token("dG9rZW4=", 900),
        HandIn(SEAT, INCARNATION, SCHEMA.data, [Signed(b"body", bytes(64))]),
    ]


def requests() -> list[Struct]:
    """What a request is made of."""
    return [
        Hello(2, INCARNATION, SCHEMA.hash, None, ZERO, [], [], [], [], "a client 1.0"),
        Hello(
            2,
            INCARNATION,
            b"",
            b"token",
            EPOCH,
            [CURSOR],
            [Repair(2, 0, []), Repair(70_000, 1, [(2, 2**63 - 1), (0, 0)])],
            ["main"],
            [("shop", 4), ("visits", 1)],
            "",
            True,
            9_000,
        ),
        Push([Signed(b"body", bytes(64)), Signed(b"", b"")]),
        Push([]),
    ]


def answers() -> list[Struct]:
    """What an answer is made of."""
    objection = WireObjection(0, "field.denied", "number is kept by the office.", "number")
    refused = WireVerdict(3, an_id(60), "rejected", None, 40, [objection], [])
    merged = WireVerdict(4, an_id(61), "merged", 41, 41, [], [WireLoss(0, 5, "mine", None)])
    return [
        Welcome(EPOCH, 41, False, None, NOW, 1, 0),
        Welcome(EPOCH, 41, True, SCHEMA.data, NOW, 2**40, 40),
        Verdicts([refused, merged]),
        Grants(GRANTED, [2]),
        Grants([], []),
        Chunk([section()], [Cursor(2, 41, TAG["customer"], an_id(50))]),
        Checkpoint(b"token", EPOCH, 41, [BucketSum(2, 2, 2**63 - 1)], 3, 12345),
        Checkpoint(b"token", EPOCH, 0, [], 0, 0),
        EarlyCheckpoint(b"token", EPOCH, 41, 150, 40, [BucketSum(2, 2, 2**63 - 1)]),
        Unchanged(),
        Ranges([Range(2, 0, 0), Range(70_000, 12, 4095)]),
        Failure("push.sequence_gap", "A sentence.", [("expected", "2")]),
        Failure("internal", "", []),
    ]


def _long_ways() -> Iterator[Case]:
    """The same meaning in more bytes than needed."""
    longer = b"\xdd\0\0\0\x01\xd3" + (8).to_bytes(8, "big")
    yield good(
        "Unchanged in many bytes", longer, of="answer", message="Unchanged", means={},
        shortest=False,
    )  # fmt: skip
    raw = msgspec.Raw(b"\xdd\0\0\0\x02" + b"".join(pack(row) for row in ROWS))
    chunk = Chunk([Section(2, TAG["customer"], raw, [], [])], [])
    yield good(
        "rows with a long head", pack(chunk), of="answer", message="Chunk", means=chunk,
        shortest=False,
    )  # fmt: skip


def _shorter() -> Iterator[Case]:
    """What clients send from before work that waits was told, and from before early checkpoints:
    the last fields are not said.
    """
    said = Hello(2, INCARNATION, SCHEMA.hash, None, ZERO, [], [], [], [], "a client 1.0")
    for missing, name in ((1, "its last field"), (2, "its last two fields")):
        array = [1, *(getattr(said, field) for field in Hello.__struct_fields__[:-missing])]
        yield good(
            f"a Hello without {name}", pack(array), of="request", message="Hello", means=said,
            shortest=False,
        )  # fmt: skip


def _wrong() -> Iterator[Case]:
    hello = [1, 2, INCARNATION, SCHEMA.hash, None, ZERO, [], [], [], "x"]
    changes: list[tuple[str, int, object]] = [
        ("bool for int", 1, True), ("text for int", 1, "1"), ("float for int", 1, 1.0),
        ("text for bytes", 2, "x"), ("bytes for text", 9, b"x"), ("nil for bytes", 3, None),
        ("map for array", 6, {}), ("short cursor", 6, [[1, 2]]), ("unknown tag", 0, 7),
        ("nil for the tag", 0, None), ("text for the tag", 0, "1"), ("nil in an array", 7, [None]),
    ]  # fmt: skip
    for name, place, value in changes:
        yield bad(name, pack([*hello[:place], value, *hello[place + 1 :]]), MALFORMED, of="request")
    for name, waiting in (("less than none", -1), ("2^31", 2**31), ("a bool for int", True)):
        told = pack([*hello, True, waiting])
        yield bad(f"{name} waiting", told, MALFORMED, of="request")
    whole = pack(hello)
    yield bad("one element less", pack(hello[:-1]), MALFORMED, of="request")
    yield bad("one element more", pack([*hello, None]), MALFORMED, of="request")
    yield bad("one byte more", whole + b"\0", MALFORMED, of="request")
    yield bad("one byte less", whole[:-1], MALFORMED, of="request")
    yield bad("no UTF-8", whole[:-1] + b"\xff", MALFORMED, of="request")
    yield bad("an answer in a request", pack([8]), MALFORMED, of="request")
    yield bad("a request in an answer", whole, MALFORMED, of="answer")
    yield bad("nothing", b"", MALFORMED, of="request")
    yield bad("an empty array", b"\x90", MALFORMED, of="answer")
    yield bad("a map", b"\x81\x01\x02", MALFORMED, of="answer")
    yield bad("a map with an array as key", b"\x91\x81\x90\x01", MALFORMED, of="answer")
    yield bad("an extension", b"\x91\xc7\x01\x05\x00", MALFORMED, of="answer")
    yield bad("268 million elements", b"\xdd\x10\0\0\0", MALFORMED, of="answer")
    yield bad("nested 2,000 deep", b"\x91" * 2_000 + b"\0", MALFORMED, of="answer")
    yield bad("rows that are none", pack([6, [[2, 258, [7], [], []]], []]), MALFORMED, of="answer")
    yield bad("a token without a tag", pack(["token", "900"]), MALFORMED, of="Token")


def make() -> Iterator[Case]:
    """The cases."""
    for of, some in (("", unframed()), ("request", requests()), ("answer", answers())):
        for message in some:
            name = type(message).__name__
            yield good(name, pack(message), of=of or name, message=name, means=message)
    yield from _long_ways()
    yield from _shorter()
    yield from _wrong()
