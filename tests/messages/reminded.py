"""A reminder as a game with devices knows it: who has heard of it, and who was shown it since."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Reminder:
    """The last one, of a receipt that had come to its recipient. known: on whose devices it is.
    seen: somebody was shown it there who does the steps. looked: somebody did anything on a device.
    """

    known: set[str] = field(default_factory=set)
    seen: bool = False
    looked: bool = False

    def shown(self, person: str, does_steps: bool) -> None:
        """On that person's device."""
        self.looked = True
        self.seen |= does_steps and person in self.known

    def judge(self, found: list[bool]) -> set[str]:
        """found: whether the message is new again, where it is at all, with nothing under way. What
        that has shown of reminders.
        """
        if found and self.seen:
            assert found == [False], "it was shown again"
            return {"seen again"}
        if found and not self.looked:
            assert found == [True], "nobody was shown it since"
            return {"reminded"}
        return set()
