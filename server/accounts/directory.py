"""Who there is: the first administrator, and the users as a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.accounts.attempts import Attempts
from server.accounts.sign_in import declared
from server.problem import Problem
from syncengine.model.access import Source
from syncengine.model.accounts import sign_in_name
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.errors import InvalidValue
from syncengine.model.fields import Stored
from syncengine.model.ids import ZERO_ID, derived_id, to_text
from syncengine.store import tables as t
from syncengine.store.author import Author
from syncengine.store.database import reading
from syncengine.store.history import iso, numbers
from syncengine.store.named import operation
from syncengine.store.store import Store

FIRST = "first administrator"


@dataclass(frozen=True)
class Listed:
    """A user as whoever administers sees them. limit: the person whom limited_to names. password:
    one-time, expired, set, or none. seen: the last request of a session that is on record,
    signed_in: when they signed in last (microseconds, 0: never).
    """

    user: bytes
    name: str
    full_name: str
    language: str
    active: bool
    roles: list[str]
    limited_to: str | None
    limit: bytes | None
    password: str
    locked: bool
    seen: int
    signed_in: int

    def as_data(self) -> dict[str, Any]:
        """For --json; times as ISO 8601."""
        times = {name: getattr(self, name) for name in ("seen", "signed_in")}
        said = {name: iso(at) if at else None for name, at in times.items()}
        limit = to_text(self.limit) if self.limit else None
        return {**vars(self), "user": to_text(self.user), "limit": limit, **said}


def make_first(store: Store, name: str, language: str = "de") -> bytes:
    """A user with a role that administers; the user's id. Problem: there is such a user already."""
    accounts, name = declared(store), sign_in_name(name)
    # Always the same role: of two who do this at once, one is refused.
    role = derived_id(ZERO_ID, b"office", FIRST.encode())
    user, new_id = store.environment.new_id(), store.environment.new_id
    made: list[tuple[str, bytes, dict[str, Stored]]] = [
        (accounts.user, user,
         {"name": name, "full_name": name, "language": language, "active": True}),
        (accounts.role, role, {"name": "Administration", "administers": True}),
        (accounts.assignment, new_id(), {"user": user, "role": role}),
    ]  # fmt: skip
    operations = [_insert(store, *row) for row in made]
    r, a = store.tables[accounts.role].c, store.tables[accounts.assignment].c
    with reading(store.engine) as connection:
        there = sa.select(a.id).join(store.tables[accounts.role], r.id == a.role)
        if connection.scalar(there.where(r.administers).limit(1)) is not None:
            raise Problem("account.not_first", "There is an administrator already.")
    try:
        verdict = store.write(Author(Source.OFFICE, None, FIRST), operations)
    except InvalidValue as error:
        raise Problem(error.code, error.detail) from None
    if verdict.version is None:
        objection = verdict.objections[0]
        if objection.code == "row.exists":
            raise Problem("account.not_first", "There is an administrator already.")
        raise Problem(objection.code, objection.detail)
    return user


def _insert(store: Store, name: str, row_id: bytes, values: dict[str, Stored]) -> Operation:
    return operation(store.schema, Action.INSERT, name, row_id, values)


def user_named(store: Store, name: str) -> bytes:
    """The id; Problem when there is no such user."""
    c = store.tables[declared(store).user].c
    with reading(store.engine) as connection:
        found: bytes | None = connection.scalar(sa.select(c.id).where(c.name == sign_in_name(name)))
    if found is None:
        raise Problem("account.unknown", f"There is no user {name}.")
    return found


def users(
    store: Store, search: str = "", most: int | None = None, only: bytes | None = None
) -> list[Listed]:
    """By name: those whose names contain `search`, at most so many; or one."""
    accounts = declared(store)
    user, role = store.tables[accounts.user], store.tables[accounts.role]
    given, s = store.tables[accounts.assignment], t.account_secret.c
    seen = sa.select(t.session.c.office_user, sa.func.max(t.session.c.seen).label("seen"))
    last = seen.group_by(t.session.c.office_user).subquery()
    wanted = (
        sa.select(user, s.hash, s.expires, s.signed_in, last.c.seen.label("last_seen"))
        .outerjoin(t.account_secret, s.office_user == user.c.id)
        .outerjoin(last, last.c.office_user == user.c.id)
        .order_by(user.c.name)
        .limit(most)
    )
    if search:
        texts = (user.c.name, user.c.full_name)
        wanted = wanted.where(sa.or_(*(x.icontains(search, autoescape=True) for x in texts)))
    if only is not None:
        wanted = wanted.where(user.c.id == only)
    attempts = Attempts(store.engine, store.environment)
    with reading(store.engine) as connection:
        rows = connection.execute(wanted).all()
        roles: dict[bytes, list[str]] = {}
        named = sa.select(given.c.user, role.c.name).join(role, role.c.id == given.c.role)
        for row in connection.execute(named.order_by(role.c.name)):
            roles.setdefault(row.user, []).append(row.name)
        people = numbers(connection, store, {row.limited_to for row in rows})
        locked = attempts.locked(connection, (row.name for row in rows))
        return [
            Listed(
                row.id, row.name, row.full_name, row.language, row.active, roles.get(row.id, []),
                people.get(row.limited_to), row.limited_to,
                _password(row, store.environment.now()), row.name in locked, row.last_seen or 0,
                row.signed_in or 0,
            )
            for row in rows
        ]  # fmt: skip


def _password(row: Any, now: int) -> str:  # noqa: ANN401
    if row.hash is None:
        return "none"
    if row.expires is None:
        return "set"
    return "one-time" if row.expires > now else "expired"
