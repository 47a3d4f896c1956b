"""What is meant for whom, in plain dictionaries: no code of the engine."""

from __future__ import annotations


class Oracle:
    """Rows by id, people by name; the random machine inherits it and fills the dictionaries."""

    above: dict[bytes, bytes | None]  # of markets
    customer: dict[bytes, tuple[str | None, bytes | None]]  # (owner, market)
    survey: dict[bytes, bytes | None]  # market
    leaflet: dict[bytes, tuple[int | None, int | None]]
    bulletin: dict[bytes, tuple[int | None, int | None]]  # from, until
    recipient: dict[bytes, tuple[bytes, str]]  # (bulletin, person)
    letter: dict[bytes, tuple[bytes, bytes | None, str | None]]  # (leaflet, customer, person)
    child: dict[bytes, tuple[str, bytes]]  # tasks, questions, pages: (entity, what it follows)
    switch: dict[bytes, tuple[str, str]]  # (absent, substitute)

    def forget(self) -> None:
        """Begin with nothing."""
        self.above, self.customer, self.survey, self.bulletin = {}, {}, {}, {}
        self.recipient, self.child, self.switch = {}, {}, {}
        self.leaflet, self.letter = {}, {}

    def now(self) -> int:
        """The instant of which is spoken."""
        raise NotImplementedError

    def kind(self, row: bytes) -> str:
        if row in self.child:
            return self.child[row][0]
        if row in self.leaflet:
            return "leaflet"
        return "survey" if row in self.survey else "bulletin"

    def up(self, market: bytes | None) -> set[bytes]:
        found: set[bytes] = set()
        while market is not None:
            found.add(market)
            market = self.above[market]
        return found

    def begun(self, row: bytes) -> bool:
        row = self.child[row][1] if row in self.child else row
        starts, _ = (self.bulletin | self.leaflet).get(row, (None, None))
        return starts is None or starts <= self.now()

    def over(self, row: bytes) -> bool:
        row = self.child[row][1] if row in self.child else row
        _, ends = (self.bulletin | self.leaflet).get(row, (None, None))
        return ends is not None and ends <= self.now()

    def held(self, who: str) -> dict[str, set[bytes]]:
        owners = {who} | ({"a", "b"} if who == "boss" else set())
        owners |= {absent for absent, substitute in self.switch.values() if substitute == who}
        nodes: set[bytes] = set()
        for owner, market in self.customer.values():
            if owner in owners:
                nodes |= self.up(market)
        letters = {
            row
            for row, (_, customer, name) in self.letter.items()
            if name == who or (customer is not None and self.customer[customer][0] in owners)
        }
        bulletins = {row for row, name in self.recipient.values() if name == who}
        held = {
            "survey": {row for row, market in self.survey.items() if market in nodes},
            "bulletin": {row for row in bulletins if not self.over(row)},
            "letter": letters,
            "leaflet": {of for row in letters if not self.over(of := self.letter[row][0])},
        }
        parents = held["survey"] | held["bulletin"] | held["leaflet"]
        for entity in ("task", "question", "page"):
            held[entity] = {
                row for row, (kind, of) in self.child.items() if kind == entity and of in parents
            }
        return held
