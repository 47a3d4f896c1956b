"""A user as rows: the user, roles given, exceptions; and as the texts of a form."""

from __future__ import annotations

from dataclasses import dataclass

from server.portal.administration import Change, administered, entities
from server.portal.asked import Asked
from server.portal.forms import operation_on
from server.portal.pages import Portal
from server.portal.pickers import referred
from server.portal.refusals import Unclear
from server.portal.sheet import Sheet
from server.portal.values import Wrong
from syncengine.model.accounts import sign_in_name
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import derived_id, from_text, to_text
from syncengine.model.rights import Right
from syncengine.store import listing
from syncengine.store.listing import Listed, Wanted

ROWS = 2_000  # of one user that are read: roles given, and exceptions
NEEDED = ("name", "full_name", "language")
REFERENCES = ("employee", "limited_to")
SAYS: dict[str, bool | None] = {"": None, "allow": True, "deny": False}


@dataclass(frozen=True)
class UserState:
    """A user as they are. texts: as a form has them."""

    row: Listed
    given: tuple[Listed, ...]
    exceptions: tuple[Listed, ...]
    texts: dict[str, str]


def user_state(portal: Portal, asked: Asked, row: Listed) -> UserState:
    """As they are now, for whoever administers."""
    accounts, store, rights = administered(portal, asked), portal.store, asked.signed_in.rights
    own = (("user", row.id),)
    given, _ = listing.page(store, rights, Wanted(accounts.assignment, filters=own), ROWS, None)
    said, _ = listing.page(store, rights, Wanted(accounts.exception, filters=own), ROWS, None)
    texts = {name: str(row.values[name]) for name in NEEDED}
    texts["active"] = "true" if row.values["active"] else ""
    texts |= {name: _number(portal, asked, row.values[name]) for name in REFERENCES}
    texts |= {f"role.{_text(line.values['role'])}": "true" for line in given}
    return UserState(row, tuple(given), tuple(said), texts | _exceptions(portal, said))


def _exceptions(portal: Portal, said: list[Listed]) -> dict[str, str]:
    """One that denies goes before one that allows, as for the rights."""
    known, texts = set(entities(portal)), dict[str, str]()
    for right in Right:
        for line in said:
            entity, word = str(line.values["entity"]), line.values[str(right)]
            name = f"x.{entity}.{right}"
            if word is not None and entity in known:
                texts[name] = "allow" if word and texts.get(name) != "deny" else "deny"
    return texts


def _text(row_id: Stored) -> str:
    assert isinstance(row_id, bytes)
    return to_text(row_id)


def _number(portal: Portal, asked: Asked, person: Stored) -> str:
    """What the input of a person shows: their number."""
    if not isinstance(person, bytes):
        return ""
    row = listing.one(portal.store, asked.signed_in.rights, portal.store.schema.people, person)
    number = row.values.get("number") if row else None
    return str(number) if number else to_text(person)


def read_user(portal: Portal, asked: Asked) -> dict[str, str]:
    """What is in the inputs; Unclear: what no form of ours sends."""
    texts = {name: asked.value(f"v.{name}").strip() for name in (*NEEDED, *REFERENCES)}
    texts["name"] = sign_in_name(texts["name"])
    texts["active"] = asked.value("v.active")
    if texts["active"] not in ("", "true"):
        raise Unclear
    for role in asked.form.get("role", []):
        try:
            texts[f"role.{to_text(from_text(role))}"] = "true"
        except ValueError:
            raise Unclear from None
    for entity in entities(portal):
        for right in Right:
            said = asked.form.get(f"x.{entity}.{right}", [""])[-1]
            if said not in SAYS:
                raise Unclear
            texts[f"x.{entity}.{right}"] = said
    return texts


def values_of(portal: Portal, asked: Asked, sheet: Sheet) -> dict[str, Stored]:
    """The stored values of the user's own row; what does not fit comes to its input."""
    accounts, w = administered(portal, asked), asked.words
    fields = portal.store.schema.entities[accounts.user].by_name
    values: dict[str, Stored] = {"active": bool(sheet.text("active"))}
    for name in NEEDED:
        limit = getattr(fields[name].type, "limit", None)
        values[name] = sheet.text(name)
        if not sheet.text(name):
            sheet.errors[name] = w("This is needed.")
        elif limit is not None and len(sheet.text(name)) > limit:
            sheet.errors[name] = w("At most %(limit)s characters.", limit=w.number(limit))
    if sheet.text("language") not in getattr(fields["language"].type, "values", ()):
        sheet.errors["language"] = w("Choose one of the list.")
    for name in REFERENCES:
        try:
            text, people = sheet.text(name), portal.store.schema.people
            values[name] = referred(portal, asked, people, text) if text else None
        except Wrong as wrong:
            sheet.errors[name] = str(wrong)
    return values


def insertion(portal: Portal, asked: Asked, sheet: Sheet) -> tuple[Change, bytes]:
    """(what makes the user, their id)."""
    accounts, row_id = administered(portal, asked), portal.store.environment.new_id()
    values = {n: v for n, v in values_of(portal, asked, sheet).items() if v is not None}
    kind = portal.store.schema.entities[accounts.user]
    change = Change(named={row_id: f"{sheet.text('full_name')} · {sheet.text('name')}"})
    change.operations.append(operation_on(portal, Action.INSERT, kind, row_id, values))
    _give(portal, change, row_id, sheet, ())
    _except(portal, change, row_id, sheet, ())
    return change, row_id


def update(portal: Portal, asked: Asked, state: UserState, sheet: Sheet) -> Change:
    """What makes the user as the form says."""
    accounts, tags = administered(portal, asked), portal.store.schema.tags
    change = Change()
    change.expected[tags[accounts.user], state.row.id] = state.row.version
    change.expected |= {(tags[accounts.assignment], x.id): x.version for x in state.given}
    change.expected |= {(tags[accounts.exception], x.id): x.version for x in state.exceptions}
    values = values_of(portal, asked, sheet)
    changed = {n: v for n, v in values.items() if n in sheet.changed and state.row.values[n] != v}
    if changed:
        kind = portal.store.schema.entities[accounts.user]
        change.operations.append(operation_on(portal, Action.UPDATE, kind, state.row.id, changed))
    _give(portal, change, state.row.id, sheet, state.given)
    _except(portal, change, state.row.id, sheet, state.exceptions)
    return change


def _give(
    portal: Portal, change: Change, user: bytes, sheet: Sheet, given: tuple[Listed, ...]
) -> None:
    """Give roles and take them. A row's id follows from user and role: of two who give it at once,
    one is told.
    """
    accounts = portal.store.schema.accounts
    assert accounts is not None
    kind = portal.store.schema.entities[accounts.assignment]
    for name in sorted(x for x in sheet.changed if x.startswith("role.")):
        role = from_text(name.removeprefix("role."))
        rows = [line for line in given if line.values["role"] == role]
        if not sheet.text(name):
            gone = [operation_on(portal, Action.DELETE, kind, x.id, {}) for x in rows]
            change.operations += gone
        elif not rows:
            row_id = derived_id(user, b"role", role)
            made = {"user": user, "role": role}
            change.operations.append(operation_on(portal, Action.INSERT, kind, row_id, made))
            change.expected[portal.store.schema.tags[kind.name], row_id] = 0


def _except(
    portal: Portal, change: Change, user: bytes, sheet: Sheet, said: tuple[Listed, ...]
) -> None:
    """Write exceptions. Where there were several for one entity, one is left."""
    accounts = portal.store.schema.accounts
    assert accounts is not None
    kind = portal.store.schema.entities[accounts.exception]
    for entity in sorted({x.split(".")[1] for x in sheet.changed if x.startswith("x.")}):
        words: dict[str, Stored] = {
            str(right): SAYS[sheet.text(f"x.{entity}.{right}")] for right in Right
        }
        rows = [line for line in said if line.values["entity"] == entity]
        some = any(word is not None for word in words.values())
        if some and not rows:
            row_id = derived_id(user, b"exception", entity.encode())
            given = {n: word for n, word in words.items() if word is not None}
            made = {"user": user, "entity": entity, **given}
            change.operations.append(operation_on(portal, Action.INSERT, kind, row_id, made))
            change.expected[portal.store.schema.tags[kind.name], row_id] = 0
        elif some:
            kept, *rows = rows
            wrong = {n: word for n, word in words.items() if kept.values[n] != word}
            if wrong:
                change.operations.append(operation_on(portal, Action.UPDATE, kind, kept.id, wrong))
        if rows:
            change.operations += [operation_on(portal, Action.DELETE, kind, x.id, {}) for x in rows]
