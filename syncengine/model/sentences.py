"""What the engine says to people, by a stable code and what it speaks of.

`str` gives English. Others say it in their reader's language: by the code, with the same places,
and with what is named called as the reader knows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import reduce

from syncengine.model.fields import Stored


class What(StrEnum):
    """What a sentence can name, and so what `Named.value` is."""

    PERSON = "person"  # an id of the people's entity
    ROW = "row"  # an id of the entity `of`
    FIELD = "field"  # a field's name, of the entity `of`
    ENTITY = "entity"  # its name
    INSTANT = "instant"  # microseconds since 1970
    WORD = "word"  # one of a fixed list, as the name of a state
    VALUE = "value"  # the stored value of `field` of the entity `of`


@dataclass(frozen=True)
class Named:
    """Something that a sentence speaks of; `said` is how it is called in English."""

    what: What
    value: Stored
    said: str
    of: str = ""
    field: str = ""

    def __str__(self) -> str:
        """In English."""
        return self.said


@dataclass(frozen=True)
class Sentence:
    """One sentence, or a part of one; `parts` fill the places of its text. A tuple is a list."""

    code: str
    parts: Mapping[str, Part] = field(default_factory=dict)

    def __str__(self) -> str:
        """In English."""
        return ENGLISH[self.code] % {name: _said(part) for name, part in self.parts.items()}


Part = str | Named | Sentence | tuple[Named, ...]


def told_before(said: str) -> Sentence | None:
    """What keeps a questionnaire from being filled, as a refusal has it: verdicts carry no more
    than English.
    """
    for code in ("not_answered", "not_fitting"):
        begins = ENGLISH[code].partition("%")[0]
        if said.startswith(begins):
            return say(code, question=said.removeprefix(begins))
    return None


def say(code: str, **parts: Part) -> Sentence:
    """A sentence with its parts."""
    return Sentence(code, parts)


def named_field(entity: str, name: str) -> Named:
    """A field."""
    return Named(What.FIELD, name, name, entity)


def named_entity(name: str) -> Named:
    """A kind of row."""
    return Named(What.ENTITY, name, name)


def both(sentences: list[Sentence]) -> Sentence:
    """All of them in one; there is at least one."""
    return reduce(lambda first, second: say("both", first=first, second=second), sentences)


def _said(part: Part) -> str:
    return ", ".join(map(str, part)) if isinstance(part, tuple) else str(part)


ENGLISH = {
    "both": "%(first)s and %(second)s",
    # the row
    "row": "%(entity)s %(row)s",
    "no_row": "there is no such row",
    "no_row_then": "there was no such row then",
    "on_no_device": "rows of %(entity)s are on no device",
    "time_ended": "its time ended on %(when)s",
    "released": "it is %(state)s, so it is on no device",
    "doctor_yes": "the row's memberships say yes, its terms do not: doctor",
    "doctor_no": "the row's memberships say no, its terms do not: doctor",
    # how it reaches a bucket
    "everyone": "on every device",
    "empty_field": "its %(field)s is empty",
    "owned_by": "owned by %(person)s (%(field)s)",
    "personal_to": "personal to %(person)s (%(field)s)",
    "follows": "follows its %(field)s",
    "belongs_to": "belongs to its %(field)s",
    "carried": "goes where a row goes that names it (%(field)s)",
    "carried_by_none": "%(holder)s holds no row that names it (%(field)s)",
    "to_addressed": "for those to whom it is addressed",
    "reaches": "reaches everybody with a %(entity)s at %(field)s %(row)s or below",
    "reaches_nobody": "%(holder)s holds the rows of nobody who has a %(entity)s there",
    "rule_selects": "rule %(rule)s selects it",
    "rule_does_not": "rule %(rule)s does not select it: %(why)s",
    "no_rule": "no rule shows rows of %(entity)s",
    "listed": "listed in %(which)s",
    "not_listed": "not listed in %(which)s",
    "listed_nowhere": "no substitution lists it",
    "owner_changed": "its %(field)s is no longer %(person)s",
    # whose bucket that is
    "business_of": "business rows of %(person)s",
    "personal_of": "personal rows of %(person)s",
    # why the person holds it
    "own": "they are the own rows of %(holder)s",
    "everybody": "everybody holds them",
    "leads": "%(holder)s leads %(person)s",
    "in_its_audience": "%(holder)s is in its audience",
    "addressed_to": "it is addressed to %(holder)s",
    "in_audience": "%(holder)s is in the audience %(audience)s",
    "substitutes": "%(holder)s substitutes %(absent)s %(when)s",
    "who_substitutes": "%(person)s, who substitutes %(absent)s",
    "substitution": "the substitution of %(absent)s by %(substitute)s",
    "now": "now",
    "then": "then",
    "until": "until %(ends)s",
    "reads_before": "from %(starts)s on, and may read before",
    "reads_after": "no more, and may read until %(ends)s",
    # why not
    "personal_alone": "personal rows are for %(person)s alone",
    "not_in_its_audience": "%(holder)s is not in its audience %(when)s",
    "not_addressed_to": "it is not addressed to %(holder)s",
    "not_in_audience": "%(holder)s is not in the audience %(audience)s",
    "not_person": "%(holder)s is not %(person)s",
    "not_below": "%(person)s is not below %(holder)s in the hierarchy",
    "switched_off": "%(which)s is switched off",
    "begins": "%(which)s begins on %(when)s",
    "ended": "%(which)s ended on %(when)s",
    "only_listed": "%(which)s is for listed rows only",
    "no_substitution": "no active substitution names %(holder)s as substitute of %(person)s",
    "substitution_off": "no active substitution names %(holder)s as substitute of %(person)s:"
    " the one that does is switched off",
    # what keeps a row from meeting a condition
    "is": "%(field)s is %(value)s",
    "is_not": "%(field)s is %(value)s, not %(wanted)s",
    "is_wanted": "%(field)s is %(value)s, %(wanted)s",
    "excluded": "%(met)s, which is excluded",
    "no_row_does": "no row does",
    "every_row_does": "every row does",
    "empty": "empty",
    "nothing": "nothing",
    "below": "%(value)s or below",
    # what keeps a questionnaire from being filled
    "not_answered": "a mandatory question has no answer: %(question)s",
    "not_fitting": "an answer does not fit: %(question)s",
    "equal": "equal %(value)s",
    "less": "less than %(value)s",
    "less_or_equal": "at most %(value)s",
    "greater": "greater than %(value)s",
    "greater_or_equal": "at least %(value)s",
    "starts_with": "starting with %(value)s",
    "one_of": "one of %(value)s",
}
