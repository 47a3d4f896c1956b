"""Changing a row, adding one, deleting one: a changeset each, durable before the next page."""

from __future__ import annotations

import uuid

from starlette.responses import Response

from device_sdk.errors import InvalidValue, Refused, SchemaUnknown
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


def form_for(asked: Asked) -> Form:
    """Of the entity that the address names; NotThere."""
    try:
        return asked.device.form(asked.path["entity"])
    except SchemaUnknown:
        raise NotThere from None


def found_row(asked: Asked) -> Row:
    """The row that the address names; NotThere."""
    form = form_for(asked)
    try:
        row = asked.device.get(form.entity, uuid.UUID(asked.path["row"]))
    except ValueError:
        row = None
    if row is None:
        raise NotThere
    return row


def edit(screen: Screen, asked: Asked) -> Response:
    """The row's form. What was typed stays in it whatever is wrong; where somebody else has changed
    the same field since the form was shown, the person chooses.
    """
    form, row = form_for(asked), found_row(asked)
    if not form.update:
        raise NotThere
    inputs, errors = edit_inputs(asked, row), dict[str, str]()
    if asked.is_post:
        take_sent(asked, inputs, merging=True)
        values, errors = values_of(asked, inputs)
        clash = any(one.theirs is not None for one in inputs)
        if not errors and not clash:
            try:
                if values:
                    with asked.signed_in.changeset() as changes:
                        changes.update(row.entity, row.id, **values)
                return to(f"/rows/{row.entity}/{row.id}")
            except (Refused, InvalidValue) as error:
                errors = objection_to(asked, error, values)
    return screen.page(
        asked, "edit.html", 422 if asked.is_post else 200, inputs=inputs, errors=errors, row=row,
        entity=row.entity, back=f"/rows/{row.entity}/{row.id}", deletable=form.delete,
    )  # fmt: skip


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
            except (Refused, InvalidValue) as error:
                errors = objection_to(asked, error, values)
    return screen.page(
        asked, "edit.html", 422 if asked.is_post else 200, inputs=inputs, errors=errors, row=None,
        entity=form.entity, back=back, deletable=False,
    )  # fmt: skip


def delete(_screen: Screen, asked: Asked) -> Response:
    """The row, for good."""
    form, row = form_for(asked), found_row(asked)
    if not form.delete:
        raise NotThere
    with asked.signed_in.changeset() as changes:
        changes.delete(row.entity, row.id)
    return to("/")
