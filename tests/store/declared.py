"""What the random fleet's office declares, as the oracle keeps it: substitutions and rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tests.support.world import DAY

LONG_AGO = -(10**18)


@dataclass(frozen=True)
class Switch:
    """A substitution as the office entered it; instants, and days of reading before and after."""

    absent: str
    substitute: str
    starts: int | None
    ends: int | None
    lead: int
    trail: int
    active: bool = True

    def writes(self, at: int, lead: int = 0, trail: int = 0) -> bool:
        """Whether it stands at that instant, `lead` days earlier and `trail` days longer."""
        begun = self.starts is None or self.starts - lead * DAY <= at
        over = self.ends is not None and self.ends + trail * DAY <= at
        return self.active and begun and not over

    def holds(self, at: int) -> bool:
        """The same with lead and trail."""
        return self.writes(at, self.lead, self.trail)


@dataclass(frozen=True)
class Shown:
    """A visibility rule: customers by phone, or by who owns them, for somebody and maybe all
    below.
    """

    phone: str | None
    owned_below: str | None
    audience: str
    below: bool
    active: bool = True


def cannot_be(made: Switch, others: Iterable[Switch]) -> bool:
    """Whether a substitution contradicts itself, or at some instant stands twice or closes a
    circle.
    """
    if made.absent == made.substitute:
        return True
    if made.starts is not None and made.ends is not None and made.ends <= made.starts:
        return True
    others = list(others)
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
