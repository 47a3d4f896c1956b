"""A row's merge: each field by its own rule, each loss under its own number."""

from __future__ import annotations

from conflict_rules.merge_by_field import FieldLoss, Merged, Times, merge
from syncengine.model.entity import ConflictRule, Field
from syncengine.model.fields import Stored, Text

RULES = {1: ConflictRule.SERVER_WINS, 2: ConflictRule.DEVICE_WINS, 3: ConflictRule.SERVER_WINS}
BASE: dict[int, Stored] = dict.fromkeys(RULES, "base")
SERVER: dict[int, Stored] = dict.fromkeys(RULES, "server")


def declared(number: int) -> Field:
    return Field(number, f"field{number}", Text(10), conflict=RULES[number])


def test_several_fields_go_each_their_way() -> None:
    """Asked for one after the other or together, in whatever order: fields are independent."""
    incoming: dict[int, Stored] = {1: "one", 2: "two", 3: "three"}
    times = Times(0, lambda _: 0)
    whole = merge(BASE, SERVER, incoming, declared, times)
    assert whole == Merged(
        {2: "two"},
        (FieldLoss(1, "one", "server"), FieldLoss(2, "server", "two"),
         FieldLoss(3, "three", "server")),
        {1: "one", 3: "three"},
    )  # fmt: skip
    for number, value in incoming.items():
        alone = merge(BASE, SERVER, {number: value}, declared, times)
        assert alone.losses == tuple(x for x in whole.losses if x.field == number)
        assert alone.write == {n: v for n, v in whole.write.items() if n == number}
    backwards = merge(BASE, SERVER, dict(reversed(incoming.items())), declared, times)
    assert backwards.write == whole.write
    assert set(backwards.losses) == set(whole.losses)
