"""One recipient's receipt: when they did what, what they answered, and where it is gone from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from modules.messages.portal.reading import INFO, PANEL, RECEIPTS, TIMES, viewer
from modules.messages.receipts import OPEN, VALUE_OF
from modules.messages.recipients import RECIPIENT
from server.portal.public import Asked, Portal, Unseen, found_row, shown
from syncengine.model.fields import Stored
from syncengine.model.ids import to_text
from syncengine.model.rights import Right
from syncengine.store import listing
from syncengine.store.evidence import State
from syncengine.store.listing import Listed, Wanted
from syncengine.store.receipts import Receipt, receipts_of_row

ANSWERS = 200  # of a receipt that are shown


def receipt(portal: Portal, asked: Asked) -> Response:
    """Of the info that the address names."""
    store, rights = portal.store, viewer(asked)
    entities = store.schema.entities
    info = found_row(portal, asked, entities[INFO])
    row = found_row(portal, asked, entities[RECEIPTS], "receipt")
    if row.values["info"] != info.id:
        raise Unseen
    field = RECIPIENT[str(info.values["kind"])]
    titles = listing.reference_titles(store, rights, entities[RECEIPTS], [row])
    named = {name: title for (name, _), title in titles.items()}
    closed = row.values["status"] not in OPEN
    tells = rights.limit is None and rights.may(Right.VIEW, store.schema.people)
    devices = receipts_of_row(store, store.schema.tags[RECEIPTS], row.id) if tells else []
    return portal.page(
        asked, "messages/receipt_parts.html" if asked.partial else "messages/receipt.html",
        open_="messages/infos", info=info.values, row=row.values, named=named, times=TIMES,
        place=f"/portal/messages/infos/{to_text(info.id)}", recipient=field,
        recipient_id=row.values[field], panels=[PANEL, *(["devices"] if tells else [])],
        answers=_answers(portal, asked, row), closed=closed,
        devices=devices if closed else [], gone=closed and _gone(devices),
    )  # fmt: skip


def _gone(devices: Sequence[Receipt]) -> bool:
    """Every device that had it has shown that it has it no more."""
    return bool(devices) and all(device.state is State.CONFIRMED for device in devices)


@dataclass(frozen=True)
class Answer:
    """To a task. said: nothing, where none was given. photo: where it is."""

    position: int
    title: str
    mandatory: bool
    said: str
    photo: str


def _answers(portal: Portal, asked: Asked, row: Listed) -> list[Answer]:
    """In the order of the tasks."""
    store, rights, w = portal.store, asked.signed_in.rights, asked.words
    fields = store.schema.entities["info_answer"].by_name
    of = Wanted("info_answer", filters=(("receipt", row.id),))
    rows, _ = listing.page(store, rights, of, ANSWERS, None)
    ids = [named for one in rows if isinstance(named := one.values["task"], bytes)]
    tasks: dict[Stored, Listed] = {
        task.id: task for task in listing.several(store, rights, "info_task", ids)
    }
    found = []
    for one in rows:
        task, field = tasks.get(one.values["task"]), VALUE_OF[str(one.values["kind"])]
        value = one.values[field]
        position, title = (task.values["position"], task.values["title"]) if task else (0, "")
        place = f"/portal/data/info_answer/{to_text(one.id)}/attachment/photo"
        found.append(
            Answer(
                position if isinstance(position, int) else 0, str(title),
                bool(one.values["mandatory"]), shown(w, fields[field], value, {}),
                place if field == "photo" and value is not None else "",
            )
        )  # fmt: skip
    return sorted(found, key=lambda answer: (answer.position, answer.title))
