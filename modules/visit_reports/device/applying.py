"""Which templates apply at a customer, asked of what is on the device."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from device_sdk import Device
from syncengine.model.condition_data import read_condition
from syncengine.model.conditions import Condition, matches
from syncengine.model.errors import InvalidValue
from syncengine.model.fields import Stored
from syncengine.model.manifest import Schema

CONDITIONS = 2_000  # that are kept read

# By whose word a template may apply, the plainest first; the condition is still to be tested.
WANTED = """
WITH RECURSIVE up(id) AS (
    SELECT ?1 UNION SELECT m.parent FROM up JOIN market m ON m.id = up.id
), meant(template, why, condition, last) AS (
    SELECT template, 'standard', NULL, 0 FROM report_assignment WHERE person = ?2
    UNION ALL SELECT template, 'customer', NULL, 0 FROM report_target WHERE customer = ?3
    UNION ALL
    SELECT template, 'market', NULL, 0 FROM report_target WHERE market IN (SELECT id FROM up)
    UNION ALL SELECT template, 'owner', condition, 0 FROM report_assignment WHERE owner = ?4
    UNION ALL SELECT template, 'customer', condition, 1 FROM report_assignment WHERE customer = ?3
)
SELECT t.id, t.title, t.kind, t.edition, meant.why, meant.condition
FROM meant JOIN report_template t ON t.id = meant.template
WHERE t.status = 'published' AND (t.kind = 'standard') = (meant.why = 'standard')
    AND coalesce(t.starts_at <= ?5, 1) AND coalesce(t.ends_at > ?5, 1)
ORDER BY t.title, t.id, meant.last, meant.condition IS NOT NULL
"""


class Why(StrEnum):
    """Why a template applies at a customer."""

    STANDARD = "standard"  # it is assigned to this person
    CUSTOMER = "customer"
    MARKET = "market"  # it is for one that the customer is at, or below
    OWNER = "owner"  # it is for whoever has the customer
    CONDITION = "condition"  # the customer meets it


@dataclass(frozen=True)
class Applying:
    """A template that applies at a customer."""

    template: uuid.UUID
    title: str
    kind: str
    edition: int
    why: Why


class Conditions:
    """Those that were read on a device: they are what takes time, and they do not change."""

    def __init__(self) -> None:
        self._schema: Schema | None = None
        self._read: dict[str, Condition | None] = {}

    def read(self, schema: Schema, written: str) -> Condition | None:
        """The condition on customers; None for what is none, which nobody meets."""
        if self._schema is not schema or len(self._read) >= CONDITIONS:
            self._schema, self._read = schema, {}
        if written not in self._read:
            entity, found = schema.entities["customer"], None
            with suppress(InvalidValue):
                found = read_condition(entity, schema, json.loads(written))
            self._read[written] = found
        return self._read[written]


def applying(device: Device, customer: bytes, now: int, conditions: Conditions) -> list[Applying]:
    """Each that has begun and is not over, by its title."""
    entity = device.schema.entities["customer"]
    columns = ",".join(f'"{field.name}"' for field in entity.fields)
    rows = device.query(f"SELECT {columns} FROM customer WHERE id=?", [customer])
    if not rows:
        return []
    fields = dict(zip((f.name for f in entity.fields), rows[0], strict=True))
    asked = (fields["market"], device.person, customer, fields["owner"], now)
    test = _Test(device, fields, conditions)
    found: dict[bytes, Applying] = {}
    for row_id, title, kind, edition, why, condition in device.query(WANTED, asked):
        assert isinstance(row_id, bytes)
        if row_id in found or (kind == "dynamic" and not fields["active"]):
            continue
        if condition is not None:
            if not test.holds(str(condition)):
                continue
            why = Why.CONDITION
        named = (str(title), str(kind), int(edition or 0), Why(str(why)))
        found[row_id] = Applying(uuid.UUID(bytes=row_id), *named)
    return list(found.values())


class _Test:
    """Conditions on one customer, as its rows are here."""

    def __init__(
        self, device: Device, fields: Mapping[str, Stored], conditions: Conditions
    ) -> None:
        self._device = device
        self._conditions = conditions
        self._entity = device.schema.entities["customer"]
        self._values = tuple(fields[field.name] for field in self._entity.fields)
        self._above: dict[tuple[str, str, bytes], frozenset[bytes]] = {}

    def holds(self, written: str) -> bool:
        """Whether the customer meets it."""
        condition = self._conditions.read(self._device.schema, written)
        return condition is not None and matches(
            condition, self._entity, self._values, self._in_subtree
        )

    def _in_subtree(self, entity: str, parent: str, node: bytes, row: bytes) -> bool:
        """Whether a row is that node or below it."""
        place = (entity, parent, row)
        if place not in self._above:
            walked = self._device.query(
                "WITH RECURSIVE up(id) AS (SELECT ? UNION"
                f' SELECT above."{parent}" FROM up JOIN "{entity}" above ON above.id = up.id)'
                " SELECT id FROM up WHERE id IS NOT NULL",
                [row],
            )
            self._above[place] = frozenset(
                bytes(id_) for (id_,) in walked if isinstance(id_, bytes)
            )
        return node in self._above[place]
