"""Three-way merge of a row, field by field; a field changed on both sides goes to its own rule.

Fields are independent, so merging edits of disjoint fields is commutative and associative; for one
field the properties are those of its rule. Merging what is already there writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from conflict_rules import device_wins, server_wins
from conflict_rules.outcome import Outcome
from syncengine.model.entity import ConflictRule
from syncengine.model.fields import Stored

Resolve = Callable[[Stored, Stored, Stored], Outcome]
RULES: dict[ConflictRule, Resolve] = {
    ConflictRule.SERVER_WINS: server_wins.resolve,
    ConflictRule.DEVICE_WINS: device_wins.resolve,
}


@dataclass(frozen=True)
class FieldLoss:
    """A conflict in one field: `lost` was to be, `kept` is."""

    field: int
    lost: Stored
    kept: Stored


@dataclass(frozen=True)
class Merged:
    """write: the fields whose server value changes. losses: one a conflict."""

    write: dict[int, Stored]
    losses: tuple[FieldLoss, ...]


def merge(
    base: Mapping[int, Stored],
    server: Mapping[int, Stored],
    incoming: Mapping[int, Stored],
    rule_of: Callable[[int], ConflictRule],
) -> Merged:
    """Merge `incoming` fields into `server`. `base` and `server` have a value for each of them.

    A conflict is a field whose server value is neither the base's nor the incoming one's.
    """
    write: dict[int, Stored] = {}
    losses: list[FieldLoss] = []
    for number, value in incoming.items():
        current = server[number]
        if value == current:
            continue
        if current == base[number]:
            write[number] = value
            continue
        outcome = RULES[rule_of(number)](base[number], current, value)
        losses.append(FieldLoss(number, outcome.lost, outcome.value))
        if outcome.value != current:
            write[number] = outcome.value
    return Merged(write, tuple(losses))
