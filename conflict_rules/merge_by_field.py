"""Three-way merge of a row, field by field; a field changed on both sides goes to its own rule.

Fields are independent, so merging edits of disjoint fields is commutative and associative; for one
field the properties are those of its rule. Merging what is already there writes nothing, but for
counters: their equal edits add up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from conflict_rules import (
    add_wins_set,
    counter,
    device_wins,
    keep_both,
    later_edit,
    manual,
    maximum,
    minimum,
    server_wins,
    text_merge,
)
from conflict_rules.later_edit import Dated
from conflict_rules.outcome import Outcome
from syncengine.model.entity import ConflictRule, Field
from syncengine.model.fields import FieldType, Stored

Resolve = Callable[[FieldType, Stored, Stored, Stored], Outcome]  # base, server, incoming
RULES: dict[ConflictRule, Resolve] = {
    ConflictRule.SERVER_WINS: server_wins.resolve,
    ConflictRule.DEVICE_WINS: device_wins.resolve,
    ConflictRule.COUNTER: counter.resolve,
    ConflictRule.MINIMUM: minimum.resolve,
    ConflictRule.MAXIMUM: maximum.resolve,
    ConflictRule.ADD_WINS_SET: add_wins_set.resolve,
    ConflictRule.TEXT_MERGE: text_merge.resolve,
    ConflictRule.MANUAL: manual.resolve,
    ConflictRule.KEEP_BOTH: keep_both.resolve,
}  # and LATER_EDIT, which asks for times as well
EQUAL_IS_TWO = {ConflictRule.COUNTER}  # of these, equal edits are no agreement


@dataclass(frozen=True)
class Times:
    """When the incoming values were entered, and when the server's value of a field was."""

    incoming: int
    server: Callable[[int], int]


@dataclass(frozen=True)
class FieldLoss:
    """A conflict in one field: `lost` was to be, `kept` is."""

    field: int
    lost: Stored
    kept: Stored


@dataclass(frozen=True)
class Merged:
    """write: the fields whose server value changes. losses: the values that did not prevail.

    entered: the incoming values that the field does not have afterwards. Whoever entered them goes
    on from them, not from the outcome, until they have pulled it.
    """

    write: dict[int, Stored]
    losses: tuple[FieldLoss, ...]
    entered: dict[int, Stored]


def merge(
    base: Mapping[int, Stored],
    server: Mapping[int, Stored],
    incoming: Mapping[int, Stored],
    declared: Callable[[int], Field],
    times: Times,
) -> Merged:
    """Merge `incoming` fields into `server`. `base` and `server` have a value for each of them.

    A value that only one side changed stands, and so does one that both changed to; each other one
    goes to the rule that its field declares.
    """
    write: dict[int, Stored] = {}
    losses: list[FieldLoss] = []
    entered: dict[int, Stored] = {}
    for number, value in incoming.items():
        outcome = _outcome(declared(number), base[number], server[number], value, times)
        losses += [FieldLoss(number, lost, outcome.value) for lost in outcome.lost]
        if outcome.value != server[number]:
            write[number] = outcome.value
        if outcome.value != value:
            entered[number] = value
    return Merged(write, tuple(losses), entered)


def _outcome(field: Field, base: Stored, server: Stored, incoming: Stored, times: Times) -> Outcome:
    if incoming == base:
        return Outcome(server)
    if server == base:
        return Outcome(incoming)
    if server == incoming and field.conflict not in EQUAL_IS_TWO:
        return Outcome(server)
    if field.conflict is ConflictRule.LATER_EDIT:
        there = Dated(server, times.server(field.number))
        return later_edit.resolve(there, Dated(incoming, times.incoming))
    return RULES[field.conflict](field.type, base, server, incoming)
