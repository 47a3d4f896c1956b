"""The value of the later edit stands.

When an edit was made is an estimate: the device's clock, held between what the server knows for
sure (`estimated`). Commutative, associative and idempotent for edits made at different times: of
any number of edits of one base the latest stands, in whatever order they arrive. At the same
estimate the server's value stays, so among those arrival decides. An equal value is an agreement
and keeps the time of the one that came first. Use it where the last word counts, whoever has it
(opening hours, who to ask for).
"""

from __future__ import annotations

from dataclasses import dataclass

from conflict_rules.outcome import Outcome
from syncengine.model.fields import Stored


@dataclass(frozen=True)
class Dated:
    """A value and when it was entered, in microseconds by the server's clock, as estimated."""

    value: Stored
    at: int


def resolve(server: Dated, incoming: Dated) -> Outcome:
    """The later of both; the other one is the loss."""
    if incoming.at > server.at:
        return Outcome(incoming.value, (server.value,))
    return Outcome(server.value, (incoming.value,))


def estimated(device_time: int, base: int, received: int) -> int:
    """When an edit was made: the device's time, no earlier than when its base came into being and
    no later than when it arrived.

    Idempotent and monotonic in `device_time`: a wrong clock changes no order of edits made far
    enough apart, and a clock of 1970 or 2099 gets no further than to an end of the interval.
    """
    return min(max(device_time, base), received)
