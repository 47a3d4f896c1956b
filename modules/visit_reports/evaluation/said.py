"""What an answer says, as values that are counted and written down. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from syncengine.model.conditions import fields_of
from syncengine.model.fields import Stored
from syncengine.model.filling import Answer, chosen_keys
from syncengine.model.questionnaire import Form, Kind, Question

FILES = (Kind.PHOTO, Kind.SIGNATURE)


def values_of(question: Question, rows: Mapping[int, Answer]) -> list[Stored]:
    """What was answered, by the rows that count, in stored form: the keys of choices, an amount in
    units, a day, a text, the hashes of files. Of many choices and photos several, else one; none,
    where nothing was: `filling.judge` calls the question answered where there are some.
    """
    first = rows.get(0)
    match question.kind:
        case Kind.PHOTO:
            return [rows[place].file for place in sorted(rows) if rows[place].file is not None]
        case _ if first is None:
            return []
        case Kind.MANY:
            return list(dict.fromkeys(chosen_keys(first.choices)))
        case Kind.ONE | Kind.TEXT | Kind.BAR_CODE:
            return [first.text] if first.text and first.text.strip() else []
        case Kind.YES_NO:
            said: Stored = first.yes
        case Kind.NUMBER | Kind.RATING:
            said = first.amount
        case Kind.DATE:
            said = first.day
        case Kind.SIGNATURE:
            said = first.file
    return [] if said is None else [said]


def skippable(form: Form) -> frozenset[str]:
    """The keys of the questions that may be skipped."""
    return frozenset(
        question.key
        for section in form.sections
        for question in section.questions
        if section.shown_when is not None or question.shown_when is not None
    )


def deciding(form: Form) -> Form:
    """As much of a form as it takes to judge which questions are skipped: those that may be, and
    all that their conditions ask for. None is mandatory or checked.
    """
    kept = set(skippable(form))
    for section in reversed(form.sections):
        for question in reversed(section.questions):
            if question.key in kept:
                for when in filter(None, (section.shown_when, question.shown_when)):
                    kept |= {name.partition(".")[0] for name in fields_of(when.condition)}
    return Form(
        tuple(
            replace(section, questions=tuple(
                replace(one, mandatory=False, valid_when=None)
                for one in section.questions if one.key in kept
            ))
            for section in form.sections
        )
    )  # fmt: skip
