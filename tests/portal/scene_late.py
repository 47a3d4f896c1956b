"""Conflicts and late work for pictures and the tests in a browser: some waits, some is decided."""

from __future__ import annotations

from device_sdk import Device
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.rights import Rights
from syncengine.store import listing, review_queue
from syncengine.store.author import Author
from syncengine.store.listing import Wanted
from syncengine.store.reviews import Kind
from syncengine.store.store import Store

ALL = Rights(administers=True)


def disagree(store: Store, device: Device, person: bytes) -> None:
    """The device and the office enter an account each, for two customers of the person, in a field
    that leaves conflicts to people; one is decided.
    """
    wanted = Wanted("customer", filters=(("owner", person),), order="number")
    shops = [row.id for row in listing.page(store, ALL, wanted, 5, None)[0]][3:]
    number, tag = store.schema.entities["customer"].by_name["iban"].number, store.schema.tags
    for shop, entered in zip(shops, ("DE75 5121 0800", "DE21 7001 0500"), strict=True):
        with device.changeset() as changes:
            changes.update("customer", shop, iban=entered, remark="They have another bank now.")
    office = [
        Operation(Action.UPDATE, tag["customer"], shop, {number: "DE02 1203 0000"})
        for shop in shops
    ]
    store.write(Author(Source.OFFICE, None, "screenshots", None), office)
    device.sync()
    last = review_queue.entries(store, Kind.CONFLICT, False, 9)[0][-1]
    review_queue.accept(store, Kind.CONFLICT, last.number)


def work_late(store: Store, device: Device, person: bytes, successor: bytes) -> None:
    """Three customers of the person go to somebody else before the device sends its edits of them;
    one of these is rejected.
    """
    author = Author(Source.OFFICE, None, "screenshots", None)
    wanted = Wanted("customer", filters=(("owner", person),), order="number")
    shops = [row.id for row in listing.page(store, ALL, wanted, 3, None)[0]]
    by_name, tag = store.schema.entities["customer"].by_name, store.schema.tags["customer"]
    with device.changeset() as changes:
        changes.update(
            "customer",
            shops[0],
            phone="+49 731 2200",
            remark="The entrance is in the yard now.\nAsk for Ms Brandt.",
        )
    with device.changeset() as changes:
        changes.update("customer", shops[1], city="Aalen")
    with device.changeset() as changes:
        changes.update("customer", shops[2], remark="Closed for the winter.")
    goes: dict[int, Stored] = {by_name["owner"].number: successor}
    moved: dict[int, Stored] = {**goes, by_name["phone"].number: "+49 731 1100"}
    others = [Operation(Action.UPDATE, tag, shop, goes) for shop in shops[1:]]
    store.write(author, [Operation(Action.UPDATE, tag, shops[0], moved), *others])
    device.sync()
    last = review_queue.entries(store, Kind.QUARANTINE, False, 9)[0][-1]
    review_queue.reject(store, Kind.QUARANTINE, last.number, "They are open again.")


def decisions(store: Store) -> dict[str, str]:
    """Pages of what waits and of what is decided."""
    waiting, _ = review_queue.entries(store, Kind.QUARANTINE, False, 1)
    decided, _ = review_queue.entries(store, Kind.QUARANTINE, True, 1)
    open_, _ = review_queue.entries(store, Kind.CONFLICT, False, 1)
    settled, _ = review_queue.entries(store, Kind.CONFLICT, True, 1)
    return {
        "conflicts": "/portal/reviews?kind=conflict",
        "conflict": f"/portal/reviews/conflict/{open_[0].number}",
        "conflict-decided": f"/portal/reviews/conflict/{settled[0].number}",
        "decide": "/portal/reviews?kind=quarantine",
        "decide-one": f"/portal/reviews/quarantine/{waiting[0].number}",
        "decided": "/portal/reviews?kind=quarantine&decided=1",
        "decided-one": f"/portal/reviews/quarantine/{decided[0].number}",
    }
