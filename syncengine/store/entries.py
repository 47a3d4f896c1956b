"""The history's new entries of one commit: changesets and their operations, written together."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa

from syncengine.model.access import Source
from syncengine.protocol.changesets import WireChangeset
from syncengine.store import tables as t
from syncengine.store.author import Author
from syncengine.store.basis import pack_fields
from syncengine.store.judgement import Applied

NO_DEVICE: dict[str, Any] = {
    "person": None, "office_user": None, "incarnation": None, "sequence": None,
    "device_time": None, "edited": None,
}  # fmt: skip


def office_entry(author: Author) -> dict[str, Any]:
    """Where a changeset of the office, an import or a job comes from."""
    return NO_DEVICE | {
        "source": str(author.source),
        "person": author.person,
        "office_user": author.user,
        "label": author.label,
    }


def device_entry(wire: WireChangeset, person: bytes, edited: int) -> dict[str, Any]:
    """Where a device's changeset comes from, as the history has it."""
    return {
        "source": str(Source.DEVICE),
        "person": person,
        "office_user": None,
        "incarnation": wire.incarnation,
        "sequence": wire.sequence,
        "label": "",
        "device_time": wire.device_time,
        "edited": edited,
    }


class Entries:
    """Collected in the order of their versions."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._changesets: list[dict[str, Any]] = []
        self._operations: list[dict[str, Any]] = []

    def add(
        self,
        version: int,
        changeset: bytes,
        received: int,
        body_hash: bytes,
        chain: bytes,
        origin: dict[str, Any],
    ) -> None:
        """A changeset that took effect. origin: source, label, and what is known of the device."""
        self._changesets.append(
            {
                "version": version,
                "id": changeset,
                "received": received,
                "body_hash": body_hash,
                "chain": chain,
                **origin,
            }
        )

    def add_operation(
        self, version: int, position: int, incarnation: bytes | None, applied: Applied
    ) -> None:
        """One of its operations, as it was applied."""
        self._operations.append(
            {
                "version": version,
                "position": position,
                "tag": applied.tag,
                "row_id": applied.row_id,
                "action": str(applied.action),
                "principal": applied.principal,
                "incarnation": incarnation,
                "before": pack_fields(applied.before),
                "after": pack_fields(applied.after),
                "entered": pack_fields(applied.entered) if applied.entered else None,
                "losses": msgspec.msgpack.encode(
                    [(x.field, x.lost, x.kept) for x in applied.losses]
                ),
            }
        )

    def store(self) -> None:
        """Write them."""
        if self._changesets:
            self._connection.execute(sa.insert(t.changeset), self._changesets)
        if self._operations:
            self._connection.execute(sa.insert(t.operation), self._operations)
