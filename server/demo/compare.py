"""Whether a device holds exactly what it must: rows, values, verdicts, and what it was told."""

from __future__ import annotations

import datetime as dt
from typing import Any

from device_sdk import Device
from server.demo.expected import Expectation
from server.demo.names import Held, Names

SHOWN = 3  # of the rows that differ


def differences(held: Held, expectation: Expectation, verdicts: dict[str, int]) -> list[str]:
    """One sentence for each difference; none when all is exact."""
    found: list[str] = []
    for entity, identities in held.identities.items():
        wanted = expectation.rows.get(entity, frozenset())
        found += _rows(f"{entity}: lacks", wanted - identities.keys())
        found += _rows(f"{entity}: must not have", identities.keys() - wanted)
    if held.total != expectation.total:
        found.append(f"{held.total} rows instead of {expectation.total}")
    for (entity, identity), fields in expectation.values.items():
        if identity in held.identities[entity]:
            found += _values(held, entity, identity, fields)
    if verdicts != expectation.verdicts:
        found.append(f"verdicts {verdicts} instead of {expectation.verdicts}")
    return found


def _rows(what: str, identities: frozenset[str] | set[str]) -> list[str]:
    if not identities:
        return []
    some = ", ".join(sorted(identities)[:SHOWN])
    more = f" and {len(identities) - SHOWN} more" if len(identities) > SHOWN else ""
    return [f"{what} {some}{more}"]


def _values(held: Held, entity: str, identity: str, fields: dict[str, Any]) -> list[str]:
    found = []
    for name, wanted in fields.items():
        value = held.plain(entity, identity, name)
        if isinstance(value, dt.datetime):
            wanted = dt.datetime.fromisoformat(wanted)
        if value != wanted:
            found.append(f"{entity} {identity}: {name} is {value!r} instead of {wanted!r}")
    return found


def untold(device: Device, action: dict[str, Any], names: Names) -> list[str]:
    """What the inbox fails to show of a refused, quarantined or partly lost piece of work."""
    expect = action["expect"]
    lost = expect.get("lost", [])
    if "code" not in expect and not lost:
        return []
    change = action["changeset"][0]
    row_id = names.row(change["entity"], change["row"])
    values = names.values(change["entity"], change["set"])
    for item in device.inbox():
        entered = item.entered[0]
        if entered.row.bytes != row_id or entered.values != values:
            continue
        codes = {reason.code for reason in item.reasons}
        if item.outcome == expect["verdict"] and ("code" not in expect or expect["code"] in codes):
            missing = set(lost) - {x.field for x in item.losses if x.lost == values[x.field]}
            return [f"{action['id']}: the lost {name} is not shown" for name in sorted(missing)]
        return [f"{action['id']}: shown as {item.outcome} {sorted(codes)}"]
    return [f"{action['id']}: what was entered is not readable any more"]
