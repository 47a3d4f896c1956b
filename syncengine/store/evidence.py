"""What one store may have held, and what it was told and proved, read from the server's record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from syncengine.store.late import unpack_buckets


class State(StrEnum):
    """How far a revocation has come on one store."""

    NOT_TOLD = "not told"
    TOLD = "told"
    CONFIRMED = "confirmed"


@dataclass(frozen=True)
class Progress:
    """A state with its times in microseconds; None where it did not come to that."""

    state: State
    told_at: int | None = None
    confirmed_at: int | None = None


@dataclass(frozen=True)
class Answer:
    """A record of the table `told`."""

    version: int
    buckets: frozenset[int]
    base: int
    base_buckets: frozenset[int]
    told_at: int | None
    proved_at: int | None


@dataclass
class Run:
    """Checkpoints in a row that cover a bucket: from version `first` to `last`.

    until: of the first later one that does not; None when there is none. proved: those that the
    store has shown.
    """

    first: int
    last: int
    until: int | None = None
    proved: list[int] = field(default_factory=list)

    def lost(self, since: int, end: int | None) -> int | None:
        """The version that took a row away which was in the bucket from `since` until before `end`.

        None: the store cannot have had it through this run. Where the bucket went first, the exact
        version is not on record: the answer is the first one that it can have been, which is told
        and confirmed together with it.
        """
        if end is not None and end <= self.first:
            return None
        if self.until is not None and self.until <= since:
            return None
        if end is not None and (self.until is None or end <= self.until):
            return end
        return self.last + 1

    def surely(self, since: int, end: int | None) -> bool:
        """Whether a checkpoint that the store has shown contained the row."""
        return any(since <= v and (end is None or v < end) for v in self.proved)


@dataclass(frozen=True)
class _Checkpoint:
    buckets: frozenset[int]
    proved: bool = False
    begun: bool = False  # may have brought buckets, can have taken none


class Evidence:
    """One store's record. Two copies of one store are one to the server: the last to speak counts.

    Exact is: which checkpoints it showed around each answer that took something away, so which
    rows it surely had then. Not known is whether it published a checkpoint that was sent and never
    shown, or received rows that came to its buckets after the last one it showed: such rows are
    held possibly. A row's membership keeps its first coming only: of a row that left and came back,
    the time between counts as held.
    """

    def __init__(
        self, acked: int, acked_buckets: frozenset[int], answers: Sequence[Answer]
    ) -> None:
        self._acked = acked
        self._answers = answers
        # What was shown at a version stands before what was told at it: buckets may be on their
        # way still, by other parts.
        known = [
            (a.base, int(a.base < a.version), _Checkpoint(a.base_buckets, proved=True))
            for a in answers
        ]
        known += [(acked, 1, _Checkpoint(acked_buckets, proved=True))]
        known += [(a.version, 2, _Checkpoint(a.buckets, begun=a.told_at is None)) for a in answers]
        ordered = sorted(known, key=lambda entry: entry[:2])
        self._checkpoints = [(version, checkpoint) for version, _, checkpoint in ordered]

    def runs(self, bucket: int) -> Iterator[Run]:
        """When the store may have held that bucket, the oldest time first."""
        run: Run | None = None
        for version, checkpoint in self._checkpoints:
            if bucket in checkpoint.buckets:
                run = run or Run(version, version)
                run.last = version
                if checkpoint.proved:
                    run.proved.append(version)
            elif run is not None and not checkpoint.begun:
                run.until = version
                yield run
                run = None
        if run is not None:
            yield run

    def before(self, bucket: int, version: int) -> Run | None:
        """The run that `version` may have ended, or taken a row from."""
        for run in self.runs(bucket):
            if run.first < version and (run.until is None or version <= run.until):
                return run
        return None

    def progress(self, version: int) -> Progress | None:
        """How far what was taken away at `version` has come.

        None: the store went past that version by answers that took nothing away, so it had nothing.
        """
        across = [
            a for a in self._answers if a.base < version <= a.version and a.told_at is not None
        ]
        told_at = _first(a.told_at for a in across)
        if self._acked < version:
            return Progress(State.TOLD if across else State.NOT_TOLD, told_at)
        if not across:
            return None
        return Progress(State.CONFIRMED, told_at, _first(a.proved_at for a in across))


def _first(times: Iterable[int | None]) -> int | None:
    return min((time for time in times if time is not None), default=None)


@lru_cache(maxsize=1_000)
def bucket_set(packed: bytes) -> frozenset[int]:
    """Packed buckets; the same few come again and again."""
    return frozenset(unpack_buckets(packed))
