"""Whatever is done to a form in the designer, no question is lost, doubled or changed by it."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from modules.visit_reports.portal.drafts import Gone
from modules.visit_reports.portal.editing import (
    keys,
    moved,
    named,
    put_question,
    put_section,
    removed,
    section_of,
    shifted,
)
from syncengine.model.entity import RESERVED_NAMES
from syncengine.model.questionnaire import Form, Kind, Question, Section, Texts
from syncengine.model.questionnaire_data import KEY, read_form
from syncengine.model.questionnaire_writing import write_form
from tests.questionnaires.forms import forms

FORMS = forms().map(read_form)


def order(form: Form) -> list[str]:
    """The keys of all questions."""
    return [question.key for section in form.sections for question in section.questions]


@st.composite
def parts(draw: st.DrawFn) -> tuple[Form, str]:
    """A form, and the key of a section or question of it; at times of none."""
    form = draw(FORMS)
    return form, draw(st.sampled_from([*sorted(keys(form)), "nothing"]))


@given(parts(), st.sampled_from((-1, 1)))
def test_shifting_keeps_all_and_shifting_back_undoes_it(part: tuple[Form, str], by: int) -> None:
    form, key = part
    with suppress(Gone):
        there = shifted(form, key, by)
        assert sorted(order(there)) == sorted(order(form))
        assert there.questions == form.questions
        if there != form:
            assert shifted(there, key, -by) == form
        return
    assert key == "nothing"


@given(parts(), st.data())
def test_moving_puts_one_question_there_and_leaves_the_others(
    part: tuple[Form, str], data: st.DataObject
) -> None:
    form, key = part
    section = data.draw(st.sampled_from([s.key for s in form.sections] or ["nothing"]))
    others = [q.key for s in form.sections if s.key == section for q in s.questions]
    before = data.draw(st.sampled_from(["", *others]))
    if key not in form.questions or key == before:
        return
    there = moved(form, key, section, before)
    assert there.questions == form.questions
    rest = [other for other in order(there) if other != key]
    assert rest == [other for other in order(form) if other != key]
    found = [q.key for q in section_of(there, section).questions]
    after = found[found.index(key) + 1 :]
    assert after[0] == before if before else not after


@given(parts())
def test_removing_takes_that_part_alone_and_putting_it_back_gives_it_again(
    part: tuple[Form, str],
) -> None:
    form, key = part
    if key not in keys(form):
        return
    question, within = form.questions.get(key), section_of(form, key)
    left = removed(form, key)
    if question is None:
        assert order(left) == [k for k in order(form) if section_of(form, k) != within]
        assert put_section(left, within).sections[-1] == within
    else:
        assert order(left) == [other for other in order(form) if other != key]
        again = put_question(left, question, within.key)
        assert again.questions == form.questions
        assert section_of(again, key).questions[-1] == question


@given(FORMS, st.text(max_size=60), st.text(max_size=60))
def test_a_key_that_is_made_from_a_text_can_be_one(form: Form, de: str, en: str) -> None:
    """Whatever is typed, the form that it comes into can be written and read."""
    texts = Texts(de, en)
    key = named(texts, keys(form), "text")
    assert KEY.fullmatch(key)
    assert key not in keys(form)
    assert key not in RESERVED_NAMES
    question = Question(key, Kind.TEXT, Texts("Frage"))
    section = Section(named(texts, {*keys(form), key}, "section"), Texts(en="More"), (question,))
    assert read_form(write_form(put_section(form, section))).questions[key] == question
