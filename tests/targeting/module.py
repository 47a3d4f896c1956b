"""A small module that targets rows: bulletins for named people in a period, surveys for
markets, leaflets that letters to customers carry.
"""

from __future__ import annotations

from pathlib import Path

from modules.masterdata.manifest import MASTERDATA
from syncengine.model.entity import Entity, Field, VisibleWindow
from syncengine.model.fields import Reference, Text, Timestamp
from syncengine.model.manifest import Schema
from syncengine.model.module import Module
from syncengine.model.terms import Addressed, AddressedTo, Carried, Follows, PersonalTo, Reaches
from tests.support.world import World

BULLETIN = Entity(
    1,
    "bulletin",
    (
        Field(1, "title", Text(80)),
        Field(2, "visible_from", Timestamp()),
        Field(3, "visible_until", Timestamp()),
    ),
    terms=(Addressed(),),
    window=VisibleWindow("visible_from", "visible_until"),
)
TASK = Entity(
    2,
    "task",
    (Field(1, "bulletin", Reference("bulletin")), Field(2, "title", Text(80))),
    terms=(Follows("bulletin"),),
)
RECIPIENT = Entity(
    3,
    "recipient",
    (Field(1, "bulletin", Reference("bulletin")), Field(2, "person", Reference("employee"))),
    terms=(PersonalTo("person"),),
)
SURVEY = Entity(
    4,
    "survey",
    (Field(1, "market", Reference("market")), Field(2, "title", Text(80))),
    terms=(Reaches("market", parent="parent", through="customer", place="market"),),
)
QUESTION = Entity(
    5,
    "question",
    (Field(1, "survey", Reference("survey")), Field(2, "title", Text(80))),
    terms=(Follows("survey"),),
)
LEAFLET = Entity(
    6,
    "leaflet",
    (
        Field(1, "title", Text(80)),
        Field(2, "visible_from", Timestamp()),
        Field(3, "visible_until", Timestamp()),
    ),
    terms=(Carried("letter", "leaflet"),),
    window=VisibleWindow("visible_from", "visible_until"),
)
PAGE = Entity(
    7,
    "page",
    (Field(1, "leaflet", Reference("leaflet")), Field(2, "title", Text(80))),
    terms=(Follows("leaflet"),),
)
LETTER = Entity(
    8,
    "letter",
    (
        Field(1, "leaflet", Reference("leaflet", dangling=True)),
        Field(2, "customer", Reference("customer")),
        Field(3, "person", Reference("employee")),
    ),
    terms=(Follows("customer"), PersonalTo("person")),
)
TARGETING = Module(
    200,
    "targeting",
    1,
    (BULLETIN, TASK, RECIPIENT, SURVEY, QUESTION, LEAFLET, PAGE, LETTER),
    grants=(AddressedTo("recipient", content="bulletin", person="person"),),
    migrations="tests.targeting:migrations",
)
SCHEMA = Schema((MASTERDATA, TARGETING))


class Targeted(World):
    """The small installation with the module."""

    top: bytes
    town: bytes

    def __init__(self, url: str, folder: Path, at: int) -> None:
        self.at = at
        super().__init__(url, folder, now=lambda: self.at, schema=SCHEMA)
