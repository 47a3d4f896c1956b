"""One row: its form, what refers to it, its history. Saving writes a changeset of what changed.

Two people at one row: the form carries the version that it was made from and each value as it was.
What only one of them changed is kept of both; where both changed a field, the second is shown both
values and chooses.
"""

from __future__ import annotations

from starlette.responses import Response

from server.portal.asked import Asked
from server.portal.attachments import attached
from server.portal.forms import Form, edited, operation_on, read_form, texts, write
from server.portal.lists import changeable, entity_of, found_row
from server.portal.pages import Portal, to
from server.portal.pickers import choices
from server.portal.values import hint, shown
from syncengine.model.entity import Action, Entity
from syncengine.model.ids import to_text
from syncengine.model.rights import Right
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.listing import Listed


def record(portal: Portal, asked: Asked) -> Response:
    """The form; with POST: save it."""
    entity = entity_of(portal, asked)
    row = found_row(portal, asked, entity)
    if asked.method == "GET":
        now = texts(portal, asked, entity, row)
        return _page(portal, asked, entity, row, Form(dict(now), now, row.version))
    form, new = edited(portal, asked, entity, row)
    if form.theirs:
        return _page(portal, asked, entity, row, form, 409)
    if not form.errors and new:
        write(portal, asked, [operation_on(portal, Action.UPDATE, entity, row.id, new)], form)
    if form.errors or form.general:
        return _page(portal, asked, entity, row, form, 422)
    return to(f"{_place(entity, row.id)}?saved=1")


def new(portal: Portal, asked: Asked) -> Response:
    """An empty form; with POST: the row."""
    entity = entity_of(portal, asked, Right.ADD)
    if asked.method == "GET":
        texts = {f.name: "true" if f.name == "active" else "" for f in entity.fields}
        texts |= {n: v for n in texts if (v := asked.value(f"with.{n}"))}
        return _page(portal, asked, entity, None, Form(texts, {}))
    form, values = read_form(portal, asked, entity)
    row_id = portal.store.environment.new_id()
    if not form.errors:
        given = {name: value for name, value in values.items() if value is not None}
        write(portal, asked, [operation_on(portal, Action.INSERT, entity, row_id, given)], form)
    if form.errors or form.general:
        return _page(portal, asked, entity, None, form, 422)
    return to(f"{_place(entity, row_id)}?saved=1")


def delete(portal: Portal, asked: Asked) -> Response:
    """Take the row away."""
    entity = entity_of(portal, asked, Right.DELETE)
    row = found_row(portal, asked, entity)
    form = Form(now := texts(portal, asked, entity, row), now, row.version)
    write(portal, asked, [operation_on(portal, Action.DELETE, entity, row.id, {})], form)
    if form.general or form.errors:
        return _page(portal, asked, entity, row, form, 422)
    return to(f"/portal/data/{entity.name}")


def _place(entity: Entity, row_id: bytes) -> str:
    return f"/portal/data/{entity.name}/{to_text(row_id)}"


def title_of(portal: Portal, asked: Asked, entity: Entity, row: Listed) -> str:
    rights = asked.signed_in.rights
    with reading(portal.store.engine) as connection:
        found = listing.titles(connection, portal.store, rights, entity.name, [row.id])
    return found[row.id]


def _page(
    portal: Portal, asked: Asked, entity: Entity, row: Listed | None, form: Form, status: int = 200
) -> Response:
    store, rights, w = portal.store, asked.signed_in.rights, asked.words
    titles = listing.reference_titles(store, rights, entity, [row]) if row else {}
    related = listing.referring(store, rights, entity.name, row.id) if row else []
    may = changeable(rights, Right.EDIT if row else Right.ADD, entity)
    return portal.page(
        asked, "record.html", status, open_=entity.name, entity=entity, form=form,
        row_id=to_text(row.id) if row else "",
        title=title_of(portal, asked, entity, row) if row else "",
        may_edit=may, may_delete=row is not None and changeable(rights, Right.DELETE, entity),
        related=[(name, by, number, f"/portal/data/{name}?f.{by}={asked.path['row']}")
                 for name, by, number in related],
        hint=hint, shown={f.name: shown(w, f, row.values[f.name], titles) for f in entity.fields}
        if row else {}, files=attached(portal, entity, row.id, dict(row.values)) if row else {},
        choices=choices(portal, asked, entity, form.texts),
        saved=bool(asked.value("saved")),
        blocks=portal.blocks(asked, row, entity.name) if row else [],
    )  # fmt: skip
