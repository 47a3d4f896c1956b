"""Looking a store over, without the network: its file, its rows, its outbox.

What can be healed is marked, and healed by the next sync, which asks the server for what differs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import apsw
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from device_sdk import recount
from device_sdk.database import fetch
from device_sdk.errors import StoreDamaged
from device_sdk.store import DeviceStore
from syncengine.model.errors import SyncError
from syncengine.protocol.changesets import decode_envelope, verify
from syncengine.protocol.messages import Signed, WireVerdict

MAX_FAULTS = 100  # that SQLite lists of a file
INDEX = re.compile(r"(wrong # of entries in|row \d+ missing from|non-unique entry in) index")


class Heals(StrEnum):
    """What puts a finding right."""

    DONE = "done"  # it is right again
    SYNC = "sync"  # the next sync
    REBUILD = "rebuild"  # a new store, by a person's decision


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be. `code` is stable, `detail` a sentence for a person."""

    code: str
    detail: str
    heals: Heals


@dataclass(frozen=True)
class Verification:
    """What was looked at: rows held, buckets, changesets; and what was found."""

    rows: int
    buckets: int
    changesets: int
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def look_over(
    store: DeviceStore, key: Ed25519PublicKey, progress: Callable[[str], None] = lambda _: None
) -> Verification:
    """Check a store. progress: called with the name of each part before it is looked at: file,
    rows, outbox. A file that cannot be read to its end is all that is then said.
    """
    try:
        progress("file")
        findings = list(_file(store))
        progress("rows")
        rows, buckets, found = _rows(store)
        findings += found
        progress("outbox")
        changesets, found = _outbox(store, key)
    except (apsw.CorruptError, StoreDamaged):
        return Verification(0, 0, 0, (_unreadable("a page cannot be decrypted"),))
    return Verification(rows, buckets, changesets, tuple(findings + found))


def _unreadable(fault: str) -> Finding:
    detail = f"The store's file is damaged ({fault}): part of it cannot be read."
    return Finding("verify.file", detail, Heals.REBUILD)


def _faults(db: apsw.Connection) -> list[str]:
    found = [str(line) for (line,) in db.execute(f"PRAGMA integrity_check({MAX_FAULTS})")]
    return [] if found == ["ok"] else found


def _file(store: DeviceStore) -> Iterator[Finding]:
    """SQLite's own check. An index has nothing that its table has not: it is made anew."""
    db = store.database.connection
    faults = _faults(db)
    if faults and all(INDEX.search(fault) for fault in faults):
        try:
            with store.database.transaction():
                db.execute("REINDEX")
                faults = _faults(db)
        except apsw.ConstraintError:
            faults = ["one row is there twice"]
        if not faults:
            yield Finding("verify.index", "An index was damaged and was made anew.", Heals.DONE)
    if faults:
        yield _unreadable(faults[0])


def _rows(store: DeviceStore) -> tuple[int, int, list[Finding]]:
    """(rows, buckets, findings): each bucket counted anew against what is kept of it."""
    db = store.database.connection
    kept = {b: recount.Sum(n, s) for b, n, s in fetch(db, "SELECT id, count, sum FROM bucket")}
    findings = []
    with store.database.transaction():
        pull = {bucket for bucket, *_ in store.incoming.placed_sums()}
        strays = recount.count_strays(db, store.layouts, kept.keys() | pull)
        counted = recount.count_published(db, store.layouts, kept)
        wrong = [bucket for bucket, found in counted.items() if found != kept[bucket]]
        if strays or wrong:
            recount.suspect(db, kept)
    if wrong:
        detail = f"{len(wrong)} of {len(kept)} buckets do not hold what they should."
        findings.append(Finding("verify.bucket", detail, Heals.SYNC))
    if strays:
        detail = f"{strays} rows or places of rows belong nowhere."
        findings.append(Finding("verify.stray", detail, Heals.SYNC))
    return sum(found.count for found in counted.values()), len(kept), findings


def _outbox(store: DeviceStore, key: Ed25519PublicKey) -> tuple[int, list[Finding]]:
    """(changesets, findings): each can be read, is this store's, and none is missing in what
    waits.
    """
    db = store.database.connection
    findings = []
    changesets, due = 0, None
    for sequence, body, signature, verdict in db.execute(
        "SELECT sequence, body, signature, verdict FROM outbox ORDER BY sequence"
    ):
        changesets += 1
        fault = _fault(store, key, int(str(sequence)), (body, signature, verdict))
        if fault:
            detail = f"Changeset {sequence} of the outbox {fault}."
            findings.append(Finding("verify.changeset", detail, Heals.REBUILD))
        if due not in (None, sequence):
            findings.append(_missing(int(str(due)), int(str(sequence)) - 1))
        due = int(str(sequence)) + 1 if verdict is None or due is not None else None
    last = store.outbox.next_sequence()
    if due is not None and due < last:
        findings.append(_missing(due, last - 1))
    return changesets, findings


def _missing(first: int, last: int) -> Finding:
    which = f"Changeset {first} is" if first == last else f"Changesets {first} to {last} are"
    return Finding("verify.outbox", f"{which} missing from the outbox.", Heals.REBUILD)


def _fault(
    store: DeviceStore, key: Ed25519PublicKey, sequence: int, stored: tuple[object, ...]
) -> str | None:
    """What is wrong with a changeset of the outbox."""
    body, signature, verdict = stored
    try:
        if not isinstance(body, bytes) or not isinstance(signature, bytes):
            return "cannot be read: it is not what was written"
        wire = decode_envelope(body)
        verify(Signed(body, signature), key)
        if isinstance(verdict, bytes):
            msgspec.msgpack.decode(verdict, type=WireVerdict)
    except (SyncError, msgspec.DecodeError) as error:
        return f"cannot be read: {error}"
    if (wire.incarnation, wire.sequence) != (store.incarnation, sequence):
        return "was made by another store, or stands in the wrong place"
    return None
