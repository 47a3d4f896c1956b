"""One section of a draft: its title, and the articles of which each gets its questions."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from starlette.responses import Response

from modules.visit_reports.portal.drafts import Gone, draft_row, form_in, is_draft, place_of, save
from modules.visit_reports.portal.editing import keys, named, put_section
from modules.visit_reports.portal.telling import Telling
from server.portal.public import Asked, Portal, Wrong, referred, to
from syncengine.model.ids import from_text, to_text
from syncengine.model.questionnaire import Form, Section, Texts
from syncengine.model.questionnaire_data import MAX_ARTICLES, MAX_SAID
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.listing import Listed

AT_ONCE = 500  # numbers that are read from what was pasted


@dataclass
class Sheet:
    """What is typed. was: the section as it was shown, as canonical JSON. matrix: whether its
    questions are asked of each article. theirs: what somebody else has saved meanwhile.
    """

    key: str
    was: str
    de: str
    en: str
    matrix: bool
    articles: list[bytes]
    picked: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    general: list[str] = field(default_factory=list)
    theirs: list[tuple[str, str, str]] = field(default_factory=list)


def section(portal: Portal, asked: Asked) -> Response:
    """`key` names it; a new one at the end without."""
    row = draft_row(portal, asked)
    if not is_draft(row):
        return to(place_of(row))
    design, key = f"{place_of(row)}/design", asked.value("key")
    now = next((one for one in form_in(row).sections if one.key == key), None)
    if asked.method == "GET":
        if key and now is None:
            return to(design)
        return _page(portal, asked, row, _shown(now) if now else Sheet("", "", "", "", False, []))
    sheet, do = _typed(asked), asked.value("do")
    if do != "save":
        _act(portal, asked, sheet, do)
        return _page(portal, asked, row, sheet)
    if asked.value("take") == "theirs":
        return to(f"{design}?at={key}#part-{key}")
    _add(portal, asked, sheet)  # what was picked and not added yet is meant, too
    if not (sheet.de or sheet.en):
        said = asked.words("A text in one language at least is needed.")
        sheet.errors[asked.words.language] = said
    if not sheet.errors and now is not None and _clashes(asked, sheet, now):
        return _page(portal, asked, row, sheet, 409)
    if not sheet.errors and (key := _save(portal, asked, row, sheet)):
        return to(f"{design}?at={key}#part-{key}")
    return _page(portal, asked, row, sheet, 422)


def _page(portal: Portal, asked: Asked, row: Listed, sheet: Sheet, status: int = 200) -> Response:
    form = form_in(row)
    with reading(portal.store.engine) as connection:
        rights = asked.signed_in.rights
        titles = listing.titles(connection, portal.store, rights, "article", sheet.articles)
    return portal.page(
        asked, f"visit_reports/{'section_form' if asked.partial else 'section'}.html", status,
        open_="visit_reports/templates", row=row.values, place=place_of(row), sheet=sheet,
        now=next((one for one in form.sections if one.key == sheet.key), None), form=form,
        titles=titles, tell=Telling(portal, asked), longest=MAX_SAID, most=MAX_ARTICLES,
        do=asked.value("do") if asked.method == "POST" else "",
    )  # fmt: skip


def _shown(section: Section) -> Sheet:
    articles = section.articles
    return Sheet(
        section.key, _own(section), section.title.de, section.title.en, articles is not None,
        list(articles or ()),
    )  # fmt: skip


def _own(section: Section) -> str:
    articles = section.articles
    ids = None if articles is None else [to_text(one) for one in articles]
    return json.dumps([section.title.de, section.title.en, ids])


def _typed(asked: Asked) -> Sheet:
    articles = []
    for text in asked.form.get("article", [])[:MAX_ARTICLES]:
        try:
            articles.append(from_text(text))
        except ValueError:
            continue  # nothing that a page of ours sends
    de, en = (asked.value(name).strip()[:MAX_SAID] for name in ("title.de", "title.en"))
    return Sheet(
        asked.value("key"), asked.value("was"), de, en, asked.value("matrix") == "1", articles,
        asked.value("picked"),
    )  # fmt: skip


def _act(portal: Portal, asked: Asked, sheet: Sheet, do: str) -> None:
    """Articles more, one less, or one place up."""
    what, _, text = do.partition(".")
    place = int(text) if text.isdecimal() and len(text) < 4 else -1
    if what == "add":
        _add(portal, asked, sheet)
    elif what == "remove" and 0 <= place < len(sheet.articles):
        del sheet.articles[place]
    elif what == "up" and 0 < place < len(sheet.articles):
        sheet.articles.insert(place - 1, sheet.articles.pop(place))


def _add(portal: Portal, asked: Asked, sheet: Sheet) -> None:
    """What is picked, by number: one, or several with spaces or commas between them; what is none
    stays in the input.
    """
    if not sheet.matrix:
        return
    left = []
    for text in re.split(r"[\s,;]+", sheet.picked.strip())[:AT_ONCE]:
        try:
            found = referred(portal, asked, "article", text) if text else None
        except Wrong as wrong:
            left.append(text)
            sheet.errors["picked"] = str(wrong)
            continue
        if found is not None and found not in sheet.articles:
            sheet.articles.append(found)
    sheet.picked = " ".join(left)
    if len(sheet.articles) > MAX_ARTICLES:
        del sheet.articles[MAX_ARTICLES:]
        sheet.errors["picked"] = asked.words(
            "At most %(most)s articles.", most=asked.words.number(MAX_ARTICLES)
        )


def _clashes(asked: Asked, sheet: Sheet, now: Section) -> bool:
    w, saved = asked.words, _own(now)
    if saved in (sheet.was, _own(_made(sheet, now.key))):
        return False
    sheet.was = saved

    def count(articles: Sequence[bytes] | None) -> str:
        return "" if articles is None else w.number(len(articles))

    mine = count(sheet.articles if sheet.matrix else None)
    pairs = (
        (w("Title in German"), sheet.de, now.title.de),
        (w("Title in English"), sheet.en, now.title.en),
        (w.entities("article"), mine, count(now.articles)),
    )
    sheet.theirs = [(what, my, its) for what, my, its in pairs if my != its]
    return True


def _made(sheet: Sheet, key: str) -> Section:
    articles = tuple(sheet.articles) if sheet.matrix else None
    return Section(key, Texts(sheet.de, sheet.en), articles=articles)


def _save(portal: Portal, asked: Asked, row: Listed, sheet: Sheet) -> str:
    """Its key, once it is saved; empty, and what is wrong, where it is not."""
    key, changed = sheet.key, form_in(row)

    def change(form: Form) -> Form:
        nonlocal key, changed
        key = sheet.key or named(Texts(sheet.de, sheet.en), keys(form), "section")
        before = next((one for one in form.sections if one.key == key), None)
        made = replace(_made(sheet, key), shown_when=before.shown_when if before else None)
        changed = put_section(form, made)
        return changed

    try:
        found = save(portal, asked, row, change)
    except Gone:
        sheet.general.append(asked.words("Somebody else has removed this section meanwhile."))
        return ""
    tell = Telling(portal, asked)
    sheet.general += found.general
    sheet.general += [f"{tell.part(changed, at)}: {said}" for at, said in found.parts.items()]
    return key if found.fits else ""
