"""Changes of a form: what is added, replaced, moved and removed. Pure: each gives a new form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import replace
from typing import TypeVar

from modules.visit_reports.portal.drafts import Gone
from syncengine.model.entity import RESERVED_NAMES
from syncengine.model.questionnaire import Form, Question, Section, Texts

LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
LONGEST = 32  # characters of a key that is made from a text


def named(texts: Texts, taken: Collection[str], otherwise: str) -> str:
    """A key that says what it is about, as exports and conditions name it; none that is taken."""
    plain = unicodedata.normalize("NFKD", texts.said("en").lower().translate(LETTERS))
    words = re.sub(r"[^a-z0-9]+", "_", plain.encode("ascii", "ignore").decode())
    made = re.sub(r"^[^a-z]+", "", words)[:LONGEST].strip("_") or otherwise
    key, number = made, 1
    while key in taken or key in RESERVED_NAMES:
        number += 1
        key = f"{made}_{number}"
    return key


def keys(form: Form) -> set[str]:
    """Those of its sections and questions."""
    return {section.key for section in form.sections} | set(form.questions)


def section_of(form: Form, key: str) -> Section:
    """The section with that key, or with a question of that key; Gone."""
    for section in form.sections:
        if section.key == key or any(question.key == key for question in section.questions):
            return section
    raise Gone


def _with(form: Form, changed: Section) -> Form:
    return Form(tuple(changed if one.key == changed.key else one for one in form.sections))


def put_section(form: Form, section: Section) -> Form:
    """In place of the one with its key, which keeps its questions; at the end, where none has."""
    for one in form.sections:
        if one.key == section.key:
            return _with(form, replace(section, questions=one.questions))
    return Form((*form.sections, section))


def put_question(form: Form, question: Question, section: str) -> Form:
    """In place of the one with its key; at the end of the section, where none has. Gone."""
    if question.key in form.questions:
        within = section_of(form, question.key)
        changed = tuple(question if q.key == question.key else q for q in within.questions)
        return _with(form, replace(within, questions=changed))
    within = section_of(form, section)
    return _with(form, replace(within, questions=(*within.questions, question)))


def removed(form: Form, key: str) -> Form:
    """Without that section or question; Gone."""
    section = section_of(form, key)
    if section.key == key:
        return Form(tuple(one for one in form.sections if one.key != key))
    return _with(
        form, replace(section, questions=tuple(q for q in section.questions if q.key != key))
    )


def moved(form: Form, key: str, section: str, before: str) -> Form:
    """A question into that section, before that one or, where this is empty, to its end. Gone."""
    question = form.questions.get(key)
    if question is None or key == before:
        raise Gone
    within = section_of(removed(form, key), section)
    rest = list(within.questions)
    place = next((n for n, one in enumerate(rest) if one.key == before), len(rest))
    rest.insert(place, question)
    return _with(removed(form, key), replace(within, questions=tuple(rest)))


def shifted(form: Form, key: str, by: int) -> Form:
    """A section or question one place up (-1) or down (1); a question at the end of its section
    goes into the next one. As it was, where there is no further place. Gone.
    """
    section = section_of(form, key)
    if section.key == key:
        return Form(_swapped(form.sections, form.sections.index(section), by))
    place = next(n for n, one in enumerate(section.questions) if one.key == key)
    if 0 <= place + by < len(section.questions):
        return _with(form, replace(section, questions=_swapped(section.questions, place, by)))
    other = form.sections.index(section) + by
    if not 0 <= other < len(form.sections):
        return form
    into = form.sections[other]
    first = into.questions[0].key if by > 0 and into.questions else ""
    return moved(form, key, into.key, first)


_T = TypeVar("_T")


def _swapped(all_: tuple[_T, ...], place: int, by: int) -> tuple[_T, ...]:
    other = place + by
    if not 0 <= other < len(all_):
        return all_
    found = list(all_)
    found[place], found[other] = found[other], found[place]
    return tuple(found)
