"""Appointments of this week and the weeks around it, for pictures and tests in a browser."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.rights import Rights
from syncengine.store import listing
from syncengine.store.author import Author
from syncengine.store.listing import Wanted
from syncengine.store.store import Store

ALL = Rights(administers=True)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
# (person, day of the week, from, until, subject, active)
WEEK = (
    ("275", 0, "09:00", "10:30", "Spring range", True),
    ("275", 0, "13:00", "14:00", "Shelf check", True),
    ("275", 1, "08:30", "09:30", "Complaint: late delivery", True),
    ("275", 1, "11:00", "12:00", "Annual talk", True),
    ("275", 2, "09:00", "11:00", "New shop window", True),
    ("275", 2, "10:00", "11:30", "Promotion: summer tyres", True),
    ("275", 3, "14:00", "15:00", "Visit", True),
    ("275", 4, "09:30", "10:00", "Order helmets", True),
    ("275", 4, "15:00", "16:00", "Team call at the shop", False),
    ("276", 0, "10:00", "11:00", "Visit", True),
    ("276", 1, "10:00", "12:00", "Stocktaking", True),
    ("276", 3, "09:00", "10:00", "Annual talk", True),
    ("277", 1, "08:00", "09:00", "Visit", True),
    ("277", 2, "13:30", "15:00", "Trade fair preview", True),
    ("279", 0, "09:00", "10:00", "Visit", True),
    ("279", 3, "11:00", "12:30", "Opening of the new shop", True),
)  # fmt: skip


def monday(now: int) -> dt.date:
    """Of the week of an instant."""
    day = (EPOCH + dt.timedelta(microseconds=now)).date()
    return day - dt.timedelta(days=day.weekday())


def instant(day: dt.date, time: str) -> int:
    """By UTC, in stored form."""
    at = dt.datetime.combine(day, dt.time.fromisoformat(time), dt.UTC)
    return (at - EPOCH) // dt.timedelta(microseconds=1)


def shops(store: Store, owner: bytes, number: int) -> list[bytes]:
    """The first customers of somebody."""
    wanted = Wanted("customer", filters=(("owner", owner),), order="number")
    return [row.id for row in listing.page(store, ALL, wanted, number, None)[0]]


def plan_visits(store: Store, known: Mapping[str, bytes]) -> None:
    """The week's, and a series of four weeks; people by their numbers."""
    first = monday(store.environment.now())
    lines = [(first + dt.timedelta(days=line[1]), line) for line in WEEK]
    for n in range(4):
        line = ("276", 1, "14:00", "15:00", "Tour talk", True)
        lines.append((first + dt.timedelta(days=1, weeks=n), line))
    operations = []
    for n, (day, (who, _, starts, ends, subject, active)) in enumerate(lines):
        own = shops(store, known[who], 5)
        operations.append(
            planned(
                store, known[who], own[0 if subject == "Tour talk" else n % len(own)], subject,
                (instant(day, starts), instant(day, ends)), active=active,
                series="tour" if subject == "Tour talk" else None,
            )
        )  # fmt: skip
    verdict = store.write(Author(Source.OFFICE, None, "visits", None), operations)
    assert verdict.version is not None, verdict


def planned(
    store: Store, rep: bytes, shop: bytes, subject: str, times: tuple[int, int],
    active: bool = True, series: str | None = None,
) -> Operation:  # fmt: skip
    """The insert of one."""
    entity = store.schema.entities["appointment"]
    values: dict[str, Stored] = {
        "employee": rep, "customer": shop, "subject": subject, "starts_at": times[0],
        "ends_at": times[1], "active": active, "series": series,
    }  # fmt: skip
    fields = {entity.by_name[name].number: value for name, value in values.items()}
    tag = store.schema.tags["appointment"]
    return Operation(Action.INSERT, tag, store.environment.new_id(), fields)
