"""People decide: the server's value stays, and the conflict waits for the office with all three
values.

Not commutative: the value that reached the server first stays until somebody decides. Idempotent:
resolving again with the outcome as both values is no conflict. Use it where a wrong value is dear
and conflicts are rare (bank details, agreed terms): each one costs somebody's time.
"""

from __future__ import annotations

from conflict_rules.outcome import Outcome
from syncengine.model.fields import FieldType, Stored


def resolve(kind: FieldType, base: Stored, server: Stored, incoming: Stored) -> Outcome:
    """Keep `server`; `incoming` is the loss until it is accepted."""
    return Outcome(server, (incoming,))
