"""What the rows of a snapshot say of office users before it is combined: roles, the lines of these,
exceptions; and where each right of a user comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from syncengine.model.accounts import Accounts
from syncengine.model.manifest import Schema
from syncengine.model.rights import Line, Right, Rights, combined
from syncengine.store.concealed import concealed_now

Lines = dict[bytes, tuple[Line, ...]]


@dataclass(frozen=True)
class Role:
    """A role with its lines of the matrix; who has one that administers needs no line."""

    id: bytes
    name: str
    administers: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Origin:
    """Where one right of a user comes from. roles: the ids of those that give it. exception: as
    it counts; None: there is none. given: what it comes to. blind: it would be given, were the rows
    to be viewed.
    """

    roles: tuple[bytes, ...]
    exception: bool | None
    given: bool
    blind: bool


@dataclass(frozen=True)
class Entitled:
    """What the rows say of a user, before it is combined. limit, concealed: as in Rights."""

    active: bool
    roles: tuple[Role, ...]
    exceptions: tuple[Line, ...]
    limit: bytes | None
    concealed: frozenset[str] = frozenset()

    @cached_property
    def rights(self) -> Rights:
        """What it comes to: nothing for who is not active, everything for who administers."""
        if not self.active:
            return Rights()
        if any(role.administers for role in self.roles):
            return Rights(administers=True, concealed=self.concealed)
        lines = (line for role in self.roles for line in role.lines)
        return Rights(False, combined(lines, self.exceptions), self.limit, self.concealed)

    def origin(self, right: Right, entity: str) -> Origin:
        """Why the user has the right for rows of that entity, or has it not."""
        rights = self.rights
        giving = [
            role.id
            for role in self.roles
            if role.administers or any(x.entity == entity and x.said[right] for x in role.lines)
        ]
        said = {x.said[right] for x in self.exceptions if x.entity == entity} - {None}
        exception = None if not said or rights.administers else False not in said
        given = rights.may(right, entity)
        blind = not given and right in rights.allowed.get(entity, frozenset())
        return Origin(tuple(giving), exception, given, blind)


def entitled(
    connection: sa.Connection, schema: Schema, tables: dict[str, sa.Table], user: bytes | None
) -> dict[bytes, Entitled]:
    """By user: of one, or of all where there is None. Four statements, however many users, and one
    for each switch that conceals rows."""
    accounts = schema.accounts
    if accounts is None:
        return {}
    u, a, r = (tables[n].c for n in (accounts.user, accounts.assignment, accounts.role))
    users = connection.execute(_of(sa.select(u.id, u.active, u.limited_to), u.id, user)).all()
    if not users:
        return {}
    wanted = sa.select(a.user, r.id, r.name, r.administers).join_from(
        tables[accounts.assignment], tables[accounts.role], a.role == r.id
    )
    given = connection.execute(_of(wanted, a.user, user).order_by(r.name, r.id)).all()
    of_roles, own = tables[accounts.role_right], tables[accounts.exception]
    mine, theirs = own.c.user == user, of_roles.c.role.in_({row.id for row in given})
    every = user is None
    lines = _lines(connection, accounts, of_roles, "role", sa.true() if every else theirs)
    exceptions = _lines(connection, accounts, own, "user", sa.true() if every else mine)
    roles: dict[bytes, dict[bytes, Role]] = {}
    for row in given:  # who has a role twice has it once
        role = Role(row.id, row.name, row.administers, lines.get(row.id, ()))
        roles.setdefault(row.user, {})[row.id] = role
    hidden = concealed_now(connection, schema, tables)
    return {
        row.id: Entitled(
            row.active,
            tuple(roles.get(row.id, {}).values()),
            exceptions.get(row.id, ()),
            row.limited_to,
            hidden,
        )
        for row in users
    }


def roles_of(
    connection: sa.Connection, schema: Schema, tables: dict[str, sa.Table]
) -> tuple[Role, ...]:
    """Every role with its lines, by name."""
    accounts = schema.accounts
    if accounts is None:
        return ()
    r = tables[accounts.role].c
    lines = _lines(connection, accounts, tables[accounts.role_right], "role", sa.true())
    wanted = sa.select(r.id, r.name, r.administers).order_by(r.name, r.id)
    return tuple(
        Role(row.id, row.name, row.administers, lines.get(row.id, ()))
        for row in connection.execute(wanted)
    )


def _of(
    wanted: sa.Select[Any], column: sa.ColumnElement[bytes], user: bytes | None
) -> sa.Select[Any]:
    return wanted if user is None else wanted.where(column == user)


def _lines(
    connection: sa.Connection,
    accounts: Accounts,
    table: sa.Table,
    whose: str,
    of: sa.ColumnElement[bool],
) -> Lines:
    """By what the column `whose` refers to."""
    found: Lines = {}
    for row in connection.execute(sa.select(table).where(of).order_by(table.c.id)).mappings():
        if row["entity"] not in accounts.entities:
            said = {right: row[str(right)] for right in Right}
            found[row[whose]] = (*found.get(row[whose], ()), Line(str(row["entity"]), said))
    return found
