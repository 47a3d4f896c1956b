"""New versions: of the server, and of the apps that people install at another time (invariant 25).

An app may be of the server's version, of the one before, or of the next one, which is refused until
the server has it. What is of no version that is spoken is tried in tests/versions.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.errors import SchemaDiffers
from syncengine.store.backup import backup
from syncengine.store.bulk import write_change
from syncengine.store.compaction import Retention, compact
from syncengine.store.migration import migrate
from syncengine.store.store import Store
from tests.simulation.forging import PHONE
from tests.simulation.malice import MaliciousLife
from tests.simulation.versions import LAST
from tests.simulation.witness import real
from tests.support.world import OFFICE, SCHEMA


class ReleasedLife(MaliciousLife):
    """The whole of it."""

    def release(self) -> None:
        """The server's next version, with a migration. Apps of two versions before are updated
        first, when they have sent their work, and old images are gone.
        """
        if self.served == LAST:
            return
        self._update_old_apps()
        self._images.clear()
        self.served += 1
        engine, environment = self.world.store.engine, self.world.environment
        migrate(engine, self.schema, environment)
        self.world.store = Store(engine, self.schema, environment)
        self._restart()
        self.back_up()
        self.counts["released"] += 1

    def _update_old_apps(self) -> None:
        for number in range(len(self.seats)):
            while self._is_of_before(number):
                self.session(number, None)
                if real(self.seats[number]).device.pending() == 0:
                    self.update_app(number)

    def _is_of_before(self, number: int) -> bool:
        device = real(self.seats[number])
        return min(device.version, device.words) < self.served

    def roll_out(self) -> None:
        """The next version, one server after the other: a new one that comes before the migration
        does not start; those of the version before are refused from then on (docs/OPERATIONS.md).
        Not in the midst of an answer to an app that would be of two versions before.
        """
        old_apps = any(self._is_of_before(number) for number in range(len(self.seats)))
        if self.served == LAST or (old_apps and self._syncing is not None):
            return
        self._comes_too_early()
        old = self.servers[1:]
        self.release()
        self.servers[1:] = old
        self.counts["rolled_out"] += 1
        self.ask_old_server()

    def sync_while_rolled_out(self, which: int) -> str:
        """A sync in the midst of which that begins: the server that answers is of before then."""
        if self.served != LAST:
            self._update_old_apps()
            self._images.clear()
        return self.session(which, None, self.roll_out)

    def _comes_too_early(self) -> None:
        environment = self.world.environment
        try:
            Store(self.world.store.engine, self.kind.schemas[self.served + 1], environment)
        except SchemaDiffers:
            self.counts["server_too_early"] += 1
            return
        raise AssertionError("a server of the next version runs before the migration")

    def end_roll_out(self) -> None:
        """All servers are of one version."""
        self._restart()

    def ask_old_server(self) -> None:
        """Whatever one of the version before is to do, it refuses, and nothing is changed."""
        old = [store for store in self.servers if store.schema.hash != self.schema.hash]
        if not old:
            return
        before, written = self.world.store.status(), Path(self.folder.name) / "of an old server"
        edit = Operation(Action.UPDATE, SCHEMA.tags["customer"], self.customers[0], {PHONE: "old"})
        asked: dict[str, Callable[[Store], object]] = {
            "write": lambda store: store.write(OFFICE, [edit]),
            "write in steps": lambda store: write_change(
                store, OFFICE, [edit], self.world.environment.new_id(), lambda _what, _rows: None
            ),
            "pass time": Store.pass_time,
            "settle": Store.settle_rest,
            "back up": lambda store: backup(store, written),
            "compact": lambda store: compact(store, Retention(left=0, answers=0)),
        }
        for what, ask in asked.items():
            try:
                ask(old[0])
            except SchemaDiffers:
                continue
            raise AssertionError(f"a server of the version before can {what}")
        assert not written.exists(), "a server of the version before has written a backup"
        assert self.world.store.status() == before, (
            "a server of the version before changed something"
        )
        self.counts["old_server_asked"] += 1

    def update_app(self, which: int) -> None:
        """A person installs the next version of the app, maybe before the server has it, and not
        before what is on the device is in the words of the last one.
        """
        device = real(self.seat(which))
        if device.version < LAST and device.version <= device.words:
            device.version += 1
            device.reopen()

    def settle(self) -> None:
        """Where an app waits for the server, it comes; a release that is under way ends."""
        if any(real(seat).version > self.served for seat in self.seats):
            self.release()
        self.end_roll_out()
        super().settle()
