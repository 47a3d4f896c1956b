"""The questions as on a phone, to be tried: judged as on devices, and nothing is stored."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from modules.visit_reports.portal.telling import Telling
from server.portal.public import Asked, Portal, Words
from syncengine.model.filling import Answer, Item, Lack, Standing, judge
from syncengine.model.questionnaire import MAX_ANSWER, UNIT, Form, Kind, Question, Section
from syncengine.model.questionnaire_data import MAX_PHOTOS
from syncengine.store import listing
from syncengine.store.database import reading

ARTICLES = 3  # of a matrix that are tried; more would be the same questions again
LARGEST = 10**9  # of a number that is tried


@dataclass(frozen=True)
class Tried:
    """One question on the phone. name: of its inputs. said: what is wrong or missing, once
    somebody tried to confirm or typed.
    """

    item: Item
    name: str
    texts: list[str]
    said: str


@dataclass(frozen=True)
class Block:
    """Questions under a title; of one article, in a matrix."""

    title: str
    article: str
    questions: list[Tried]


def tried(portal: Portal, asked: Asked, form: Form) -> dict[str, Any]:
    """What the phone shows for what was typed into it."""
    language = asked.value("phone")
    words = asked.words if language not in ("de", "en") else replace(asked.words, language=language)
    form = Form(tuple(_fewer(section) for section in form.sections))
    texts = {
        name.removeprefix("a."): found for name, found in asked.form.items() if name[:2] == "a."
    }
    wrong: dict[str, str] = {}
    standing = judge(form, list(_answers(asked.words, form, texts, wrong)))
    confirms = asked.value("do") == "confirm"
    return {
        "blocks": list(_blocks(portal, asked, words, standing, texts, wrong, confirms)),
        "phone": words.language, "confirms": confirms, "standing": standing,
        "asked_for": sum(1 for item in standing.items if item.asked),
        "answered": sum(1 for item in standing.items if item.answered),
        "complete": standing.complete and not wrong, "most_photos": MAX_PHOTOS,
    }  # fmt: skip


def _fewer(section: Section) -> Section:
    articles = section.articles
    return section if articles is None else replace(section, articles=articles[:ARTICLES])


def _name(question: Question, article: bytes | None) -> str:
    return question.key if article is None else f"{question.key}.{article.hex()}"


def _answers(
    w: Words, form: Form, texts: Mapping[str, list[str]], wrong: dict[str, str]
) -> Iterator[Answer]:
    """The rows that a device would have; what cannot be read at all comes into `wrong`."""
    for section in form.sections:
        for article in (None,) if section.articles is None else section.articles:
            for question in section.questions:
                name = _name(question, article)
                given = [text.strip() for text in texts.get(name, []) if text.strip()]
                blank = Answer(b"", question.key, article)
                try:
                    yield from _rows(w, question, blank, given)
                except (ValueError, ArithmeticError):
                    wrong[name] = w("This does not fit.")


def _rows(w: Words, question: Question, blank: Answer, given: list[str]) -> Iterator[Answer]:
    """ValueError, ArithmeticError."""
    if not given:
        return
    text, file = given[0][:MAX_ANSWER], bytes(32)
    match question.kind:
        case Kind.YES_NO:
            yield replace(blank, yes=text == "true")
        case Kind.ONE | Kind.TEXT | Kind.BAR_CODE:
            yield replace(blank, text=text)
        case Kind.MANY:
            yield replace(blank, choices=json.dumps(given))
        case Kind.NUMBER | Kind.RATING:
            number = w.read_decimal(text)
            if abs(number) > LARGEST:
                raise ValueError(text)
            yield replace(blank, amount=int(number * UNIT))
        case Kind.DATE:
            yield replace(blank, day=dt.date.fromisoformat(text).isoformat())
        case Kind.SIGNATURE:
            yield replace(blank, file=file)
        case Kind.PHOTO:
            for position in range(min(int(text), MAX_PHOTOS)):
                yield replace(blank, position=position, file=file)


def _blocks(
    portal: Portal, asked: Asked, words: Words, standing: Standing,
    texts: Mapping[str, list[str]], wrong: Mapping[str, str], confirms: bool,
) -> Iterator[Block]:  # fmt: skip
    """What is asked; skipped questions and sections without any are left out."""
    tell = Telling(portal, replace(asked, words=words))
    titles = _titles(portal, asked, standing)
    found: dict[tuple[str, bytes | None], list[Tried]] = {}
    sections = {item.section.key: item.section for item in standing.items}
    for item in standing.items:
        name = _name(item.question, item.article)
        said = wrong.get(name, "")
        if not said and item.lack is not None and (confirms or item.lack is not Lack.MISSING):
            said = lacking(words, tell, item)
        one = Tried(item, name, texts.get(name, []), said)
        if item.asked:
            found.setdefault((item.section.key, item.article), []).append(one)
    for (key, article), questions in found.items():
        yield Block(tell.said(sections[key].title), titles.get(article or b"", ""), questions)


def _titles(portal: Portal, asked: Asked, standing: Standing) -> dict[bytes, str]:
    ids = {item.article for item in standing.items if item.article is not None}
    with reading(portal.store.engine) as connection:
        rights = asked.signed_in.rights
        return listing.titles(connection, portal.store, rights, "article", ids)


def lacking(w: Words, tell: Telling, item: Item) -> str:
    """Why a question is not done, in words."""
    question = item.question
    low, high = tell.bound(question, "minimum"), tell.bound(question, "maximum")
    match item.lack:
        case Lack.MISSING:
            return w("This has to be answered.")
        case Lack.TOO_FEW:
            return w("At least %(least)s are needed.", least=low)
        case Lack.TOO_MANY:
            return w("At most %(most)s are possible.", most=high)
        case Lack.TOO_SMALL:
            return w("Not below %(least)s.", least=low)
        case Lack.TOO_LARGE:
            return w("Not above %(most)s.", most=high)
        case Lack.TOO_LONG:
            return w("At most %(limit)s characters.", limit=high)
        case Lack.NOT_VALID if question.invalid is not None:
            return tell.said(question.invalid)
    return w("This answer is not possible.")
