"""Windows of time: from an instant on, until an instant, either end open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

DAY = 24 * 3600 * 1_000_000  # microseconds


@dataclass(frozen=True)
class Window:
    """[starts, ends) in microseconds since 1970 UTC; None: open on that side."""

    starts: int | None = None
    ends: int | None = None

    def contains(self, at: int) -> bool:
        """Whether the instant lies inside."""
        return self.begun(at) and not self.over(at)

    def begun(self, at: int) -> bool:
        """Whether it has begun by then."""
        return self.starts is None or self.starts <= at

    def over(self, at: int) -> bool:
        """Whether it has ended by then."""
        return self.ends is not None and self.ends <= at

    @property
    def empty(self) -> bool:
        """Whether no instant lies inside."""
        return self.starts is not None and self.ends is not None and self.ends <= self.starts

    def widened(self, before: int, after: int) -> Window:
        """The window that begins and ends so many microseconds earlier and later."""
        return Window(
            None if self.starts is None else self.starts - before,
            None if self.ends is None else self.ends + after,
        )

    def within(self, other: Window) -> Window:
        """What both have in common; may be empty."""
        starts = [s for s in (self.starts, other.starts) if s is not None]
        ends = [e for e in (self.ends, other.ends) if e is not None]
        return Window(max(starts, default=None), min(ends, default=None))

    def overlaps(self, other: Window) -> bool:
        """Whether an instant lies in both."""
        return not (self.empty or other.empty or self.within(other).empty)


ALWAYS = Window()


def current(windows: Iterable[Window], at: int) -> Window:
    """The stretch that matters at an instant: the one that it lies in, several that touch joined;
    else the next one to come; else the last one. `windows` has at least one.
    """
    joined: list[Window] = []
    for window in sorted(windows, key=lambda w: (w.starts is not None, w.starts or 0)):
        last = joined[-1] if joined else None
        if last is None or (last.ends is not None and not window.begun(last.ends)):
            joined.append(window)
        elif last.ends is not None:
            ends = None if window.ends is None else max(last.ends, window.ends)
            joined[-1] = Window(last.starts, ends)
    return next((w for w in joined if not w.over(at)), joined[-1])
