"""What minimum and maximum share: one of two values in the order of their stored form."""

from __future__ import annotations

from conflict_rules.outcome import Outcome
from syncengine.model.fields import Stored


def smaller(one: Stored, other: Stored) -> bool:
    """Whether `one` comes before `other`: numbers and instants by size, days by date."""
    if isinstance(one, int) and isinstance(other, int):
        return one < other
    return isinstance(one, str) and isinstance(other, str) and one < other


def choose(server: Stored, incoming: Stored, take_incoming: bool) -> Outcome:
    """One of both, the other is the loss. Empty gives way to every value; an equal value is no
    loss.
    """
    if server == incoming:
        return Outcome(server)
    if server is None or (incoming is not None and take_incoming):
        return Outcome(incoming, (server,))
    return Outcome(server, (incoming,))
