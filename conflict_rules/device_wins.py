"""The value that arrives last replaces the server's.

Not commutative: the last arrival prevails, by version order and never by device clocks. Use it for
what the person in the shop knows better (remarks, own notes).
"""

from __future__ import annotations

from conflict_rules.outcome import Outcome
from syncengine.model.fields import FieldType, Stored


def resolve(kind: FieldType, base: Stored, server: Stored, incoming: Stored) -> Outcome:
    """Take `incoming`; `server` is the loss."""
    return Outcome(incoming, (server,))
