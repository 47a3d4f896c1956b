"""Random forms, as JSON data, and random answers to them.

Values come from small pools, so that answers meet bounds and conditions, and miss them.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from syncengine.model.filling import Answer
from syncengine.model.ids import to_text, uuid7

Data = dict[str, Any]
Asked = tuple[str, str, tuple[str, ...]]  # a field that conditions may name, its kind, its words

ARTICLES = [uuid7(n, bytes(10)) for n in range(3)]
KINDS = ("one", "many", "yes_no", "text", "number", "date", "rating", "photo", "signature",
         "bar_code")  # fmt: skip
WORDS = ("a", "b", "c")
NUMBERS = ("-1.5", "0", "2", "2.0001")
DAYS = ("2026-01-01", "2026-02-28", "2027-01-01")
FILES = (bytes(32), b"\1" * 32)
SHORT = ("", "  ", "a", "bb", "ccc", "Ä")
POOLS: dict[str, tuple[object, ...]] = {
    "text": ("a", "bb"),
    "bar_code": ("a", "bb"),
    "number": NUMBERS,
    "date": DAYS,
    "rating": (1, 2, 3),
    "yes_no": (True, False),
    "chosen": (True, False),
}
ORDERED = ("equal", "less", "less_or_equal", "greater", "greater_or_equal")
OPS = {
    "text": (*ORDERED, "starts_with"),
    "bar_code": (*ORDERED, "starts_with"),
    "number": ORDERED,
    "date": ORDERED,
    "rating": ORDERED,
    "one": ("equal",),
    "yes_no": ("equal",),
    "chosen": ("equal",),
}


def texts() -> st.SearchStrategy[Data]:
    """A text in one language or both."""
    return st.sampled_from([{"de": "Preis?"}, {"en": "Why"}, {"de": "Regal ä", "en": "Shelf"}])


@st.composite
def conditions(draw: st.DrawFn, before: list[Asked], depth: int = 0) -> Data:
    """On some of what comes before; there is something."""
    branch = draw(st.integers(0, 5 if depth < 2 else 2))
    if branch == 5:
        return {"not": draw(conditions(before, depth + 1))}
    if branch >= 3:
        parts = draw(st.lists(conditions(before, depth + 1), max_size=3))
        return {"all" if branch == 3 else "any": parts}
    name, kind, words = draw(st.sampled_from(before))
    values = words or POOLS.get(kind)
    if kind not in OPS or values is None or branch == 0:
        return {"field": name, "op": "is_empty"}
    if branch == 1:
        some = draw(st.lists(st.sampled_from(values), max_size=3, unique=True))
        return {"field": name, "op": "one_of", "value": some}
    return {
        "field": name,
        "op": draw(st.sampled_from(OPS[kind])),
        "value": draw(st.sampled_from(values)),
    }


def fields_of(question: Data) -> list[Asked]:
    """What conditions may ask about a question."""
    words = tuple(choice["key"] for choice in question.get("choices", ()))
    name, kind = question["key"], question["kind"]
    if kind != "many":
        return [(name, kind, words if kind == "one" else ())]
    return [(name, kind, ()), *((f"{name}.{word}", "chosen", ()) for word in words)]


@st.composite
def questions(draw: st.DrawFn, key: str, before: list[Asked]) -> Data:
    """One question that may ask about what comes before."""
    kind = draw(st.sampled_from(KINDS))
    question: Data = {"key": key, "kind": kind, "text": draw(texts())}
    if kind in ("one", "many"):
        words = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True))
        question["choices"] = [{"key": word, "text": draw(texts())} for word in words]
    question |= draw(_bounds(kind))
    if draw(st.booleans()):
        question["help"] = draw(texts())
    mandatory = draw(st.sampled_from([None, True, True, False, "when"]))
    if mandatory == "when" and before:
        question["mandatory"] = draw(conditions(before))
    elif isinstance(mandatory, bool):
        question["mandatory"] = mandatory
    if draw(st.booleans()) and before:
        question["shown_when"] = draw(conditions(before))
    if draw(st.integers(0, 2)) == 0:
        question["valid_when"] = draw(conditions([*before, *fields_of(question)]))
        question["invalid"] = draw(texts())
    return question


@st.composite
def _bounds(draw: st.DrawFn, kind: str) -> Data:
    pools: dict[str, tuple[Any, ...]] = {
        "number": NUMBERS,
        "date": DAYS,
        "rating": (1, 2, 4),
        "photo": (1, 2),
        "many": (1, 2),
        "text": (1, 2),
    }
    if kind not in pools or draw(st.booleans()):
        return {}
    low, high = sorted(draw(st.tuples(*[st.sampled_from(range(len(pools[kind])))] * 2)))
    found: Data = {"maximum": pools[kind][high]}
    if kind != "text" and draw(st.booleans()):
        found["minimum"] = pools[kind][low]
    if kind == "number" and draw(st.booleans()):
        found["unit"] = "kg"
    return found


@st.composite
def forms(draw: st.DrawFn) -> Data:
    """A form of up to three sections with up to four questions each."""
    before: list[Asked] = []
    sections = []
    for number in range(draw(st.sampled_from([0, 1, 2, 2, 3]))):
        section: Data = {"key": f"s{number}", "title": draw(texts())}
        if draw(st.booleans()) and before:
            section["shown_when"] = draw(conditions(before))
        matrix = draw(st.integers(0, 2)) == 0
        if matrix:
            chosen = draw(st.lists(st.sampled_from(ARTICLES), max_size=3, unique=True))
            section["articles"] = [to_text(article) for article in chosen]
        asked: list[Data] = []
        known = list(before)
        for place in range(draw(st.integers(0, 4))):
            question = draw(questions(f"q{number}_{place}", known))
            asked.append(question)
            known += fields_of(question)
        section["questions"] = asked
        sections.append(section)
        before = before if matrix else known
    return {"sections": sections}


@st.composite
def answers(draw: st.DrawFn, form: Data, least: int = 0) -> list[Answer]:
    """Some rows that answer questions of a form, and some that answer none of it."""
    places = [
        (question["key"], article)
        for section in form["sections"]
        for question in section["questions"]
        for article in (ARTICLES if "articles" in section else [None])
    ] + [("elsewhere", None), ("q0_0", ARTICLES[0])]
    row: st.SearchStrategy[Data] = st.builds(
        dict,
        place=st.sampled_from(places),
        position=st.sampled_from([0, 0, 0, 1, 2]),
        yes=st.sampled_from([None, True, False]),
        text=st.sampled_from([None, *SHORT, *WORDS]),
        choices=st.sampled_from([None, "[]", '["a"]', '["a","b"]', '["b","b"]', '["z"]', "7",
                                 "[1]"]),
        amount=st.sampled_from([None, -15_000, 0, 10_000, 20_000, 20_001, 60_000]),
        day=st.sampled_from([None, *DAYS]),
        file=st.sampled_from([None, *FILES]),
    )  # fmt: skip
    most = 2 * len(places)
    found = draw(st.lists(row, min_size=min(least, most), max_size=most))
    ids = draw(st.permutations(range(len(found))))
    return [
        Answer(uuid7(number, bytes(10)), *one.pop("place"), **one)
        for number, one in zip(ids, found, strict=True)
    ]


def stored(form: Data) -> str:
    """As a field of type Questionnaire stores it."""
    return json.dumps(form, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
