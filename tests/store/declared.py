"""What the random fleet's office declares, as the oracle keeps it: substitutions and rules."""

from __future__ import annotations

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
