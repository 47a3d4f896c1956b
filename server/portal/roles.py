"""Roles (D2): who has which, and what each allows, as a matrix of kinds of rows and rights."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from server.portal.administration import (
    Tried,
    administered,
    attempt,
    entities,
    kinds,
    previewed,
    saved,
)
from server.portal.asked import Asked
from server.portal.lists import found_row
from server.portal.pages import Portal, to
from server.portal.refusals import Unclear
from server.portal.role_rows import RoleState, copied, deletion, insertion, role_state, update
from server.portal.sheet import Sheet, opened, sent
from syncengine.model.ids import to_text
from syncengine.model.rights import Right
from syncengine.store.database import reading
from syncengine.store.entitled import Role, entitled, roles_of

MAX_NAME = 80
LISTED = 200  # roles on their page, users beside one


@dataclass(frozen=True)
class Line:
    """A role in the list. counts: for how many kinds of rows it gives each right."""

    role: Role
    users: int
    counts: tuple[int, ...]


def roles(portal: Portal, asked: Asked) -> Response:
    """Every role, with how many have it."""
    administered(portal, asked)
    store, known = portal.store, set(entities(portal))
    with reading(store.engine) as connection:
        every = roles_of(connection, store.schema, store.tables)
        users = entitled(connection, store.schema, store.tables, None).values()
    having = [role.id for said in users for role in said.roles]
    lines = []
    for role in every[:LISTED]:
        of = {
            right: {x.entity for x in role.lines if x.said[right] and x.entity in known}
            for right in Right
        }
        counts = tuple(len(of[right]) for right in Right)
        lines.append(Line(role, having.count(role.id), counts))
    return portal.page(
        asked, "roles.html", open_="roles", lines=lines, rights=list(Right), all=len(known),
        more=len(every) > LISTED, deleted=bool(asked.value("deleted")),
    )  # fmt: skip


def new(portal: Portal, asked: Asked) -> Response:
    """A role that is not there yet; a copy of another one where the address says so."""
    administered(portal, asked)
    texts = copied(portal, asked, asked.value("copy")) if asked.method == "GET" else {}
    if asked.method == "GET":
        return _page(portal, asked, None, Sheet(texts, {}), Tried())
    sheet = sent(asked, _read(portal, asked), {})
    _check(portal, asked, sheet)
    change, row_id = insertion(portal, asked, sheet)
    tried = attempt(portal, asked, sheet, change)
    if tried.saved:
        return to(f"/portal/roles/{to_text(row_id)}?saved=1")
    return _page(portal, asked, None, sheet, tried)


def role(portal: Portal, asked: Asked) -> Response:
    """One role; with POST: its preview, or save it."""
    accounts = administered(portal, asked)
    row = found_row(portal, asked, portal.store.schema.entities[accounts.role], "role")
    state = role_state(portal, asked, row)
    if asked.method == "GET":
        return _page(portal, asked, state, opened(state.texts), Tried())
    texts = _read(portal, asked)
    sheet = sent(asked, texts, state.texts)
    _check(portal, asked, sheet)
    tried = attempt(portal, asked, sheet, update(portal, state, sheet))
    if tried.saved:
        return to(f"/portal/roles/{to_text(row.id)}?saved=1")
    if tried.clash and not sheet.theirs:  # in this very moment
        state = role_state(portal, asked, found_row(
            portal, asked, portal.store.schema.entities[accounts.role], "role"
        ))  # fmt: skip
        sheet = sent(asked, texts, state.texts)
    return _page(portal, asked, state, sheet, tried)


def delete(portal: Portal, asked: Asked) -> Response:
    """Take the role from everybody and away; first what that would do."""
    accounts = administered(portal, asked)
    row = found_row(portal, asked, portal.store.schema.entities[accounts.role], "role")
    state = role_state(portal, asked, row)
    sheet, change = opened(state.texts), deletion(portal, state)
    having = " ".join(to_text(user) for user, _ in state.users)
    seen = opened({**state.texts, "users": having}).seal
    if asked.value("do") != "delete" or asked.value("seen") != seen:
        tried = Tried(told=previewed(portal, asked, sheet, change))
    else:
        tried = saved(portal, asked, sheet, change)
        if tried.saved:
            return to("/portal/roles?deleted=1")
        if tried.clash:
            return to(f"/portal/roles/{to_text(row.id)}")
    return _page(portal, asked, state, sheet, tried, seen)


def _read(portal: Portal, asked: Asked) -> dict[str, str]:
    """What is in the inputs."""
    texts = {"name": asked.value("v.name").strip()}
    administers = asked.form.get("v.administers", [])
    if any(value != "true" for value in administers):
        raise Unclear
    texts["administers"] = "true" if administers else ""
    for entity in entities(portal):
        chosen = asked.form.get(f"r.{entity}", [])
        if not set(chosen) <= {str(right) for right in Right}:
            raise Unclear
        texts |= {f"r.{entity}.{right}": "true" for right in chosen}
    return texts


def _check(portal: Portal, asked: Asked, sheet: Sheet) -> None:
    name, w = sheet.text("name"), asked.words
    store = portal.store
    with reading(store.engine) as connection:
        every = roles_of(connection, store.schema, store.tables)
    if not name:
        sheet.errors["name"] = w("This is needed.")
    elif len(name) > MAX_NAME:
        sheet.errors["name"] = w("At most %(limit)s characters.", limit=w.number(MAX_NAME))
    elif "name" in sheet.changed and any(x.name == name for x in every):
        sheet.errors["name"] = w("There is a role with this name already.")


def _page(
    portal: Portal, asked: Asked, state: RoleState | None, sheet: Sheet, tried: Tried,
    deleting: str = "",
) -> Response:  # fmt: skip
    wrong = asked.method == "POST" and not sheet.fits
    users = state.users if state else ()
    return portal.page(
        asked, "role.html", 409 if tried.clash else 422 if wrong else 200, open_="roles",
        row_id=to_text(state.row.id) if state else "", sheet=sheet, tried=tried,
        title=sheet.was.get("name", ""), kinds=kinds(portal), rights=list(Right),
        users=users[:LISTED], more=len(users) > LISTED, saved=asked.method == "GET" and bool(
            asked.value("saved")
        ),
        place=f"/portal/roles/{to_text(state.row.id) if state else 'new'}",
        deleting=bool(deleting), seen=deleting, tab="role",
    )  # fmt: skip
