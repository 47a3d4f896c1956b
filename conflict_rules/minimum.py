"""The smaller value stays, of days and instants the earlier one.

Commutative, associative and idempotent in its value; empty gives way to every value. It compares
what was entered, not the base: after any number of edits of one base the smallest of them stands,
in whatever order they come. Use it for the lowest price seen, the earliest date.
"""

from __future__ import annotations

from conflict_rules.extreme import choose, smaller
from conflict_rules.outcome import Outcome
from syncengine.model.fields import FieldType, Stored


def resolve(kind: FieldType, base: Stored, server: Stored, incoming: Stored) -> Outcome:
    """The smaller of `server` and `incoming`; the other one is the loss."""
    return choose(server, incoming, smaller(incoming, server))
