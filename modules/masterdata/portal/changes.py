"""The operations of one changeset: a series is planned at once, and those that follow go along."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from modules.masterdata.portal.bookings import ENTITY
from modules.masterdata.portal.series import (
    MAX_EVERY,
    MAX_SERIES,
    Repeat,
    Times,
    TooLong,
    days,
    followed,
    repeated,
)
from server.portal.public import Asked, Form, Portal, Words, operation_on
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import to_text
from syncengine.model.rights import Rights
from syncengine.store import listing
from syncengine.store.listing import Listed, Wanted

MAX_FOLLOWING = 500  # of a series, however it was made


def inserts(
    portal: Portal, asked: Asked, form: Form, values: Mapping[str, Stored]
) -> list[Operation]:
    """The appointment, or all of its series; what does not fit comes into the form."""
    entity, new_id = portal.store.schema.entities[ENTITY], portal.store.environment.new_id
    times = _times(values)
    all_times = _series(asked, form, times)
    series = {"series": to_text(new_id())} if len(all_times) > 1 else {}
    given = {name: value for name, value in values.items() if value is not None}
    return [
        operation_on(
            portal, Action.INSERT, entity, new_id(), given | _stored(one) | series
        )
        for one in all_times
    ]  # fmt: skip


def _series(asked: Asked, form: Form, times: Times) -> list[Times]:
    w = asked.words
    if not asked.value("repeat"):
        return [times]
    first = w.local(times.starts).date()
    try:
        repeat = Repeat(asked.value("repeat"))
        every = int(asked.value("every") or "1")
        until = dt.date.fromisoformat(asked.value("until"))
        if not 1 <= every <= MAX_EVERY:
            raise ValueError
        found = days(first, repeat, every, until)
    except TooLong:
        form.errors["until"] = w("At most %(number)s appointments are planned at once.",
                                 number=MAX_SERIES)  # fmt: skip
        return []
    except (ValueError, OverflowError):
        form.errors["until"] = w("Say how often, and until which day.")
        return []
    if not found:
        form.errors["until"] = w("The last day is before the first.")
        return []
    return [times, *(repeated(times, day, w.local, w.instant) for day in found[1:])]


def following(portal: Portal, rights: Rights, row: Listed) -> list[Listed]:
    """The row and those of its series that come after it and are not cancelled, as far as the user
    may view them; at most MAX_FOLLOWING.
    """
    series, begins = row.values["series"], row.values["starts_at"]
    if not series or not isinstance(begins, int):
        return [row]
    same = Wanted(
        ENTITY, order="starts_at",
        filters=(("customer", row.values["customer"]), ("series", series), ("active", True)),
    )  # fmt: skip
    found, _ = listing.page(portal.store, rights, same, MAX_FOLLOWING, (begins, row.id))
    return [row, *found]


def updates(
    portal: Portal, w: Words, row: Listed, rows: Sequence[Listed], new: Mapping[str, Stored]
) -> list[Operation]:
    """What the change of `row` is to all of `rows`: the same values, times moved by as much."""
    entity = portal.store.schema.entities[ENTITY]
    old, after = _times(row.values), _times({**row.values, **new})
    same = {name: value for name, value in new.items() if name not in ("starts_at", "ends_at")}
    found = []
    for one in rows:
        if one.id == row.id:
            changed = dict(new)
        else:
            times = followed(_times(one.values), old, after, w.local, w.instant)
            changed = same | {
                name: value
                for name, value in {"starts_at": times.starts, "ends_at": times.ends}.items()
                if value != one.values[name]
            }
        if changed:
            found.append(operation_on(portal, Action.UPDATE, entity, one.id, changed))
    return found


def _times(values: Mapping[str, Stored]) -> Times:
    starts, ends = values["starts_at"], values.get("ends_at")
    assert isinstance(starts, int)
    return Times(starts, ends if isinstance(ends, int) else None)


def _stored(times: Times) -> dict[str, Stored]:
    found: dict[str, Stored] = {"starts_at": times.starts, "ends_at": times.ends}
    return {name: value for name, value in found.items() if value is not None}
