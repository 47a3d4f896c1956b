"""Applying a plan: a bulk change, so that it is decided whole and finished after a crash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import sqlalchemy as sa

from server.accounts.refusals import AccessDenied
from server.importer.findings import ConfirmationNeeded, ImportRefused, PlanOutdated
from server.importer.staging import Plan
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.rights import NEEDED, Right
from syncengine.store import tables as t
from syncengine.store.accounts import rights_of
from syncengine.store.author import Author
from syncengine.store.bulk import keep
from syncengine.store.bulk_steps import Progress, decoded, finish, no_progress
from syncengine.store.references import referenced
from syncengine.store.store import Store

SHARE_TO_CONFIRM = 0.2
ROWS_TO_CONFIRM = 50


def check_share(plan: Plan) -> None:
    """ConfirmationNeeded when a large share of an entity's rows changes hands or ends."""
    for entity, what, number, existing in large_shares(plan):
        raise ConfirmationNeeded(
            f"This would {what} {number} of {existing} rows of {entity}.",
            entity=entity, what=what, rows=number, existing=existing,
        )  # fmt: skip


def large_shares(plan: Plan) -> Iterator[tuple[str, str, int, int]]:
    """(entity, reassign or deactivate, rows, of how many) that somebody should confirm."""
    for entity, counts in plan.counts.items():
        limit = max(ROWS_TO_CONFIRM, SHARE_TO_CONFIRM * counts.existing)
        for what, number in (("reassign", counts.reassigned), ("deactivate", counts.deactivated)):
            if number > limit:
                yield entity, what, number, counts.existing


def apply_plan(
    store: Store,
    plan: Plan,
    confirmed: bool = False,
    progress: Progress = no_progress,
    user: bytes | None = None,
) -> int:
    """Carry a plan out; returns how many rows were written.

    BulkUnfinished or PlanOutdated: another change was faster, and nothing is changed. Otherwise the
    import is decided, and a crash is made good by `bulk_steps.resume`. ImportRefused: the plan has
    errors and nothing is changed; or rows could not be written because of what somebody wrote
    meanwhile, and the others are. user: who imports (Author); AccessDenied where they may not do
    all of it, or only see a part of the rows.
    """
    if plan.errors:
        raise ImportRefused(f"{plan.name} has {len(plan.errors)} errors and changes nothing.")
    if not confirmed:
        check_share(plan)
    if not plan.operations:
        return 0
    bulk: bytes = store.environment.new_id()
    decide(store, plan, bulk, user)
    written = finish(store, bulk, progress)
    if written.refused:
        first = written.refused[0]
        raise ImportRefused(
            f"{plan.name}: {len(written.refused)} of {plan.operations} rows were refused and the"
            f" others are written: {first.detail} [{first.code}]"
        )
    return written.operations


def decide(store: Store, plan: Plan, bulk: bytes, user: bytes | None = None) -> None:
    """Keep a plan that has operations and no errors as a bulk change with this id: from then on it
    is only to be finished. BulkUnfinished, PlanOutdated, AccessDenied: nothing is kept.
    """
    author = replace(author_of(plan.name), user=user)
    wanted = set() if user is None else _wanted(store, plan)
    holds = partial(_check_holds, store, plan, author, wanted)
    keep(store, bulk, author, plan.staged_operations(), holds)


def author_of(name: str) -> Author:
    """Who writes what a file says."""
    return Author(Source.IMPORT, None, f"import {name}")


def operations_of(plan: Plan) -> list[Operation]:
    """Everything that a plan would write, in memory: for one that is known to be small."""
    return [decoded(kept) for kept in plan.staged_operations()]


def _wanted(store: Store, plan: Plan) -> set[tuple[Right, str]]:
    """The rights that all of the plan needs: also to see what its rows refer to."""
    schema, wanted = store.schema, set()
    for kept in plan.staged_operations():
        operation = decoded(kept)
        wanted.add((NEEDED[operation.action], schema.by_tag[operation.tag].name))
        seen = {tag for _, (tag, _) in referenced(schema, operation)}
        wanted |= {(Right.VIEW, schema.by_tag[tag].name) for tag in seen}
    return wanted


def _check_holds(
    store: Store,
    plan: Plan,
    author: Author,
    wanted: set[tuple[Right, str]],
    connection: sa.Connection,
) -> None:
    """PlanOutdated when rows were made since the plan was: both would make those that neither
    found. AccessDenied: the author has not all the rights that are wanted.
    """
    if author.user is not None:
        rights = rights_of(connection, store.schema, store.tables, author.user)
        adds = rights.limit is not None and any(right is Right.ADD for right, _ in wanted)
        if adds or not all(rights.may(*one) for one in wanted):
            raise AccessDenied("Your rights do not allow all that this file would change.")
    o = t.operation.c
    tags = [store.schema.tags[entity] for entity in plan.counts]
    made = connection.scalar(
        sa.select(o.tag)
        .where(o.version > plan.version, o.action == str(Action.INSERT), o.tag.in_(tags))
        .limit(1)
    )
    if made is not None:
        entity = store.schema.by_tag[made].name
        raise PlanOutdated(f"New rows of {entity} were made meanwhile.", entity=entity)
