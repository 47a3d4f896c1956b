"""Forms are written as the JSON data that questionnaire_data.py reads."""

from __future__ import annotations

from syncengine.model.condition_data import write_condition, write_value
from syncengine.model.questionnaire import Form, Question, Section, Texts, When
from syncengine.model.questionnaire_data import ARTICLE, BOUNDS


def write_form(form: Form) -> dict[str, object]:
    """The JSON data of a form; `read_form` gives it back."""
    return {"sections": [_section_data(section) for section in form.sections]}


def _texts_data(texts: Texts) -> dict[str, object]:
    said = {"de": texts.de, "en": texts.en}
    return {language: text for language, text in said.items() if text}


def _section_data(section: Section) -> dict[str, object]:
    data: dict[str, object] = {
        "key": section.key,
        "title": _texts_data(section.title),
        "questions": [_question_data(question) for question in section.questions],
    }
    if section.shown_when is not None:
        data["shown_when"] = _when_data(section.shown_when)
    if section.articles is not None:
        data["articles"] = [write_value(ARTICLE, article) for article in section.articles]
    return data


def _question_data(question: Question) -> dict[str, object]:
    data: dict[str, object] = {
        "key": question.key,
        "kind": str(question.kind),
        "text": _texts_data(question.text),
    }
    for name in ("help", "invalid"):
        texts = getattr(question, name)
        data |= {name: _texts_data(texts)} if texts is not None else {}
    for name in ("mandatory", "shown_when", "valid_when"):
        asked = getattr(question, name)
        if isinstance(asked, When):
            data[name] = _when_data(asked)
    if question.mandatory is True:
        data["mandatory"] = True
    for name in ("minimum", "maximum"):
        bound = getattr(question, name)
        if bound is not None:
            data[name] = write_value(BOUNDS[question.kind][0], bound)
    if question.unit:
        data["unit"] = question.unit
    if question.choices:
        data["choices"] = [{"key": c.key, "text": _texts_data(c.text)} for c in question.choices]
    return data


def _when_data(asked: When) -> dict[str, object]:
    return write_condition(asked.entity, asked.condition)
