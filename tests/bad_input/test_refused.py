"""What a device may not write: each refused with a reason, kept readable, without any effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.store import tables as t
from tests.bad_input.scene import KEEPING, Scene, verdict
from tests.server.wire import SCHEMA, WORLD

NAME, OWNER, PHONE, REMARK, ACTIVE = (
    SCHEMA.entities["customer"].by_name[n].number
    for n in ("name", "owner", "phone", "remark", "active")
)
YEAR_0, YEAR_9999 = "0000-01-01", "9999-12-31"
Make = Callable[[Scene], Operation]


@dataclass(frozen=True)
class Refused:
    """One bad changeset, the code of the objection and the field that it names."""

    what: str
    code: str
    make: Make
    field: str | None = None


def customer(**fields: object) -> Make:
    """An edit of a customer that the device holds; fields by name."""
    return edit("customer", lambda scene: scene.customers["2790"], **fields)


def edit(entity: str, row: Callable[[Scene], bytes], **fields: object) -> Make:
    """An edit of a row."""
    by_number = {SCHEMA.entities[entity].by_name[n].number: value for n, value in fields.items()}
    tag = SCHEMA.tags[entity]
    return lambda scene: Operation(Action.UPDATE, tag, row(scene), by_number)  # type: ignore[arg-type]


def insert(entity: str, **fields: object) -> Make:
    """A new row; a field may be what the scene says."""

    def make(scene: Scene) -> Operation:
        numbers = SCHEMA.entities[entity].by_name
        values: dict[int, Any] = {
            numbers[name].number: value(scene) if callable(value) else value
            for name, value in fields.items()
        }
        return Operation(Action.INSERT, SCHEMA.tags[entity], scene.device.new_id(), values)

    return make


def me(scene: Scene) -> bytes:
    """The device's person."""
    return scene.device.person


def foreign(scene: Scene) -> bytes:
    """A customer of somebody else."""
    return scene.customers["2760"]


def note(text: object) -> Make:
    """A new note with any value for its text."""
    return insert("note", author=me, text=text)


VALUES = (
    *(
        Refused(f"{what} for text", "value.invalid", note(value), "text")
        for what, value in (
            ("NaN", float("nan")), ("infinity", float("inf")), ("float", 1.5), ("list", [1]),
            ("map", {"a": 1}), ("number", 7), ("bytes", b"x"), ("bool", True), ("nothing", None),
            ("NUL in it", "a\0b"), ("integer beyond 63 bit", 2**64 - 1),
        )
    ),
    Refused("text too long", "value.invalid", customer(name="x" * 201), "name"),
    Refused("text for a number", "value.invalid", customer(annual_sales="12"), "annual_sales"),
    Refused("bool for a number", "value.invalid", customer(annual_sales=True), "annual_sales"),
    Refused("integer beyond 64 bit", "value.invalid", customer(annual_sales=2**64 - 1),
            "annual_sales"),
    Refused("number for a bool", "value.invalid", customer(active=1), "active"),
    Refused("text for a reference", "value.invalid", customer(owner="279"), "owner"),
    Refused("half a reference", "value.invalid", customer(owner=b"short"), "owner"),
)  # fmt: skip
RIGHTS = (
    Refused("server-managed field", "field.denied", customer(active=False), "active"),
    Refused("owner taken away", "field.denied", customer(owner=None), "owner"),
    Refused("unknown field", "schema.unknown", lambda scene: Operation(
        Action.UPDATE, SCHEMA.tags["customer"], scene.customers["2790"], {99: "x"})),
    Refused("unknown entity", "schema.unknown", lambda scene: Operation(
        Action.UPDATE, 0xFFFF, scene.customers["2790"], {1: "x"})),
    Refused("delete of a customer", "delete.denied", lambda scene: Operation(
        Action.DELETE, SCHEMA.tags["customer"], scene.customers["2790"], {})),
    Refused("new employee", "insert.denied", insert("employee", number="666", active=True)),
    Refused("row outside the slice", "row.unknown", edit("customer", foreign, name="mine")),
    Refused("row that does not exist", "row.unknown",
            edit("customer", lambda _: WORLD.new_id(), name="mine")),
    Refused("reference to an invisible row", "row.unknown",
            insert("contact", customer=foreign, name="Jo", active=True)),
    Refused("reference to no row", "row.unknown",
            insert("contact", customer=lambda _: WORLD.new_id(), name="Jo", active=True)),
    Refused("new row under another store's id", "row.id_foreign", lambda scene: Operation(
        Action.INSERT, SCHEMA.tags["note"], WORLD.new_id(), {1: me(scene), 3: "x"})),
)  # fmt: skip


@pytest.mark.parametrize("case", [*VALUES, *RIGHTS], ids=lambda case: str(case.what))
def test_what_a_device_may_not_write(scene: Scene, case: Refused) -> None:
    refuse(scene, case)


def refuse(scene: Scene, case: Refused) -> None:
    """Send a bad changeset: it is refused with a reason, kept, and changes nothing."""
    device = scene.device
    sent = device.changeset(case.make(scene))
    before = scene.state()
    answer = device.sync(sent)
    refused = verdict(answer)
    assert (answer.status, refused.outcome, refused.version) == (200, "rejected", None)
    objection = refused.objections[0]
    assert (objection.code, objection.field) == (case.code, case.field)
    assert len(objection.detail.split()) >= 2, "no sentence"
    assert scene.changed(before) <= KEEPING
    with scene.store.engine.connect() as connection:
        kept = sa.select(t.verdict.c.body).where(t.verdict.c.changeset == refused.changeset)
        assert connection.scalar(kept) == sent.body, "nothing that a person entered is lost"


@pytest.mark.parametrize(
    "make", [lambda row: edit("customer", row, name="mine"),
             lambda row: insert("contact", customer=row, name="Jo", active=True)],
    ids=["edit", "reference"],
)  # fmt: skip
def test_not_yours_and_not_there_answer_alike(
    scene: Scene, make: Callable[[Callable[[Scene], bytes]], Make]
) -> None:
    """Invariant 9: the same bytes, ids and sequence apart."""
    answers = []
    for row in (foreign, lambda _: WORLD.new_id()):
        refused = verdict(scene.device.sync(scene.device.changeset(make(row)(scene))))
        answers.append((refused.outcome, refused.version, refused.decided, refused.objections))
    assert answers[0] == answers[1]
