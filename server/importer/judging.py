"""What the engine would refuse of a plan, told before anything is written."""

from __future__ import annotations

from server.importer.apply import operations_of
from server.importer.findings import MAX_FINDINGS, Finding
from server.importer.staging import Plan
from syncengine.model.errors import SyncError
from syncengine.store.author import Author
from syncengine.store.objections import objections_to
from syncengine.store.store import Store

JUDGED = 20_000  # operations that are held against the engine; larger plans when they are written


def refused_of(store: Store, author: Author, plan: Plan) -> list[Finding]:
    """By row of the file. What the author's rights lack has a place of its own."""
    if not 0 < plan.operations <= JUDGED:
        return []
    try:
        found = objections_to(store, author, operations_of(plan))
    except SyncError as error:
        return [Finding(0, "", error.code, error.detail)]
    return [
        Finding(plan.rows[o.operation], "", o.code, o.detail, o.field or "")
        for o in found
        if o.code != "access.denied" or o.field is not None
    ][:MAX_FINDINGS]
