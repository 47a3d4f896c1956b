"""The outbox: changesets made here, encoded and signed once, with what was answered to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import apsw
import msgspec

from device_sdk.database import fetch
from syncengine.model.changeset import Base, Operation, Outcome, Verdict
from syncengine.model.entity import Action
from syncengine.protocol.changesets import (
    ACTIONS,
    unpack,
    verdict_from_wire,
)
from syncengine.protocol.limits import MAX_CHANGESETS_PER_PUSH
from syncengine.protocol.messages import Signed, WireVerdict, encode

if TYPE_CHECKING:
    from device_sdk.salvage import Saved

MAX_SEQUENCE = 2**62
SIGNED_BYTES = 80  # of a Signed beside its body, at most
MAX_PUSH_BYTES = 6 * 2**20  # of a request's 8 MiB, before compression
FORGETTABLE = (
    "SELECT sequence FROM outbox WHERE settled=1 AND decided<=? AND (telling=0 OR dismissed=1)"
)

_CONTAINED = (
    "UPDATE outbox_row SET contained=1 WHERE contained=0 AND {} AND sequence IN"
    " (SELECT sequence FROM outbox WHERE settled=0 AND decided<=:version) RETURNING tag, id"
)
IN_INBOX = "telling=1 AND dismissed=0 AND verdict IS NOT NULL"


@dataclass(frozen=True)
class Entry:
    """One changeset of this store. `verdict` is None until it is answered."""

    sequence: int
    id: bytes
    made: int
    operations: tuple[Operation, ...]
    verdict: Verdict | None


def read_operations(body: bytes) -> tuple[Operation, ...]:
    """The operations of a changeset made here."""
    return tuple(
        Operation(ACTIONS[o.action], o.tag, o.row, dict(o.fields)) for o in unpack(body).operations
    )


class Outbox:
    """The tables `outbox` and `outbox_row`. Writing methods belong inside a transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._db = connection
        self.hold = MAX_SEQUENCE  # from here on nothing is sent: attachments go first
        self.attaching = self.reopened = False  # whether anybody looks after that; and has to

    def next_sequence(self) -> int:
        """The sequence of the next changeset: one after the last ever made."""
        row = self._db.execute("SELECT value FROM meta WHERE name='sequence'").fetchone()
        return (row[0] if row else 0) + 1

    def add(
        self, sequence: int, changeset: bytes, signed: Signed, made: int, rows: Iterable[Operation]
    ) -> None:
        """Append a changeset."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES('sequence',?)", (sequence,))
        self._db.execute(
            "INSERT INTO outbox(sequence,id,body,signature,made) VALUES(?,?,?,?,?)",
            (sequence, changeset, signed.body, signed.signature, made),
        )
        self._index(sequence, rows)

    def put_back(self, line: Saved, tags: Collection[int]) -> None:
        """A changeset read from another file of this store; none that is here already. tags: of the
        entities that there are now.
        """
        self._db.execute(
            "INSERT OR IGNORE INTO outbox VALUES(?,?,?,?,?,?,?,?,?,?)",
            (line.sequence, line.id, line.body, line.signature, line.made, line.verdict,
             line.decided, line.telling, line.settled, line.dismissed),
        )  # fmt: skip
        if self._db.changes():
            self._index(line.sequence, [o for o in line.operations if o.tag in tags])

    def put_nothing(self, sequence: int, changeset: bytes, signed: Signed, made: int) -> None:
        """A changeset that only fills a place: it concerns no row and is in no inbox."""
        self._db.execute(
            "INSERT INTO outbox(sequence,id,body,signature,made,dismissed) VALUES(?,?,?,?,?,1)",
            (sequence, changeset, signed.body, signed.signature, made),
        )

    def _index(self, sequence: int, operations: Iterable[Operation]) -> None:
        self._db.executemany(
            "INSERT OR IGNORE INTO outbox_row(tag,id,sequence,made) VALUES(?,?,?,?)",
            [(o.tag, o.row_id, sequence, o.action is Action.INSERT) for o in operations],
        )

    def needs(self, keys: Iterable[tuple[int, bytes]]) -> list[int]:
        """The unanswered sequences that make one of the rows `keys`, newest last.

        An edit of a row does not need the edits before it; only what makes a row is needed.
        """
        found: set[int] = set()
        for key in keys:
            rows = self._db.execute(
                "SELECT o.sequence FROM outbox_row r JOIN outbox o ON o.sequence=r.sequence"
                " WHERE r.tag=? AND r.id=? AND r.made AND o.verdict IS NULL",
                key,
            )
            found.update(row[0] for row in rows)
        return sorted(found)

    def unanswered(self, room: int | None = None) -> tuple[list[Signed], bool]:
        """(the next changesets to push, whether more wait behind them). room: bytes that they may
        have, beside the bounds of a request; the first one goes in any case.
        """
        most = MAX_PUSH_BYTES if room is None else min(room, MAX_PUSH_BYTES)
        batch: list[Signed] = []
        size = 0
        rows = self._db.execute(
            "SELECT body, signature FROM outbox WHERE verdict IS NULL AND sequence<?"
            " ORDER BY sequence LIMIT ?",
            (self.hold, MAX_CHANGESETS_PER_PUSH + 1),
        )
        for body, signature in rows:
            size += len(body)
            if len(batch) == MAX_CHANGESETS_PER_PUSH or (batch and size > most):
                return batch, True
            batch.append(Signed(body, signature))
        return batch, False

    def oldest(self, room: int) -> list[Signed]:
        """The unanswered changesets from the first one on, as many as that many bytes hold."""
        found: list[Signed] = []
        for body, signature in self._db.execute(
            "SELECT body, signature FROM outbox WHERE verdict IS NULL ORDER BY sequence"
        ):
            room -= len(body) + SIGNED_BYTES
            if room < 0:
                break
            found.append(Signed(body, signature))
        return found

    def count_unanswered(self) -> int:
        """How many wait."""
        ((count,),) = fetch(self._db, "SELECT count(*) FROM outbox WHERE verdict IS NULL")
        return int(count)

    def oldest_unanswered(self) -> int | None:
        """When the first of those that wait was made; None when nothing waits."""
        ((made,),) = fetch(self._db, "SELECT min(made) FROM outbox WHERE verdict IS NULL")
        return None if made is None else int(made)

    def rows_unanswered(self) -> dict[int, int]:
        """How many rows those that wait concern, by tag."""
        return dict(
            fetch(
                self._db,
                "SELECT r.tag, count(DISTINCT r.id) FROM outbox o JOIN outbox_row r"
                " ON r.sequence=o.sequence WHERE o.verdict IS NULL GROUP BY r.tag",
            )
        )

    def count_telling(self) -> int:
        """How many lie in the inbox."""
        ((count,),) = fetch(self._db, f"SELECT count(*) FROM outbox WHERE {IN_INBOX}")
        return int(count)

    def answer(self, verdicts: Iterable[WireVerdict]) -> None:
        """Keep verdicts, durably with the transaction; Malformed, and none is kept, when one
        cannot be understood.
        """
        self._db.executemany(
            "UPDATE outbox SET verdict=?, decided=?, telling=? WHERE sequence=?",
            [
                (encode(v), v.decided, _is_telling(verdict_from_wire(v)), v.sequence)
                for v in verdicts
            ],
        )

    def reopen(self, expected: int) -> int:
        """Answers from `expected` on are of a history that the server lost: those go out again."""
        self._db.execute(
            "UPDATE outbox SET verdict=NULL, decided=NULL, settled=0"
            " WHERE sequence>=? AND verdict IS NOT NULL",
            (expected,),
        )
        reopened = self._db.changes()
        if reopened and self.attaching:
            self.hold, self.reopened = min(self.hold, expected), True
        self._db.execute("UPDATE outbox_row SET contained=0 WHERE sequence>=?", (expected,))
        return reopened

    def has_news(self, version: int, covered: int) -> bool:
        """Whether there is anything to settle or to forget."""
        row = self._db.execute(
            "SELECT EXISTS(SELECT 1 FROM outbox WHERE settled=0 AND decided<=?) OR"
            f" EXISTS({FORGETTABLE})",
            (version, covered),
        ).fetchone()
        return bool(row and row[0])

    def settle(self, base: Base, older: Collection[int] = ()) -> set[tuple[int, bytes]]:
        """The rows whose own edits a checkpoint contains; these no longer count. older: the tags of
        which it has what was there before.

        A changeset is settled when the checkpoint contains all of it.
        """
        some, kept = f"tag NOT IN ({','.join(map(str, older))})", {"version": base.version}
        contained = set(self._db.execute(_CONTAINED.format(some), kept))
        if older:
            contained |= set(self._db.execute(_CONTAINED.format("1"), {"version": base.lowest}))
        self._db.execute(
            "UPDATE outbox SET settled=1 WHERE settled=0 AND decided<=:version AND NOT EXISTS"
            " (SELECT 1 FROM outbox_row r WHERE r.sequence=outbox.sequence AND r.contained=0)",
            kept,
        )
        return contained

    def forget(self, covered: int) -> None:
        """Drop settled changesets that a backup covers, unless the person may still want to see
        them.
        """
        for table in ("outbox_row", "outbox"):
            self._db.execute(f"DELETE FROM {table} WHERE sequence IN ({FORGETTABLE})", (covered,))

    def uncovered_rows(self) -> set[tuple[int, bytes]]:
        """The keys with unsettled edits that do not show: those of answers taken back."""
        return set(
            self._db.execute(
                "SELECT DISTINCT r.tag, r.id FROM outbox o JOIN outbox_row r"
                " ON r.sequence=o.sequence LEFT JOIN shadow s ON s.tag=r.tag AND s.id=r.id"
                " WHERE o.settled=0 AND r.contained=0 AND s.tag IS NULL"
            )
        )

    def unsettled(self, tag: int, row_id: bytes) -> list[Operation]:
        """The operations on a row that show on top of the server's image, oldest first."""
        bodies = fetch(
            self._db,
            "SELECT o.body FROM outbox_row r JOIN outbox o ON o.sequence=r.sequence"
            " WHERE r.tag=? AND r.id=? AND o.settled=0 AND r.contained=0"
            " ORDER BY o.sequence",
            (tag, row_id),
        )
        return [
            operation
            for (body,) in bodies
            for operation in read_operations(body)
            if (operation.tag, operation.row_id) == (tag, row_id)
        ]

    def entries(self, where: str) -> list[Entry]:
        """Entries by a condition on the table's columns."""
        return [
            Entry(sequence, changeset, made, read_operations(body), _verdict(verdict))
            for sequence, changeset, made, body, verdict in fetch(
                self._db,
                f"SELECT sequence,id,made,body,verdict FROM outbox WHERE {where} ORDER BY sequence",
            )
        ]

    def dismiss(self, sequence: int) -> bool:
        """Take a changeset out of the inbox; it is forgotten once a backup covers it."""
        self._db.execute(
            f"UPDATE outbox SET dismissed=1 WHERE sequence=? AND {IN_INBOX}", (sequence,)
        )
        return bool(self._db.changes())


def _verdict(packed: bytes | None) -> Verdict | None:
    if packed is None:
        return None
    return verdict_from_wire(msgspec.msgpack.decode(packed, type=WireVerdict))


def _is_telling(verdict: Verdict) -> bool:
    """Whether the person should learn of it: refused, waiting, or a value lost in a merge."""
    taken = verdict.outcome in (Outcome.ACCEPTED, Outcome.MERGED)
    return not taken or bool(verdict.losses)
