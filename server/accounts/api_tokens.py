"""Tokens of other systems: each is one user's, carries a part of their rights at most, and ends.

A token is shown once; only its hash is kept. Unknown, expired, revoked, of somebody who is not
active: nobody learns which.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from server.accounts.refusals import TokenRefused, TokenUnknown
from server.accounts.sign_in import declared
from server.logs import logger
from syncengine.model.access import Source
from syncengine.model.ids import to_text
from syncengine.model.rights import Rights
from syncengine.store.account_table import api_token
from syncengine.store.accounts import rights_of, scoped
from syncengine.store.author import Author
from syncengine.store.database import reading, writing
from syncengine.store.history import iso, users
from syncengine.store.scope import Scope
from syncengine.store.store import Store

PREFIX = "sea_"
TOKEN_BYTES = 32
TOKEN_LENGTH = len(PREFIX) + 43  # characters
DAY = 24 * 3600 * 1_000_000  # microseconds
MINUTE = 60 * 1_000_000
MAX_DAYS = 366
MAX_NAME = 80
MAX_TOKENS = 50  # of one user, that are good
SHOWN_DAYS = 366  # after its end a token is still listed

_c = api_token.c


@dataclass(frozen=True)
class Carried:
    """A token that is good, with the rights that it carries at this moment."""

    token: bytes
    name: str
    user: bytes
    scope: Scope
    rights: Rights

    def author(self) -> Author:
        """For what is written with it; the write path asks for the rights anew."""
        return Author(Source.OFFICE, None, f"API: {self.name}", self.user, self.scope)


@dataclass(frozen=True)
class ListedToken:
    """A token as whoever administers sees it. Times in microseconds. state: good, expired,
    revoked, or idle, where its user is not active. user: the name for signing in.
    """

    token: bytes
    name: str
    user: str
    read_only: bool
    entities: list[str] | None
    state: str
    made: int
    expires: int
    revoked: int | None
    seen: int | None

    def as_data(self) -> dict[str, Any]:
        """For --json; times as ISO 8601."""
        times = {name: getattr(self, name) for name in ("made", "expires", "revoked", "seen")}
        told = {name: None if at is None else iso(at) for name, at in times.items()}
        return {**vars(self), "token": to_text(self.token), **told}


class ApiTokens:
    """Of one database, whichever process asks. Problem: no module declares office users."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._environment = store.environment
        self._users = store.tables[declared(store).user]

    def make(self, by: bytes | None, user: bytes, name: str, scope: Scope, days: int) -> str:
        """A new token, as it is shown this once. by: the user who administers; None: the operator.
        TokenRefused, whose `field` says what of it will not do.
        """
        self._check(name, scope, days)
        raw = base64.urlsafe_b64encode(self._environment.random_bytes(TOKEN_BYTES))
        token, now = PREFIX + raw.decode().rstrip("="), self._environment.now()
        row: dict[str, Any] = {
            "id": self._environment.new_id(), "hash": _hash(token), "office_user": user,
            "name": name.strip(), "read_only": scope.read_only, "made": now, "made_by": by,
            "entities": None if scope.entities is None else json.dumps(sorted(scope.entities)),
            "expires": now + days * DAY,
        }  # fmt: skip
        good = sa.and_(_c.office_user == user, _c.revoked.is_(None), _c.expires > now)
        with writing(self._store.engine) as connection:
            old = sa.func.coalesce(_c.revoked, _c.expires) <= now - SHOWN_DAYS * DAY
            connection.execute(sa.delete(api_token).where(old))
            active = sa.select(self._users.c.id).where(self._users.c.id == user)
            # locked: of two who make the last one that there may be, one waits for the other
            if connection.scalar(active.where(self._users.c.active).with_for_update()) is None:
                raise TokenRefused("There is no such user, or they are not active.", field="user")
            counted = sa.select(sa.func.count()).select_from(api_token).where(good)
            if (connection.scalar(counted) or 0) >= MAX_TOKENS:
                raise TokenRefused(f"A user has at most {MAX_TOKENS} tokens.", field="user")
            connection.execute(sa.insert(api_token).values(row))
        logger().warning(
            "audit.token.made", token=to_text(row["id"]), name=row["name"], user=to_text(user),
            read_only=scope.read_only, entities=sorted(scope.entities or ()), days=days,
            by=_told(by),
        )  # fmt: skip
        return token

    def _check(self, name: str, scope: Scope, days: int) -> None:
        if not 1 <= len(name.strip()) <= MAX_NAME or not name.isprintable():
            raise TokenRefused(f"A name has 1 to {MAX_NAME} characters.", field="name")
        if not 1 <= days <= MAX_DAYS:
            raise TokenRefused(f"A token is good for 1 to {MAX_DAYS} days.", field="days")
        known = self._store.schema.entities.keys() - declared(self._store).entities
        if scope.entities is not None and not (scope.entities and scope.entities <= known):
            raise TokenRefused("A token is for one or more kinds of rows that there are.",
                               field="entities")  # fmt: skip

    def revoke(self, by: bytes | None, token: bytes) -> None:
        """End a token at once; harmless when it is over. TokenUnknown."""
        with writing(self._store.engine) as connection:
            ended = sa.update(api_token).where(_c.id == token)
            kept = sa.func.coalesce(_c.revoked, self._environment.now())
            if not connection.execute(ended.values(revoked=kept)).rowcount:
                raise TokenUnknown("There is no such token.")
        logger().warning("audit.token.revoked", token=to_text(token), by=_told(by))

    def every(self) -> list[ListedToken]:
        """All tokens, the newest first; those that ended long ago are gone."""
        now, u = self._environment.now(), self._users.c
        active = sa.select(u.id).where(u.id == _c.office_user, u.active).exists()
        wanted = sa.select(api_token, active.label("active")).order_by(_c.made.desc(), _c.id)
        with reading(self._store.engine) as connection:
            rows = connection.execute(wanted).all()
            named = users(connection, self._store, {row.office_user for row in rows})
        return [
            ListedToken(
                row.id, row.name, named[row.office_user], row.read_only,
                None if row.entities is None else json.loads(row.entities), _state(row, now),
                row.made, row.expires, row.revoked, row.seen,
            )
            for row in rows
        ]  # fmt: skip

    def opened(self, token: str) -> Carried | None:
        """What a token carries; None when it is no good, for whatever reason."""
        if len(token) != TOKEN_LENGTH or not token.startswith(PREFIX) or not token.isascii():
            return None
        store, now, u = self._store, self._environment.now(), self._users.c
        with reading(store.engine) as connection:
            row = connection.execute(
                sa.select(api_token)
                .join(self._users, u.id == _c.office_user)
                .where(_c.hash == _hash(token), _c.revoked.is_(None), _c.expires > now, u.active)
            ).first()
            if row is None:
                return None
            entities = None if row.entities is None else frozenset(json.loads(row.entities))
            scope = Scope(row.read_only, entities)
            rights = rights_of(connection, store.schema, store.tables, row.office_user)
        if row.seen is None or now - row.seen >= MINUTE:
            with writing(store.engine) as connection:
                connection.execute(sa.update(api_token).where(_c.id == row.id).values(seen=now))
        return Carried(
            row.id, row.name, row.office_user, scope, scoped(store.schema, rights, scope)
        )


def _state(row: Any, now: int) -> str:  # noqa: ANN401
    if row.revoked is not None:
        return "revoked"
    if row.expires <= now:
        return "expired"
    return "good" if row.active else "idle"


def _told(by: bytes | None) -> str:
    return "operator" if by is None else to_text(by)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
