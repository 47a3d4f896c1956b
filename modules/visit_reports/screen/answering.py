"""Questions as a page shows them, and answers as a page sends them."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from device_sdk.screen.public import Asked, Unclear, Words, title_of
from modules.visit_reports.device import Filling, Photo
from syncengine.model.fields import Value
from syncengine.model.filling import Item, Lack
from syncengine.model.questionnaire import MAX_ANSWER, UNIT, Kind, Question

MOST_BUTTONS = 11  # of a rating; one with more values is typed
WRONG = {  # what is said where an answer cannot be kept as what it is
    Kind.NUMBER: "Enter a number, with at most four digits behind the point.",
    Kind.RATING: "Enter a whole number.",
    Kind.DATE: "Enter a day.",
}
SAID = {
    Lack.MISSING: "This is needed.",
    Lack.NO_CHOICE: "Choose one of the list.",
    Lack.TOO_FEW: "At least %(limit)s are needed.",
    Lack.TOO_MANY: "At most %(limit)s are allowed.",
    Lack.TOO_SMALL: "Not below %(limit)s.",
    Lack.TOO_LARGE: "Not above %(limit)s.",
    Lack.TOO_LONG: "At most %(limit)s characters.",
    Lack.NOT_WHOLE: "Enter a whole number.",
    Lack.NOT_VALID: "This does not fit.",
}
SAID_OF_DAYS = {Lack.TOO_SMALL: "Not before %(limit)s.", Lack.TOO_LARGE: "Not after %(limit)s."}
BETWEEN = "%(low)s to %(high)s", "at least %(low)s", "at most %(high)s"
BETWEEN_DAYS = "%(low)s to %(high)s", "from %(low)s on", "until %(high)s"
AT_MOST = (Lack.TOO_MANY, Lack.TOO_LARGE, Lack.TOO_LONG)
Typed = Mapping[str, tuple[str, str]]  # by the question's id: what was typed, why it is not kept


@dataclass(frozen=True)
class Shown:
    """One question. id: of its form. typed: as an input has it; chosen: the choices that are.
    choices: of one and many, yes_no and a rating. limits: what an answer is between, in words.
    file: of a signature.
    """

    id: str
    key: str
    article: str
    kind: str
    text: str
    help: str
    asked: bool
    needed: bool
    answered: bool
    typed: str
    chosen: frozenset[str]
    choices: tuple[tuple[str, str], ...]
    limits: str
    low: str
    high: str
    longest: int
    unit: str
    photos: tuple[Photo, ...]
    file: bytes | None
    wrong: str


def id_of(item: Item) -> str:
    """Of the question's form on its page."""
    return f"q-{item.question.key}" + (f"-{item.article.hex()}" if item.article else "")


def shown(w: Words, filling: Filling, item: Item, typed: Typed) -> Shown:
    """As it stands; what was just typed and is not kept stays in its input."""
    question, article = item.question, _article(item)
    value = filling.value(question.key, article) if question.kind is not Kind.PHOTO else None
    entered, wrong = typed.get(id_of(item), ("", ""))
    choices = _choices(w, question)
    return Shown(
        id=id_of(item),
        key=question.key,
        article=article.hex if article else "",
        kind="number" if question.kind is Kind.RATING and not choices else question.kind.value,
        text=question.text.said(w.language),
        help=question.help.said(w.language) if question.help else "",
        asked=item.asked,
        needed=item.mandatory and not item.answered,
        answered=item.answered and not wrong,
        typed=entered if wrong else _typed(w, question.kind, value),
        chosen=_chosen(question.kind, value),
        choices=choices,
        limits=_limits(w, question),
        low=str(question.minimum or ""),
        high=str(question.maximum or ""),
        longest=_longest(question),
        unit=question.unit,
        photos=filling.photos(question.key, article) if question.kind is Kind.PHOTO else (),
        file=value if isinstance(value, bytes) else None,
        wrong=wrong or wrong_with(w, item),
    )


def wrong_with(w: Words, item: Item, missing: bool = False) -> str:
    """What keeps an answer from counting, in words. missing: also that there is none yet."""
    lack, question = item.lack, item.question
    if lack is None or (lack is Lack.MISSING and not missing):
        return ""
    if lack is Lack.NOT_VALID and question.invalid is not None:
        return question.invalid.said(w.language)
    said = SAID_OF_DAYS.get(lack) if question.kind is Kind.DATE else None
    limit = question.maximum if lack in AT_MOST else question.minimum
    return w(said or SAID[lack], limit=_limit(w, question, limit))


def read(asked: Asked, kind: Kind) -> Value:
    """The answer that was sent; None takes it away. ValueError, InvalidOperation, InvalidValue:
    it is none of that kind.
    """
    text = asked.value("value")
    if kind is Kind.MANY:
        return [one for one in asked.form.get("value", ()) if one] or None
    if not text.strip():
        return None
    match kind:
        case Kind.YES_NO:
            if text not in ("true", "false"):
                raise Unclear
            return text == "true"
        case Kind.NUMBER:
            return asked.words.read_decimal(text)
        case Kind.RATING:
            return decimal.Decimal(int(text))
        case Kind.DATE:
            return dt.date.fromisoformat(text)
        case Kind.SIGNATURE | Kind.PHOTO:
            return bytes.fromhex(text)
        case _:
            return text


def article_title(asked: Asked, article: bytes | None) -> str:
    """What an article is called; nothing where there is none."""
    return title_of(asked.device, "article", uuid.UUID(bytes=article)) if article else ""


def _article(item: Item) -> uuid.UUID | None:
    return uuid.UUID(bytes=item.article) if item.article else None


def _typed(w: Words, kind: Kind, value: Value) -> str:
    match value:
        case decimal.Decimal() if kind is Kind.RATING and value != value.to_integral_value():
            return w.number(value.normalize())
        case decimal.Decimal():
            return w.number(_plain(value))
        case dt.date():
            return value.isoformat()
        case bytes():
            return value.hex()
        case str():
            return value
        case _:
            return ""


def _plain(value: decimal.Decimal) -> decimal.Decimal:
    """Without the zeros that are kept behind the point."""
    short = value.normalize()
    return short.quantize(decimal.Decimal(1)) if short == short.to_integral_value() else short


def _chosen(kind: Kind, value: Value) -> frozenset[str]:
    match value:
        case bool():
            return frozenset({"true" if value else "false"})
        case list():
            return frozenset(str(one) for one in value)
        case decimal.Decimal() if kind is Kind.RATING:
            return frozenset({str(_plain(value))})
        case str():
            return frozenset({value})
        case _:
            return frozenset()


def _choices(w: Words, question: Question) -> tuple[tuple[str, str], ...]:
    match question.kind:
        case Kind.YES_NO:
            return ("true", w("Yes")), ("false", w("No"))
        case Kind.RATING:
            values = range(int(question.minimum or 0), int(question.maximum or 0) + 1)
            few = values if len(values) <= MOST_BUTTONS else ()
            return tuple((str(value), w.number(value)) for value in few)
        case _:
            return tuple((one.key, one.text.said(w.language)) for one in question.choices)


def _limits(w: Words, question: Question) -> str:
    if question.kind is Kind.TEXT or (question.kind is Kind.RATING and _choices(w, question)):
        return ""
    low, high = (_limit(w, question, one) for one in (question.minimum, question.maximum))
    between, least, most = BETWEEN_DAYS if question.kind is Kind.DATE else BETWEEN
    if low and high:
        found = low if low == high else w(between, low=low, high=high)
    else:
        found = w(least, low=low) if low else w(most, high=high) if high else ""
    return w("Photos: %(limits)s", limits=found) if found and question.kind is Kind.PHOTO else found


def _limit(w: Words, question: Question, limit: int | str | None) -> str:
    match limit:
        case None:
            return ""
        case str():
            return w.day(dt.date.fromisoformat(limit))
        case _ if question.kind is Kind.NUMBER:
            number = w.number(_plain(decimal.Decimal(limit) / UNIT))
            return f"{number} {question.unit}".strip()
        case _:
            return w.number(limit)


def _longest(question: Question) -> int:
    limit = question.maximum if question.kind is Kind.TEXT else None
    return limit if isinstance(limit, int) else MAX_ANSWER
