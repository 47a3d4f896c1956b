"""What the server does for reports by the clock: assignments follow the targets of templates, what
is confirmed returns, what nobody works on any more leaves the devices, and places are erased.

Everything is asked in SQL, and only what differs comes out of the database, so a run twice, or in
several processes, comes to the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import sqlalchemy as sa

from modules.masterdata.targets import DECIDING
from modules.visit_reports.recipients import HOLDER, assigned, lent
from modules.visit_reports.reports import OPEN
from modules.visit_reports.visits import PLACE
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import derived_id
from syncengine.model.windows import DAY
from syncengine.store.author import Author
from syncengine.store.database import reading
from syncengine.store.following import Following
from syncengine.store.named import operation
from syncengine.store.store import Store

OPERATIONS_AT_ONCE = 20_000  # of one changeset
KEPT_DAYS = 30  # a template that ended stays for reports that were begun with it offline
ASSIGNMENTS = Author(Source.JOB, None, "visit_reports: assignments")
RETURNS = Author(Source.JOB, None, "visit_reports: returns")
ERASING = Author(Source.JOB, None, "visit_reports: places")


def assign(store: Store, batches: int) -> int:
    """Bring the assignments in step with the targets of published templates, each batch as a
    changeset; how many rows were written. A batch that is refused, because something changed since
    it was looked up, is made anew by the next run.
    """
    following = Following(store, ASSIGNMENTS, batches)
    for target in (None, *_followed(store)):
        following.step(partial(_differences, store, target))
    return following.written


def close(store: Store, batches: int) -> int:
    """Return what is confirmed, close visits, archive and revive templates; how many rows."""
    following = Following(store, RETURNS, batches)
    for entity, status, wanted in _steps(store):
        following.step(partial(_set, store, entity, {"status": status}, wanted))
    return following.written


def erase(store: Store, batches: int) -> int:
    """Empty the places of check-ins, where the office wants them erased; how many rows."""
    following, setting = Following(store, ERASING, batches), store.tables["visit_setting"].c
    asked = sa.select(setting.id).where(setting.erase.is_(True))
    if _found(store, asked):
        visit = store.tables["visit"].c
        placed = sa.select(visit.id).where(sa.or_(*(visit[n].is_not(None) for n in PLACE)))
        if following.step(partial(_set, store, "visit", dict.fromkeys(PLACE), placed)):
            following.step(partial(_set, store, "visit_setting", {"erase": None}, asked))
    return following.written


JOBS = {"assignments": assign, "returns": close, "places": erase}
OWN = {"report_template", "report_target", "report_assignment"}
WATCHED = {"assignments": DECIDING | OWN}  # beside these, substitutions end in time


def _followed(store: Store) -> list[sa.Row[Any]]:
    """The targets of published templates, with the kind of these."""
    template, target = store.tables["report_template"].c, store.tables["report_target"]
    wanted = (
        sa.select(target, template.kind)
        .join_from(target, store.tables["report_template"], target.c.template == template.id)
        .where(template.status == "published")
        .order_by(target.c.id)
    )
    with reading(store.engine) as connection:
        return list(connection.execute(wanted))


def _differences(store: Store, target: sa.Row[Any] | None) -> list[Operation]:
    """The next assignments to take away and to make of a target; None: of those that are none of a
    published template.
    """
    a = store.tables["report_assignment"].c
    if target is None:
        orphans = sa.select(a.id).where(a.target.not_in(_published(store)))
        return _deletions(store, _found(store, orphans))
    found: list[Operation] = []
    with reading(store.engine) as connection:
        for holder, meant in _meant(store, connection, target):
            room = OPERATIONS_AT_ONCE - len(found)
            of_target = sa.and_(a.target == target.id, a[holder].is_not(None))
            gone = sa.select(a.id).where(of_target, a[holder].not_in(meant))
            deleted = list(connection.scalars(gone.order_by(a.id).limit(room)))
            have = sa.select(a[holder]).where(of_target)
            (id_,) = meant.selected_columns
            new = meant.where(id_.not_in(have)).order_by(id_).limit(room - len(deleted))
            found += _deletions(store, deleted)
            found += _insertions(store, target, holder, list(connection.scalars(new)))
    return found


def _meant(
    store: Store, connection: sa.Connection, target: sa.Row[Any]
) -> Iterator[tuple[str, sa.Select[tuple[bytes]]]]:
    """(the field of assignments that names them, who is to have one) of a target."""
    kind, row = target.kind, target._mapping
    employee, customer = store.tables["employee"].c, store.tables["customer"].c
    yield HOLDER[kind], sa.select(employee.id).where(assigned(store, connection, kind, row))
    if kind == "dynamic":
        yield "customer", sa.select(customer.id).where(lent(store, connection, row))


def _published(store: Store) -> sa.Select[Any]:
    """The targets of published templates."""
    template, target = store.tables["report_template"].c, store.tables["report_target"].c
    return sa.select(target.id).where(
        target.template == template.id, template.status == "published"
    )


def _deletions(store: Store, rows: list[bytes]) -> list[Operation]:
    return [_operation(store, Action.DELETE, "report_assignment", row, {}) for row in rows]


def _insertions(
    store: Store, target: sa.Row[Any], holder: str, holders: list[bytes]
) -> Iterator[Operation]:
    for one in holders:
        values: dict[str, Stored] = {
            "template": target.template,
            "target": target.id,
            holder: one,
            "condition": target.condition if target.kind == "dynamic" else None,
            "starts_at": target.starts_at,
            "ends_at": target.ends_at,
        }
        made = derived_id(target.id, b"assignment", one)
        yield _operation(store, Action.INSERT, "report_assignment", made, values)


def _steps(store: Store) -> Iterator[tuple[str, str, sa.Select[Any]]]:
    """(entity, status, the rows that are to take this step)."""
    template = store.tables["report_template"].c
    visit, report = store.tables["visit"].c, store.tables["report"].c
    is_open = report.status.in_(OPEN)
    of_template = sa.exists().where(report.template == template.id, is_open)
    of_visit = sa.exists().where(report.visit == visit.id, is_open)
    kept = store.environment.now() - KEPT_DAYS * DAY
    yield "report", "returned", sa.select(report.id).where(report.status == "confirmed")
    yield "visit", "closed", sa.select(visit.id).where(visit.status == "checked_out", ~of_visit)
    archived = sa.select(template.id).where(template.status == "archived", of_template)
    yield "report_template", "ended", archived
    ended = sa.select(template.id).where(template.status == "ended", template.ended_at < kept)
    yield "report_template", "archived", ended.where(~of_template)


def _set(
    store: Store, entity: str, values: Mapping[str, Stored], wanted: sa.Select[Any]
) -> list[Operation]:
    """The same values for the next rows."""
    rows = _found(store, wanted)
    return [_operation(store, Action.UPDATE, entity, row, values) for row in rows]


def _found(store: Store, wanted: sa.Select[Any]) -> list[bytes]:
    """The ids of the next rows."""
    with reading(store.engine) as connection:
        return list(connection.scalars(wanted.order_by(sa.text("id")).limit(OPERATIONS_AT_ONCE)))


def _operation(
    store: Store, action: Action, entity: str, row_id: bytes, values: Mapping[str, Stored]
) -> Operation:
    return operation(store.schema, action, entity, row_id, values)
