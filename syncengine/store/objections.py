"""What a change would be refused for, found without the lock: nobody waits, nothing is written."""

from __future__ import annotations

from collections.abc import Sequence

from syncengine.model.changeset import Objection, Operation, Outcome
from syncengine.store import clock as clocks
from syncengine.store.accounts import acting
from syncengine.store.author import Author
from syncengine.store.basis import Basis
from syncengine.store.blob_facts import BlobFacts
from syncengine.store.database import reading
from syncengine.store.judge import Judge
from syncengine.store.loading import load_named
from syncengine.store.placement import Placement
from syncengine.store.standing import office_standing
from syncengine.store.store import Store
from syncengine.store.working import Working


def objections_to(
    store: Store, author: Author, operations: Sequence[Operation]
) -> tuple[Objection, ...]:
    """Why the change would be refused, were it written now as one changeset; none when it would
    not.

    In one snapshot, so it says nothing of what is written meanwhile. Errors and bounds are those of
    `Store.write`.
    """
    job = store.office_job(author, operations)
    with reading(store.engine) as connection:
        clock = clocks.read(connection)
        clock.require(store.schema)
        working = Working(connection, store.schema, store.tables)
        at = max(clock.at, store.environment.now())
        placement = Placement.of(connection, store.schema, store.tables, at)
        blobs = BlobFacts(connection)
        named = load_named(
            working,
            Basis(connection, working.schema),
            blobs,
            [job],
            clock.version,
            lambda of: of.wire.base,
        )
        placement.preload(working, named)
        standing = office_standing(acting(working, author), at, author.user)
        judge = Judge(working, placement, blobs, standing, clock.version + 1)
        judged = judge.judge(job.operations)
    return tuple(judged.objections) if judged.outcome is Outcome.REJECTED else ()
