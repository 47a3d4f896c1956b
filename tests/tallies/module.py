"""A small module with a rule a field: pieces, topics, notes, a day, an offer and hours."""

from __future__ import annotations

from modules.masterdata.manifest import MASTERDATA
from syncengine.model.entity import Action, ConflictRule, DeviceRight, Entity, Field
from syncengine.model.fields import Date, Decimal, Integer, Json, Text
from syncengine.model.manifest import Schema
from syncengine.model.module import Module
from syncengine.model.terms import Everyone

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
    ),
    terms=(Everyone(),),
    device=frozenset({Action.UPDATE}),
)
TALLIES = Module(201, "tallies", 1, (TALLY,), migrations="tests.tallies:migrations")
SCHEMA = Schema((MASTERDATA, TALLIES))
