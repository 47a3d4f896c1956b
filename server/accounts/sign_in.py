"""Signing in, out, and changing passwords."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from server.accounts.attempts import Attempts
from server.accounts.passwords import Passwords, check_new
from server.accounts.refusals import AccessDenied, AccountRefused, AccountUnknown
from server.accounts.sessions import Lifetimes, Sessions, csrf_of, same
from server.logs import logger
from server.problem import Problem
from syncengine.model.access import Source
from syncengine.model.accounts import Accounts as Declared
from syncengine.model.accounts import sign_in_name
from syncengine.model.ids import to_text
from syncengine.model.rights import Rights
from syncengine.store import tables as t
from syncengine.store.accounts import rights_of
from syncengine.store.author import Author
from syncengine.store.database import reading, upsert, writing
from syncengine.store.store import Store

ONE_TIME_GOOD_FOR = 7 * 24 * 3600 * 1_000_000  # microseconds
MAX_NAME = 80

_s = t.account_secret.c


@dataclass(frozen=True)
class SignedIn:
    """Whose session it is. must_change: the password is a one-time one; until an own one is set
    there are no rights. token: for the browser's cookie, and nothing else.
    """

    user_id: bytes
    name: str
    full_name: str
    language: str
    must_change: bool
    rights: Rights
    token: str = field(repr=False)

    @property
    def csrf(self) -> str:
        """What each form of this session has to send back."""
        return csrf_of(self.token)

    def sent(self, csrf: str) -> bool:
        """Whether a request with this comes from a form of this session."""
        return same(self.csrf, csrf)

    def author(self, label: str, source: Source = Source.OFFICE) -> Author:
        """For what this user writes; the write path asks for the rights anew. AccessDenied:
        the password has to be changed first.
        """
        if self.must_change:
            raise AccessDenied("Set a password of your own first.")
        return Author(source, None, label, self.user_id)


class Accounts:
    """The accounts of one database; safe to call from several threads. Problem: no installed module
    declares office users.
    """

    def __init__(
        self, store: Store, passwords: Passwords | None = None, lifetimes: Lifetimes | None = None
    ) -> None:
        self._store = store
        self._environment = store.environment
        self._passwords = passwords or Passwords(store.environment)
        self._attempts = Attempts(store.engine, store.environment)
        self._sessions = Sessions(store.environment, lifetimes or Lifetimes())
        self._users = store.tables[declared(store).user]

    def sign_in(self, name: str, password: str, address: str) -> SignedIn:
        """A new session. AccountRefused for every reason alike, and after the same work: nobody
        learns which names there are, or whether one is locked out. Busy: too many at once.
        """
        name = _spelled(name)
        user = self._checked(name, password, address)
        if user is None:
            logger().warning("audit.account.refused", address=address)
            raise AccountRefused
        self._attempts.succeeded(name, address)
        hashed = user.hash
        if self._passwords.is_outdated(hashed):
            with self._passwords.turn():
                hashed = self._passwords.hashed(password)
        with writing(self._store.engine) as connection:
            self._require_unchanged(connection, user)
            secret = sa.update(t.account_secret).where(_s.office_user == user.id)
            now = self._environment.now()
            connection.execute(secret.values(hash=hashed, signed_in=now))
            token = self._sessions.begin(connection, user.id)
        logger().info("audit.account.signed_in", user=to_text(user.id), address=address)
        signed_in = self.session(token)
        if signed_in is None:
            raise AccountRefused
        return signed_in

    def session(self, token: str, used: bool = True) -> SignedIn | None:
        """Whose session it is, with the rights of this moment; None when it is nobody's: unknown,
        over, or its user was deactivated. used: by the person, and not by a page that keeps itself
        up to date: that does not prolong it.
        """
        store = self._store
        with reading(store.engine) as connection:
            found = self._sessions.user_of(connection, token)
            user = None if found is None else self._user(connection, self._users.c.id == found[0])
            if found is None or user is None or not self._may_enter(user):
                return None
            rights = Rights()
            if user.expires is None:
                rights = rights_of(connection, store.schema, store.tables, user.id)
        if found[1] and used:
            with writing(store.engine) as connection:
                self._sessions.touch(connection, token)
        return SignedIn(
            user.id, user.name, user.full_name, user.language, user.expires is not None, rights,
            token,
        )  # fmt: skip

    def over(self, tokens: Collection[str]) -> set[str]:
        """Those of the sessions that are over; a user who was deactivated has none."""
        u = self._users.c
        with reading(self._store.engine) as connection:
            users = self._sessions.users_of(connection, tokens)
            active = set(connection.scalars(
                sa.select(u.id).where(u.id.in_(sorted(set(users.values()))), u.active)
            ))  # fmt: skip
        return {token for token in tokens if users.get(token) not in active}

    def sign_out(self, token: str) -> None:
        """End the session; harmless when it is over."""
        with writing(self._store.engine) as connection:
            self._sessions.end(connection, token)

    def change_password(self, signed_in: SignedIn, old: str, new: str, address: str) -> SignedIn:
        """The user's own, which ends all sessions; a new one goes on. AccountRefused: the old one
        is wrong, which counts like an attempt to sign in. PasswordRefused: the new one.
        """
        user = self._checked(signed_in.name, old, address)
        if user is None or user.id != signed_in.user_id:
            raise AccountRefused
        self._attempts.succeeded(signed_in.name, address)
        check_new(new, signed_in.name, old)
        with self._passwords.turn():
            hashed = self._passwords.hashed(new)
        with writing(self._store.engine) as connection:
            self._require_unchanged(connection, user)
            self._keep(connection, user.id, hashed, None)
            token = self._sessions.begin(connection, user.id)
        logger().info("audit.account.password_changed", user=to_text(user.id))
        changed = self.session(token)
        if changed is None:
            raise AccountRefused
        return changed

    def reset_password(self, by: SignedIn | None, user: bytes) -> str:
        """A one-time password for the user, to be changed at the first sign-in within a week. It
        ends their sessions and a lock-out. by: who administers; None: the operator. AccessDenied,
        AccountUnknown.
        """
        self._require_administrator(by)
        password = self._passwords.one_time()
        with self._passwords.turn():
            hashed = self._passwords.hashed(password)
        with writing(self._store.engine) as connection:
            found = connection.scalar(sa.select(self._users.c.name).where(self._users.c.id == user))
            if found is None:
                raise AccountUnknown("There is no such user.")
            self._keep(connection, user, hashed, self._environment.now() + ONE_TIME_GOOD_FOR)
            self._attempts.forget(connection, found)
        done_by = to_text(by.user_id) if by is not None else "operator"
        logger().warning("audit.account.password_reset", user=to_text(user), by=done_by)
        return password

    def unlock(self, by: SignedIn | None, user: bytes) -> None:
        """Let a user who is locked out try again. AccessDenied, AccountUnknown."""
        self._require_administrator(by)
        with writing(self._store.engine) as connection:
            found = connection.scalar(sa.select(self._users.c.name).where(self._users.c.id == user))
            if found is None:
                raise AccountUnknown("There is no such user.")
            self._attempts.forget(connection, found)
        done_by = to_text(by.user_id) if by is not None else "operator"
        logger().info("audit.account.unlocked", user=to_text(user), by=done_by)

    def open_sessions(self, user: bytes) -> int:
        """Where the user is signed in, in how many places."""
        with reading(self._store.engine) as connection:
            return self._sessions.open(connection, user)

    def end_sessions(self, by: SignedIn | None, user: bytes) -> None:
        """Sign the user out, wherever they are signed in. AccessDenied: it is somebody else, and
        `by` does not administer.
        """
        if by is None or by.user_id != user:
            self._require_administrator(by)
        with writing(self._store.engine) as connection:
            self._sessions.end_all(connection, user)
        done_by = to_text(by.user_id) if by is not None else "operator"
        logger().info("audit.account.sessions_ended", user=to_text(user), by=done_by)

    def _require_administrator(self, by: SignedIn | None) -> None:
        now = self.session(by.token) if by is not None else None
        if by is not None and (now is None or not now.rights.administers):
            raise AccessDenied("Only who administers the users may do this.")

    def _checked(self, name: str, password: str, address: str) -> Any | None:  # noqa: ANN401
        """The user, when all is right. The work is the same whatever is not."""
        with self._passwords.turn():
            free = self._attempts.begin(name, address)
            with reading(self._store.engine) as connection:
                user = self._user(connection, self._users.c.name == name)
            right = self._passwords.matches(user.hash if user is not None else None, password)
        return user if right and free and self._may_enter(user) else None

    def _require_unchanged(self, connection: sa.Connection, user: Any) -> None:  # noqa: ANN401
        """AccountRefused where the password is another one since it was checked: a reset that came
        between would be undone, or leave a session. From here on it waits.
        """
        wanted = sa.select(_s.hash).where(_s.office_user == user.id).with_for_update()
        if connection.scalar(wanted) != user.hash:
            raise AccountRefused

    def _may_enter(self, user: Any) -> bool:  # noqa: ANN401
        return user.active and (user.expires is None or user.expires > self._environment.now())

    def _user(self, connection: sa.Connection, which: sa.ColumnElement[bool]) -> Any | None:  # noqa: ANN401
        """Who has a password, with it."""
        u = self._users.c
        return connection.execute(
            sa.select(u.id, u.name, u.full_name, u.language, u.active, _s.hash, _s.expires)
            .join(t.account_secret, _s.office_user == u.id)
            .where(which)
        ).first()

    def _keep(
        self, connection: sa.Connection, user: bytes, hashed: str, expires: int | None
    ) -> None:
        """A new password, which ends all sessions; secrets of users who are gone go, too."""
        row = {
            "office_user": user, "hash": hashed, "changed": self._environment.now(),
            "expires": expires,
        }  # fmt: skip
        upsert(connection, t.account_secret, [row], keep=("signed_in",))
        there = sa.select(self._users.c.id).scalar_subquery()
        connection.execute(sa.delete(t.account_secret).where(_s.office_user.not_in(there)))
        self._sessions.end_all(connection, user)


def _spelled(typed: str) -> str:
    """The name that was typed, without what no name has and a database does not take."""
    printable = "".join(filter(str.isprintable, typed[: 2 * MAX_NAME]))
    return sign_in_name(printable)[:MAX_NAME]


def declared(store: Store) -> Declared:
    """How office users are declared; Problem when they are not."""
    if store.schema.accounts is None:
        raise Problem("account.none", "No installed module knows office users.")
    return store.schema.accounts
