"""One's own work: what is not sent yet, and what did not take effect as it was entered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from device_sdk import telling
from device_sdk.errors import InvalidValue, Refused
from device_sdk.inbox import Entered, Item
from device_sdk.screen.asked import Asked
from device_sdk.screen.forms import objection_to, read_inputs, unique_inputs
from device_sdk.screen.refusals import NotThere, Unclear
from device_sdk.screen.screen import Screen, to
from device_sdk.screen.titles import TITLES, name_of
from device_sdk.screen.values import shown
from syncengine.model.changeset import Objection, Outcome
from syncengine.model.errors import SchemaUnknown
from syncengine.model.fields import Value

SHOWN = 100  # changesets of a list


@dataclass(frozen=True)
class Deed:
    """One operation in words. values: (field, value) as a person reads them. address: of the row,
    where it is on the device.
    """

    action: str
    entity: str
    called: str
    values: list[tuple[str, str]]
    address: str


def deeds(asked: Asked, entered: Iterable[Entered]) -> list[Deed]:
    """What a changeset does."""
    return [_deed(asked, one) for one in entered]


def _deed(asked: Asked, one: Entered) -> Deed:
    w, device = asked.words, asked.device
    row = device.get(one.entity, one.row)
    called = name_of(row) if row is not None else _called(one.values)
    fields = {f.name: f for f in device.form(one.entity).fields}
    values = [
        (w.field(name), shown(w, device, fields[name], value) if name in fields else str(value))
        for name, value in one.values.items()
        if value is not None or one.action == "update"
    ]
    address = f"/rows/{one.entity}/{one.row}" if row is not None else ""
    return Deed(one.action, one.entity, called, values, address)


def _called(values: Mapping[str, Value]) -> str:
    return next((str(values[n]) for n in TITLES if values.get(n)), "")


def reason(asked: Asked, objection: Objection) -> str:
    """Why not, in the reader's words; the server's own sentence where there are none."""
    return asked.words.told("reason", objection.code, objection.detail)


def work(screen: Screen, asked: Asked) -> Response:
    """All of it, and how the device stands. As a form: sync now; the status tells how it goes."""
    if asked.is_post:
        asked.signed_in.sync_now()
        return to("/sync")
    waiting = [
        (one.made, deeds(asked, one.entered)) for one in telling.waiting(asked.device, SHOWN)
    ]
    items = [
        (item, deeds(asked, item.entered), [reason(asked, o) for o in item.reasons])
        for item in asked.device.inbox()[:SHOWN]
    ]
    return screen.page(asked, "work.html", open_="/sync", waiting=waiting, items=items, most=SHOWN)


def item(screen: Screen, asked: Asked) -> Response:
    """One that did not take effect: why, what was entered, and what can be done about it."""
    found = _found(asked)
    errors: dict[str, str] = {}
    inputs = unique_inputs(asked, found) if found.outcome != Outcome.MERGED else []
    if asked.is_post:
        act = asked.value("act")
        if act == "discard":
            asked.device.dismiss(found.sequence)
            return to("/sync")
        if act != "again" or found.outcome == Outcome.MERGED:
            raise Unclear
        values, errors = read_inputs(asked, inputs)
        if not errors:
            errors = _again(asked, found, values)
        if not errors:
            return to("/sync")
    return screen.page(
        asked, "item.html", 422 if errors else 200, open_="/sync", item=found,
        deeds=deeds(asked, found.entered), inputs=inputs, errors=errors,
        reasons=[reason(asked, o) for o in found.reasons],
        losses=[_loss(asked, found, place) for place in range(len(found.losses))],
    )  # fmt: skip


def _found(asked: Asked) -> Item:
    sequence = asked.path["sequence"]
    for one in asked.device.inbox():
        if str(one.sequence) == sequence:
            return one
    raise NotThere


def _again(asked: Asked, found: Item, values: Mapping[str, Value]) -> dict[str, str]:
    """Send it once more; what is wrong, by field, else nothing."""
    try:
        asked.device.correct(found.sequence, **values)
    except (Refused, InvalidValue, SchemaUnknown) as error:
        return objection_to(asked, error, values)
    asked.signed_in.sync_now()
    return {}


def _loss(asked: Asked, found: Item, place: int) -> tuple[str, str, str]:
    """(field, what was entered, what stands)."""
    lost = found.losses[place]
    w, device = asked.words, asked.device
    field = next((f for f in device.form(lost.entity).fields if f.name == lost.field), None)
    if field is None:
        return w.field(lost.field), str(lost.lost), str(lost.kept)
    told = [shown(w, device, field, value) or "\N{EN DASH}" for value in (lost.lost, lost.kept)]
    return w.field(lost.field), told[0], told[1]
