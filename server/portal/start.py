"""The start page, "is the field all right?", and the lists that its figures lead to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from server.portal.asked import Asked
from server.portal.field import FURTHER, GROUPS, Field, field_of, group_of, people_of
from server.portal.live import PANELS, watchable
from server.portal.pages import Portal
from server.portal.refusals import Unclear, Unseen
from server.portal.reviews import LISTED, Bounded, waiting
from server.substitution import standing_links
from syncengine.model.rights import Right
from syncengine.model.windows import DAY
from syncengine.store import listing
from syncengine.store.overview import BulkLine, bulk_lines
from syncengine.store.reviews import Kind

IMPORTS = 50
RECENT = 7 * DAY  # what an import refused is among the figures for so long


@dataclass(frozen=True)
class Tile:
    """A figure that leads to its list. tone: how it is meant."""

    label: str
    figure: Bounded
    href: str
    icon: str
    tone: str
    note: str


def start(portal: Portal, asked: Asked) -> Response:
    """The figures that somebody who is responsible for the field looks at each morning."""
    rights, field = asked.signed_in.rights, None
    tiles = _work(portal, asked)
    if rights.may(Right.VIEW, portal.store.schema.people):
        field = field_of(portal, asked)
        tiles.append(_unsent(asked, field))
    if rights.may(Right.VIEW, "substitution"):
        tiles.append(_away(portal, asked))
    if rights.administers:
        tiles.append(_failed(portal, asked))
    quiet = field.of("quiet") + field.of("never") + field.of("stopped") if field else []
    devices = {group: field.counted(group) for group in GROUPS} if field else None
    return portal.page(
        asked, "start.html", open_="start", field=field, devices=devices, groups=GROUPS,
        tiles=tiles, watched=watchable(portal, rights, PANELS), lines=quiet[:6],
        people=people_of(portal, asked, field, quiet[:6]) if field else {}, group_of=group_of,
        calm=all(x.tone != "bad" for x in tiles) and not (devices and devices["quiet"].number),
    )  # fmt: skip


def _work(portal: Portal, asked: Asked) -> list[Tile]:
    """What waits for the office's decision, and imports."""
    w, found = asked.words, list[Tile]()
    if asked.signed_in.rights.limit is not None:
        return found
    names = {Kind.CONFLICT: w("Conflicts"), Kind.QUARANTINE: w("Quarantine")}
    for kind, icon in ((Kind.CONFLICT, "alert-triangle"), (Kind.QUARANTINE, "shield")):
        number, where = waiting(portal, asked, kind), f"/portal/reviews?kind={kind}"
        tone = "bad" if number.number else "good"
        found.append(Tile(names[kind], number, where, icon, tone, w("to decide")))
    lines = bulk_lines(portal.store, IMPORTS)
    if refused := refused_lately(portal, lines):
        note, where = w("with refused rows, this week"), "/portal/imports?refused=1"
        tile = Tile(w("Imports"), Bounded(len(refused)), where, "file-import", "bad", note)
    else:
        number = Bounded(sum(line.finished is None for line in lines))
        tone, note = "busy" if number.number else "good", w("under way")
        tile = Tile(w("Imports"), number, "/portal/imports", "file-import", tone, note)
    return [*found, tile]


def refused_lately(portal: Portal, lines: Sequence[BulkLine]) -> list[BulkLine]:
    """Those large changes of this week that refused rows."""
    since = portal.store.environment.now() - RECENT
    return [line for line in lines if line.refused and line.created >= since]


def _unsent(asked: Asked, field: Field) -> Tile:
    """Work that devices had and did not send; they tell it with each sync."""
    w, lines = asked.words, field.of("waiting")
    number = Bounded(sum(line.waiting or 0 for line in lines), field.counted().more)
    note = w("changes, as of the devices' last sync")
    if lines:
        note = w.many("changes on %(num)s device, as of its last sync",
                      "changes on %(num)s devices, as of their last sync", len(lines))  # fmt: skip
    where, tone = "/portal/devices?group=waiting", "busy" if lines else "good"
    return Tile(w("Not sent yet"), number, where, "device-tablet", tone, note)


def _away(portal: Portal, asked: Asked) -> Tile:
    w, store, now = asked.words, portal.store, portal.store.environment.now()
    absent = {link.absent for link in standing_links(store) if link.hold.contains(now)}
    seen = listing.visible(store, asked.signed_in.rights, store.schema.people, absent)
    where = "/portal/substitutions?away=1"
    number, note = Bounded(len(seen)), w("people are substituted now")
    return Tile(w("Substitutions"), number, where, "arrows-exchange", "", note)


def _failed(portal: Portal, asked: Asked) -> Tile:
    w, number = asked.words, sum(bool(job.error) for job in portal.jobs.statuses())
    tone, note = "bad" if number else "good", w("failed when they ran last")
    return Tile(w("Jobs"), Bounded(number), "/portal/jobs", "clock", tone, note)


def devices(portal: Portal, asked: Asked) -> Response:
    """Every device, or those of one group."""
    rights, group = asked.signed_in.rights, asked.value("group")
    if not rights.may(Right.VIEW, portal.store.schema.people):
        raise Unseen
    if group and group not in GROUPS + FURTHER:
        raise Unclear
    field = field_of(portal, asked)
    found = field.of(group)
    lines = found[:LISTED]
    counts = {name: field.counted(name) for name in ("", *GROUPS, *FURTHER)}
    return portal.page(
        asked, "devices.html", open_="devices", field=field, lines=lines, group=group,
        groups=("", *GROUPS, *(name for name in FURTHER if counts[name].number or name == group)),
        counts=counts, people=people_of(portal, asked, field, lines), group_of=group_of,
        more=len(found) > LISTED, may_enrol=rights.may(Right.EDIT, portal.store.schema.people),
    )  # fmt: skip
