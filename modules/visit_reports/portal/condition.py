"""A condition of a question or section on the answers before it, built as those of rules are."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

from starlette.responses import Response

from modules.visit_reports.portal.drafts import Gone, draft_row, form_in, is_draft, place_of, save
from modules.visit_reports.portal.editing import put_question, put_section, section_of
from modules.visit_reports.portal.telling import Telling
from server.portal.public import Asked, Group, Line, Portal, Unclear, builder, hint, parts, to
from syncengine.model.condition_data import write_condition
from syncengine.model.entity import Entity, Field
from syncengine.model.questionnaire import Form, Question, Section, Texts, When
from syncengine.model.questionnaire_data import MAX_SAID
from syncengine.store.listing import Listed

KINDS = ("shown_when", "mandatory", "valid_when")
MOST = 250  # answers that can be asked for: of more, the nearest before


@dataclass
class Sheet:
    """What is built. of: which condition. was: it, as it was shown; theirs: as somebody else has
    saved it meanwhile.
    """

    key: str
    of: str
    was: str
    tree: Group
    de: str = ""
    en: str = ""
    theirs: str = ""
    general: list[str] = field(default_factory=list)


def condition(portal: Portal, asked: Asked) -> Response:
    """`key` names the question or section, `of` the condition."""
    row, key, of = draft_row(portal, asked), asked.value("key"), asked.value("of")
    if not is_draft(row):
        return to(place_of(row))
    form, design = form_in(row), f"{place_of(row)}/design"
    try:
        part = _part(form, key)
    except Gone:
        return to(design)
    if of not in KINDS or (isinstance(part, Section) and of != "shown_when"):
        raise Unclear
    now, tell, do = _now(part, of), Telling(portal, asked), asked.value("do")
    entity = askable(form, key, of == "valid_when", now)
    if asked.method == "GET":
        return _page(portal, asked, row, _shown(tell, form, part, of, entity), entity)
    if asked.value("take") == "theirs":
        return to(f"{design}?at={key}#part-{key}")
    tree = builder.read_tree(asked, portal.store.schema, entity) if entity.fields else _nothing()
    sheet = Sheet(key, of, asked.value("was"), tree, asked.value("invalid.de").strip(),
                  asked.value("invalid.en").strip())  # fmt: skip
    if "." in do:
        builder.change_tree(tree, entity, do)
    if do not in ("save", "none"):
        return _page(portal, asked, row, sheet, entity)
    wanted = None
    if do == "save" and tree.parts:
        found = builder.condition_of(portal, asked, entity, tree)
        if found is None:
            return _page(portal, asked, row, sheet, entity, 422)
        wanted = When(found, entity)
    if _data(now) not in (sheet.was, _data(wanted)):
        sheet.was, sheet.theirs = _data(now), tell.when(form, now) if now else asked.words("none")
        return _page(portal, asked, row, sheet, entity, 409)
    if _save(portal, asked, row, sheet, wanted):
        return to(f"{design}?at={key}#part-{key}")
    return _page(portal, asked, row, sheet, entity, 422)


def askable(form: Form, key: str, own: bool, now: When | None) -> Entity:
    """What a condition of that part can ask for: the answers before it, and with `own` its own one;
    in a matrix those of the same article. now: what it asks for already stays among them.
    """
    found: list[Field] = []
    for section in form.sections:
        within: list[Field] = []
        if section.key == key:
            break
        for question in section.questions:
            if question.key == key:
                return _entity([*found, *within, *(question.fields if own else ())], now)
            within += question.fields
        found += within if section.articles is None else ()
    return _entity(found, now)


def _entity(fields: list[Field], now: When | None) -> Entity:
    named = set(now.entity.by_name) if now else set[str]()
    last = {one.name for one in fields[len(named) - MOST :]} if len(fields) > MOST else None
    kept = [one for one in fields if last is None or one.name in named | last]
    return Entity(1, "answers", tuple(replace(one, number=n) for n, one in enumerate(kept, 1)))


def _part(form: Form, key: str) -> Question | Section:
    """Gone."""
    return form.questions.get(key) or section_of(form, key)


def _now(part: Question | Section, of: str) -> When | None:
    found = getattr(part, of)
    return found if isinstance(found, When) else None


def _data(when: When | None) -> str:
    if when is None:
        return ""
    return json.dumps(write_condition(when.entity, when.condition), sort_keys=True)


def _nothing() -> Group:
    return Group("all")


def _shown(tell: Telling, form: Form, part: Question | Section, of: str, entity: Entity) -> Sheet:
    """As it is; a new one begins with one line, about the answer just before."""
    now, said = _now(part, of), (getattr(part, "invalid", None) or Texts())
    tree = tell.tree(form, When(now.condition, entity)) if now else _nothing()
    if now is None and entity.fields:
        last = entity.fields[-1].name
        op = builder.comparisons(tell.portal.store.schema, entity, last)[0]
        tree.parts.append(Line(last, op))
    return Sheet(part.key, of, _data(now), tree, said.de, said.en)


def _page(
    portal: Portal, asked: Asked, row: Listed, sheet: Sheet, entity: Entity, status: int = 200
) -> Response:
    form, tell, do = form_in(row), Telling(portal, asked), asked.value("do")
    if status == 200 and asked.method == "POST":
        sheet.tree.calm()
    told = parts(portal, asked, entity, lambda name: tell.field(form, name))
    told["offered"] |= tell.offered(form, entity.fields)
    return portal.page(
        asked, f"visit_reports/{'builder' if asked.partial else 'condition'}.html", status,
        open_="visit_reports/templates", row=row.values, place=f"{place_of(row)}/design/condition",
        back=f"{place_of(row)}/design", sheet=sheet, tree=sheet.tree, target=entity, hint=hint,
        focus=do if asked.method == "POST" else "", called=tell.part(form, sheet.key),
        longest=MAX_SAID, **told,
    )  # fmt: skip


def _save(portal: Portal, asked: Asked, row: Listed, sheet: Sheet, wanted: When | None) -> bool:
    """Whether it is saved; if not, what is wrong is told above."""
    changed = form_in(row)

    def change(form: Form) -> Form:
        nonlocal changed
        changed = _put(form, sheet, wanted)
        return changed

    try:
        found = save(portal, asked, row, change)
    except Gone:
        sheet.general.append(asked.words("Somebody else has removed this meanwhile."))
        return False
    tell = Telling(portal, asked)
    sheet.general += found.general
    sheet.general += [f"{tell.part(changed, at)}: {said}" for at, said in found.parts.items()]
    return found.fits


def _put(form: Form, sheet: Sheet, wanted: When | None) -> Form:
    """Gone."""
    part = _part(form, sheet.key)
    if isinstance(part, Section):
        return put_section(form, replace(part, shown_when=wanted))
    said = Texts(sheet.de[:MAX_SAID], sheet.en[:MAX_SAID]) if sheet.de or sheet.en else None
    match sheet.of:
        case "shown_when":
            part = replace(part, shown_when=wanted)
        case "mandatory":
            part = replace(part, mandatory=wanted or part.mandatory is True)
        case _:
            part = replace(part, valid_when=wanted, invalid=said if wanted else None)
    return put_question(form, part, sheet.key)
