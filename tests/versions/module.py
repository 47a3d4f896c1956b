"""One small module in three versions: split, renamed, widened, rescaled, added and retired."""

from __future__ import annotations

from dataclasses import replace

from modules.masterdata.manifest import MASTERDATA
from syncengine.model.entity import Action, DeviceRight, Entity, Field
from syncengine.model.fields import Decimal, Enum, Integer, Text
from syncengine.model.manifest import Schema
from syncengine.model.module import Module
from syncengine.model.steps import Added, Renamed, Rescaled, Split
from syncengine.model.terms import Everyone

WRITE = DeviceRight.WRITE
DOES = frozenset(Action)
EVERYONE = (Everyone(),)
PERSON = Field(1, "person", Text(60), device=WRITE)
FEE = Field(3, "fee", Decimal(1), device=WRITE)
FIRST = Field(6, "first", Text(60), device=WRITE)
LAST = Field(7, "last", Text(60), device=WRITE)
RANK = Field(8, "rank", Integer(0, 9), required=True, device=WRITE)
PRICE = Field(9, "price", Decimal(3), device=WRITE)

VISIT_1 = Entity(
    1,
    "visit",
    (
        PERSON,
        Field(2, "remark", Text(20), device=WRITE),
        FEE,
        Field(4, "kind", Enum(("short", "long")), device=WRITE),
        Field(5, "tel", Text(30), device=WRITE),
    ),
    EVERYONE,
    DOES,
)
VISIT_2 = replace(
    VISIT_1,
    fields=(
        Field(2, "remark", Text(40), device=WRITE),
        FEE,
        Field(4, "kind", Enum(("short", "long", "none")), device=WRITE),
        Field(5, "phone", Text(30), device=WRITE),
        FIRST,
        LAST,
        RANK,
    ),
    removed=(PERSON,),
)
VISIT_3 = replace(
    VISIT_2,
    fields=(
        Field(2, "note", Text(40), device=WRITE),
        *(f for f in VISIT_2.fields if f.number not in (2, 3)),
        PRICE,
    ),
    removed=(PERSON, FEE),
)
FLAG = Entity(2, "flag", (Field(1, "title", Text(40), device=WRITE),), EVERYONE, DOES)
STOP = Entity(3, "stop", (Field(1, "place", Text(40), device=WRITE),), EVERYONE, DOES)
GONE = replace(FLAG, terms=(), device=frozenset[Action](), retired=True)


def tours(version: int, *entities: Entity, **more: object) -> Module:
    """The module in one version."""
    folder = f"tests.versions:migrations_{version}"
    made = Module(202, "tours", version, entities, migrations=folder)
    return replace(made, **more)  # type: ignore[arg-type]


TOURS_1 = tours(1, VISIT_1, FLAG)
TOURS_2 = tours(
    2,
    VISIT_2,
    GONE,
    STOP,
    steps=(Split("visit", 1, (6, 7)), Renamed("visit", 5, "tel"), Added("visit", 8, 1)),
)
TOURS_3 = tours(
    3, VISIT_3, GONE, STOP, steps=(Renamed("visit", 2, "remark"), Rescaled("visit", 3, (9,)))
)
SCHEMAS = {m.version: Schema((MASTERDATA, m)) for m in (TOURS_1, TOURS_2, TOURS_3)}
