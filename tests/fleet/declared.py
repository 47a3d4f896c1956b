"""What the random fleet's office declares, as the oracle keeps it: substitutions, rules, visits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

DAY = 24 * 3600 * 1_000_000
LONG_AGO = -(10**18)


@dataclass(frozen=True)
class Switch:
    """A substitution as the office entered it; instants, and days of reading before and after.

    listed: for the customers alone that it lists.
    """

    absent: str
    substitute: str
    starts: int | None
    ends: int | None
    lead: int
    trail: int
    active: bool = True
    listed: bool = False

    def writes(self, at: int) -> bool:
        """Whether the substitute may work at that instant."""
        return self._stands(at, at, 0, 0)

    def holds(self, at: int, since: int | None = None) -> bool:
        """Whether the substitute may read then; since: and could already at that instant."""
        return self._stands(at, at if since is None else since, self.lead, self.trail)

    def over(self, at: int) -> bool:
        """Whether its last day of reading has passed."""
        return self.ends is not None and self.ends + self.trail * DAY <= at

    def _stands(self, at: int, since: int, lead: int, trail: int) -> bool:
        begun = self.starts is None or self.starts - lead * DAY <= since
        over = self.ends is not None and self.ends + trail * DAY <= at
        return self.active and begun and not over


@dataclass(frozen=True)
class Shown:
    """A visibility rule: the customers with that phone, or of that person or market and below."""

    field: str  # phone, owner or market
    value: str | bytes
    audience: bytes
    starts: int | None = None
    ends: int | None = None
    active: bool = True

    def stands(self, at: int, since: int) -> bool:
        """Whether it had begun by `since` and is not over at the instant."""
        begun = self.starts is None or self.starts <= since
        return self.active and begun and (self.ends is None or self.ends > at)


@dataclass(frozen=True)
class Place:
    """Somebody's place in an audience, maybe with everybody below."""

    audience: bytes
    who: str
    below: bool


@dataclass(frozen=True)
class Visit:
    """An appointment."""

    customer: bytes
    employee: str
    starts: int


def cannot_be(made: Switch, others: Iterable[Switch]) -> bool:
    """Whether a substitution contradicts itself, or at some instant stands twice or closes a
    circle.
    """
    if made.absent == made.substitute:
        return True
    if made.starts is not None and made.ends is not None and made.ends <= made.starts:
        return True
    if made.listed:
        return False  # it leads no further, and stands beside any other
    others = [s for s in others if not s.listed]
    begins = [s.starts - s.lead * DAY for s in [made, *others] if s.starts is not None]
    for at in [LONG_AGO, *begins]:
        standing = [(s.absent, s.substitute) for s in others if s.holds(at)]
        reached = {made.substitute}
        for _ in standing:
            reached |= {to for absent, to in standing if absent in reached}
        closes = made.absent in reached or (made.absent, made.substitute) in standing
        if made.holds(at) and closes:
            return True
    return False
