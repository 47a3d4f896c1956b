"""The start page, "is the field all right?", and the lists that its figures lead to."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from server.portal.asked import Asked
from server.portal.live import PANELS, watchable
from server.portal.pages import Portal
from server.portal.refusals import Unclear, Unseen
from server.portal.reviews import LISTED, decidable
from server.substitution import standing_links
from syncengine.model.rights import Right
from syncengine.model.windows import DAY
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.overview import BulkLine, DeviceLine, bulk_lines, device_lines
from syncengine.store.reviews import Kind

GROUPS = ("today", "week", "quiet", "never", "stopped")  # every device is in one of these
IMPORTS = 50


@dataclass(frozen=True)
class Tile:
    """A figure that leads to its list. tone: how it is meant."""

    label: str
    number: int
    href: str
    icon: str
    tone: str
    note: str


def group_of(line: DeviceLine, now: int) -> str:
    """The group that a device is in."""
    if line.state != "active":
        return "stopped"
    if line.seen == 0:
        return "never"
    age = now - line.seen
    return "today" if age < DAY else "week" if age < 7 * DAY else "quiet"


def start(portal: Portal, asked: Asked) -> Response:
    """The figures that somebody who is responsible for the field looks at each morning."""
    w, rights, now = asked.words, asked.signed_in.rights, portal.store.environment.now()
    devices: dict[str, int] | None = None
    lines: list[DeviceLine] = []
    if rights.may(Right.VIEW, portal.store.schema.people):
        lines = device_lines(portal.store, rights)
        devices = {group: sum(group_of(x, now) == group for x in lines) for group in GROUPS}
    tiles = _work(portal, asked)
    if rights.may(Right.VIEW, "substitution"):
        links = [x for x in standing_links(portal.store) if x.hold.contains(now)]
        absent, people = {x.absent for x in links}, portal.store.schema.people
        seen = listing.visible(portal.store, rights, people, absent)
        active = [x for x in links if x.absent in seen]
        note = w("stand now")
        tiles.append(Tile(w("Substitutions"), len(active), "/portal/substitutions",
                          "arrows-exchange", "", note))  # fmt: skip
    quiet = [x for x in lines if group_of(x, now) in ("quiet", "never", "stopped")][:6]
    return portal.page(
        asked, "start.html", open_="start", devices=devices, groups=GROUPS, tiles=tiles,
        watched=watchable(portal, rights, PANELS), total=len(lines), quiet=quiet,
        people=_people(portal, asked, quiet), group_of=group_of,
        calm=all(x.tone != "bad" for x in tiles) and not (devices or {}).get("quiet"),
    )  # fmt: skip


def _work(portal: Portal, asked: Asked) -> list[Tile]:
    w, found = asked.words, []
    if asked.signed_in.rights.limit is not None:
        return []
    names = {Kind.CONFLICT: w("Conflicts"), Kind.QUARANTINE: w("Quarantine")}
    for kind, icon in ((Kind.CONFLICT, "alert-triangle"), (Kind.QUARANTINE, "shield")):
        number = len(decidable(portal, asked, kind))
        where = f"/portal/reviews?kind={kind}"
        tone = "bad" if number else "good"
        found.append(Tile(names[kind], number, where, icon, tone, w("to decide")))
    bulk = [x for x in bulk_lines(portal.store, IMPORTS) if x.finished is None]
    tone = "busy" if bulk else "good"
    where = "/portal/imports"
    found.append(Tile(w("Imports"), len(bulk), where, "file-import", tone, w("under way")))
    return found


def devices(portal: Portal, asked: Asked) -> Response:
    """Every device, or those of one group."""
    rights, now = asked.signed_in.rights, portal.store.environment.now()
    if not rights.may(Right.VIEW, portal.store.schema.people):
        raise Unseen
    group = asked.value("group")
    if group and group not in GROUPS:
        raise Unclear
    every = device_lines(portal.store, rights)
    counts = {g: sum(group_of(x, now) == g for x in every) for g in GROUPS}
    lines = [x for x in every if group in ("", group_of(x, now))][:LISTED]
    return portal.page(
        asked, "devices.html", open_="devices", lines=lines, group=group, groups=GROUPS,
        counts=counts, total=len(every), people=_people(portal, asked, lines), group_of=group_of,
        more=len(every) > LISTED, may_enrol=rights.may(Right.EDIT, portal.store.schema.people),
    )  # fmt: skip


def imports(portal: Portal, asked: Asked) -> Response:
    """Large changes: under way and finished."""
    if asked.signed_in.rights.limit is not None:
        raise Unseen
    lines: list[BulkLine] = bulk_lines(portal.store, IMPORTS)
    return portal.page(asked, "imports.html", open_="imports", lines=lines)


def _people(portal: Portal, asked: Asked, lines: list[DeviceLine]) -> dict[bytes, str]:
    store, people = portal.store, portal.store.schema.people
    with reading(store.engine) as connection:
        ids = [x.person for x in lines]
        return listing.titles(connection, store, asked.signed_in.rights, people, ids)
