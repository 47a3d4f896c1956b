"""Which changes of office users and their roles cannot be: checked in the write path, for whoever
writes. So two commits cannot each take away one of the last two administrators.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from syncengine.model.access import Refusal
from syncengine.model.accounts import Accounts, sign_in_name
from syncengine.model.changeset import Operation
from syncengine.store.database import KEYS_PER_STATEMENT
from syncengine.store.working import ABSENT, Key, RowState, Working, batches

LAST = Refusal("account.last_administrator", "Nobody would be left who administers the users.")
NAME_TAKEN = Refusal("account.name_taken", "Another user signs in with this name.")
NAME = Refusal("account.name", "A name for signing in is in small letters, without blanks around.")
ENTITY = Refusal("account.entity", "There is no such kind of rows that rights could be given for.")

Rows = Mapping[Key, RowState]
Named = dict[str, Any]


def account_faults(
    working: Working, operations: tuple[Operation, ...], rows: Rows
) -> Iterator[tuple[int, Refusal]]:
    """(position, why) of each operation of a changeset after which accounts could not be.

    rows: as the changeset would make them; what earlier ones made is stored.
    """
    accounts = working.schema.accounts
    if accounts is None:
        return
    by_tag = working.schema.by_tag
    touched = {
        place: name
        for place, operation in enumerate(operations)
        if (name := by_tag[operation.tag].name) in accounts.entities
    }
    for place, name in touched.items():
        key = (operations[place].tag, operations[place].row_id)
        values = rows.get(key, ABSENT).values
        if values is not None:
            row = _named(working, key, rows[key])
            refusal = _fault(working, accounts, name, key[1], row, rows)
            if refusal is not None:
                yield place, refusal
    deciding = (accounts.user, accounts.role, accounts.assignment)
    places = [place for place, name in touched.items() if name in deciding]
    left = not places or _is_administered(working, accounts, rows)
    if not left and _is_administered(working, accounts, {}):
        yield from ((place, LAST) for place in places)


def _fault(
    working: Working, accounts: Accounts, name: str, row_id: bytes, row: Named, rows: Rows
) -> Refusal | None:
    """What is wrong with one row by itself."""
    if name == accounts.user:
        if not row["name"] or row["name"] != sign_in_name(row["name"]):
            return NAME
        column = working.tables[name].c.name
        same = _rows(working, name, column, [row["name"]], rows)
        return NAME_TAKEN if same.keys() - {row_id} else None
    if name in (accounts.role_right, accounts.exception):
        known = working.schema.entities.keys() - accounts.entities
        return None if row["entity"] in known else ENTITY
    return None


def _is_administered(working: Working, accounts: Accounts, rows: Rows) -> bool:
    """Whether there is an active user with a role that administers."""
    c = {name: working.tables[name].c for name in accounts.entities}
    roles = _rows(working, accounts.role, c[accounts.role].administers, [True], rows)
    given = _rows(working, accounts.assignment, c[accounts.assignment].role, roles, rows)
    named = {row["user"] for row in given.values()}
    users = _rows(working, accounts.user, c[accounts.user].id, named, rows)
    return any(row["active"] for row in users.values())


def _rows(
    working: Working, name: str, column: sa.Column[Any], wanted: Collection[Any], rows: Rows
) -> dict[bytes, Named]:
    """Id -> fields of the rows with one of the wanted values in a column: as stored, or as made
    anew.
    """
    tag = working.schema.tags[name]
    anew = {key[1]: state for key, state in rows.items() if key[0] == tag}
    found: dict[bytes, Named] = {}
    for some in batches(list(wanted), KEYS_PER_STATEMENT):
        stored = working.connection.execute(
            sa.select(working.tables[name]).where(column.in_(some))
        ).mappings()
        found |= {row["id"]: {str(k): v for k, v in row.items()} for row in stored}
    found = {row_id: row for row_id, row in found.items() if row_id not in anew}
    for row_id, state in anew.items():
        if state.values is not None:
            row = _named(working, (tag, row_id), state)
            if row[str(column.name)] in wanted:
                found[row_id] = row
    return found


def _named(working: Working, key: Key, state: RowState) -> Named:
    assert state.values is not None
    fields = working.schema.by_tag[key[0]].fields
    return {"id": key[1]} | {f.name: v for f, v in zip(fields, state.values, strict=True)}
