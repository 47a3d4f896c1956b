"""Lock-out: how often signing in was tried, by name and by address.

An attempt is counted before the password is checked, so that many at once are no more than they
are. It is counted for names that nobody has, too. While a subject is locked out, attempts do not
make it longer. As each attempt waits for its turn to be hashed, there are never more subjects on
record than attempts in WINDOW, and each attempt drops more old ones than it adds.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from syncengine.model.environment import Environment
from syncengine.store import tables as t
from syncengine.store.database import KEYS_PER_STATEMENT, writing
from syncengine.store.working import batches

WINDOW = 15 * 60 * 1_000_000  # microseconds, from the first failure on
NAME_FAILURES = 5  # in a window; further ones are refused whatever the password
ADDRESS_FAILURES = 50  # an office of many people has one address
DROPPED_AT_ONCE = 50

_c = t.sign_in_attempt.c


class Attempts:
    """Of one database, whichever process counts them."""

    def __init__(self, engine: sa.Engine, environment: Environment) -> None:
        self._engine = engine
        self._environment = environment

    def begin(self, name: str, address: str) -> bool:
        """Count an attempt as failed; whether it may still succeed."""
        now = self._environment.now()
        with writing(self._engine) as connection:
            old = sa.select(_c.subject).where(_c.until <= now).limit(DROPPED_AT_ONCE)
            connection.execute(
                sa.delete(t.sign_in_attempt).where(_c.subject.in_(old.scalar_subquery()))
            )
            # In one order, or two attempts could wait for each other.
            most = {_of_name(name): NAME_FAILURES, _of_address(address): ADDRESS_FAILURES}
            counts = {subject: self._count(connection, subject, now) for subject in sorted(most)}
        return all(counts[subject] <= most[subject] for subject in most)

    def _count(self, connection: sa.Connection, subject: bytes, now: int) -> int:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        over = _c.until <= now
        statement = dialect.insert(t.sign_in_attempt).values(
            subject=subject, failures=1, until=now + WINDOW
        )
        counted: int = connection.execute(
            statement.on_conflict_do_update(
                index_elements=[_c.subject],
                set_={
                    "failures": sa.case((over, 1), else_=_c.failures + 1),
                    "until": sa.case((over, now + WINDOW), else_=_c.until),
                },
            ).returning(_c.failures)
        ).scalar_one()
        return counted

    def succeeded(self, name: str, address: str) -> None:
        """The name's failures count no longer; of the address's only this attempt does not, or
        one's own account would let one try others for ever.
        """
        with writing(self._engine) as connection:
            of_address = _c.subject == _of_address(address)
            connection.execute(
                sa.update(t.sign_in_attempt)
                .where(of_address, _c.failures > 0)
                .values(failures=_c.failures - 1)
            )
            self.forget(connection, name)

    def forget(self, connection: sa.Connection, name: str) -> None:
        """Let somebody who was locked out try again."""
        connection.execute(sa.delete(t.sign_in_attempt).where(_c.subject == _of_name(name)))

    def locked(self, connection: sa.Connection, names: Iterable[str]) -> set[str]:
        """Those of the names that are locked out now."""
        subjects, found = {_of_name(name): name for name in names}, set[str]()
        for some in batches(list(subjects), KEYS_PER_STATEMENT):
            wanted = sa.select(_c.subject).where(
                _c.subject.in_(some),
                _c.until > self._environment.now(),
                _c.failures >= NAME_FAILURES,
            )
            found |= {subjects[subject] for subject in connection.scalars(wanted)}
        return found


def _of_name(name: str) -> bytes:
    return hashlib.sha256(b"name:" + name.encode("utf-8", "surrogatepass")).digest()


def _of_address(address: str) -> bytes:
    """One customer of a provider has all addresses of an IPv6 network of 64 bits."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        network = address
    else:
        network = str(ipaddress.ip_network((ip, 64 if ip.version == 6 else 32), strict=False))
    return hashlib.sha256(b"address:" + network.encode("utf-8", "surrogatepass")).digest()
