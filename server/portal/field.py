"""Devices as lists: by their last sync, with work that waits on them, shared by several people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from server.portal.asked import Asked
from server.portal.pages import Portal
from server.portal.reviews import Bounded
from syncengine.model.windows import DAY
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.overview import MAX_DEVICES, DeviceLine, device_lines

GROUPS = ("today", "week", "quiet", "never", "stopped")  # every device is in one of these
FURTHER = ("waiting", "shared")  # and may be in these, too
SHARED_BY = 8  # people at most; a name that more have is one that apps give by themselves


@dataclass(frozen=True)
class Field:
    """The devices of people whom a user may view. shared: by seat, those of other people that are
    on the same device.
    """

    lines: list[DeviceLine]
    shared: dict[bytes, list[DeviceLine]]
    now: int

    def of(self, group: str) -> list[DeviceLine]:
        """Those of a group; of all where it is empty."""
        if group == "waiting":
            return sorted((x for x in self.lines if x.waiting), key=lambda x: -(x.waiting or 0))
        if group == "shared":
            found = [x for x in self.lines if x.seat in self.shared]
            return sorted(found, key=lambda x: x.device.casefold())
        return [x for x in self.lines if group in ("", group_of(x, self.now))]

    def counted(self, group: str = "") -> Bounded:
        """How many these are."""
        return Bounded(len(self.of(group)), len(self.lines) == MAX_DEVICES)


def field_of(portal: Portal, asked: Asked) -> Field:
    """The devices that the user may see."""
    lines = device_lines(portal.store, asked.signed_in.rights)
    return Field(lines, shared(lines), portal.store.environment.now())


def shared(lines: Sequence[DeviceLine]) -> dict[bytes, list[DeviceLine]]:
    """Seat -> those of other people on the same device, where there are any. What is one device,
    its name says: a person's store does not know of another one beside it.
    """
    named: dict[str, list[DeviceLine]] = {}
    for line in lines:
        named.setdefault(line.device.strip().casefold(), []).append(line)
    found: dict[bytes, list[DeviceLine]] = {}
    for some in named.values():
        if 1 < len({line.person for line in some}) <= SHARED_BY:
            found |= {x.seat: [o for o in some if o.person != x.person] for x in some}
    return found


def group_of(line: DeviceLine, now: int) -> str:
    """The group that a device is in."""
    if line.state != "active":
        return "stopped"
    if line.seen == 0:
        return "never"
    age = now - line.seen
    return "today" if age < DAY else "week" if age < 7 * DAY else "quiet"


def people_of(
    portal: Portal, asked: Asked, field: Field, lines: Sequence[DeviceLine]
) -> dict[bytes, str]:
    """What those are called who have the devices, alone or among others."""
    store, people = portal.store, portal.store.schema.people
    ids = {x.person for line in lines for x in (line, *field.shared.get(line.seat, ()))}
    with reading(store.engine) as connection:
        return listing.titles(connection, store, asked.signed_in.rights, people, ids)
