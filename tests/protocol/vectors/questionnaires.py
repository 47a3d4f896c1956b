"""Forms, answers to them, and how each question stands: [question, article, asked, mandatory,
answered, what it lacks]. `answers` name the fields that are not empty. Forms that are none have a
`fault` and its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from syncengine.model.errors import InvalidValue
from syncengine.model.filling import Answer, judge
from syncengine.model.ids import to_text
from syncengine.model.questionnaire_data import read_form
from tests.protocol.vectors.sample import Case, an_id, plain

TEA, JAM = an_id(40), an_id(41)
WORDS = [{"key": key, "text": {"de": key}} for key in ("end", "shelf", "till")]


def question(key: str, kind: str, **more: Any) -> dict[str, Any]:
    """One that is asked in German."""
    return {"key": key, "kind": kind, "text": {"de": f"{key}?"}, **more}


def section(key: str, *questions: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Some questions."""
    return {"key": key, "title": {"de": key, "en": key}, "questions": list(questions), **more}


def equal(field: str, value: Any) -> dict[str, Any]:
    """A condition."""
    return {"field": field, "op": "equal", "value": value}


VISIT = {
    "sections": [
        section(
            "shop",
            question("open", "yes_no", mandatory=True),
            question("why", "text", mandatory=True, maximum=5, shown_when=equal("open", False)),
            question("places", "many", choices=WORDS, minimum=1, maximum=2),
            question("which", "one", choices=WORDS, mandatory=equal("places.till", True)),
            question("tidy", "rating", valid_when={"not": equal("tidy", 3)}, invalid={"de": "3?"}),
            question("again", "date", minimum="2026-01-01"),
            question("scene", "photo", minimum=2),
            question("signed", "signature"),
            question("code", "bar_code", mandatory={"not": {"field": "scene", "op": "is_empty"}}),
        ),
        section(
            "range",
            question("listed", "yes_no", mandatory=True),
            question("price", "number", minimum="0.5", unit="€", shown_when=equal("listed", True)),
            articles=[to_text(TEA), to_text(JAM)],
            shown_when=equal("open", True),
        ),
    ]
}
ANSWERED: list[tuple[str, list[dict[str, Any]]]] = [
    ("nothing", []),
    ("closed", [{"question": "open", "yes": False}, {"question": "why", "text": "ill"}]),
    ("skipped", [{"question": "open", "yes": True}, {"question": "why", "text": "too long"},
                 {"question": "listed", "yes": False, "article": TEA},
                 {"question": "listed", "yes": True, "article": JAM},
                 {"question": "price", "amount": 1, "article": TEA},
                 {"question": "price", "amount": 4_999, "article": JAM}]),
    ("the last one counts", [{"question": "open", "yes": True}, {"question": "open"}]),
    ("blanks", [{"question": "open", "yes": False}, {"question": "why", "text": " \n"},
                {"question": "places", "choices": "[]"}]),
    ("too long", [{"question": "open", "yes": False}, {"question": "why", "text": "storm!"}]),
    ("chosen", [{"question": "places", "choices": '["till","end"]'}]),
    ("no choices", [{"question": "places", "choices": '["end","end"]'},
                    {"question": "which", "text": "roof"}]),
    ("too many", [{"question": "places", "choices": '["end","shelf","till"]'}]),
    ("rated", [{"question": "tidy", "amount": 15_000}]),
    ("rated beyond", [{"question": "tidy", "amount": 60_000}]),
    ("not valid", [{"question": "tidy", "amount": 30_000}]),
    ("too early", [{"question": "again", "day": "2025-12-31"}]),
    ("one photo", [{"question": "scene", "file": bytes(32), "position": 3}]),
    ("two photos", [{"question": "scene", "file": bytes(32), "position": n} for n in (0, 1)]),
    ("elsewhere", [{"question": "signed", "file": bytes(32), "position": 1},
                   {"question": "open", "yes": True, "article": TEA}]),
]  # fmt: skip
NO_FORMS: list[tuple[str, Any]] = [
    ("no object", []),
    ("no sections", {}),
    ("more than sections", {"sections": [], "title": "x"}),
    ("an unknown kind", {"sections": [section("s", question("q", "slider"))]}),
    ("a key twice", {"sections": [section("s", question("s", "text"))]}),
    ("a key that is reserved", {"sections": [section("s", question("id", "text"))]}),
    ("no text", {"sections": [section("s", question("q", "text", help={}))]}),
    ("blanks", {"sections": [section("s", question("q", "text", help={"en": " "}))]}),
    ("a bound of another kind", {"sections": [section("s", question("q", "text", minimum=1))]}),
    ("bounds crossed", {"sections": [section("s", question("q", "rating", minimum=6))]}),
    ("no choices", {"sections": [section("s", question("q", "one", choices=[]))]}),
    ("a later question", {"sections": [
        section("s", question("q", "text", shown_when=equal("r", "x")), question("r", "text"))]}),
    ("of a matrix", {"sections": [
        section("s", question("q", "text"), articles=[to_text(TEA)]),
        section("t", shown_when=equal("q", "x"))]}),
]  # fmt: skip


def make() -> Iterator[Case]:
    """The cases."""
    form = read_form(VISIT)
    for name, given in ANSWERED:
        rows = [{"id": an_id(50 + n), **one} for n, one in enumerate(given)]
        items = [
            [i.question.key, i.article, i.asked, i.mandatory, i.answered, i.lack and str(i.lack)]
            for i in judge(form, (Answer(**row) for row in rows)).items
        ]
        yield {"name": name, "form": VISIT, "answers": plain(rows), "items": plain(items)}
    for name, data in NO_FORMS:
        try:
            read_form(data)
        except InvalidValue as error:
            yield {"name": name, "form": data, "error": error.code, **error.data}
        else:
            raise AssertionError(name)
