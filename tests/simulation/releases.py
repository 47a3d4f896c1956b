"""New versions: of the server, and of the apps that people install at another time (invariant 25).

An app may be of the server's version, of the one before, or of the next one, which is refused until
the server has it. What is of no version that is spoken is tried in tests/versions.
"""

from __future__ import annotations

from syncengine.store.migration import migrate
from syncengine.store.store import Store
from tests.simulation.malice import MaliciousLife
from tests.simulation.versions import LAST
from tests.simulation.witness import real


class ReleasedLife(MaliciousLife):
    """The whole of it."""

    def release(self) -> None:
        """The server's next version, with a migration. Apps of two versions before are updated
        first, when they have sent their work, and old images are gone.
        """
        if self.served == LAST:
            return
        for number in range(len(self.seats)):
            while self._is_of_before(number):
                self.session(number, None)
                if real(self.seats[number]).device.pending() == 0:
                    self.update_app(number)
        self._images.clear()
        self.served += 1
        engine, environment = self.world.store.engine, self.world.environment
        migrate(engine, self.schema, environment)
        self.world.store = Store(engine, self.schema, environment)
        self._restart()
        self.back_up()
        self.counts["released"] += 1

    def _is_of_before(self, number: int) -> bool:
        device = real(self.seats[number])
        return min(device.version, device.words) < self.served

    def update_app(self, which: int) -> None:
        """A person installs the next version of the app, maybe before the server has it, and not
        before what is on the device is in the words of the last one.
        """
        device = real(self.seat(which))
        if device.version < LAST and device.version <= device.words:
            device.version += 1
            device.reopen()

    def settle(self) -> None:
        """Where an app waits for the server, it comes."""
        if any(real(seat).version > self.served for seat in self.seats):
            self.release()
        super().settle()
