"""What the vectors are about: a small installation, ids, keys, and the plain form of values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from syncengine.model.conditions import Compare, Op
from syncengine.model.custom import CustomField, extended
from syncengine.model.entity import (
    Action,
    ConflictRule,
    DeleteRule,
    DeviceRight,
    Entity,
    Field,
    VisibleWindow,
)
from syncengine.model.fields import (
    BlobReference,
    Bool,
    Date,
    Decimal,
    Enum,
    Integer,
    Json,
    Reference,
    Text,
    Timestamp,
)
from syncengine.model.ids import uuid7
from syncengine.model.lifecycle import (
    Above,
    Capacity,
    Every,
    Filled,
    Late,
    Lifecycle,
    Protection,
    Stamp,
    State,
    Transition,
    Until,
)
from syncengine.model.manifest import Schema
from syncengine.model.module import Module
from syncengine.model.questionnaire_field import Questionnaire
from syncengine.model.terms import (
    Audiences,
    Carried,
    Everyone,
    FacetOf,
    Follows,
    OwnedBy,
    PersonalTo,
    Ruled,
    Subtree,
)

Case = dict[str, Any]
NOW = 1_767_225_600_123_456  # 2026-01-01 00:00:00.123456 UTC
WRITE, CREATE = DeviceRight.WRITE, DeviceRight.CREATE
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))

PERSON = Entity(
    1,
    "person",
    (Field(1, "number", Text(40), True), Field(2, "manager", Reference("person"))),
    (Everyone(),),
)
CUSTOMER = Entity(
    2,
    "customer",
    (
        Field(1, "name", Text(20), True, WRITE),
        Field(2, "owner", Reference("person")),
        Field(3, "revenue", Decimal(2)),
        Field(5, "phone", Text(60), False, WRITE, ConflictRule.DEVICE_WINS),
    ),
    (OwnedBy("owner"), Ruled()),
    frozenset({Action.INSERT, Action.UPDATE, Action.DELETE}),
    removed=(Field(4, "fax", Text(60), False, WRITE),),
)
TERMS = Entity(
    3,
    "customer_terms",
    (Field(1, "customer", Reference("customer"), True), Field(2, "discount", Decimal(2))),
    (FacetOf("customer", audience="terms"),),
)
NOTE = Entity(
    4,
    "note",
    (
        Field(1, "author", Reference("person"), True, CREATE),
        Field(2, "text", Text(400), True, WRITE),
    ),
    (PersonalTo("author"),),
    frozenset(Action),
)
VISIT = Entity(
    1,
    "visit",
    (
        Field(1, "customer", Reference("customer", dangling=True), True, CREATE),
        Field(2, "done", Bool(), True, WRITE),
        Field(3, "day", Date(), False, WRITE),
        Field(4, "began", Timestamp(), False, WRITE),
        Field(5, "kind", Enum(("call", "shop")), False, WRITE),
        Field(6, "guests", Integer(0, 500), False, WRITE),
        Field(7, "answers", Json(200), False, WRITE),
        Field(8, "photo", BlobReference(), False, WRITE),
    ),
    (Follows("customer"),),
    frozenset({Action.INSERT, Action.UPDATE}),
)
AUDIENCE = Entity(5, "audience", (Field(1, "number", Text(40), True),))
MEMBER = Entity(
    6,
    "audience_member",
    (
        Field(1, "audience", Reference("audience"), True),
        Field(2, "person", Reference("person"), True),
        Field(3, "below", Bool(), True),
    ),
)
SHOP = Module(
    1,
    "shop",
    4,
    (PERSON, CUSTOMER, TERMS, NOTE, AUDIENCE, MEMBER),
    (
        Subtree("person", "manager"),
        Audiences("audience", "number", "audience_member", "audience", "person", "below"),
    ),
    "person",
)
VISITS = Module(2, "visits", 1, (VISIT,))
PLAIN = Schema((SHOP, VISITS))
INFO = Entity(
    1,
    "info",
    (
        Field(1, "text", Text(400), True),
        Field(2, "shows_from", Timestamp()),
        Field(3, "shows_until", Timestamp()),
    ),
    (Everyone(),),
    window=VisibleWindow("shows_from", "shows_until"),
)
WINDOWED = Schema((SHOP, Module(3, "infos", 1, (INFO,))))
TASK = replace(NOTE, name="task", on_delete=DeleteRule.EDIT_RESURRECTS)
DRAFT = Entity(
    6,
    "draft",
    (
        Field(1, "text", Text(400), True, WRITE, ConflictRule.KEEP_BOTH),
        Field(2, "copy_of", Reference("draft", dangling=True)),
    ),
    (Everyone(),),
    copies="copy_of",
)
ORDER = Entity(
    7,
    "order",
    (
        Field(1, "state", Enum(("draft", "sent", "billed")), True, WRITE),
        Field(2, "by", Reference("person"), True, CREATE),
        Field(3, "closes", Timestamp()),
        Field(4, "sent_at", Timestamp()),
    ),
    (OwnedBy("by"),),
    frozenset(Action),
)
LINE = Entity(
    8,
    "order_line",
    (
        Field(1, "order", Reference("order"), True, CREATE),
        Field(2, "pieces", Integer(), True, WRITE),
    ),
    (Follows("order"),),
    frozenset(Action),
)
OPEN = Compare("state", Op.EQUAL, "draft")
SENDING = Lifecycle(
    "order",
    "state",
    (State("draft", initial=True), State("sent"), State("billed", releases=True)),
    (
        Transition(
            "send",
            ("draft",),
            "sent",
            frozenset({Capacity.OWNER, Capacity.SUBSTITUTE}),
            (
                Every("order_line", "order", Compare("pieces", Op.GREATER, 0)),
                Until("closes", "it is too late"),
            ),
            Late.WAITS,
            stamps=(("sent_at", Stamp.MADE),),
        ),
        Transition("bill", ("sent",), "billed", frozenset({Capacity.SYSTEM}), when="closes"),
    ),
)
KEPT = Protection("order_line", frozenset(Action), (Above("order", OPEN),))
LIVING = Schema(
    (SHOP, Module(5, "orders", 1, (ORDER, LINE), lifecycles=(SENDING,), protections=(KEPT,)))
)
SURVEY = Entity(
    9,
    "survey",
    (Field(1, "form", Questionnaire(), True),),
    (Carried("order", "survey"),),
)
ASKED = replace(ORDER, fields=(*ORDER.fields, Field(5, "survey", Reference("survey"))))
REPLY = Entity(
    10,
    "reply",
    (
        Field(1, "order", Reference("order"), True, CREATE),
        Field(2, "question", Text(40), True, CREATE),
        Field(3, "article", Reference("order", dangling=True)),
        Field(4, "position", Integer()),
        Field(5, "yes", Bool(), device=WRITE),
        Field(6, "text", Text(4_000), device=WRITE),
        Field(7, "choices", Json(), device=WRITE),
        Field(8, "amount", Decimal(4), device=WRITE),
        Field(9, "day", Date(), device=WRITE),
        Field(10, "file", BlobReference(), device=WRITE),
    ),
    (Follows("order"),),
)
FILLING = Lifecycle(
    "order",
    "state",
    SENDING.states,
    (
        replace(SENDING.transitions[0], guards=(Filled("survey", "reply", "order", "not filled"),)),
        SENDING.transitions[1],
    ),
)
ASKING = Schema((SHOP, Module(5, "orders", 1, (ASKED, SURVEY, REPLY), lifecycles=(FILLING,))))
RETURNING = Schema((SHOP, Module(4, "tasks", 1, (TASK, DRAFT))))
SCHEMA = extended(
    (SHOP, VISITS), [CustomField("customer", Field(151, "loyalty", Integer(0, 9), device=WRITE))]
)
TAG = SCHEMA.tags


def an_id(number: int) -> bytes:
    """One of the ids in use here."""
    return uuid7(NOW + 1000 * number, bytes([number] * 10))


INCARNATION, EPOCH, OTHER_EPOCH = an_id(1), an_id(2), an_id(3)
SEAT, ME, OTHER = an_id(4), an_id(5), an_id(6)


def plain(value: Any) -> Any:
    """Any value as JSON: bytes are {"hex": ...}, structs objects, tuples arrays."""
    if isinstance(value, msgspec.Raw):
        return plain(msgspec.msgpack.decode(value))
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, msgspec.Struct):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, dict):
        return {name: plain(element) for name, element in value.items()}
    if isinstance(value, list | tuple):
        return [plain(element) for element in value]
    return value


def pack(value: Any) -> bytes:
    """MessagePack."""
    return msgspec.msgpack.encode(value)


def good(name: str, data: bytes, **more: Any) -> Case:
    """A case with what it means in `more`."""
    return {"name": name, "hex": data.hex(), **plain(more)}


def bad(name: str, data: bytes, error: str, **more: Any) -> Case:
    """A case that is refused with a code."""
    return {"name": name, "hex": data.hex(), "error": error, **plain(more)}
