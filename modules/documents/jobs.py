"""What the server keeps of documents: when editions end, and to whom documents are delivered.

Both are asked in SQL, and only what differs from the rows that there are comes out of the
database. The ids of deliveries follow from what they are for, so of several processes that make the
same one, one does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import sqlalchemy as sa

from modules.documents.recipients import NAMING, meant
from modules.documents.shelf import GIVEN_OUT, PUBLISHED, REPLACED
from modules.masterdata.targets import DECIDING, Target
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import derived_id
from syncengine.store.author import Author
from syncengine.store.database import reading
from syncengine.store.following import Following
from syncengine.store.named import operation
from syncengine.store.store import Store

OPERATIONS_AT_ONCE = 20_000  # of one changeset
AUTHOR = Author(Source.JOB, None, "documents: deliveries")


def follow(store: Store, batches: int) -> int:
    """Let each edition end when the next one begins, and bring the deliveries in step with what
    documents are for, each batch as a changeset; how many rows were written.

    A document is delivered while an edition of it is valid or is to be. A batch that is refused,
    because something changed since it was looked up, is made anew by the next run.
    """
    following = Following(store, AUTHOR, batches)
    if following.step(partial(_kept, store)):
        for document, live in _followed(store):
            following.step(partial(_differences, store, document, live))
    return following.written


JOBS = {"deliveries": follow}
OWN = {"document", "document_edition", "document_target", "document_delivery"}
WATCHED = {"deliveries": DECIDING | OWN}  # beside these, editions and substitutions end in time


def _kept(store: Store) -> list[Operation]:
    """Of editions whose rows say otherwise than is so when they end, whether they are replaced, or
    whether their document is to be kept offline.
    """
    c, document = store.tables["document_edition"].c, store.tables["document"].c
    line = (c.document, sa.func.coalesce(c.language, ""))
    following = sa.func.lead(c.valid_from).over(partition_by=line, order_by=(c.valid_from, c.id))
    is_ = (
        sa.select(c.id, c.valid_until, c.ends_at, c.status, c.keep_offline)
        .add_columns(following.label("next_from"), document.keep_offline.label("to_keep"))
        .join(store.tables["document"], document.id == c.document)
        .where(c.status.in_(GIVEN_OUT))
        .subquery()
        .c
    )
    ends = sa.case(
        (is_.next_from.is_(None), is_.valid_until),
        (is_.valid_until < is_.next_from, is_.valid_until),
        else_=is_.next_from,
    )
    status = sa.case((is_.next_from.is_(None), PUBLISHED), else_=REPLACED)
    wanted = (
        sa.select(is_.id, is_.status.label("was"), is_.to_keep)
        .add_columns(ends.label("ends_at"), status.label("status"))
        .where(
            sa.or_(
                ends.is_distinct_from(is_.ends_at),
                status != is_.status,
                is_.to_keep.is_distinct_from(is_.keep_offline),
            )
        )
        .order_by(is_.id)
        .limit(OPERATIONS_AT_ONCE)
    )
    with reading(store.engine) as connection:
        found = connection.execute(wanted).all()
    return [_update(store, row) for row in found]


def _update(store: Store, row: sa.Row[Any]) -> Operation:
    values: dict[str, Stored] = {"ends_at": row.ends_at, "keep_offline": row.to_keep}
    if row.status != row.was:
        values["status"] = row.status
    return _operation(store, Action.UPDATE, "document_edition", row.id, values)


def _followed(store: Store) -> list[tuple[bytes, bool]]:
    """(document, whether it has an edition that is not over) of those with one, or a delivery."""
    documents = store.tables["document"].c
    edition, delivery = store.tables["document_edition"].c, store.tables["document_delivery"].c
    now = store.environment.now()
    live = sa.exists().where(
        edition.document == documents.id,
        edition.status.in_(GIVEN_OUT),
        sa.or_(edition.ends_at.is_(None), edition.ends_at > now),
    )
    delivered = sa.exists().where(delivery.document == documents.id, delivery.status == "current")
    wanted = sa.select(documents.id, live.label("live")).where(sa.or_(live, delivered))
    with reading(store.engine) as connection:
        return [
            (row.id, bool(row.live)) for row in connection.execute(wanted.order_by(documents.id))
        ]


def _differences(store: Store, document: bytes, live: bool) -> list[Operation]:
    """Deliveries to be ended, made again and made; none where all is as it should be."""
    room = OPERATIONS_AT_ONCE
    found: list[Operation] = []
    delivery, of = store.tables["document_delivery"].c, "document_delivery"
    with reading(store.engine) as connection:
        targets = store.tables["document_target"]
        rows = connection.execute(sa.select(targets).where(targets.c.document == document))
        named = [Target.of(row) for row in rows.mappings()] if live else []

        def first(recipients: sa.CompoundSelect[Any]) -> list[bytes]:
            ids = recipients.subquery().c.id
            limit = max(room - len(found), 0)
            return list(connection.scalars(sa.select(ids).order_by(ids).limit(limit)))

        for field in NAMING:
            table = store.tables[field].c
            wanted = sa.select(table.id).where(meant(store, connection, field, named))
            have = sa.select(delivery[field].label("id")).where(
                delivery.document == document, delivery[field].is_not(None)
            )
            steps = (
                ("ended", sa.except_(have.where(delivery.status == "current"), wanted)),
                ("current", sa.intersect(have.where(delivery.status == "ended"), wanted)),
            )
            for status, recipients in steps:
                found += [
                    _operation(store, Action.UPDATE, of, _id(document, row), {"status": status})
                    for row in first(recipients)
                ]
            found += list(_made(store, document, field, first(sa.except_(wanted, have))))
    return found


def _made(
    store: Store, document: bytes, field: str, recipients: list[bytes]
) -> Iterator[Operation]:
    for row in recipients:
        values: dict[str, Stored] = {"document": document, field: row, "status": "current"}
        yield _operation(store, Action.INSERT, "document_delivery", _id(document, row), values)


def _id(document: bytes, recipient: bytes) -> bytes:
    return derived_id(document, b"delivery", recipient)


def _operation(
    store: Store, action: Action, entity: str, row_id: bytes, values: Mapping[str, Stored]
) -> Operation:
    return operation(store.schema, action, entity, row_id, values)
