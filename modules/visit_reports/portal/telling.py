"""Questionnaires in words: what questions are called, conditions on answers, bounds."""

from __future__ import annotations

import datetime as dt
import decimal
import json
from collections.abc import Iterator
from dataclasses import dataclass

from server.portal.public import Asked, Group, Line, Portal, builder, in_line, parts, typed
from syncengine.model.condition_data import read_condition
from syncengine.model.entity import Field
from syncengine.model.errors import InvalidValue
from syncengine.model.fields import Enum, Stored
from syncengine.model.questionnaire import SCALE, UNIT, Form, Kind, Question, Texts, When
from syncengine.model.questionnaire_data import BOUNDS


@dataclass(frozen=True)
class Telling:
    """To one reader, in their language."""

    portal: Portal
    asked: Asked

    def said(self, texts: Texts | None) -> str:
        """In the reader's language, else in the other one."""
        return texts.said(self.asked.words.language) if texts else ""

    def field(self, form: Form, name: str) -> str:
        """What an answer is called that a condition asks for."""
        key, _, choice = name.partition(".")
        question = form.questions.get(key)
        if question is None:
            return key
        text = self.said(question.text)
        chosen = next((c for c in question.choices if c.key == choice), None)
        return f"{text}: {self.said(chosen.text)}" if chosen else text

    def offered(self, form: Form, fields: tuple[Field, ...]) -> dict[str, list[tuple[str, str]]]:
        """(key, text) of what can be chosen, by the field's name, of those that are one choice."""
        return {
            field.name: [(c.key, self.said(c.text)) for c in form.questions[field.name].choices]
            for field in fields
            if isinstance(field.type, Enum)
        }

    def tree(self, form: Form, when: When) -> Group:
        """A condition on answers, as it is built, with what is chosen in words."""
        tree = builder.tree_of(self.portal, self.asked, when.entity, when.condition)
        for line in _lines(tree):
            question = form.questions.get(line.name)
            if question is not None and question.kind is Kind.ONE:
                called = {choice.key: self.said(choice.text) for choice in question.choices}
                keys = [key for text in line.texts for key in text.split("\n")]
                line.said = ", ".join(called.get(key, key) for key in keys)
        return tree

    def when(self, form: Form, when: When) -> str:
        """A condition on answers, in one line."""
        told = parts(self.portal, self.asked, when.entity, lambda name: self.field(form, name))
        return in_line(self.asked, self.tree(form, when), told)

    def part(self, form: Form, key: str) -> str:
        """What a section or question is called."""
        if key in form.questions:
            return self.said(form.questions[key].text)
        return next((self.said(one.title) for one in form.sections if one.key == key), key)

    def lines(self, question: Question) -> list[tuple[str, str]]:
        """(what, how it is) of what the form of a question changes."""
        w, helped = self.asked.words, question.help or Texts()
        needed = w("always") if question.mandatory is True else w("not always")
        choices = "; ".join(
            " / ".join(filter(None, (c.text.de, c.text.en))) for c in question.choices
        )
        return [
            (w("Question in German"), question.text.de),
            (w("Question in English"), question.text.en),
            (w("Help in German"), helped.de), (w("Help in English"), helped.en),
            (w("Needed"), needed), (w("Limits"), self.limits(question)), (w("Choices"), choices),
        ]  # fmt: skip

    def aim(self, condition: str) -> str:
        """A condition on customers, in one line."""
        schema = self.portal.store.schema
        customer = schema.entities["customer"]
        try:
            found = read_condition(customer, schema, json.loads(condition))
        except InvalidValue:  # of fields that there are no more
            return condition[:200]
        tree = builder.tree_of(self.portal, self.asked, customer, found)
        return in_line(self.asked, tree, parts(self.portal, self.asked, customer))

    def bound(self, question: Question, name: str) -> str:
        """Its minimum or maximum, as it is typed."""
        value = getattr(question, name)
        if value is None or question.kind not in BOUNDS:
            return ""
        if question.kind is Kind.NUMBER:
            return self.number(decimal.Decimal(value) / UNIT)
        return typed(self.asked.words, Field(1, name, BOUNDS[question.kind][0]), value, {})

    def number(self, number: decimal.Decimal) -> str:
        """Without zeros at the end."""
        whole = number == number.to_integral_value()
        kept = number.quantize(decimal.Decimal(1)) if whole else number.normalize()
        return self.asked.words.number(kept)

    def value(self, question: Question, value: Stored) -> str:
        """One of those that `values_of` gives; of a file nothing."""
        w = self.asked.words
        match question.kind:
            case Kind.YES_NO:
                return w("yes") if value else w("no")
            case Kind.ONE | Kind.MANY:
                called = {choice.key: self.said(choice.text) for choice in question.choices}
                return called.get(str(value), str(value))
            case Kind.DATE:
                return w.day(dt.date.fromisoformat(str(value)))
            case Kind.RATING:
                some = self.number(_units(value))
                return w("%(some)s of %(all)s", some=some, all=question.maximum)
            case Kind.NUMBER:
                return f"{self.number(_units(value))} {question.unit}".strip()
            case Kind.TEXT | Kind.BAR_CODE:
                return str(value)
        return ""

    def limits(self, question: Question) -> str:
        """What answers may be, in one line; empty: anything."""
        w = self.asked.words
        low, high = self.bound(question, "minimum"), self.bound(question, "maximum")
        unit = f" {question.unit}" if question.unit else ""
        if question.kind is Kind.TEXT and high:
            return w("at most %(most)s characters", most=high)
        if low and high:
            return w("%(least)s to %(most)s", least=low, most=high) + unit
        if low:
            return w("at least %(least)s", least=low) + unit
        return (w("at most %(most)s", most=high) + unit) if high else unit.strip()


def _units(value: Stored) -> decimal.Decimal:
    assert isinstance(value, int)
    return decimal.Decimal(value).scaleb(-SCALE)


def _lines(group: Group) -> Iterator[Line]:
    for part in group.parts:
        if isinstance(part, Line):
            yield part
        else:
            yield from _lines(part)
