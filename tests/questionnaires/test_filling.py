"""How far a form is filled: the engine's judge and a naive one agree, on every question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncengine.model.filling import Answer, Lack, judge
from syncengine.model.ids import to_text, uuid7
from syncengine.model.questionnaire_data import read_form
from tests.questionnaires.forms import ARTICLES, Data, answers, forms
from tests.questionnaires.naive import Naive

filled = forms().flatmap(lambda form: st.tuples(st.just(form), answers(form)))


def form(*questions: Data, **section: object) -> Data:
    named = [{"text": {"de": one["key"]}, **one} for one in questions]
    return {"sections": [{"key": "all", "title": {"de": "Alles"}, "questions": named, **section}]}


def lacks(data: Data, *given: Answer) -> list[tuple[str, Lack | None]]:
    return [(i.question.key, i.lack) for i in judge(read_form(data), given).lacking]


def answer(question: str, at: int = 0, **values: object) -> Answer:
    return Answer(uuid7(at, bytes(10)), question, **values)  # type: ignore[arg-type]


@given(filled)
def test_a_naive_judge_agrees_on_every_question(example: tuple[Data, list[Answer]]) -> None:
    data, given = example
    naive, standing = Naive(data, given), judge(read_form(data), given)
    assert [(i.question.key, i.article) for i in standing.items] == naive.places
    for place, item in standing.by_place.items():
        assert item.asked is not naive.skipped(place)
        assert item.mandatory is naive.mandatory(place)
        assert (item.lack is None) is naive.fine(place)
        assert item.answered is (item.asked and not naive.empty(place))
    assert standing.complete is all(naive.fine(place) for place in naive.places)


@given(filled, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(
    example: tuple[Data, list[Answer]], random: object
) -> None:
    data, given = example
    shuffled = list(given)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert judge(read_form(data), given) == judge(read_form(data), shuffled)


def test_what_was_made_last_counts_also_when_it_is_empty() -> None:
    data = form({"key": "seen", "kind": "yes_no", "mandatory": True})
    yes, taken_back = answer("seen", 1, yes=True), answer("seen", 2)
    assert lacks(data) == [("seen", Lack.MISSING)]
    assert lacks(data, yes) == []
    assert lacks(data, taken_back, yes) == [("seen", Lack.MISSING)]


def test_the_answer_of_a_skipped_question_counts_as_empty() -> None:
    def shown(name: str) -> Data:
        return {"field": name, "op": "equal", "value": True}

    data = form(
        {"key": "promotion", "kind": "yes_no"},
        {"key": "display", "kind": "yes_no", "shown_when": shown("promotion")},
        {"key": "where", "kind": "text", "mandatory": True, "shown_when": shown("display")},
    )
    display = answer("display", yes=True)
    assert lacks(data, answer("promotion", yes=True), display) == [("where", Lack.MISSING)]
    assert lacks(data, answer("promotion", yes=False), display) == []


def test_in_a_matrix_each_article_has_its_own_row() -> None:
    listed = {"field": "listed", "op": "equal", "value": True}
    data = form(
        {"key": "listed", "kind": "yes_no", "mandatory": True},
        {"key": "price", "kind": "number", "mandatory": listed, "minimum": "0.01"},
        articles=[to_text(one) for one in ARTICLES[:2]],
    )
    first, second = ARTICLES[:2]
    given = [
        answer("listed", article=first, yes=True),
        answer("listed", article=second, yes=False),
        answer("price", article=second, amount=0),
    ]
    lacking = judge(read_form(data), given).lacking
    assert [(i.question.key, i.article, i.lack) for i in lacking] == [
        ("price", first, Lack.MISSING),
        ("price", second, Lack.TOO_SMALL),
    ]


def test_an_answer_may_have_a_condition_of_its_own() -> None:
    data = form(
        {
            "key": "stock",
            "kind": "number",
            "valid_when": {"field": "stock", "op": "one_of", "value": ["6", "12"]},
            "invalid": {"de": "Nur in Kisten"},
        }
    )
    assert lacks(data) == []
    assert lacks(data, answer("stock", amount=60_000)) == []
    assert lacks(data, answer("stock", amount=70_000)) == [("stock", Lack.NOT_VALID)]


CHOICES = [{"key": key, "text": {"de": key}} for key in "abc"]


@pytest.mark.parametrize(
    ("question", "given", "lack"),
    [
        ({"kind": "number", "maximum": "2"}, {"amount": 20_000}, None),
        ({"kind": "number", "maximum": "2"}, {"amount": 20_001}, Lack.TOO_LARGE),
        ({"kind": "number", "minimum": "2"}, {"amount": 20_000}, None),
        ({"kind": "number", "minimum": "2"}, {"amount": 19_999}, Lack.TOO_SMALL),
        ({"kind": "date", "maximum": "2026-02-28"}, {"day": "2026-02-28"}, None),
        ({"kind": "date", "maximum": "2026-02-28"}, {"day": "2026-03-01"}, Lack.TOO_LARGE),
        ({"kind": "rating"}, {"amount": 50_000}, None),
        ({"kind": "rating"}, {"amount": 60_000}, Lack.TOO_LARGE),
        ({"kind": "rating"}, {"amount": 0}, Lack.TOO_SMALL),
        ({"kind": "rating"}, {"amount": 15_000}, Lack.NOT_WHOLE),
        ({"kind": "text", "maximum": 2}, {"text": "ab"}, None),
        ({"kind": "text", "maximum": 2}, {"text": "abc"}, Lack.TOO_LONG),
        ({"kind": "text"}, {"text": " \n"}, Lack.MISSING),
        ({"kind": "bar_code"}, {"text": ""}, Lack.MISSING),
        ({"kind": "one", "choices": CHOICES}, {"text": "a"}, None),
        ({"kind": "one", "choices": CHOICES}, {"text": "z"}, Lack.NO_CHOICE),
        ({"kind": "many", "choices": CHOICES, "minimum": 2}, {"choices": '["a"]'}, Lack.TOO_FEW),
        ({"kind": "many", "choices": CHOICES, "maximum": 2}, {"choices": '["a","b"]'}, None),
        ({"kind": "many", "choices": CHOICES}, {"choices": '["a","a"]'}, Lack.NO_CHOICE),
        ({"kind": "many", "choices": CHOICES}, {"choices": '{"a":true}'}, Lack.NO_CHOICE),
        ({"kind": "many", "choices": CHOICES}, {"choices": "[]"}, Lack.MISSING),
        ({"kind": "yes_no"}, {"yes": False}, None),
        ({"kind": "yes_no"}, {"text": "no"}, Lack.MISSING),
        ({"kind": "signature"}, {"file": bytes(32), "position": 1}, Lack.MISSING),
        ({"kind": "photo", "minimum": 2}, {"file": bytes(32), "position": 1}, Lack.TOO_FEW),
    ],
)
def test_what_is_wrong_with_an_answer(question: Data, given: Data, lack: Lack | None) -> None:
    data = form({"key": "q", "mandatory": True, **question})
    assert lacks(data, answer("q", **given)) == ([("q", lack)] if lack else [])
