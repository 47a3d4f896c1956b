"""What each device should hold, recomputed from plain dictionaries of what the office and the
devices were told is accepted. No code of the engine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from tests.fleet.declared import Place, Shown, Switch, Visit, cannot_be

Key = tuple[str, bytes]  # entity, row
CHAIN = 3  # so many substitutes may stand in a row


@dataclass
class Oracle:
    """Names of people, ids of rows. terms: the audience of the facet `customer_terms`."""

    people: dict[str, bytes]
    manager: dict[str, str | None]
    terms: bytes
    places: set[Place]
    owner: dict[bytes, str | None] = field(default_factory=dict)
    phone: dict[bytes, str | None] = field(default_factory=dict)
    # What customers' phones and contacts' names began with.
    made: dict[bytes, str | None] = field(default_factory=dict)
    remark: dict[bytes, str | None] = field(default_factory=dict)  # of customers that have one
    market: dict[bytes, bytes] = field(default_factory=dict)  # of customers
    above: dict[bytes, bytes | None] = field(default_factory=dict)  # of markets
    contact: dict[bytes, bytes] = field(default_factory=dict)
    named: dict[bytes, str] = field(default_factory=dict)  # the contacts' names
    catalogue: set[bytes] = field(default_factory=set)
    aimed: dict[bytes, bytes] = field(default_factory=dict)  # a catalogue's line -> market
    visit: dict[bytes, Visit] = field(default_factory=dict)
    agreed: dict[bytes, bytes] = field(default_factory=dict)  # terms -> customer
    note: dict[bytes, str] = field(default_factory=dict)
    switch: dict[bytes, Switch] = field(default_factory=dict)
    lists: dict[bytes, tuple[bytes, bytes]] = field(default_factory=dict)  # switch, customer
    shown: dict[bytes, Shown] = field(default_factory=dict)
    imported: dict[bytes, dict[str, str | None]] = field(default_factory=dict)  # as said last
    left: set[str] = field(default_factory=set)  # people who no longer work here

    # -- who sees what

    def slice(self, who: str, at: int, since: int | None = None) -> set[Key]:
        """All rows that this person's device may hold at that instant.

        since: when it last heard of the office; what has begun after that it does not know.
        """
        customers = self.customers(who, at, since)
        found = {("employee", row) for row in self.people.values()}
        found |= {("market", row) for row in self.above}
        found |= {("catalogue", row) for row in self.catalogue}
        found |= {("catalogue_market", r) for r in self.reaching(who, at, since)}
        found |= {("customer", row) for row in customers}
        found |= {("contact", row) for row, at_ in self.contact.items() if at_ in customers}
        found |= {("appointment", r) for r, v in self.visit.items() if v.customer in customers}
        found |= {("note", row) for row, author in self.note.items() if author == who}
        if self.listens(who, self.terms):
            found |= {("customer_terms", r) for r, c in self.agreed.items() if c in customers}
        return found

    def customers(self, who: str, at: int, since: int | None = None) -> set[bytes]:
        """Own ones, those of people below, of absent people, and those that rules show."""
        known = at if since is None else since
        standing = {row: s for row, s in self.switch.items() if s.holds(at, known)}
        return self._let(who, standing) | self.selected(who, at, known)

    def works(self, who: str, customer: bytes, at: int) -> bool:
        """Whether this person may change that customer at that instant."""
        standing = {row: s for row, s in self.switch.items() if s.writes(at)}
        return customer in self._let(who, standing) or customer in self.selected(who, at, at)

    def _let(self, who: str, standing: dict[bytes, Switch]) -> set[bytes]:
        """Own customers, those of people below, and what these substitutions let somebody have."""
        owners = self.below(who) | behind(who, standing.values())
        lists = self._lent(who, standing)
        return {row for row, o in self.owner.items() if o in owners or (o, row) in lists}

    def _lent(self, who: str, standing: dict[bytes, Switch]) -> set[tuple[str, bytes]]:
        """(whose, customer) of what these substitutions lend somebody by their lists."""
        lenders = reached(who, standing.values())
        return {
            (standing[switch].absent, row)
            for switch, row in self.lists.values()
            if switch in standing
            and standing[switch].listed
            and any(standing[switch].substitute in some for some in lenders[:CHAIN])
        }

    def hidden(self, at: int) -> set[Key]:
        """What a device holds and does not show yet at that instant, by a window of its own."""
        return set()

    def reaching(self, who: str, at: int, since: int | None = None) -> set[bytes]:
        """The lines of catalogues for markets in which those have customers whose all this person
        holds.
        """
        known = at if since is None else since
        standing = [s for s in self.switch.values() if s.holds(at, known)]
        owners = self.below(who) | behind(who, standing)
        markets = {
            above
            for row, owner in self.owner.items()
            if owner in owners
            for above in self.markets_of(row)
        }
        return {row for row, market in self.aimed.items() if market in markets}

    def below(self, who: str) -> set[str]:
        """Everybody whom that person leads, at any depth, and that person."""
        found = {who}
        for _ in self.manager:
            found |= {other for other, above in self.manager.items() if above in found}
        return found

    def over(self, who: str) -> list[str]:
        """Who leads that person, who leads that one, and so on."""
        found: list[str] = []
        above = self.manager[who]
        while above is not None:
            found.append(above)
            above = self.manager[above]
        return found

    def listens(self, who: str, audience: bytes) -> bool:
        """Whether somebody is in an audience."""
        return any(
            p.who == who or (p.below and who in self.below(p.who))
            for p in self.places
            if p.audience == audience
        )

    def selected(self, who: str, at: int, since: int) -> set[bytes]:
        """The customers that rules show to this person."""
        return {
            row
            for made in self.shown.values()
            if made.stands(at, since) and self.listens(who, made.audience)
            for row in self.owner
            if self._meets(row, made)
        }

    def _meets(self, customer: bytes, made: Shown) -> bool:
        if made.field == "phone":
            return self.phone[customer] == made.value
        if made.field == "owner":
            return self.owner[customer] in self.below(str(made.value))
        return made.value in self.markets_of(customer)

    def markets_of(self, customer: bytes) -> set[bytes]:
        """Its market, and those above that one."""
        seen: set[bytes] = set()
        here = self.market.get(customer)
        while here is not None and here not in seen:
            seen.add(here)
            here = self.above[here]
        return seen

    # -- leaving

    def hand_over(self, leaver: str, successor: str, at: int) -> None:
        """Everything of somebody who leaves goes to a successor."""
        self.owner = {c: successor if o == leaver else o for c, o in self.owner.items()}
        for row, visit in self.visit.items():
            if visit.employee == leaver and visit.starts >= at:
                self.visit[row] = replace(visit, employee=successor)
        between = {successor, *self.over(successor)}
        up = self.manager[leaver]
        for who, above in self.manager.items():
            if above == leaver:
                self.manager[who] = up if who in between else successor
        self._pass_switches(leaver, successor, at)
        self.places = {replace(p, who=successor) if p.who == leaver else p for p in self.places}
        self.left.add(leaver)

    def _pass_switches(self, leaver: str, successor: str, at: int) -> None:
        """Nobody substitutes the leaver; whom the leaver substitutes, the successor does, where
        that can be. What is over stays.
        """
        active = {row: made for row, made in self.switch.items() if made.active}
        named = {
            row: made
            for row, made in sorted(active.items())
            if leaver in (made.absent, made.substitute) and not made.over(at)
        }
        stands = [made for row, made in active.items() if row not in named]
        for row, made in named.items():
            follows = replace(made, substitute=successor)
            if made.absent == leaver or cannot_be(follows, stands):
                self.switch[row] = replace(made, active=False)
            else:
                self.switch[row] = follows
                stands.append(follows)


def behind(who: str, standing: Iterable[Switch]) -> set[str]:
    """Whom that person stands in for wholly, directly or through others."""
    return set().union(*reached(who, standing)[1:])


def reached(who: str, standing: Iterable[Switch]) -> list[set[str]]:
    """That person; whom they stand in for wholly; whom these do, and so on."""
    whole = [s for s in standing if not s.listed]
    steps = [{who}]
    for _ in range(CHAIN):
        steps.append({s.absent for s in whole if s.substitute in steps[-1]})
    return steps
