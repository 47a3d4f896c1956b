"""A tablet of two people: each has a store of their own there, and one takes over from the other
while a sync is under way.
"""

from __future__ import annotations

from tests.simulation.copies import CopiedLife
from tests.simulation.faults import Crash
from tests.simulation.witness import real

PAUSED, KILLED, GOES_ON = range(3)


class SharedLife(CopiedLife):
    """A life in which people share a device (invariant 20)."""

    def switch_person(self, which: int, to: int, ending: int, phone: str) -> None:
        """In the midst of somebody's answer another one takes over: looks, works, syncs. The sync
        of the first is told to pause, ends with its process, or goes on. Then the first is back.
        """
        number, other = which % len(self.seats), to % len(self.seats)
        if number == other:
            return
        device, ending = real(self.seats[number]), ending % 3

        def take_over() -> None:
            if ending == PAUSED:
                device.device.pause()
            real(self.seats[other]).reopen()
            self.look_at(other)
            self.edit(other, to, phone)
            self.write_note(other)
            self.session(other, None)
            self.counts["person_switched"] += 1
            if ending == KILLED:
                raise Crash("the process of the person before")

        self.session(number, None, take_over)
        device.device.resume()
        self.reopen(number)
        self.session(number, None)
