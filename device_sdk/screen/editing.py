"""Changing a row, adding one, deleting one: a changeset each, durable before the next page."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from starlette.responses import Response

from device_sdk.errors import SchemaUnknown, SyncError
from device_sdk.forms import Form
from device_sdk.rows import Row
from device_sdk.screen.asked import Asked
from device_sdk.screen.forms import (
    edit_inputs,
    new_inputs,
    objection_to,
    take_sent,
    values_of,
)
from device_sdk.screen.refusals import NotThere
from device_sdk.screen.screen import Screen, own_path, to
from device_sdk.screen.titles import headed
from syncengine.model.fields import Value


def form_for(asked: Asked) -> Form:
    """Of the entity that the address names; NotThere."""
    try:
        return asked.device.form(asked.path["entity"])
    except SchemaUnknown:
        raise NotThere from None


def row_or_none(asked: Asked) -> Row | None:
    """The row that the address names, if it is here."""
    try:
        return asked.device.get(form_for(asked).entity, uuid.UUID(asked.path["row"]))
    except ValueError:
        return None


def found_row(asked: Asked) -> Row:
    """The row that the address names; NotThere."""
    row = row_or_none(asked)
    if row is None:
        raise NotThere
    return row


def edit(screen: Screen, asked: Asked) -> Response:
    """The row's form. What was typed stays in it whatever is wrong, also when the row has left
    meanwhile; where somebody else has changed the same field since the form was shown, the person
    chooses.
    """
    form, row = form_for(asked), row_or_none(asked)
    if not form.update or (row is None and not asked.is_post):
        raise NotThere
    inputs, errors = edit_inputs(asked, form.entity, row), dict[str, str]()
    if asked.is_post:
        take_sent(asked, inputs, merging=row is not None)
        values, errors = values_of(asked, inputs)
        clash = any(one.theirs is not None for one in inputs)
        if row is None:
            errors = {"": asked.words("This has left your device. Copy what you still need.")}
        elif not errors and not clash:
            errors = _write(asked, row, values)
            if not errors:
                return to(f"/rows/{row.entity}/{row.id}")
    back = f"/rows/{form.entity}/{row.id}" if row is not None else "/"
    return screen.page(
        asked, "edit.html", 422 if asked.is_post else 200, inputs=inputs, errors=errors, row=row,
        entity=form.entity, back=back, deletable=form.delete and row is not None,
        heading=headed(asked.words, row) if row is not None else asked.words.entity(form.entity),
    )  # fmt: skip


def _write(asked: Asked, row: Row, values: Mapping[str, Value]) -> dict[str, str]:
    """What is wrong with it, by field; nothing once it is durable."""
    try:
        if values:
            with asked.signed_in.changeset() as changes:
                changes.update(row.entity, row.id, **values)
    except SyncError as error:
        return objection_to(asked, error, values)
    return {}


def new(screen: Screen, asked: Asked) -> Response:
    """A form for one more. The address may fix fields, by their names, and say where to go then."""
    form = form_for(asked)
    if not form.insert:
        raise NotThere
    back = own_path(asked.query.get("back", ["/"])[-1])
    inputs, errors = new_inputs(asked, form.entity), dict[str, str]()
    if asked.is_post:
        take_sent(asked, [one for one in inputs if one.kind != "fixed"])
        values, errors = values_of(asked, inputs, all_of_them=True)
        values = {name: value for name, value in values.items() if value is not None}
        if not errors:
            try:
                with asked.signed_in.changeset() as changes:
                    changes.insert(form.entity, **values)
                return to(back)
            except SyncError as error:
                errors = objection_to(asked, error, values)
    return screen.page(
        asked, "edit.html", 422 if asked.is_post else 200, inputs=inputs, errors=errors, row=None,
        entity=form.entity, back=back, deletable=False,
        heading=asked.words("Add %(what)s", what=asked.words.inside(form.entity)),
    )  # fmt: skip


def delete(_screen: Screen, asked: Asked) -> Response:
    """The row, for good."""
    form, row = form_for(asked), found_row(asked)
    if not form.delete:
        raise NotThere
    with asked.signed_in.changeset() as changes:
        changes.delete(row.entity, row.id)
    return to("/")
