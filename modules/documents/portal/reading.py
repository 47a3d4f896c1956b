"""What the office reads of documents: how they stand, whom they reach, which devices hold them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa

from modules.documents.shelf import GIVEN_OUT
from modules.masterdata.targets import Target, people
from server.portal.public import Asked, Portal, Unseen
from syncengine.model.fields import Stored
from syncengine.model.rights import Right, Rights
from syncengine.store import listing
from syncengine.store import tables as t
from syncengine.store.accounts import shown_to
from syncengine.store.database import reading
from syncengine.store.evidence import bucket_set
from syncengine.store.listing import Listed, Wanted
from syncengine.store.marks import Mark
from syncengine.store.store import Store

DOCUMENT, EDITION, RETURN = "document", "document_edition", "document_return"
TARGET, DELIVERY = "document_target", "document_delivery"
PANEL = "documents/documents"  # what changes on these pages by itself
PLACE = "/portal/documents/all"
PAGE = 20  # documents of a list, whose devices are counted
PARTS = 200  # editions, or targets, of a document that are shown
NAMED = 12  # people who are named

Holders = Mapping[bytes, int]  # edition -> devices


def viewer(asked: Asked) -> Rights:
    """The rights of whoever asks; Unseen unless they may see documents and editions."""
    rights = asked.signed_in.rights
    if not (rights.may(Right.VIEW, DOCUMENT) and rights.may(Right.VIEW, EDITION)):
        raise Unseen
    return rights


def may_write(portal: Portal, rights: Rights) -> bool:
    """Whether the user may give out documents: whom they reach is not cut to a user's limit."""
    return (
        rights.limit is None
        and not portal.store.schema.entities[DOCUMENT].absent
        and rights.may(Right.EDIT, EDITION)
        and all(rights.may(Right.ADD, name) for name in (DOCUMENT, EDITION, TARGET))
    )


def mark(store: Store) -> Mark:
    """Changes with every document, edition, delivery and return, and when an edition begins or
    ends.
    """
    now, e = store.environment.now(), store.tables[EDITION].c
    count, newest = sa.func.count(), sa.func.max
    columns = [
        *(sa.select(newest(store.tables[name].c.version)) for name in (DOCUMENT, EDITION, RETURN)),
        sa.select(newest(store.tables[DELIVERY].c.version)),
        sa.select(count).select_from(store.tables[DOCUMENT]),
        sa.select(count).where(e.valid_from <= now),
        sa.select(count).where(e.ends_at <= now),
    ]
    with reading(store.engine) as connection:
        found = connection.execute(sa.select(*(c.scalar_subquery() for c in columns))).one()
    return tuple(found)


def mood_of(edition: Mapping[str, Stored], now: int) -> str:
    """What the office calls it: draft, withdrawn, to_come, valid or over."""
    if edition["status"] not in GIVEN_OUT:
        return str(edition["status"])
    begins, ends = edition["valid_from"], edition["ends_at"] or edition["valid_until"]
    if isinstance(ends, int) and ends <= now:
        return "over"
    return "to_come" if isinstance(begins, int) and begins > now else "valid"


def editions(store: Store, rights: Rights, document: bytes) -> list[Listed]:
    """Those of a document, the last to begin first."""
    wanted = Wanted(EDITION, filters=((DOCUMENT, document),), order="valid_from", descending=True)
    return listing.page(store, rights, wanted, PARTS, None)[0]


def current(store: Store, rights: Rights, documents: Collection[bytes]) -> dict[bytes, Listed]:
    """Of each of at most PAGE documents the edition that says how it stands: the valid one, else
    the next, else a draft, else the last to begin.
    """
    now, e = store.environment.now(), store.tables[EDITION].c
    over, given = sa.func.coalesce(e.ends_at, e.valid_until) <= now, e.status.in_(GIVEN_OUT)
    to_come = sa.and_(given, e.valid_from > now)
    mood = sa.case(
        (e.status == "draft", 2),
        (sa.or_(~given, sa.func.coalesce(over, sa.false())), 3),
        (to_come, 1),
        else_=0,
    )
    soonest = sa.case((to_come, e.valid_from))
    best = sa.func.row_number().over(
        partition_by=e.document, order_by=(mood, soonest, e.valid_from.desc(), e.id.desc())
    )
    shown = shown_to(rights, store.schema, store.tables, EDITION)
    ranked = sa.select(e.id, best.label("place")).where(e.document.in_(list(documents)), shown)
    each = ranked.subquery()
    with reading(store.engine) as connection:
        ids = list(connection.scalars(sa.select(each.c.id).where(each.c.place == 1)))
    found = listing.several(store, rights, EDITION, ids)
    return {cast(bytes, one.values[DOCUMENT]): one for one in found}


@dataclass(frozen=True)
class Reached:
    """count: of all people, as things are now. names: of the first."""

    count: int
    names: Collection[str]


def reached(portal: Portal, rights: Rights, targets: Sequence[Target]) -> Reached:
    """Who gets a document for these: those who are named, and who has the customers. Substitutes
    and who leads them come along, and are not counted.
    """
    store = portal.store
    c = store.tables["employee"].c
    with reading(store.engine) as connection:
        who = people(store, connection, targets)
        count = connection.scalar(sa.select(sa.func.count()).where(who, c.id.is_not(None))) or 0
        first = sa.select(c.id).where(who).order_by(c.number, c.id).limit(NAMED)
        ids = list(connection.scalars(first))
        titles = listing.titles(connection, store, rights, "employee", ids)
    return Reached(count, [titles[row_id] for row_id in ids])


def targets_of(store: Store, document: bytes) -> list[Target]:
    """All of a document's."""
    table = store.tables[TARGET]
    with reading(store.engine) as connection:
        rows = connection.execute(sa.select(table).where(table.c.document == document))
        return [Target.of(row) for row in rows.mappings()]


def holders(store: Store, ids: Collection[bytes]) -> Holders:
    """On how many devices each of these editions is, by the checkpoints that they have shown: one
    pass over the devices, which looks at the buckets of these alone.
    """
    m, i = t.membership.c, t.incarnation.c
    tag = store.schema.tags[EDITION]
    of_rows = sa.select(m.row_id, m.bucket, m.since).where(
        m.tag == tag, m.row_id.in_(list(ids)), m.gone.is_(False)
    )
    shown = sa.select(i.seat, i.acked_version, i.acked_buckets).where(i.acked_version > 0)
    seats: dict[bytes, set[bytes]] = {row_id: set() for row_id in ids}
    places: dict[int, list[tuple[bytes, int]]] = defaultdict(list)
    with reading(store.engine) as connection:
        for row_id, bucket, since in connection.execute(of_rows):
            places[bucket].append((row_id, since))
        for seat, version, packed in connection.execute(shown) if places else ():
            for bucket in places.keys() & bucket_set(packed):
                for row_id, since in places[bucket]:
                    if since <= version:
                        seats[row_id].add(seat)
    return {row_id: len(found) for row_id, found in seats.items()}
