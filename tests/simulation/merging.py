"""What two edits of one field come to, told anew: the tests' own words for the conflict rules."""

from __future__ import annotations

from dataclasses import dataclass

from syncengine.model.fields import Stored
from tests.fleet.oracle import Oracle
from tests.support.world import SCHEMA

Value = str | None
Losses = list[list[int | Value]]  # field's number, lost, kept


@dataclass(frozen=True)
class Came:
    """What a field is afterwards; lost: (the value that did not prevail, what stands), if any."""

    value: Value
    lost: tuple[Value, Value] | None = None


def comes_to(base: Value, server: Value, said: Value, device_wins: bool) -> Came:
    """`said` was entered where `base` stood, and meets `server`."""
    if said == base:
        return Came(server)
    if server in (base, said):
        return Came(said)
    if device_wins:
        return Came(said, (server, said))
    return Came(server, (said, server))


def rows_of(oracle: Oracle, entity: str) -> dict[bytes, object]:
    """Those of an entity that several people change."""
    return dict(oracle.owner if entity == "customer" else oracle.contact)


def fields_of(oracle: Oracle, entity: str, row: bytes) -> dict[str, Value]:
    """What of a row may change, by field; references as text."""
    if entity == "contact":
        return {"name": oracle.named[row]}
    market = oracle.market.get(row)
    return {
        "phone": oracle.phone[row],
        "remark": oracle.remark.get(row),
        "owner": oracle.owner[row],
        "market": None if market is None else market.hex(),
    }


def put(oracle: Oracle, row: bytes, field: str, value: Value) -> None:
    """What a field is now."""
    if field == "phone":
        oracle.phone[row] = value
    elif field == "remark":
        oracle.remark[row] = value
    else:
        oracle.named[row] = str(value)


def as_text(value: Stored) -> Value:
    """Of a text field."""
    assert value is None or isinstance(value, str)
    return value


def as_losses(entity: str, field: str, came: Came) -> Losses:
    """As verdicts and history have it."""
    if came.lost is None:
        return []
    return [[SCHEMA.entities[entity].by_name[field].number, *came.lost]]
