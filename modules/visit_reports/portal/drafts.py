"""A draft's questions: read, and every change of them saved as a changeset of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from modules.visit_reports.portal.reading import TEMPLATE, TEMPLATES, may_design, viewer
from server.portal.public import Asked, NotAllowed, Portal, found_row, operation_on, write
from server.portal.public import Form as Sheet
from syncengine.model.entity import Action
from syncengine.model.errors import InvalidValue
from syncengine.model.ids import to_text
from syncengine.model.questionnaire import Form
from syncengine.model.questionnaire_field import form_of
from syncengine.model.questionnaire_writing import write_form
from syncengine.store import listing
from syncengine.store.author import Expected
from syncengine.store.listing import Listed

TRIES = 5  # of a change, while others save
Change = Callable[[Form], Form]


class Gone(Exception):
    """What was to change is not there any more: somebody else has removed it."""


@dataclass(frozen=True)
class Saved:
    """What became of a change; nothing is wrong: it is saved. general: about all of it. parts: what
    is wrong, by the key of the question or section.
    """

    general: list[str] = field(default_factory=list)
    parts: Mapping[str, str] = field(default_factory=dict)

    @property
    def fits(self) -> bool:
        """Whether it is saved."""
        return not (self.general or self.parts)


def form_in(row: Listed) -> Form:
    """The questions of a template."""
    return form_of(str(row.values["form"]))


def draft_row(portal: Portal, asked: Asked) -> Listed:
    """The template that the address names, of whoever may change it; see `is_draft`."""
    if not may_design(portal, viewer(asked)):
        raise NotAllowed
    return found_row(portal, asked, portal.store.schema.entities[TEMPLATE])


def is_draft(row: Listed) -> bool:
    """Whether its questions may change."""
    return row.values["status"] == "draft"


def place_of(row: Listed) -> str:
    """The address of a template's page."""
    return f"{TEMPLATES}/{to_text(row.id)}"


def save(portal: Portal, asked: Asked, row: Listed, change: Change) -> Saved:
    """Change the questions as they are now, whoever has changed others meanwhile. Gone."""
    store, entity = portal.store, portal.store.schema.entities[TEMPLATE]
    now: Listed | None = row
    for _ in range(TRIES):
        if now is None:
            raise Gone
        changed = change(form_in(now))
        try:
            stored = entity.by_name["form"].type.store(write_form(changed))
        except InvalidValue as error:
            return _wrong(asked, changed, error)
        sheet = Sheet({}, {})
        operation = operation_on(portal, Action.UPDATE, entity, row.id, {"form": stored})
        key = (store.schema.tags[TEMPLATE], row.id)
        if write(portal, asked, [operation], sheet, Expected({key: now.version})):
            return Saved(sheet.general)
        now = listing.one(store, asked.signed_in.rights, TEMPLATE, row.id)
    return Saved([asked.words("Somebody else is saving all the time. Try it again.")])


def _wrong(asked: Asked, form: Form, error: InvalidValue) -> Saved:
    """A fault of the form, told at the question or section that has it."""
    w, at = asked.words, str(error.data.get("at") or "").split(".")
    said = w.reason(error.code, error.detail)
    if str(error.data.get("fault")).startswith("condition."):
        said = w(
            "Its condition would no longer fit: it asks for an answer that is not before it, or for"
            " a choice that is not there."
        )
    if len(at) < 2 or at[0] != "sections" or not at[1].isdecimal():
        return Saved([said])
    section = form.sections[int(at[1])]
    if len(at) > 3 and at[2] == "questions" and at[3].isdecimal():
        return Saved(parts={section.questions[int(at[3])].key: said})
    return Saved(parts={section.key: said})
