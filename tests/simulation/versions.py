"""Master data in three versions, for servers and apps that are not of the same one.

Each has another name for the remark on a customer, and a field of contacts that was split: so the
records of contacts are made anew for clients of the version before.
"""

from __future__ import annotations

from dataclasses import replace

from modules.masterdata.manifest import MASTERDATA
from syncengine.model.entity import DeviceRight, Entity, Field
from syncengine.model.fields import Text
from syncengine.model.manifest import Schema
from syncengine.model.module import Module
from syncengine.model.steps import Renamed, Split
from tests.support.world import SCHEMA

FIRST, LAST = 2, 3  # versions of a server
REMARK = 18
REMARKS = {1: "remark", 2: "comment", 3: "memo"}  # its name, by version


def _next(module: Module, split: str, after: tuple[tuple[int, str], tuple[int, str]]) -> Module:
    """The module in its next version. split: the field of contacts that became others."""
    version = module.version + 1
    contact, customer = (_entity(module, name) for name in ("contact", "customer"))
    gone = contact.by_name[split]
    new = tuple(Field(n, name, Text(100), device=DeviceRight.WRITE) for n, name in after)
    rest = tuple(f for f in contact.fields if f is not gone)
    changed = {
        "contact": replace(contact, fields=rest + new, removed=(*contact.removed, gone)),
        "customer": replace(
            customer,
            fields=tuple(
                replace(f, name=REMARKS[version]) if f.number == REMARK else f
                for f in customer.fields
            ),
        ),
    }
    numbers = tuple(number for number, _ in after)
    return replace(
        module,
        version=version,
        entities=tuple(changed.get(e.name, e) for e in module.entities),
        steps=(
            Renamed("customer", REMARK, REMARKS[module.version]),
            Split("contact", gone.number, numbers),
        ),
        migrations=f"tests.simulation:migrations_{version}",
    )


def _entity(module: Module, name: str) -> Entity:
    (found,) = (e for e in module.entities if e.name == name)
    return found


_SECOND = _next(MASTERDATA, "role", ((20, "task"), (21, "rank")))
_THIRD = _next(_SECOND, "email", ((22, "mailbox"), (23, "host")))
SCHEMAS = {
    m.version: Schema((m, *(other for other in SCHEMA.modules if other.name != m.name)))
    for m in (MASTERDATA, _SECOND, _THIRD)
}
