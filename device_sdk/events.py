"""What the SDK tells an app's log: `Device.open(..., log=hook)`, and nothing without a hook.

    Device.open(folder, url, log=to_logging())

An event has counts, versions, numbers and stable codes: never a row's value, a key, a token or an
error's sentence, which may quote a value. So a log may be sent to whoever helps. The hook is called
in the thread that works, sometimes with the store's lock held: it must be quick, must not wait for
another thread and must not use the device. When it raises, that is logged by `logging`, no more.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, ParamSpec

from syncengine.model.errors import Advice

if TYPE_CHECKING:
    from device_sdk.report import SyncReport
    from syncengine.model.manifest import Schema

P = ParamSpec("P")

__all__ = [
    "AnswersLost",
    "CheckpointPublished",
    "ChunkStaged",
    "Event",
    "RepairBegan",
    "SchemaChanged",
    "StartedOver",
    "StoreOpened",
    "StoreRebuilt",
    "StoreUpgraded",
    "SyncBegan",
    "SyncEnded",
    "SyncFailed",
    "WorkRefused",
    "WorkTakenBack",
    "to_logging",
]


@dataclass(frozen=True)
class Event:
    """Root of all events; `str` gives a sentence. A later release may add events and fields.

    LEVEL: of `logging`, how much it matters.
    """

    LEVEL: ClassVar[int] = logging.INFO
    SAYS: ClassVar[str] = ""

    def __str__(self) -> str:
        return self.SAYS.format_map(vars(self))


@dataclass(frozen=True)
class StoreOpened(Event):
    """The app began.

    format: of the store's file, counted from 1.
    schema: the first 16 hex digits of its hash.
    """

    SAYS = "Store opened: format {format}, schema {schema}."
    format: int
    schema: str


@dataclass(frozen=True)
class StoreUpgraded(Event):
    """The store was of an earlier release of the SDK. Formats count from 1."""

    SAYS = "Store upgraded from format {before} to {after}."
    before: int
    after: int


@dataclass(frozen=True)
class StoreRebuilt(Event):
    """A new store took the place of a damaged one; its rows come with the next sync.

    changesets: of the outbox that were brought over. waiting: those that are not answered yet.
    lost: how many could not be read, and the server does not have them.
    """

    LEVEL = logging.WARNING
    SAYS = "Store rebuilt: {changesets} changesets kept, {waiting} of them wait; {lost} lost."
    changesets: int
    waiting: int
    lost: int


@dataclass(frozen=True)
class WorkTakenBack(Event):
    """The journal of the store's file was damaged, and the work behind the damage was read."""

    LEVEL = logging.WARNING
    SAYS = "The store's journal was damaged: {changesets} changesets were taken back from it."
    changesets: int


@dataclass(frozen=True)
class SyncBegan(Event):
    """Before the first request; SyncEnded or SyncFailed follows."""

    SAYS = "Sync began."


@dataclass(frozen=True)
class SchemaChanged(Event):
    """The server has other entities or fields now. Both: 16 hex digits."""

    SAYS = "Schema changed from {before} to {after}."
    before: str
    after: str


@dataclass(frozen=True)
class ChunkStaged(Event):
    """Part of an answer is durable and does not show yet.

    left: rows that will go.
    """

    LEVEL = logging.DEBUG
    SAYS = "{rows} rows staged, {left} to leave."
    rows: int
    left: int


@dataclass(frozen=True)
class CheckpointPublished(Event):
    """What was staged shows now, at this version."""

    SAYS = "Checkpoint published, version {version}."
    version: int


@dataclass(frozen=True)
class WorkRefused(Event):
    """Work had no effect; `Device.inbox()` tells the person more.

    outcome: rejected or quarantined.
    codes: of the reasons.
    """

    LEVEL = logging.WARNING
    sequence: int
    outcome: str
    codes: tuple[str, ...]

    def __str__(self) -> str:
        return f"Changeset {self.sequence} {self.outcome}: {', '.join(self.codes)}."


@dataclass(frozen=True)
class RepairBegan(Event):
    """So many buckets did not add up and come again. Nothing wrong was shown."""

    LEVEL = logging.WARNING
    SAYS = "Repair of {buckets} buckets began."
    buckets: int


@dataclass(frozen=True)
class StartedOver(Event):
    """All rows come anew: the server was restored, or no longer knows the checkpoint."""

    LEVEL = logging.WARNING
    SAYS = "All rows are taken anew."


@dataclass(frozen=True)
class AnswersLost(Event):
    """The server lost so many answers that it gave, and gets those changesets again."""

    LEVEL = logging.WARNING
    SAYS = "The server lost its answers to {changesets} changesets: they are sent again."
    changesets: int


@dataclass(frozen=True)
class SyncEnded(Event):
    """The sync worked."""

    report: SyncReport

    def __str__(self) -> str:
        r = self.report
        return (
            f"Sync ended at version {r.version}: {r.changesets_sent} changesets sent,"
            f" {r.rows_received} rows received, {r.rows_left} left,"
            f" {r.bytes_sent} + {r.bytes_received} bytes, {r.milliseconds:.0f} ms."
        )


@dataclass(frozen=True)
class SyncFailed(Event):
    """The sync was stopped; what arrived is kept.

    cause: the class of the exception that lies behind, or "".
    """

    LEVEL = logging.WARNING
    code: str
    advice: Advice
    cause: str

    def __str__(self) -> str:
        cause = f" ({self.cause})" if self.cause else ""
        return f"Sync failed: {self.code}{cause}. What helps: {self.advice}."


def to_logging(logger: logging.Logger | None = None) -> Callable[[Event], None]:
    """A hook that logs each event's sentence; the event itself is the record's `event`.

    logger: default `device_sdk`.
    """
    target = logger or logging.getLogger("device_sdk")

    def hook(event: Event) -> None:
        target.log(event.LEVEL, "%s", event, extra={"event": event})

    return hook


class Log:
    """The hook, guarded. Called with an event's class and its facts: no hook, no event is made."""

    def __init__(self, hook: Callable[[Event], None] | None = None) -> None:
        self._hook = hook

    def __call__(self, kind: Callable[P, Event], *facts: P.args, **named: P.kwargs) -> None:
        if self._hook is None:
            return
        try:
            self._hook(kind(*facts, **named))
        except Exception:
            logging.getLogger(__name__).exception("the app's log hook failed")


def short_hash(schema: Schema) -> str:
    """How events name a schema."""
    return schema.hash.hex()[:16]
