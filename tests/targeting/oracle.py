"""What is meant for whom, in plain dictionaries: no code of the engine."""

from __future__ import annotations


class Oracle:
    """Rows by id, people by name; the random machine inherits it and fills the dictionaries."""

    above: dict[bytes, bytes | None]  # of markets
    customer: dict[bytes, tuple[str | None, bytes | None]]  # (owner, market)
    survey: dict[bytes, bytes | None]  # market
    bulletin: dict[bytes, tuple[int | None, int | None]]  # from, until
    recipient: dict[bytes, tuple[bytes, str]]  # (bulletin, person)
    child: dict[bytes, tuple[str, bytes]]  # tasks and questions: (entity, what it follows)
    switch: dict[bytes, tuple[str, str]]  # (absent, substitute)

    def forget(self) -> None:
        """Begin with nothing."""
        self.above, self.customer, self.survey, self.bulletin = {}, {}, {}, {}
        self.recipient, self.child, self.switch = {}, {}, {}

    def now(self) -> int:
        """The instant of which is spoken."""
        raise NotImplementedError

    def kind(self, row: bytes) -> str:
        if row in self.child:
            return self.child[row][0]
        return "survey" if row in self.survey else "bulletin"

    def up(self, market: bytes | None) -> set[bytes]:
        found: set[bytes] = set()
        while market is not None:
            found.add(market)
            market = self.above[market]
        return found

    def begun(self, row: bytes) -> bool:
        row = self.child[row][1] if row in self.child else row
        starts, _ = self.bulletin.get(row, (None, None))
        return starts is None or starts <= self.now()

    def over(self, row: bytes) -> bool:
        row = self.child[row][1] if row in self.child else row
        _, ends = self.bulletin.get(row, (None, None))
        return ends is not None and ends <= self.now()

    def held(self, who: str) -> dict[str, set[bytes]]:
        owners = {who} | ({"a", "b"} if who == "boss" else set())
        owners |= {absent for absent, substitute in self.switch.values() if substitute == who}
        nodes: set[bytes] = set()
        for owner, market in self.customer.values():
            if owner in owners:
                nodes |= self.up(market)
        bulletins = {row for row, name in self.recipient.values() if name == who}
        held = {
            "survey": {row for row, market in self.survey.items() if market in nodes},
            "bulletin": {row for row in bulletins if not self.over(row)},
        }
        parents = held["survey"] | held["bulletin"]
        for entity in ("task", "question"):
            held[entity] = {
                row for row, (kind, of) in self.child.items() if kind == entity and of in parents
            }
        return held
