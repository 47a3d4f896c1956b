"""Passwords: their hashes, and what a new one must be like.

A hash takes memory and time by design, so there are bounds on how many are made at once and on how
many wait for that.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import argon2

from server.accounts.refusals import PasswordRefused
from syncengine.model.accounts import sign_in_name
from syncengine.model.environment import Environment
from syncengine.model.errors import Busy
from syncengine.store.seats import ALPHABET

MIN_LENGTH, MAX_LENGTH = 12, 256
ONE_TIME_LENGTH = 16  # of 32 letters: 80 bits
SALT_BYTES = 16


@dataclass(frozen=True)
class Cost:
    """Of one Argon2id hash; by default the second choice of RFC 9106. The first takes 2 GiB."""

    passes: int = 3
    kibibytes: int = 65_536
    lanes: int = 4


class Passwords:
    """Hashes and checks; safe to call from several threads.

    at_once: hashes made at one time, each with the memory that the cost says. waiting: callers that
    may wait for their turn; Busy beyond.
    """

    def __init__(
        self,
        environment: Environment,
        cost: Cost | None = None,
        at_once: int = 2,
        waiting: int = 30,
    ) -> None:
        cost = cost or Cost()
        self._environment = environment
        self._hasher = argon2.PasswordHasher(
            cost.passes, cost.kibibytes, cost.lanes, type=argon2.Type.ID
        )
        self._turns = threading.BoundedSemaphore(at_once)
        self._places = threading.BoundedSemaphore(at_once + waiting)
        self._nobodys = self.hashed(self.one_time())

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Within it one hash may be made. Busy: too many wait."""
        if not self._places.acquire(blocking=False):
            raise Busy("Too many people sign in at this moment; try again.")
        try:
            with self._turns:
                yield
        finally:
            self._places.release()

    def matches(self, hashed: str | None, password: str) -> bool:
        """Whether it is the password. Without a hash no password is, which takes as long."""
        fits = len(password) <= MAX_LENGTH
        try:
            self._hasher.verify(
                hashed if hashed and fits else self._nobodys, _normal(password[:MAX_LENGTH])
            )
        except argon2.exceptions.VerificationError:
            return False
        return hashed is not None and fits

    def hashed(self, password: str) -> str:
        """As it is kept."""
        salt = self._environment.random_bytes(SALT_BYTES)
        return self._hasher.hash(_normal(password), salt=salt)

    def is_outdated(self, hashed: str) -> bool:
        """Whether it was made at another cost: then it would take another time than nobody's."""
        return self._hasher.check_needs_rehash(hashed)

    def one_time(self) -> str:
        """A new one that a person can read out."""
        drawn = self._environment.random_bytes(ONE_TIME_LENGTH)
        code = "".join(ALPHABET[byte % 32] for byte in drawn)
        return "-".join(code[i : i + 4] for i in range(0, ONE_TIME_LENGTH, 4))


def check_new(password: str, name: str, old: str) -> None:
    """PasswordRefused unless it will do. No rule asks for kinds of characters: length counts."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise PasswordRefused(f"A password has {MIN_LENGTH} to {MAX_LENGTH} characters.")
    if len(set(password)) < MIN_LENGTH // 2 or name in sign_in_name(password):
        raise PasswordRefused("This password is too easy to guess.")
    if _normal(password) == _normal(old):
        raise PasswordRefused("This is the password that is to be changed.")


def _normal(password: str) -> bytes:
    """The same whatever keyboard it was typed on; what is no text is none of ours."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
