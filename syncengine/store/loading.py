"""What a commit is going to need, read before it begins: in a handful of statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from syncengine.model.changeset import Base, Operation
from syncengine.model.entity import Action
from syncengine.store.author import DecisionJob, DeviceJob, Job, OfficeJob, Submission
from syncengine.store.basis import Basis
from syncengine.store.blob_facts import BlobFacts
from syncengine.store.blob_references import all_named
from syncengine.store.references import referenced
from syncengine.store.working import Key, Working


def load_named(
    working: Working,
    basis: Basis,
    blobs: BlobFacts,
    jobs: Iterable[Job],
    newest: int,
    base_of: Callable[[Submission], Base],
) -> set[Key]:
    """Every row and blob that the jobs name, and the changes since their bases, and these bases'
    times; the rows' keys.

    newest: the clock's version. base_of: a submission's base as a version of this history.
    """
    present: list[Operation] = []  # made on what is there
    based: list[Operation] = []
    bases: set[Base] = set()
    for job in jobs:
        if isinstance(job, OfficeJob):
            present += job.operations
        elif isinstance(job, DecisionJob):
            based += job.operations or job.entered
            bases.add(job.base)
        for submission in job.submissions if isinstance(job, DeviceJob) else ():
            based += submission.operations
            bases.add(base_of(submission))
    operations = present + based
    oldest = min((base.lowest for base in bases), default=newest)
    keys: set[Key] = {(o.tag, o.row_id) for o in operations}
    named = {key for o in operations for _, key in referenced(working.schema, o)}
    working.load(keys | named)
    blobs.load(all_named(working.schema, operations))
    basis.load_times({base.version for base in bases})
    touched = {(o.tag, o.row_id) for o in based if o.action is not Action.INSERT}
    # Of rows that nobody changed since, too: the statement would tell that there is such a row.
    basis.load(touched, oldest)
    return keys | named
