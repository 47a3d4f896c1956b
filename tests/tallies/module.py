"""A small module: a tally with a rule a field; rows of people that are deleted and edited."""

from __future__ import annotations

from modules.masterdata.manifest import MASTERDATA
from syncengine.model.entity import Action, ConflictRule, DeleteRule, DeviceRight, Entity, Field
from syncengine.model.fields import Bool, Date, Decimal, Integer, Json, Reference, Text
from syncengine.model.manifest import Schema
from syncengine.model.module import Module
from syncengine.model.terms import Everyone, OwnedBy

WRITE = DeviceRight.WRITE
TALLY = Entity(
    1,
    "tally",
    (
        Field(1, "pieces", Integer(0, 100), device=WRITE, conflict=ConflictRule.COUNTER),
        Field(2, "topics", Json(200), device=WRITE, conflict=ConflictRule.ADD_WINS_SET),
        Field(3, "notes", Text(400), device=WRITE, conflict=ConflictRule.TEXT_MERGE),
        Field(4, "due", Date(), device=WRITE, conflict=ConflictRule.MINIMUM),
        Field(5, "offer", Decimal(2), device=WRITE, conflict=ConflictRule.MAXIMUM),
        Field(6, "hours", Text(40), device=WRITE, conflict=ConflictRule.LATER_EDIT),
        Field(7, "iban", Text(40), device=WRITE, conflict=ConflictRule.MANUAL),
    ),
    terms=(Everyone(),),
    device=frozenset({Action.UPDATE}),
)
OF_A_PERSON = (
    Field(1, "text", Text(80), True, WRITE),
    Field(2, "done", Bool(), device=WRITE),
    Field(3, "owner", Reference("employee"), True, WRITE),
    Field(4, "market", Reference("market"), device=WRITE),
    Field(5, "hits", Integer(0, 100), device=WRITE, conflict=ConflictRule.COUNTER),
)
TASK = Entity(
    2,
    "task",
    OF_A_PERSON,
    terms=(OwnedBy("owner"),),
    device=frozenset(Action),
    on_delete=DeleteRule.EDIT_RESURRECTS,
)
ERRAND = Entity(3, "errand", OF_A_PERSON, terms=(OwnedBy("owner"),), device=frozenset(Action))
# Devices cannot insert these, so no edit brings one back.
ORDER = Entity(
    4,
    "order",
    OF_A_PERSON,
    terms=(OwnedBy("owner"),),
    device=frozenset({Action.UPDATE, Action.DELETE}),
    on_delete=DeleteRule.EDIT_RESURRECTS,
)
MEMO = Entity(
    5,
    "memo",
    (
        Field(1, "text", Text(80), True, WRITE, ConflictRule.KEEP_BOTH),
        Field(2, "colour", Text(20), device=WRITE),
        Field(3, "owner", Reference("employee"), True, WRITE),
        Field(4, "copy_of", Reference("memo", dangling=True)),
    ),
    terms=(OwnedBy("owner"),),
    device=frozenset(Action),
    copies="copy_of",
)
ENTITIES = (TALLY, TASK, ERRAND, ORDER, MEMO)
TALLIES = Module(201, "tallies", 1, ENTITIES, migrations="tests.tallies:migrations")
SCHEMA = Schema((MASTERDATA, TALLIES))
