"""What the calendar reads of the store: appointments, and whom each of them reaches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from modules.masterdata.portal.plan import USUAL, Booked
from syncengine.model.rights import Right, Rights
from syncengine.model.terms import BucketKind, BucketName, Substitution
from syncengine.model.windows import Window
from syncengine.store import tables as t
from syncengine.store.accounts import shown_to
from syncengine.store.database import KEYS_PER_STATEMENT
from syncengine.store.grants import grants_of
from syncengine.store.listing import Listed
from syncengine.store.store import Store
from syncengine.store.substitutions import Link, active_links
from syncengine.store.working import batches

ENTITY = "appointment"
MAX_SHOWN = 1_500  # appointments on a page
MAX_CHAIN = 8  # people who stand in for each other that are named


def booked(
    connection: sa.Connection,
    store: Store,
    rights: Rights,
    reps: Sequence[bytes],
    window: tuple[int, int],
    cancelled: bool,
) -> tuple[list[Booked], bool]:
    """(the reps' appointments that lie in the window, in the order of time, whether there are more
    than MAX_SHOWN); cancelled: those, too.
    """
    table, (since, until) = store.tables[ENTITY], window
    c = table.c
    wanted = (
        sa.select(table)
        .where(c.employee.in_(reps), c.starts_at < until)
        .where(sa.or_(c.ends_at > since, c.starts_at > since - USUAL))
        .where(shown_to(rights, store.schema, store.tables, ENTITY))
        .order_by(c.starts_at, c.id)
        .limit(MAX_SHOWN + 1)
    )
    if not cancelled:
        wanted = wanted.where(c.active)
    rows = connection.execute(wanted).all()
    found = [_booked(row.id, row.version, row._asdict()) for row in rows[:MAX_SHOWN]]
    return [one for one in found if one.until > since], len(rows) > MAX_SHOWN


def booked_of(row: Listed) -> Booked:
    """A row of a list."""
    return _booked(row.id, row.version, row.values)


def _booked(row_id: bytes, version: int, values: Mapping[str, Any]) -> Booked:
    names = "employee", "customer", "subject", "starts_at", "ends_at", "active", "series"
    return Booked(row_id, version, *(values[name] for name in names))


class Reach:
    """Who has what on their devices. buckets: of each appointment. links: the substitutions that
    the user may view, by when they begin. held: what else reps hold now; asked where an appointment
    is neither with a customer of its rep nor of somebody whom the rep substitutes.
    """

    def __init__(
        self, buckets: Mapping[bytes, frozenset[BucketName]], links: Sequence[Link],
        held: Callable[[bytes], frozenset[BucketName]],
    ) -> None:  # fmt: skip
        self._buckets = buckets
        self._held = held
        self._away: dict[bytes, list[Link]] = {}
        self._standing_in: dict[bytes, list[Link]] = {}
        for link in links:
            self._away.setdefault(link.absent, []).append(link)
            self._standing_in.setdefault(link.substitute, []).append(link)

    def away(self, rep: bytes, window: Window) -> list[Link]:
        """The absences of the rep that touch the window."""
        return [x for x in self._away.get(rep, []) if x.write.overlaps(window)]

    def people(self, reps: Iterable[bytes]) -> set[bytes]:
        """These, and whoever stands in for them in the window, or for those."""
        found, level = set(reps), set(reps)
        for _ in range(MAX_CHAIN):
            level = {x.substitute for rep in level for x in self._away.get(rep, [])} - found
            found |= level
        return found

    def instead(self, one: Booked) -> list[bytes]:
        """Who has the appointment while its rep is away, and who stands in for these."""
        window, found = one.window, list[bytes]()
        level = [x for x in self.away(one.rep, window) if x.bucket in self._of(one)]
        while level and len(found) < MAX_CHAIN:
            met = [x.substitute for x in level if x.substitute not in (one.rep, *found)]
            found += dict.fromkeys(met)
            level = [
                onward for x in level if not x.only_listed and x.substitute in met
                for onward in self.away(x.substitute, window)
            ]  # fmt: skip
        return found[:MAX_CHAIN]

    def has(self, rep: bytes, one: Booked) -> bool:
        """Whether the rep's devices hold it: now, or as a substitute once it begins."""
        of = self._of(one)
        return (
            BucketName(BucketKind.BUSINESS, rep) in of
            or any(
                x.bucket in of and x.hold.contains(one.starts)
                for x in self._standing_in.get(rep, [])
            )
            or not of.isdisjoint(self._held(rep))
        )

    def _of(self, one: Booked) -> frozenset[BucketName]:
        return self._buckets.get(one.id, frozenset())


def reach(
    connection: sa.Connection, store: Store, rights: Rights, booked: Iterable[Booked],
    window: tuple[int, int],
) -> Reach:  # fmt: skip
    """For these appointments, and the absences that touch the window; to be asked while the
    connection lasts.
    """
    now = store.environment.now()

    @cache
    def held(rep: bytes) -> frozenset[BucketName]:
        grants = grants_of(connection, store.schema, store.tables, rep, now)
        return frozenset(grant.bucket for grant in grants)

    links = _links(connection, store, rights, window)
    return Reach(_buckets(connection, store, [one.id for one in booked]), links, held)


def _buckets(
    connection: sa.Connection, store: Store, ids: Sequence[bytes]
) -> dict[bytes, frozenset[BucketName]]:
    m, b, tag = t.membership.c, t.bucket.c, store.schema.tags[ENTITY]
    found: dict[bytes, set[BucketName]] = {}
    for some in batches(ids, KEYS_PER_STATEMENT):
        wanted = (
            sa.select(m.row_id, b.kind, b.key)
            .join_from(t.membership, t.bucket, m.bucket == b.id)
            .where(m.row_id.in_(some), m.tag == tag, m.gone.is_(False))
        )
        for row_id, kind, key in connection.execute(wanted):
            found.setdefault(row_id, set()).add(BucketName(BucketKind(kind), key))
    return {row_id: frozenset(names) for row_id, names in found.items()}


def _links(
    connection: sa.Connection, store: Store, rights: Rights, window: tuple[int, int]
) -> list[Link]:
    found, (since, until) = list[Link](), window
    for term in store.schema.grants:
        if isinstance(term, Substitution) and rights.may(Right.VIEW, term.entity):
            table = store.tables[term.entity]
            starts, ends = table.c[term.starts], table.c[term.ends]
            found += active_links(
                connection, table, term,
                sa.or_(starts.is_(None), starts < until), sa.or_(ends.is_(None), ends > since),
                shown_to(rights, store.schema, store.tables, term.entity),
            )  # fmt: skip
    return sorted(found, key=lambda link: (link.write.starts or 0, link.id))
