"""Which templates apply where, thought out anew: it knows targets, owners, trees and lists as plain
dictionaries, and no code of the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Aim = tuple[str, bytes, bool]  # (of, whom, below)


@dataclass
class Published:
    """A template that was published. targets: by their rows."""

    kind: str
    targets: dict[bytes, Aim] = field(default_factory=dict)
    ended: bool = False


class Naive:
    """What applies, thought out anew."""

    def __init__(self) -> None:
        self.leader: dict[bytes, bytes | None] = {}
        self.above: dict[bytes, bytes | None] = {}
        self.owner: dict[bytes, bytes | None] = {}
        self.market: dict[bytes, bytes | None] = {}
        self.bonn: set[bytes] = set()
        self.inactive: set[bytes] = set()
        self.listed: dict[bytes, bytes] = {}  # customers that `d` stands in for -> whose they were
        self.templates: dict[bytes, Published] = {}

    @staticmethod
    def up(tree: Mapping[bytes, bytes | None], node: bytes | None) -> list[bytes]:
        """The node and all above it."""
        found: list[bytes] = []
        while node is not None:
            found.append(node)
            node = tree.get(node)
        return found

    def means(self, aim: Aim, person: bytes | None) -> bool:
        """Whether a target names a person; both kinds may name everybody below somebody."""
        of, whom, below = aim
        if of not in ("employee", "audience") or person is None:
            return False
        return whom in self.up(self.leader, person) if below else whom == person

    def names(self, aim: Aim, customer: bytes) -> bool:
        """Whether a target names a customer that is active."""
        if customer in self.inactive:
            return False
        match aim[0]:
            case "customer":
                return aim[1] == customer
            case "market":
                return aim[1] in self.up(self.above, self.market[customer])
            case "condition":
                return customer in self.bonn
        return False

    def standard(self, aim: Aim, person: bytes) -> bool:
        """Whether a person gets a standard report by a target."""
        theirs = [customer for customer, owner in self.owner.items() if owner == person]
        return self.means(aim, person) or any(self.names(aim, one) for one in theirs)

    def dynamic(self, aim: Aim, customer: bytes) -> bool:
        """Whether a dynamic report is for a customer by a target."""
        owner = self.owner[customer]
        return self.names(aim, customer) or (
            customer not in self.inactive and self.means(aim, owner)
        )

    def applying(self, person: bytes, customer: bytes) -> set[bytes]:
        """What a person is to answer at a customer."""
        return {
            row
            for row, one in self.templates.items()
            if not one.ended
            and any(
                self.standard(aim, person)
                if one.kind == "standard"
                else self.dynamic(aim, customer)
                for aim in one.targets.values()
            )
        }

    def held(self, person: bytes) -> set[bytes]:
        """The customers that a person has, or somebody whom they lead."""
        return {row for row, owner in self.owner.items() if person in self.up(self.leader, owner)}

    def meant(self, customers: set[bytes]) -> set[bytes]:
        """The dynamic templates that are for some of these customers, active or not."""
        return {
            row
            for row, one in self.templates.items()
            for aim in one.targets.values()
            for customer in customers
            if one.kind == "dynamic" and (self.dynamic(aim, customer) or aim[1] == customer)
        }

    def lent(self) -> set[bytes]:
        """The customers that are lent to `d`, who has none."""
        return {row for row, absent in self.listed.items() if self.owner[row] == absent}
