"""The doctor: recomputes what is kept up incrementally, from scratch, and compares.

It shares no code with the write path's settling. What is recomputed: payloads, memberships,
holders, counts and sums, the index of lists (these it can repair); the history's chain, verdicts
and references (what is right there is not known, so these are reported only; so are blobs whose
bytes are not what they should be). A membership's `since` is evidence, not derived: it is held
against the other versions, no more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from syncengine.store.blob_check import check_bytes, check_references
from syncengine.store.blob_store import BlobStore
from syncengine.store.crosscheck import check_all
from syncengine.store.database import reading, writing
from syncengine.store.examination import Findings, Progress, RowExamination
from syncengine.store.healing import Healing
from syncengine.store.list_check import check_lists
from syncengine.store.store import Store


@dataclass(frozen=True)
class DoctorReport:
    """findings: sentences, bounded. healed: all of these were repaired; otherwise they are what
    is wrong still, after the repair of what could be repaired.
    """

    findings: list[str] = field(default_factory=list)
    healed: bool = False

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong now."""
        return not self.findings or self.healed

    def as_data(self) -> dict[str, Any]:
        """For --json."""
        return {"ok": self.ok, "healed": self.healed, "findings": self.findings}


def doctor(
    store: Store,
    heal: bool = False,
    progress: Progress | None = None,
    blobs: BlobStore | None = None,
) -> DoctorReport:
    """Examine a snapshot; with `heal`, repair derived data as one change and examine again.

    progress: called with (entity, rows) after each batch. blobs: where their bytes are, to be read
    and compared, too. Healing holds the clock's lock for one
    more examination: devices wait meanwhile. Under a broken history nothing is repaired.
    """
    tell = progress or (lambda _entity, _rows: None)
    before = _examine(store, tell, blobs)
    if not heal or not before.repairable or before.history_broken:
        return DoctorReport(before.sentences)
    with writing(store.engine) as connection:
        healing = Healing(store, connection)
        healing.strays()
        for repairs in RowExamination(store, connection, Findings(), tell).batches():
            healing.batch(repairs)
        healing.finish()
    after = _examine(store, tell, blobs)
    if after.sentences:
        return DoctorReport(after.sentences)
    return DoctorReport(before.sentences, healed=True)


def _examine(store: Store, progress: Progress, blobs: BlobStore | None) -> Findings:
    findings = Findings()
    with reading(store.engine) as connection:
        for _ in RowExamination(store, connection, findings, progress).batches():
            pass
        check_all(store, connection, findings)
        check_references(store, connection, findings)
        check_lists(store, connection, findings)
        if blobs is not None:
            check_bytes(store, connection, blobs, findings, progress)
    return findings
