"""The order of frames as state tables: what may come next, for both sides of a sync. No I/O."""

from __future__ import annotations

from enum import StrEnum

from syncengine.model.errors import Malformed
from syncengine.protocol.messages import (
    Checkpoint,
    Chunk,
    EarlyCheckpoint,
    Failure,
    Grants,
    Hello,
    Push,
    Ranges,
    Struct,
    Unchanged,
    Verdicts,
    Welcome,
)


class State(StrEnum):
    """Where a stream of frames stands."""

    START = "start"
    GREETED = "greeted"  # nothing of a pull was seen yet
    STREAMING = "streaming"
    DONE = "done"


Table = dict[State, dict[type[Struct], State]]

REQUEST: Table = {
    State.START: {Hello: State.GREETED},
    State.GREETED: {Push: State.GREETED},
}
RESPONSE: Table = {
    State.START: {Welcome: State.GREETED, Failure: State.DONE},
    State.GREETED: {
        Verdicts: State.GREETED,
        Grants: State.STREAMING,
        Ranges: State.STREAMING,
        Chunk: State.STREAMING,
        Checkpoint: State.DONE,
        EarlyCheckpoint: State.DONE,
        Unchanged: State.DONE,
        Failure: State.DONE,
    },
    State.STREAMING: {
        Grants: State.STREAMING,
        Ranges: State.STREAMING,
        Chunk: State.STREAMING,
        Checkpoint: State.DONE,
        EarlyCheckpoint: State.DONE,
        Failure: State.DONE,
    },
}


class Order:
    """Follows one stream through its table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.state = State.START

    def see(self, message: Struct) -> None:
        """Move on, or raise Malformed when `message` is not due."""
        after = self._table.get(self.state, {}).get(type(message))
        if after is None:
            raise Malformed(f"{type(message).__name__} is not due in state {self.state}")
        self.state = after
