"""Forms as data: what is written is read again; each fault has its code and place."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncengine.model import condition_data
from syncengine.model.custom import CustomField, InvalidField, extended, widens
from syncengine.model.entity import ConflictRule, Entity, Field
from syncengine.model.errors import InvalidSchema, InvalidValue
from syncengine.model.fields import Json
from syncengine.model.ids import to_text, uuid7
from syncengine.model.manifest import Schema
from syncengine.model.module import Module
from syncengine.model.questionnaire_data import (
    MAX_ARTICLES,
    MAX_CHOICES,
    MAX_QUESTIONS,
    MAX_SAID,
    MAX_SECTIONS,
    MAX_WORK,
    Fault,
    read_form,
)
from syncengine.model.questionnaire_field import LIMIT, Questionnaire, form_of
from syncengine.model.questionnaire_writing import write_form
from syncengine.model.schema_data import type_data, type_from_data
from syncengine.protocol.limits import MAX_CHANGESET_BYTES
from tests.questionnaires.forms import ARTICLES, Data, forms, stored

FAULTS = {*map(str, Fault), *map(str, condition_data.Fault)}
JUNK: list[object] = [
    None,
    True,
    7,
    1.5,
    "",
    "a",
    "ä",
    "\x00",
    "\ud800",
    [],
    {},
    [[]],
    {"a": 1},
    "x" * 2_000,
]
TEXT = {"de": "Frage"}
YES = {"field": "a", "op": "equal", "value": True}


def form(*questions: Data, **more: object) -> Data:
    """A form of one section; questions get what they need."""
    whole = [{"key": "q", "kind": "yes_no", "text": TEXT, **one} for one in questions]
    return {"sections": [{"key": "s", "title": TEXT, "questions": whole, **more}]}


def nested(levels: int) -> Data:
    """A condition with its innermost part so many levels down."""
    return YES if levels == 1 else {"all": [nested(levels - 1)]}


def places(data: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something is in JSON data."""
    found = [place] if place else []
    if isinstance(data, dict | list):
        children = data.items() if isinstance(data, dict) else enumerate(data)
        for key, child in children:
            found += places(child, (*place, key))
    return found


def refused(data: Data) -> tuple[object, str]:
    """The fault and the place of data, None and the whole where they are a form all the same."""
    try:
        read_form(data)
    except InvalidValue as error:
        return error.data["fault"], str(error.data["at"])
    return None, "form"


@st.composite
def damaged(draw: st.DrawFn) -> Data:
    """A form in which something was replaced, taken out, put in, or stands twice."""
    data = copy.deepcopy(draw(forms().filter(lambda one: bool(one["sections"]))))
    *way, last = draw(st.sampled_from(places(data)))
    parent: Any = data
    for key in way:
        parent = parent[key]
    match draw(st.integers(0, 3)):
        case 0:
            parent[last] = draw(st.sampled_from(JUNK))
        case 1:
            del parent[last]
        case 2 if isinstance(parent, list):
            parent.append(copy.deepcopy(parent[last]))
        case 3 if isinstance(parent, list):
            parent.insert(0, parent.pop())
        case _ if isinstance(parent, dict):
            parent[draw(st.sampled_from(["", "maximum", "choices", "unknown"]))] = parent[last]
    return data


@given(forms())
def test_what_is_written_is_read_again(data: Data) -> None:
    read = read_form(data)
    written = write_form(read)
    assert read_form(written) == read
    assert write_form(read_form(written)) == written
    kind = Questionnaire()
    kind.check(kind.store(written))
    assert form_of(kind.store(written)) == read


@given(damaged())
def test_damage_has_a_code_and_a_place(data: Data) -> None:
    fault, at = refused(data)
    assert fault in {None, *FAULTS}
    assert at.split(".")[0] in ("form", "sections")


QUESTION = "sections.0.questions.0"


@pytest.mark.parametrize(
    ("data", "fault", "at"),
    [
        ([], Fault.MALFORMED, "form"),
        ({}, Fault.MALFORMED, "form"),
        ({"sections": {}}, Fault.MALFORMED, "sections"),
        ({"sections": [7]}, Fault.MALFORMED, "sections.0"),
        ({"sections": [], "pages": []}, Fault.KEY_UNKNOWN, "form"),
        (form({"kind": "slider"}), Fault.KIND_UNKNOWN, f"{QUESTION}.kind"),
        (form({"key": "Q"}), Fault.NAME_WRONG, f"{QUESTION}.key"),
        (form({"key": "q" * 41}), Fault.NAME_WRONG, f"{QUESTION}.key"),
        (form({"key": "version"}), Fault.NAME_WRONG, f"{QUESTION}.key"),
        (form({"key": "s"}), Fault.NAME_TWICE, f"{QUESTION}.key"),
        (form({"text": {}}), Fault.TEXT_WRONG, f"{QUESTION}.text"),
        (form({"text": {"de": " "}}), Fault.TEXT_WRONG, f"{QUESTION}.text.de"),
        (form({"text": {"fr": "Oui"}}), Fault.KEY_UNKNOWN, f"{QUESTION}.text"),
        (form({"text": {"de": "x" * (MAX_SAID + 1)}}), Fault.TEXT_WRONG, f"{QUESTION}.text.de"),
        (form({"unit": "kg"}), Fault.KEY_UNKNOWN, QUESTION),
        (form({"kind": "one"}), Fault.MALFORMED, QUESTION),
        (form({"kind": "one", "choices": []}), Fault.MALFORMED, f"{QUESTION}.choices"),
        (form({"kind": "text", "minimum": 1}), Fault.KEY_UNKNOWN, QUESTION),
        (form({"kind": "number", "maximum": 7}), Fault.BOUND_WRONG, f"{QUESTION}.maximum"),
        (form({"kind": "rating", "minimum": 6}), Fault.BOUND_WRONG, QUESTION),
        (form({"kind": "date", "maximum": "2026-2-1"}), Fault.BOUND_WRONG, f"{QUESTION}.maximum"),
        (form({}, articles=["1"]), Fault.ARTICLE_WRONG, "sections.0.articles.0"),
        (form({}, articles=[to_text(ARTICLES[0])] * 2), Fault.ARTICLE_WRONG, "sections.0.articles"),
        (form({"mandatory": "yes"}), condition_data.Fault.MALFORMED, f"{QUESTION}.mandatory"),
        (
            form({"key": "a", "shown_when": YES}),  # of itself
            condition_data.Fault.FIELD_UNKNOWN,
            f"{QUESTION}.shown_when",
        ),
        (
            form({"key": "a"}, {"key": "b", "shown_when": {"all": [YES, {**YES, "value": 1}]}}),
            condition_data.Fault.VALUE_WRONG,
            "sections.0.questions.1.shown_when.all.1",
        ),
        (
            form({"key": "a", "kind": "photo"}, {"key": "b", "shown_when": YES}),
            condition_data.Fault.OP_UNSUITABLE,
            "sections.0.questions.1.shown_when",
        ),
        (
            form({"key": "a"}, {"key": "b", "shown_when": nested(9)}),
            condition_data.Fault.TOO_DEEP,
            "sections.0.questions.1.shown_when" + ".all.0" * 8,
        ),
    ],
)
def test_each_fault_has_its_code_and_place(data: object, fault: str, at: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        read_form(data)
    assert caught.value.data == {"fault": fault, "at": at}


def test_a_matrix_is_asked_about_by_its_own_questions_alone() -> None:
    matrix = form({"key": "a"}, {"key": "b", "shown_when": YES}, articles=[])["sections"]
    behind = {"key": "t", "title": TEXT, "shown_when": YES, "questions": []}
    read_form({"sections": matrix})
    with pytest.raises(InvalidValue, match="what is asked before has no field 'a'"):
        read_form({"sections": [*matrix, behind]})


def many(count: int, **more: object) -> list[Data]:
    return [{"key": f"q{n}", "kind": "yes_no", "text": TEXT, **more} for n in range(count)]


def choices(count: int) -> Data:
    return {"kind": "one", "choices": [{"key": f"c{n}", "text": TEXT} for n in range(count)]}


def sections(count: int) -> Data:
    return {"sections": [{"key": f"s{n}", "title": TEXT, "questions": []} for n in range(count)]}


def articles(count: int) -> list[str]:
    return [to_text(uuid7(n, bytes(10))) for n in range(count)]


@pytest.mark.parametrize(
    ("made", "most", "fault"),
    [
        (sections, MAX_SECTIONS, Fault.TOO_MANY),
        (lambda count: form(*many(count)), MAX_QUESTIONS, Fault.TOO_MANY),
        (lambda count: form(choices(count)), MAX_CHOICES, Fault.TOO_MANY),
        (lambda count: form({}, articles=articles(count)), MAX_ARTICLES, Fault.TOO_MANY),
        (
            lambda count: form(*many(count), articles=articles(MAX_ARTICLES)),
            MAX_WORK // MAX_ARTICLES,
            Fault.TOO_LARGE,
        ),
    ],
)
def test_bounds(made: Any, most: int, fault: Fault) -> None:
    read_form(made(most))
    with pytest.raises(InvalidValue) as caught:
        read_form(made(most + 1))
    assert caught.value.data["fault"] == fault


def test_conditions_are_as_deep_as_those_of_rules() -> None:
    """A list of values eight levels down; the type's bound on JSON lets it pass."""
    words = {"field": "t", "op": "one_of", "value": ["x"]}
    deep: Data = words
    for _ in range(7):
        deep = {"all": [deep]}
    data = form({"key": "t", "kind": "text"}, {"key": "b", "shown_when": deep})
    Questionnaire().check(Questionnaire().store(data))


def test_the_type_refuses_what_is_no_form() -> None:
    kind = Questionnaire(300)
    with pytest.raises(InvalidValue) as caught:
        kind.store({"sections": [7]})
    assert caught.value.data == {"fault": Fault.MALFORMED, "at": "sections.0"}
    with pytest.raises(InvalidValue, match="canonical"):
        kind.check('{"sections": []}')
    with pytest.raises(InvalidValue, match="at most 300 characters"):
        kind.store(form({"help": {"de": "x" * 300}}))
    with pytest.raises(InvalidValue):
        kind.check("[" * 100_000)
    assert kind.load(stored(form({}))) == form({})


def test_a_form_fits_a_changeset_whatever_its_letters() -> None:
    assert 4 * LIMIT < MAX_CHANGESET_BYTES // 2


def test_the_type_travels_with_the_schema_and_belongs_to_modules() -> None:
    assert type_from_data(type_data(Questionnaire(5_000))) == Questionnaire(5_000)
    assert widens(Questionnaire(10), Questionnaire(11))
    assert not widens(Json(10), Questionnaire(11))
    thing = Entity(1, "thing", (Field(1, "form", Questionnaire()),))
    module = Module(200, "test", 1, (thing,), people="thing")
    assert Schema((module,)).entities["thing"] == thing
    own = CustomField("thing", Field(151, "own", Questionnaire()))
    with pytest.raises(InvalidField, match="a module that asks it"):
        extended((module,), (own,))
    with pytest.raises(InvalidSchema, match="add_wins_set"):
        Entity(1, "thing", (Field(1, "f", Questionnaire(), conflict=ConflictRule.ADD_WINS_SET),))
