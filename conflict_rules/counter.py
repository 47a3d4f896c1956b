"""Deltas add up: the server's value plus what the device added to its base.

Empty counts as 0. Commutative and associative as long as every sum on the way is a value of the
field: any number of edits of one base ends at the base plus all deltas, in any order. Not
idempotent: equal edits are two edits, so this rule is asked about them as well. A sum out of the
field's range is not clamped, which would count a part that nobody could tell: the server's value
stays and the entered one is the loss. Use it for what is counted on both sides (pieces, visits).
"""

from __future__ import annotations

from conflict_rules.outcome import Outcome, if_valid
from syncengine.model.fields import FieldType, Stored


def resolve(kind: FieldType, base: Stored, server: Stored, incoming: Stored) -> Outcome:
    """`server` and the difference of `incoming` to `base`."""
    total = _number(server) + _number(incoming) - _number(base)
    return if_valid(kind, Outcome(total), server, incoming)


def _number(stored: Stored) -> int:
    return stored if isinstance(stored, int) else 0
