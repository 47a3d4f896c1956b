"""A role as rows: the role, the lines of its matrix, and who has it; and as the texts of a form."""

from __future__ import annotations

from dataclasses import dataclass

from server.portal.administration import Change, administered, entities
from server.portal.asked import Asked
from server.portal.forms import operation_on
from server.portal.pages import Portal
from server.portal.refusals import Unseen
from server.portal.sheet import Sheet
from syncengine.model.accounts import Accounts
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import derived_id, from_text
from syncengine.model.rights import Right
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.listing import Listed, Wanted

ROWS = 2_000  # of one role that are read: its lines, and who has it


@dataclass(frozen=True)
class RoleState:
    """A role as it is. texts: as a form has them. users: (id, what they are called)."""

    row: Listed
    lines: tuple[Listed, ...]
    given: tuple[Listed, ...]
    users: tuple[tuple[bytes, str], ...]
    texts: dict[str, str]


def role_state(portal: Portal, asked: Asked, row: Listed) -> RoleState:
    """As it is now, for whoever administers."""
    accounts, store, rights = administered(portal, asked), portal.store, asked.signed_in.rights
    of_role = (("role", row.id),)
    lines, _ = listing.page(store, rights, Wanted(accounts.role_right, filters=of_role), ROWS, None)
    given, _ = listing.page(store, rights, Wanted(accounts.assignment, filters=of_role), ROWS, None)
    with reading(store.engine) as connection:
        ids = [line.values["user"] for line in given]
        called = listing.titles(connection, store, rights, accounts.user, ids)
    users = sorted(called.items(), key=lambda x: x[1].casefold())
    texts = _texts(portal, row, lines)
    return RoleState(row, tuple(lines), tuple(given), tuple(users), texts)


def _texts(portal: Portal, row: Listed, lines: list[Listed]) -> dict[str, str]:
    known = set(entities(portal))
    cells = {
        f"r.{line.values['entity']}.{right}": "true"
        for line in lines
        for right in Right
        if line.values[str(right)] and line.values["entity"] in known
    }
    administers = "true" if row.values["administers"] else ""
    return {"name": str(row.values["name"]), "administers": administers, **cells}


def copied(portal: Portal, asked: Asked, text: str) -> dict[str, str]:
    """The texts of a new role: those of the role of this id, with another name; Unseen."""
    if not text:
        return {}
    accounts = administered(portal, asked)
    try:
        row = listing.one(portal.store, asked.signed_in.rights, accounts.role, from_text(text))
    except ValueError:
        row = None
    if row is None:
        raise Unseen
    texts = role_state(portal, asked, row).texts
    return {**texts, "name": asked.words("Copy of %(name)s", name=texts["name"])[:80]}


def cells(sheet: Sheet, entity: str) -> dict[Right, bool]:
    """What the form says of an entity."""
    return {right: bool(sheet.text(f"r.{entity}.{right}")) for right in Right}


def insertion(portal: Portal, asked: Asked, sheet: Sheet) -> tuple[Change, bytes]:
    """(what makes the role, its id)."""
    accounts, row_id = administered(portal, asked), portal.store.environment.new_id()
    values: dict[str, Stored] = {
        "name": sheet.text("name"), "administers": bool(sheet.text("administers")),
    }  # fmt: skip
    kind = portal.store.schema.entities[accounts.role]
    change = Change([operation_on(portal, Action.INSERT, kind, row_id, values)])
    for entity in entities(portal):
        said = cells(sheet, entity)
        if any(said.values()):
            change.operations.append(_line(portal, accounts, row_id, entity, said))
    return change, row_id


def _line(
    portal: Portal, accounts: Accounts, role: bytes, entity: str, said: dict[Right, bool]
) -> Operation:
    """A new line. Its id follows from role and entity: of two who make it at once, one is told."""
    values: dict[str, Stored] = {"role": role, "entity": entity}
    values |= {str(right): value for right, value in said.items()}
    kind = portal.store.schema.entities[accounts.role_right]
    row_id = derived_id(role, b"rights", entity.encode())
    return operation_on(portal, Action.INSERT, kind, row_id, values)


def update(portal: Portal, state: RoleState, sheet: Sheet) -> Change:
    """What makes the role as the form says. Where it had several lines for one entity, one is
    left.
    """
    accounts, tags = portal.store.schema.accounts, portal.store.schema.tags
    assert accounts is not None
    change = Change()
    change.expected[tags[accounts.role], state.row.id] = state.row.version
    change.expected |= {(tags[accounts.role_right], x.id): x.version for x in state.lines}
    wanted: dict[str, Stored] = {
        "name": sheet.text("name"), "administers": bool(sheet.text("administers")),
    }  # fmt: skip
    changed = {n: v for n, v in wanted.items() if state.row.values[n] != v}
    if changed:
        kind = portal.store.schema.entities[accounts.role]
        change.operations.append(operation_on(portal, Action.UPDATE, kind, state.row.id, changed))
    touched = {name.split(".")[1] for name in sheet.changed if name.startswith("r.")}
    for entity in sorted(touched):
        lines = [line for line in state.lines if line.values["entity"] == entity]
        _rewrite(portal, change, accounts, state.row.id, entity, cells(sheet, entity), lines)
    return change


def _rewrite(
    portal: Portal,
    change: Change,
    accounts: Accounts,
    role: bytes,
    entity: str,
    said: dict[Right, bool],
    lines: list[Listed],
) -> None:
    kind = portal.store.schema.entities[accounts.role_right]
    gone = lines
    if any(said.values()) and not lines:
        made = _line(portal, accounts, role, entity, said)
        change.operations.append(made)
        change.expected[made.tag, made.row_id] = 0
    elif any(said.values()):
        kept, *gone = lines
        values: dict[str, Stored] = {
            str(right): value for right, value in said.items() if kept.values[str(right)] != value
        }
        if values:
            change.operations.append(operation_on(portal, Action.UPDATE, kind, kept.id, values))
    change.operations += [operation_on(portal, Action.DELETE, kind, x.id, {}) for x in gone]


def deletion(portal: Portal, state: RoleState) -> Change:
    """What takes the role from everybody and then away."""
    schema = portal.store.schema
    accounts = schema.accounts
    assert accounts is not None
    rows = [(accounts.assignment, x) for x in state.given]
    rows += [(accounts.role_right, x) for x in state.lines]
    rows.append((accounts.role, state.row))
    return Change(
        [operation_on(portal, Action.DELETE, schema.entities[n], x.id, {}) for n, x in rows],
        {(schema.tags[name], row.id): row.version for name, row in rows},
    )
