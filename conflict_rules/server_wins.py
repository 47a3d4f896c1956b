"""The value that reached the server first stays.

Not commutative: which value is "the server's" depends on the order of arrival. Idempotent:
resolving again with the outcome as both values is no conflict. Use it where the office or the
leading system knows better (addresses, conditions).
"""

from __future__ import annotations

from conflict_rules.outcome import Outcome
from syncengine.model.fields import FieldType, Stored


def resolve(kind: FieldType, base: Stored, server: Stored, incoming: Stored) -> Outcome:
    """Keep `server`; `incoming` is the loss."""
    return Outcome(server, (incoming,))
