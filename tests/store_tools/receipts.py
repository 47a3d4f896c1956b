"""Asking for purge receipts, by who has the device."""

from __future__ import annotations

from syncengine.store.evidence import State
from syncengine.store.receipts import Receipt, receipts_of_row, receipts_of_version
from tests.support.world import SCHEMA, World

CUSTOMER = SCHEMA.tags["customer"]
NOT_TOLD, TOLD, CONFIRMED = State.NOT_TOLD, State.TOLD, State.CONFIRMED


def states(found: list[Receipt]) -> dict[str, State]:
    """State by the number of who has the device."""
    assert len({r.device for r in found}) == len(found)
    return {r.employee or "": r.state for r in found}


def of_row(world: World, row: bytes) -> dict[str, State]:
    """Of a customer."""
    return states(receipts_of_row(world.store, CUSTOMER, row))


def of_version(world: World, version: int) -> dict[str, State]:
    """Of a changeset."""
    return states(receipts_of_version(world.store, version))


def last_version(world: World) -> int:
    """Of the newest changeset."""
    return world.store.status().version
