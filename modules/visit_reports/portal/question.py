"""One question of a draft: written, and held against what somebody else has made of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace

from starlette.responses import Response

from modules.visit_reports.portal.drafts import (
    Gone,
    draft_row,
    form_in,
    is_draft,
    place_of,
    save,
)
from modules.visit_reports.portal.editing import keys, named, put_question, section_of
from modules.visit_reports.portal.telling import Telling
from server.portal.public import Asked, Portal, TooMuch, Unclear, Words, Wrong, read, to
from syncengine.model.entity import Field
from syncengine.model.fields import Text
from syncengine.model.questionnaire import Choice, Form, Kind, Question, Section, Texts, When
from syncengine.model.questionnaire_data import BOUNDS, CHOOSING, MAX_CHOICES, MAX_SAID, MAX_UNIT
from syncengine.model.questionnaire_writing import write_form
from syncengine.store.listing import Listed

LANGUAGES = ("de", "en")
NAMES = (
    "text.de", "text.en", "help.de", "help.en", "mandatory", "minimum", "maximum", "unit",
)  # fmt: skip
CONDITIONS = ("shown_when", "mandatory", "valid_when")


@dataclass
class Line:
    """A choice as it is typed; its key, once it has one."""

    key: str
    de: str
    en: str


@dataclass
class Sheet:
    """What is typed. key: empty for a new question. was: the question as it was shown. theirs:
    (what, mine, as it is saved now) where somebody else has changed it.
    """

    key: str
    section: str
    kind: Kind
    was: str
    texts: dict[str, str]
    choices: list[Line]
    errors: dict[str, str] = field(default_factory=dict)
    general: list[str] = field(default_factory=list)
    theirs: list[tuple[str, str, str]] = field(default_factory=list)


def question(portal: Portal, asked: Asked) -> Response:
    """`key` names it; or a new one of a `kind`, at the end of a `section`."""
    row = draft_row(portal, asked)
    if not is_draft(row):
        return to(place_of(row))
    form, design = form_in(row), f"{place_of(row)}/design"
    tell = Telling(portal, asked)
    if asked.method == "GET":
        key = asked.value("key")
        if key and key not in form.questions:
            return to(design)
        return _page(portal, asked, row, _shown(tell, form.questions[key], form) if key else _new(
            asked, form))  # fmt: skip
    sheet, do = _typed(asked), asked.value("do")
    if do != "save":
        _act(sheet.choices, do)
        return _page(portal, asked, row, sheet)
    now = form.questions.get(sheet.key)
    if asked.value("take") == "theirs":
        return to(f"{design}?at={sheet.key}#part-{sheet.key}")
    mine = _read(asked.words, sheet)
    if mine is not None and _clashes(tell, sheet, mine, now):
        return _page(portal, asked, row, sheet, 409)
    if mine is not None and (key := _save(portal, asked, row, sheet, mine)):
        return to(f"{design}?at={key}#part-{key}")
    return _page(portal, asked, row, sheet, 422)


def _page(portal: Portal, asked: Asked, row: Listed, sheet: Sheet, status: int = 200) -> Response:
    form = form_in(row)
    return portal.page(
        asked, f"visit_reports/{'question_form' if asked.partial else 'question'}.html",
        status, open_="visit_reports/templates", row=row.values, sheet=sheet, form=form,
        place=place_of(row), now=form.questions.get(sheet.key), tell=Telling(portal, asked),
        bounds=BOUNDS[sheet.kind][1] if sheet.kind in BOUNDS else frozenset(),
        chooses=sheet.kind in CHOOSING, most_choices=MAX_CHOICES, conditions=CONDITIONS,
        longest=MAX_SAID, longest_unit=MAX_UNIT,
        do=asked.value("do") if asked.method == "POST" else "",
    )  # fmt: skip


def _new(asked: Asked, form: Form) -> Sheet:
    """Unclear where there is no such section or kind."""
    section = asked.value("section")
    kind = next((one for one in Kind if one == asked.value("kind")), None)
    if kind is None or all(one.key != section for one in form.sections):
        raise Unclear
    choices = [Line("", "", ""), Line("", "", "")] if kind in CHOOSING else []
    return Sheet("", section, kind, "", dict.fromkeys(NAMES, ""), choices)


def _shown(tell: Telling, question: Question, form: Form) -> Sheet:
    helped, needed = question.help or Texts(), question.mandatory
    texts = {
        "text.de": question.text.de, "text.en": question.text.en, "help.de": helped.de,
        "help.en": helped.en, "minimum": tell.bound(question, "minimum"),
        "maximum": tell.bound(question, "maximum"), "unit": question.unit,
        "mandatory": "when" if isinstance(needed, When) else "yes" if needed else "",
    }  # fmt: skip
    choices = [Line(c.key, c.text.de, c.text.en) for c in question.choices]
    section = section_of(form, question.key).key
    return Sheet(question.key, section, question.kind, _own(question), texts, choices)


def _own(question: Question) -> str:
    """What its form changes, as canonical JSON; conditions have a form of their own."""
    plain = replace(question, shown_when=None, valid_when=None, invalid=None,
                    mandatory=question.mandatory is True)  # fmt: skip
    data = write_form(Form((Section("s", Texts("s"), (plain,)),)))
    return json.dumps(data["sections"][0]["questions"][0], sort_keys=True)  # type: ignore[index]


def _typed(asked: Asked) -> Sheet:
    kind = next((one for one in Kind if one == asked.value("kind")), None)
    if kind is None:
        raise Unclear
    choices: list[Line] = []
    while any(f"choice.{len(choices)}.{language}" in asked.form for language in LANGUAGES):
        if len(choices) == MAX_CHOICES:
            raise TooMuch
        at = f"choice.{len(choices)}"
        choices.append(Line(*(asked.value(f"{at}.{name}").strip() for name in ("key", "de", "en"))))
    texts = {name: asked.value(name).replace("\r\n", "\n").strip() for name in NAMES}
    return Sheet(
        asked.value("key"), asked.value("section"), kind, asked.value("was"), texts, choices
    )


def _act(choices: list[Line], do: str) -> None:
    """One choice more or less, or one place up; Unclear."""
    act = re.fullmatch(r"(add|remove|up)\.choice(?:\.(\d{1,2}))?", do)
    if act is None:
        raise Unclear
    what, place = act[1], int(act[2] or 0)
    if what == "add" and len(choices) < MAX_CHOICES:
        choices.append(Line("", "", ""))
    elif what == "remove" and place < len(choices):
        del choices[place]
    elif what == "up" and 0 < place < len(choices):
        choices[place - 1], choices[place] = choices[place], choices[place - 1]


def _read(w: Words, sheet: Sheet) -> Question | None:
    """The question that is typed, without conditions; None, and what does not fit at its place."""
    found = {name: _texts(w, sheet, name, name == "text") for name in ("text", "help")}
    bounds: dict[str, int | str | None] = {"minimum": None, "maximum": None}
    type_, allowed = BOUNDS.get(sheet.kind, (Text(), frozenset[str]()))
    for name in sorted(allowed):
        try:
            bounds[name] = read(w, Field(1, name, type_), sheet.texts[name])  # type: ignore[assignment]
        except Wrong as wrong:
            sheet.errors[name] = str(wrong)
    low, high = bounds["minimum"], bounds["maximum"]
    if low is not None and high is not None and low > high:  # type: ignore[operator]
        sheet.errors["maximum"] = w("The largest is below the smallest.")
    choices = _choices(w, sheet) if sheet.kind in CHOOSING else ()
    if sheet.errors or found["text"] is None:
        return None
    return Question(
        sheet.key or "new", sheet.kind, found["text"], found["help"],
        sheet.texts["mandatory"] == "yes", minimum=low, maximum=high, choices=choices,
        unit=sheet.texts["unit"][:MAX_UNIT] if sheet.kind is Kind.NUMBER else "",
    )  # fmt: skip


def _texts(w: Words, sheet: Sheet, name: str, needed: bool) -> Texts | None:
    said = {language: sheet.texts[f"{name}.{language}"] for language in LANGUAGES}
    for language, text in said.items():
        if len(text) > MAX_SAID:
            sheet.errors[f"{name}.{language}"] = w(
                "At most %(limit)s characters.", limit=w.number(MAX_SAID)
            )
    if not any(said.values()):
        if needed:
            sheet.errors[f"{name}.{w.language}"] = w("A text in one language at least is needed.")
        return None
    return Texts(**said)


def _choices(w: Words, sheet: Sheet) -> tuple[Choice, ...]:
    """Lines without a text are left out."""
    found: list[Choice] = []
    taken = {line.key for line in sheet.choices}
    for line in sheet.choices:
        if line.de or line.en:
            texts = Texts(line.de[:MAX_SAID], line.en[:MAX_SAID])
            key = line.key or named(texts, taken, "choice")
            taken.add(key)
            found.append(Choice(key, texts))
    if not found:
        sheet.errors["choices"] = w("Write at least one choice.")
    return tuple(found)


def _clashes(tell: Telling, sheet: Sheet, mine: Question, now: Question | None) -> bool:
    """Whether somebody else has changed or removed it since it was shown, to something else than
    what is typed: then both are told, and what is saved next is meant.
    """
    w = tell.asked.words
    if not sheet.key or (now is None and not sheet.was):
        return False
    if now is None:
        sheet.was = ""
        sheet.general.append(
            w("Somebody else has removed this question meanwhile. Save again to put it back.")
        )
        return True
    saved = _own(now)
    if saved in (sheet.was, _own(mine)):
        return False
    sheet.was = saved
    pairs = zip(tell.lines(mine), tell.lines(now), strict=True)
    sheet.theirs = [(what, my, its) for (what, my), (_, its) in pairs if my != its]
    return True


def _save(portal: Portal, asked: Asked, row: Listed, sheet: Sheet, mine: Question) -> str:
    """Its key, once it is saved; empty, and what is wrong, where it is not."""
    key, tell = sheet.key, Telling(portal, asked)
    changed = form_in(row)

    def change(form: Form) -> Form:
        nonlocal key, changed
        before = form.questions.get(sheet.key)
        key = sheet.key or named(mine.text, keys(form), str(mine.kind))
        whole = replace(mine, key=key)
        if before is not None:
            needed = before.mandatory if sheet.texts["mandatory"] == "when" else mine.mandatory
            whole = replace(
                whole, mandatory=needed, shown_when=before.shown_when,
                valid_when=before.valid_when, invalid=before.invalid,
            )  # fmt: skip
        changed = put_question(form, whole, sheet.section)
        return changed

    try:
        found = save(portal, asked, row, change)
    except Gone:
        sheet.general.append(asked.words("Somebody else has removed this section meanwhile."))
        return ""
    sheet.general += found.general
    sheet.general += [f"{tell.part(changed, at)}: {said}" for at, said in found.parts.items()]
    return key if found.fits else ""
