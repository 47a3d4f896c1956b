"""Stored values of each field type, as MessagePack. `shows`: the value as text for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.protocol.vectors.sample import Case, an_id, bad, good, pack

LARGEST = 2**63 - 1
ID = an_id(30)
GOOD: list[tuple[str, list[Any], list[tuple[Any, str]]]] = [
    ("text", [5], [("", ""), ("Zürch", "Zürch"), ("\U0001f6b2" * 5, "\U0001f6b2" * 5)]),
    ("integer", [0, 500], [(0, "0"), (500, "500")]),
    ("integer", [-LARGEST, LARGEST], [(-LARGEST, str(-LARGEST)), (LARGEST, str(LARGEST))]),
    ("decimal", [2], [(1234, "12.34"), (-5, "-0.05"), (0, "0.00")]),
    ("decimal", [2], [(LARGEST, "92233720368547758.07"), (-LARGEST, "-92233720368547758.07")]),
    ("decimal", [0], [(7, "7")]),
    ("bool", [], [(True, "true"), (False, "false")]),
    ("date", [], [(d, d) for d in ("1900-01-01", "2024-02-29", "2199-12-31")]),
    ("timestamp", [], [
        (0, "1970-01-01T00:00:00+00:00"),
        (1_767_225_600_123_456, "2026-01-01T00:00:00.123456+00:00"),
        (-2_208_988_800_000_000, "1900-01-01T00:00:00+00:00"),
        (7_258_118_399_999_999, "2199-12-31T23:59:59.999999+00:00"),
    ]),
    ("enum", [["call", "shop"]], [("call", "call")]),
    ("json", [60], [(t, t) for t in (
        "null", "true", '""', "0", "-7", "1.5", "-0.0", "1e+16", "1e-05", "0.0001", "[]", "{}",
        '{"a":[1,{"b":null}],"ä":"\\"\\\\\\n\\u0001\x7f"}', "[" * 17 + "]" * 17,
        "[" * 16 + "1" + "]" * 16, '{"Z":1,"a":2,"é":3}',
        '{"\uff5e":1,"\U0001f6b2":2}',
    )]),
    ("questionnaire", [90], [(t, t) for t in (
        '{"sections":[]}', '{"sections":[{"key":"s","questions":[],"title":{"de":"Regal"}}]}',
    )]),
    ("reference", ["person", False], [(ID, "019b76da-a899-774b-9e1e-1e1e1e1e1e1e")]),
    ("blobreference", [], [(bytes(range(32)), bytes(range(32)).hex())]),
]  # fmt: skip
BAD: list[tuple[str, list[Any], list[Any]]] = [
    ("text", [5], ["sechsx", "a\0b", 5, True, b"bytes", 1.5, ["a"]]),
    ("integer", [0, 500], [-1, 501, "1", True, 1.0, b"1"]),
    ("integer", [-LARGEST, LARGEST], [-LARGEST - 1, 2**64 - 1]),
    ("decimal", [2], [-LARGEST - 1, "12.34", 12.34, True]),
    ("bool", [], [0, 1, "true", b""]),
    ("date", [], [
        "2023-02-29", "1899-12-31", "2200-01-01", "2024-1-1", "20240101", "2024-W01-1",
        "2024-01- 1", "2024-01-01T00:00:00", "", 20240101,
    ]),
    ("timestamp", [], [-2_208_988_800_000_001, 7_258_118_400_000_000, "2026-01-01", 0.0, True]),
    ("enum", [["call", "shop"]], ["Call", "", 0]),
    ("json", [60], [
        "", "nul", "NaN", "Infinity", "1e400", "01", "+1", "1.50", "1E5", "1e5", "-0", ".5", " 1",
        "1 ", "1\n", "[1, 2]", '{"b":1,"a":2}', '{"a":1,"a":1}',
        '{"\U0001f6b2":2,"\uff5e":1}', '"\\u00e4"', '"\\/"', "'a'",
        "[" * 18 + "]" * 18, "[" * 17 + "1" + "]" * 17, '"\\ud800"', '"' + "a" * 59 + '"', 1, b"{}",
    ]),
    ("questionnaire", [90], ['{"sections": []}', "nul", "[" * 23 + "]" * 23, 1,
                             '{"sections":[{"key":"s","questions":[],"title":{"de":"'
                             + "x" * 90 + '"}}]}']),
    ("reference", ["person", False], [bytes(16), ID[:15], ID + b"\0", ID.hex(), 5]),
    ("blobreference", [], [bytes(31), bytes(33), "a" * 32]),
]  # fmt: skip


def make() -> Iterator[Case]:
    """The cases."""
    for kind, arguments, found in GOOD:
        for value, shows in found:
            more = {"type": kind, "arguments": arguments, "shows": shows}
            yield good(f"{kind} {shows}"[:40], pack(value), **more)
    for kind, arguments, wrong in BAD:
        for value in wrong:
            more = {"type": kind, "arguments": arguments}
            yield bad(f"{kind} {value!r}"[:40], pack(value), "value.invalid", **more)
