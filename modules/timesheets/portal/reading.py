"""What the office reads of sheets: their days and counter-entries, as far as it may see them."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from modules.timesheets.hours import Notice
from server.portal.public import Asked, Unseen
from syncengine.model.fields import Stored
from syncengine.model.rights import Right, Rights
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.listing import Listed, Wanted
from syncengine.store.marks import Mark
from syncengine.store.store import Store

SHEET, DAY, CORRECTION = "timesheet", "timesheet_day", "timesheet_correction"
SETTING = "timesheet_setting"
PANEL = "timesheets/sheets"  # what changes on these pages by itself
PLACE = "/portal/timesheets/sheets"
PAGE = 50  # sheets of a list
MOST_DAYS = 62  # of a sheet, and counter-entries
NOTICES = tuple(str(one) for one in Notice)


def viewer(asked: Asked) -> Rights:
    """The rights of whoever asks; Unseen unless they may see sheets."""
    rights = asked.signed_in.rights
    if not rights.may(Right.VIEW, SHEET):
        raise Unseen
    return rights


def mark(store: Store) -> Mark:
    """Changes with every sheet and counter-entry; with the drafts', too, which nobody sees."""
    columns = [sa.select(sa.func.max(store.tables[n].c.version)) for n in (SHEET, CORRECTION)]
    with reading(store.engine) as connection:
        return tuple(connection.execute(sa.select(*(c.scalar_subquery() for c in columns))).one())


def shown_days(rights: Rights) -> bool:
    """Whether the user has the days of sheets: not while evaluation by person is off."""
    return rights.may(Right.VIEW, DAY)


def employee(titles: Mapping[tuple[str, bytes], str], sheet: Listed) -> str:
    """Whose it is; nothing where the user may not see that."""
    person = sheet.values["employee"]
    return titles.get(("employee", person), "") if isinstance(person, bytes) else ""


def parts(store: Store, rights: Rights, entity: str, sheet: bytes) -> list[Listed]:
    """What follows a sheet and the user may see, by day."""
    wanted = Wanted(entity, filters=((SHEET, sheet),), order="day")
    return listing.page(store, rights, wanted, MOST_DAYS, None)[0]


def hours(minutes: Stored) -> str:
    """Minutes as hours and minutes; a counter-entry may be less than nothing."""
    assert isinstance(minutes, int)
    sign, whole = "-" if minutes < 0 else "", abs(minutes)
    return f"{sign}{whole // 60}:{whole % 60:02}"
