"""What every conflict rule answers."""

from __future__ import annotations

from dataclasses import dataclass

from syncengine.model.errors import InvalidValue
from syncengine.model.fields import FieldType, Stored


@dataclass(frozen=True)
class Outcome:
    """value: what the field is afterwards. lost: the values that did not prevail, none where both
    sides count.
    """

    value: Stored
    lost: tuple[Stored, ...] = ()


def if_valid(kind: FieldType, merged: Outcome, server: Stored, incoming: Stored) -> Outcome:
    """`merged`; where that is no value of the field (too long, out of range) `server` stays as it
    is and `incoming` is the loss.
    """
    try:
        kind.check(merged.value)
    except InvalidValue:
        return Outcome(server, (incoming,))
    return merged
