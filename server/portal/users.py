"""Users (D2): who there is, what each may do and why, and their sign-in."""

from __future__ import annotations

from starlette.responses import Response

from server.accounts.directory import Listed as Account
from server.accounts.directory import users as listed
from server.accounts.refusals import AccountUnknown
from server.portal.administration import Tried, administered, attempt, entities, kinds
from server.portal.asked import Asked
from server.portal.board import names
from server.portal.lists import found_row
from server.portal.pages import Portal, to
from server.portal.refusals import Unclear, Unseen
from server.portal.sheet import Sheet, kept, opened, sent
from server.portal.user_rows import UserState, insertion, read_user, update, user_state
from syncengine.model.ids import to_text
from syncengine.model.rights import Right
from syncengine.store.database import reading
from syncengine.store.entitled import entitled, roles_of

LISTED = 200
ROLES = 200  # to choose from, beside those that the user has
DONE = ("unlock", "end")


def users(portal: Portal, asked: Asked) -> Response:
    """Every user, or those that a search finds."""
    administered(portal, asked)
    search = asked.value("q").strip()[:100]
    found = listed(portal.store, search, LISTED + 1)
    return portal.page(
        asked, "users_rows.html" if asked.partial else "users.html", open_="users",
        lines=found[:LISTED], more=len(found) > LISTED, search=search,
        people=names(portal, asked, {x.limit for x in found}),
    )  # fmt: skip


def new(portal: Portal, asked: Asked) -> Response:
    """A user who is not there yet; once saved, their one-time password."""
    administered(portal, asked)
    if asked.method == "GET":
        first = {"active": "true", "language": asked.words.language}
        return _page(portal, asked, None, Sheet(first, {}), Tried())
    texts = read_user(portal, asked)
    if asked.value("do") == "add":
        return _page(portal, asked, None, kept(asked, texts), Tried())
    sheet = sent(asked, texts, {})
    change, user = insertion(portal, asked, sheet)
    tried = attempt(portal, asked, sheet, change)
    if tried.saved:
        return _one_time(portal, asked, user, sheet.text("full_name"))
    return _page(portal, asked, None, sheet, tried)


def user(portal: Portal, asked: Asked) -> Response:
    """One user; with POST: another line for exceptions, a preview, or save it."""
    state = _state(portal, asked)
    if asked.method == "GET":
        return _page(portal, asked, state, opened(state.texts), Tried())
    texts = read_user(portal, asked)
    if asked.value("do") == "add":
        return _page(portal, asked, state, kept(asked, texts), Tried())
    sheet = sent(asked, texts, state.texts)
    tried = attempt(portal, asked, sheet, update(portal, asked, state, sheet))
    if tried.saved:
        if "active" in sheet.changed and not sheet.text("active"):
            portal.accounts.end_sessions(asked.signed_in, state.row.id)
        return to(f"/portal/users/{to_text(state.row.id)}?saved=1")
    if tried.clash and not sheet.theirs:  # in this very moment
        state = _state(portal, asked)
        sheet = sent(asked, texts, state.texts)
    return _page(portal, asked, state, sheet, tried)


def account(portal: Portal, asked: Asked) -> Response:
    """A new one-time password, the end of a lock-out, or of all sessions."""
    state, by, do = _state(portal, asked), asked.signed_in, asked.value("do")
    asked.signed_in.author("users")  # with a password of one's own only
    try:
        if do == "reset":
            return _one_time(portal, asked, state.row.id, str(state.row.values["full_name"]))
        if do == "unlock":
            portal.accounts.unlock(by, state.row.id)
        elif do == "end":
            portal.accounts.end_sessions(by, state.row.id)
        else:
            raise Unclear
    except AccountUnknown:
        raise Unseen from None
    return to(f"/portal/users/{to_text(state.row.id)}?done={do}")


def rights(portal: Portal, asked: Asked) -> Response:
    """What the user may do, and where each right comes from."""
    state, store = _state(portal, asked), portal.store
    with reading(store.engine) as connection:
        said = entitled(connection, store.schema, store.tables, state.row.id)[state.row.id]
    origins = {
        (entity, right): said.origin(right, entity)
        for entity in entities(portal)
        for right in Right
    }
    return portal.page(
        asked, "user_rights.html", open_="users", row_id=to_text(state.row.id), tab="rights",
        title=state.row.values["full_name"], said=said, origins=origins, kinds=kinds(portal),
        rights=list(Right), roles={role.id: role.name for role in said.roles},
        people=names(portal, asked, [said.limit]),
    )  # fmt: skip


def _state(portal: Portal, asked: Asked) -> UserState:
    """The user whom the address names; Unseen."""
    accounts = administered(portal, asked)
    row = found_row(portal, asked, portal.store.schema.entities[accounts.user], "user")
    return user_state(portal, asked, row)


def _one_time(portal: Portal, asked: Asked, user: bytes, title: str) -> Response:
    """A page with a new one-time password, which is on no other."""
    password = portal.accounts.reset_password(asked.signed_in, user)
    return portal.page(
        asked, "user_password.html", open_="users", row_id=to_text(user), title=title,
        password=password, own=user == asked.signed_in.user_id,
    )  # fmt: skip


def _page(
    portal: Portal, asked: Asked, state: UserState | None, sheet: Sheet, tried: Tried
) -> Response:
    store = portal.store
    with reading(store.engine) as connection:
        every = roles_of(connection, store.schema, store.tables)
    offered = [
        role
        for place, role in enumerate(every)
        if place < ROLES or sheet.text(f"role.{to_text(role.id)}")
    ]
    chosen = {name.split(".")[1] for name, text in sheet.texts.items() if text and name[:2] == "x."}
    known, asked_for = entities(portal), {*asked.form.get("xe", []), asked.value("add")}
    excepted = [name for name in known if name in chosen or name in asked_for]
    wrong = asked.method == "POST" and not sheet.fits
    found: list[Account] = listed(store, only=state.row.id) if state else []
    people = [state.row.values[name] for name in ("employee", "limited_to")] if state else []
    called = names(portal, asked, people)
    return portal.page(
        asked, "user.html", 409 if tried.clash else 422 if wrong else 200, open_="users",
        row_id=to_text(state.row.id) if state else "", sheet=sheet, tried=tried, tab="user",
        title=sheet.was.get("full_name", ""), roles=offered, rights=list(Right),
        excepted=excepted, others=[name for name in known if name not in excepted],
        account=found[0] if found else None, saved=asked.method == "GET" and bool(
            asked.value("saved")
        ),
        place=f"/portal/users/{to_text(state.row.id) if state else 'new'}",
        sessions=portal.accounts.open_sessions(state.row.id) if state else 0,
        done=done if (done := asked.value("done")) in DONE else "",
        called={
            name: called[value]
            for name, value in (state.row.values.items() if state else ())
            if name in ("employee", "limited_to") and isinstance(value, bytes)
        },
        people_entity=store.schema.people,
    )  # fmt: skip
