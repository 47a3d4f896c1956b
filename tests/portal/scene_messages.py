"""Infos of the office and what reps did with them, for pictures and tests in a browser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Page, expect

from device_sdk import Device
from modules.messages.device import Messages
from modules.messages.jobs import follow
from modules.messages.reminding import reminder
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.ids import to_text
from syncengine.model.rights import Rights
from syncengine.model.windows import DAY
from syncengine.store import listing
from syncengine.store.author import Author
from syncengine.store.listing import Wanted
from syncengine.store.store import Store

ALL = Rights(administers=True)
PLACE = "/portal/messages/infos"
TEXT = """# Summer range

The new catalogue is **valid from Monday**. Please mind:

- old prices until the end of the week
- helmets come *later*
"""
TASKS = (("Read the new price list", "check", True), ("Which shelf is empty?", "text", False))


def write_infos(store: Store, known: Mapping[str, bytes]) -> None:
    """One that is over and not done everywhere, one of today with tasks, one to come, a draft."""
    now = store.environment.now()
    publish(store, {"kind": "daily", "title": "Summer range from Monday", "text": TEXT,
                     "priority": "high", "starts_at": now - DAY, "expires_at": now + 2 * DAY},
             [{"employee": known["274"], "below": True}], TASKS)  # fmt: skip
    publish(store, {"kind": "action", "title": "Check the display of helmets",
                     "text": "At the entrance.",
                     "priority": "normal", "starts_at": now - 3 * DAY, "due_at": now + 3_000_000},
             [{"employee": known["276"]}], TASKS[:1])  # fmt: skip
    publish(store, {"kind": "daily", "title": "Stocktaking", "priority": "low",
                     "starts_at": now + DAY, "expires_at": now + 2 * DAY},
             [{"employee": known["275"]}], ())  # fmt: skip
    publish(store, {"kind": "daily", "title": "Team meeting", "priority": "normal",
                     "starts_at": now, "expires_at": now + DAY}, [], (), draft=True)  # fmt: skip
    follow(store, 100)


def publish(
    store: Store, fields: Mapping[str, Any], targets: Any, tasks: Any, draft: bool = False
) -> bytes:
    """An info of these fields, in one changeset; tasks as (title, kind, mandatory)."""
    new_id = store.environment.new_id
    info = new_id()

    def row(entity: str, row_id: bytes, action: Action, **values: Any) -> Operation:
        by_name = store.schema.entities[entity].by_name
        stored = {by_name[name].number: value for name, value in values.items()}
        return Operation(action, store.schema.tags[entity], row_id, stored)

    write = [row("info", info, Action.INSERT, status="draft", **fields)]
    write += [
        row("info_task", new_id(), Action.INSERT, info=info, position=place, title=title,
            kind=kind, mandatory=mandatory)
        for place, (title, kind, mandatory) in enumerate(tasks)
    ]  # fmt: skip
    write += [row("info_target", new_id(), Action.INSERT, info=info, **one) for one in targets]
    if not draft:
        write.append(row("info", info, Action.UPDATE, status="published"))
    verdict = store.write(Author(Source.OFFICE, None, "infos", None), write)
    assert verdict.version is not None, verdict
    return info


def remind(store: Store) -> None:
    """The office reminds of the info of today."""
    info = Wanted("info", filters=(("priority", "high"),))
    rows, _ = listing.page(store, ALL, info, 1, None)
    author = Author(Source.OFFICE, None, "infos", None)
    assert store.write(author, [reminder(store, rows[0].id)]).version is not None


def read_infos(device: Device, number: str) -> None:
    """Each rep is elsewhere: 275 confirms, 276 and 279 have seen the info of today."""
    messages = Messages(device)
    messages.received()
    for one in messages.at_day_login() if number in ("275", "276", "279") else ():
        messages.show(one.receipt)
        if number == "275":
            for task in one.tasks:
                messages.complete_task(task.answer, True if task.kind == "check" else "Shelf 3")
            messages.confirm(one.receipt)
    device.sync()
    device.sync()


def infos_paths(store: Store) -> dict[str, str]:
    """Page -> its address."""
    infos, _ = listing.page(store, ALL, Wanted("info"), 10, None)
    daily, action, draft = (
        next(row.id for row in infos if row.values[name] == value)
        for name, value in (("priority", "high"), ("kind", "action"), ("status", "draft"))
    )
    closed = Wanted("info_receipt", filters=(("info", daily), ("status", "confirmed")))
    receipts, _ = listing.page(store, ALL, closed, 1, None)
    return {
        "infos": PLACE,
        "info": f"{PLACE}/{to_text(daily)}",
        "info-overdue": f"{PLACE}/{to_text(action)}",
        "info-receipt": f"{PLACE}/{to_text(daily)}/receipts/{to_text(receipts[0].id)}",
        "info-remind": f"{PLACE}/{to_text(action)}/remind",
        "info-reminded": f"{PLACE}/{to_text(daily)}/remind",
        "info-withdraw": f"{PLACE}/{to_text(daily)}/withdraw",
        "info-new": f"{PLACE}/new",
        "info-draft": f"{PLACE}/{to_text(draft)}",
    }


def write_info(page: Page) -> None:
    """In the composer: a title, Markdown, whom it is for, a task."""
    page.fill("#title", "Summer range from Monday")
    page.fill("#text", TEXT)
    page.select_option("[id='target.0.kind']", "team")
    expect(page.locator("[id='target.0.kind']")).to_have_value("team")
    page.fill("[id='target.0.value']", "274")
    page.locator("[id='add.task']").click()
    page.fill("[id='task.0.title']", "Read the new price list")
    expect(page.locator("#beside")).to_contain_text("price list")
