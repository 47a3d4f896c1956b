"""Devices, as a user of the office manages them: enrolling, locking, releasing. Each is audited."""

from __future__ import annotations

from server.accounts.refusals import AccessDenied
from server.logs import logger
from syncengine.model.ids import to_text
from syncengine.model.rights import Right
from syncengine.store import listing
from syncengine.store.accounts import rights_of
from syncengine.store.database import reading
from syncengine.store.store import Store

HOUR = 3_600_000_000  # microseconds
MAX_HOURS = 24 * 30


def enrol(store: Store, user: bytes, person: bytes, hours: int) -> str:
    """A one-time code for a device of that person, good for 1 to MAX_HOURS hours. AccessDenied: the
    user may not edit them.
    """
    assert 1 <= hours <= MAX_HOURS
    _require_may_edit(store, user, person)
    code = store.seats.create_code(person, hours * HOUR)
    _audit("code_made", user, person=to_text(person), hours=str(hours))
    return code


def lock(store: Store, user: bytes, seat: bytes) -> None:
    """Turn a device away from now on, a running sync included. AccessDenied, Unauthenticated."""
    _require_may_edit(store, user, store.seats.find(seat).person)
    store.seats.lock(seat)
    _audit("locked", user, seat=to_text(seat))


def release(store: Store, user: bytes, seat: bytes) -> None:
    """Let a locked or fenced device work again. AccessDenied, Unauthenticated."""
    _require_may_edit(store, user, store.seats.find(seat).person)
    store.seats.release(seat)
    _audit("released", user, seat=to_text(seat))


def _require_may_edit(store: Store, user: bytes, person: bytes) -> None:
    """A device is its person's: whoever may change the one may do this."""
    people = store.schema.people
    with reading(store.engine) as connection:
        rights = rights_of(connection, store.schema, store.tables, user)
    allowed = rights.may(Right.EDIT, people)
    if not allowed or listing.one(store, rights, people, person) is None:
        raise AccessDenied("Your rights do not allow you to manage this device.")


def _audit(event: str, user: bytes, **details: str) -> None:
    logger().warning(f"audit.device.{event}", by=to_text(user), **details)
