"""Errands: what takes long and is done for somebody in the office, off their request.

An errand is a row, so it can be left and found again, and any process may do it. Whoever is at it
says so every few seconds; when nothing was heard for LEASE, another one begins it anew, at most
MAX_TRIES in all. So doing one twice must come to the same (a bulk change with the errand's id is
written once). Nothing here is a change of rows: these go through the one write path.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from syncengine.model.errors import Advice, SyncError
from syncengine.store.database import reading, writing
from syncengine.store.errand_table import errand as table
from syncengine.store.store import Store

LEASE = 60_000_000  # microseconds without a beat until another process takes over
MAX_TRIES = 3
MAX_UNFINISHED = 40  # of everybody
MAX_OF_USER = 5  # unfinished ones
MAX_RESULT = 8 * 2**20  # bytes
KEPT = 90 * 24 * 3600 * 1_000_000  # microseconds from the end on
MAX_DROPPED = 500  # in one transaction
MAX_DETAIL = 1_000  # characters

_e = table.c


class State(StrEnum):
    """Of an errand."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


UNFINISHED = (State.WAITING, State.RUNNING)


class TooManyErrands(SyncError):
    """So many are not done yet that no more are taken."""

    code = "errand.too_many"
    advice = Advice.RETRY


@dataclass(frozen=True)
class Errand:
    """One of them. Times in microseconds; total: 0 where nobody knows how much there is in the
    phase. code, detail: why it failed.
    """

    id: bytes
    kind: str
    subject: bytes
    user: bytes
    label: str
    state: State
    asked: int
    began: int | None
    ended: int | None
    phase: str
    done: int
    total: int
    tries: int
    parameters: bytes
    result: bytes
    code: str
    detail: str

    @property
    def finished(self) -> bool:
        """Nobody will do more of it."""
        return self.state not in UNFINISHED


class Errands:
    """Those of one database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def ask(
        self,
        kind: str,
        user: bytes,
        label: str,
        subject: bytes,
        parameters: bytes = b"",
        errand: bytes | None = None,
    ) -> bytes:
        """The id of a new errand. TooManyErrands.

        errand: its id; where there is one with it already, that is the answer, and if it failed it
        is begun anew. The bounds are approximate where several are asked for at the same moment.
        """
        now, new = self._store.environment.now(), errand or self._store.environment.new_id()
        with writing(self._store.engine) as connection:
            there = connection.scalar(sa.select(_e.state).where(_e.id == new))
            if there is not None and there != State.FAILED:
                return new
            self._require_room(connection, user)
            fresh: dict[str, Any] = {
                "state": str(State.WAITING), "asked": now, "began": None, "ended": None,
                "phase": "", "done": 0, "total": 0, "holder": None, "beat": 0, "tries": 0,
                "parameters": parameters, "result": b"", "code": "", "detail": "",
            }  # fmt: skip
            if there is not None:
                connection.execute(sa.update(table).where(_e.id == new).values(**fresh))
            else:
                named = {"id": new, "kind": kind, "subject": subject, "office_user": user}
                connection.execute(sa.insert(table).values(**named, label=label, **fresh))
        return new

    def _require_room(self, connection: sa.Connection, user: bytes) -> None:
        waiting = sa.select(sa.func.count()).where(_e.state.in_(UNFINISHED))
        all_of_them = connection.scalar(waiting) or 0
        of_user = connection.scalar(waiting.where(_e.office_user == user)) or 0
        if all_of_them >= MAX_UNFINISHED or of_user >= MAX_OF_USER:
            raise TooManyErrands(
                "The server is still at what was asked for before: wait until some of it is done."
            )

    def find(self, errand: bytes) -> Errand | None:
        """One, by its id."""
        with reading(self._store.engine) as connection:
            row = connection.execute(sa.select(table).where(_e.id == errand)).first()
        return None if row is None else _errand(row, row.parameters, row.result)

    def of(self, subject: bytes, limit: int = 50) -> list[Errand]:
        """Those about something, the newest first; without what they brought, which may be large
        (`find` has it).
        """
        columns = [c for c in table.c if c.name != "result"]
        wanted = sa.select(*columns).where(_e.subject == subject)
        wanted = wanted.order_by(_e.asked.desc(), _e.id.desc()).limit(limit)
        with reading(self._store.engine) as connection:
            return [_errand(row, row.parameters) for row in connection.execute(wanted)]

    def newest_of(self, subjects: Sequence[bytes]) -> dict[bytes, Errand]:
        """The newest one about each of these; without what it brought, which may be large."""
        columns = [c for c in table.c if c.name not in ("parameters", "result")]
        found: dict[bytes, Errand] = {}
        wanted = sa.select(*columns).where(_e.subject.in_(subjects))
        with reading(self._store.engine) as connection:
            for row in connection.execute(wanted.order_by(_e.asked, _e.id)):
                found[row.subject] = _errand(row)
        return found

    def among(self, ids: Sequence[bytes]) -> set[bytes]:
        """Those of the ids that are errands'."""
        with reading(self._store.engine) as connection:
            return set(connection.scalars(sa.select(_e.id).where(_e.id.in_(ids))))

    # -- for whoever does them

    def claim(self, holder: bytes, kinds: Iterable[str]) -> Errand | None:
        """The one that waits longest, or whose process is not heard of any more; now the holder's.
        One that was begun too often fails.
        """
        now = self._store.environment.now()
        silent = sa.and_(_e.state == State.RUNNING, _e.beat < now - LEASE)
        free = sa.and_(_e.kind.in_(sorted(kinds)), sa.or_(_e.state == State.WAITING, silent))
        with reading(self._store.engine) as connection:
            if connection.scalar(sa.select(_e.id).where(free).limit(1)) is None:
                return None  # most often: nobody waits for a lock to learn it
        with writing(self._store.engine) as connection:
            one = sa.select(_e.id).where(free).order_by(_e.asked, _e.id).limit(1)
            found = connection.scalar(one.with_for_update(skip_locked=True))
            if found is None:
                return None
            this = sa.update(table).where(_e.id == found)
            given_up = this.where(_e.tries >= MAX_TRIES).values(
                state=str(State.FAILED), ended=now, code="errand.interrupted",
                detail="The server was stopped while it was at this, more than once.",
            )  # fmt: skip
            if connection.execute(given_up).rowcount:
                return None
            taken = this.values(
                state=str(State.RUNNING), holder=holder, beat=now, tries=_e.tries + 1,
                began=sa.func.coalesce(_e.began, now), phase="", done=0, total=0,
            )  # fmt: skip
            connection.execute(taken)
            row = connection.execute(sa.select(table).where(_e.id == found)).one()
        return _errand(row, row.parameters, row.result)

    def beat(self, holder: bytes) -> None:
        """The holder is still at its errands."""
        now = self._store.environment.now()
        mine = sa.and_(_e.holder == holder, _e.state == State.RUNNING)
        with reading(self._store.engine) as connection:
            if connection.scalar(sa.select(_e.id).where(mine).limit(1)) is None:
                return
        with writing(self._store.engine) as connection:
            connection.execute(sa.update(table).where(mine).values(beat=now))

    def tell(self, errand: bytes, holder: bytes, phase: str, done: int, total: int) -> bool:
        """How far it is; whether it is still the holder's."""
        now = self._store.environment.now()
        said = {"phase": phase[:40], "done": done, "total": total, "beat": now}
        return self._mine(errand, holder, said)

    def end(self, errand: bytes, holder: bytes, result: bytes) -> bool:
        """It is done; whether it was still the holder's."""
        if len(result) > MAX_RESULT:
            raise ValueError(f"a result has at most {MAX_RESULT} bytes")
        now = self._store.environment.now()
        done = {"state": str(State.DONE), "ended": now, "result": result}
        return self._mine(errand, holder, done)

    def fail(self, errand: bytes, holder: bytes, code: str, detail: str) -> bool:
        """It cannot be done; whether it was still the holder's."""
        why = {"code": code[:80], "detail": detail[:MAX_DETAIL]}
        failed = {"state": str(State.FAILED), "ended": self._store.environment.now()}
        return self._mine(errand, holder, failed | why)

    def put_back(self, errand: bytes, holder: bytes, counts: bool = False) -> bool:
        """It is for whoever claims it next. counts: as one of MAX_TRIES; not where the process just
        stops.
        """
        tries = _e.tries if counts else _e.tries - 1
        waits = {"state": str(State.WAITING), "holder": None, "tries": tries}
        return self._mine(errand, holder, waits)

    def _mine(self, errand: bytes, holder: bytes, values: dict[str, Any]) -> bool:
        mine = sa.and_(_e.id == errand, _e.holder == holder, _e.state == State.RUNNING)
        with writing(self._store.engine) as connection:
            return bool(connection.execute(sa.update(table).where(mine).values(values)).rowcount)

    def drop_old(self) -> int:
        """Forget some of those that ended longer ago than they are kept; how many."""
        old = self._store.environment.now() - KEPT
        some = sa.select(_e.id).where(_e.ended < old).limit(MAX_DROPPED)
        with reading(self._store.engine) as connection:
            ids = connection.scalars(some).all()
        if ids:
            with writing(self._store.engine) as connection:
                connection.execute(sa.delete(table).where(_e.id.in_(ids)))
        return len(ids)


def _errand(row: Any, parameters: bytes = b"", result: bytes = b"") -> Errand:  # noqa: ANN401
    return Errand(
        row.id, row.kind, row.subject, row.office_user, row.label, State(row.state), row.asked,
        row.began, row.ended, row.phase, row.done, row.total, row.tries,
        parameters, result, row.code, row.detail,
    )  # fmt: skip
