"""Sessions: kept by the server, known to the browser by a token of which only the hash is kept."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from syncengine.model.environment import Environment
from syncengine.store import tables as t
from syncengine.store.database import KEYS_PER_STATEMENT
from syncengine.store.working import batches

MINUTE = 60 * 1_000_000  # microseconds
MAX_SESSIONS = 10  # of one user; a further one ends the oldest
DROPPED_AT_ONCE = 100
TOKEN_BYTES = 32
MAX_TOKEN = 100  # characters that are looked at

_c = t.session.c


@dataclass(frozen=True)
class Lifetimes:
    """Of a session, in microseconds: without a request, and in any case."""

    idle: int = 60 * MINUTE
    whole: int = 12 * 60 * MINUTE


class Sessions:
    """Of one database; the transactions are the caller's."""

    def __init__(self, environment: Environment, lifetimes: Lifetimes) -> None:
        self._environment = environment
        self._lifetimes = lifetimes

    def begin(self, connection: sa.Connection, user: bytes) -> str:
        """A new session's token. Old ones are dropped on the way."""
        raw = base64.urlsafe_b64encode(self._environment.random_bytes(TOKEN_BYTES))
        token, now = raw.decode().rstrip("="), self._environment.now()
        over = sa.select(_c.token).where(~self._good(now)).limit(DROPPED_AT_ONCE)
        kept = (
            sa.select(_c.token)
            .where(_c.office_user == user)
            .order_by(_c.began.desc(), _c.token)
            .limit(MAX_SESSIONS - 1)
        )
        beyond = sa.and_(_c.office_user == user, _c.token.not_in(kept.scalar_subquery()))
        connection.execute(sa.delete(t.session).where(_c.token.in_(over.scalar_subquery())))
        connection.execute(sa.delete(t.session).where(beyond))
        connection.execute(
            sa.insert(t.session).values(token=_hash(token), office_user=user, began=now, seen=now)
        )
        return token

    def user_of(self, connection: sa.Connection, token: str) -> tuple[bytes, bool] | None:
        """(the user, whether `touch` is due); None when there is no such session or it is over."""
        now = self._environment.now()
        row = connection.execute(
            sa.select(_c.office_user, _c.seen).where(_c.token == _hash(token), self._good(now))
        ).first()
        return None if row is None else (row.office_user, now - row.seen >= MINUTE)

    def users_of(self, connection: sa.Connection, tokens: Collection[str]) -> dict[str, bytes]:
        """Whose they are, of those that are not over."""
        hashes, now = {_hash(token): token for token in tokens}, self._environment.now()
        found: dict[str, bytes] = {}
        for some in batches(sorted(hashes), KEYS_PER_STATEMENT):
            wanted = sa.select(_c.token, _c.office_user).where(_c.token.in_(some), self._good(now))
            found |= {hashes[row.token]: row.office_user for row in connection.execute(wanted)}
        return found

    def touch(self, connection: sa.Connection, token: str) -> None:
        """Note that it is used, once a minute: not with every request."""
        seen = {"seen": self._environment.now()}
        connection.execute(sa.update(t.session).where(_c.token == _hash(token)).values(seen))

    def end(self, connection: sa.Connection, token: str) -> None:
        """Harmless when it is over already."""
        connection.execute(sa.delete(t.session).where(_c.token == _hash(token)))

    def end_all(self, connection: sa.Connection, user: bytes) -> None:
        """Of a user, wherever."""
        connection.execute(sa.delete(t.session).where(_c.office_user == user))

    def open(self, connection: sa.Connection, user: bytes) -> int:
        """How many of a user are not over."""
        good = sa.and_(_c.office_user == user, self._good(self._environment.now()))
        wanted = sa.select(sa.func.count()).select_from(t.session).where(good)
        return connection.scalar(wanted) or 0

    def _good(self, now: int) -> sa.ColumnElement[bool]:
        idle, whole = now - self._lifetimes.idle, now - self._lifetimes.whole
        return sa.and_(_c.seen > idle, _c.began > whole)


def csrf_of(token: str) -> str:
    """What forms of the session carry: it follows from the token, and the token not from it."""
    digest = hashlib.sha256(b"csrf:" + token.encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def same(one: str, other: str) -> bool:
    """Compared in a time that tells nothing."""
    return hmac.compare_digest(
        one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass")
    )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token[:MAX_TOKEN].encode("utf-8", "surrogatepass")).digest()
