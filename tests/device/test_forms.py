"""Forms made from the schema as it arrived, custom fields included."""

from __future__ import annotations

import datetime as dt

import pytest

from device_sdk import Device, Form
from syncengine.model.errors import SchemaUnknown
from tests.support.upgrades import CLASS, VISITS, with_fields
from tests.support.world import World

EXAMPLES: dict[str, object] = {
    "text": "x",
    "integer": 1,
    "bool": True,
    "timestamp": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
}


def names(form: Form) -> list[str]:
    """Of its fields."""
    return [f.name for f in form.fields]


def filled(device: Device, form: Form, **given: object) -> dict[str, object]:
    """A new row as somebody would enter it who sees the form and nothing else."""
    needed = [f for f in form.fields if f.required and f.name not in given]
    values = {f.name: EXAMPLES[f.kind] for f in needed} | given
    assert not [f.fault(values.get(f.name)) for f in form.fields if f.fault(values.get(f.name))]
    return values


def test_a_row_is_entered_from_the_form_alone(world: World) -> None:
    customer = world.customer("a", "1")
    with world.enrol("a") as device:
        device.sync()
        form = device.form("contact")
        assert (form.insert, form.update, form.delete) == (True, True, False)
        with device.changeset() as changes:
            changes.insert("contact", **filled(device, form, customer=customer))
        assert device.sync().verdicts == {"accepted": 1}


def test_custom_fields_come_into_the_form_and_leave_it(world: World) -> None:
    row = world.customer("a", "1")
    with world.enrol("a") as device:
        device.sync()
        before = names(device.form("customer"))
        world.install(with_fields(CLASS, VISITS))
        device.sync()
        form = device.form("customer")
        assert names(form) == [*before, "loyalty_class", "visits"]
        loyalty, visits = form.fields[-2:]
        assert (loyalty.kind, loyalty.limits, loyalty.custom) == (
            "enum",
            {"values": ("A", "B")},
            True,
        )
        assert visits.editable == "always"
        assert loyalty.fault("C")
        assert visits.fault(-1)
        with device.changeset() as changes:
            changes.update("customer", row, loyalty_class="B", visits=2)
        assert device.sync().verdicts == {"accepted": 1}
        world.install(with_fields(VISITS, removed=(CLASS,)))
        device.sync()
        assert names(device.form("customer")) == [*before, "visits"]


def test_a_form_says_what_is_needed_and_what_the_office_keeps(world: World) -> None:
    with world.enrol("a") as device:
        fields = {f.name: f for f in device.form("customer").fields}
        assert fields["number"].editable == "never"
        assert fields["number"].fault(None) == "It is needed."
        assert fields["phone"].fault(None) is None
        assert fields["phone"].fault("x" * 1000)
        assert fields["owner"].limits["entity"] == "employee"
        with pytest.raises(SchemaUnknown):
            device.form("nothing")
