"""What goes wrong, one thing after the other, each for a while; some overlap."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable

import sqlalchemy as sa

from syncengine.store import tables as t
from syncengine.store.database import reading
from tests.partitions.place import DEVICES, SERVERS, Place
from tests.support.leaving import substitution

Heal = Callable[[], None]
LONGEST_SECONDS = 4.0
HELD = "SET idle_in_transaction_session_timeout = '3s'"
OVERLAP = 0.4  # share of faults that begin while another lasts


def nothing() -> None:
    """What is over at once, or mended with all else: processes that are gone."""


class Nemesis:
    """Acts of one run; `counts` by name."""

    def __init__(self, place: Place, seed: str) -> None:
        self._place = place
        self._random = random.Random(seed)
        self.counts: Counter[str] = Counter()
        self._substitution: bytes | None = None
        self._acts: list[Callable[[], Heal]] = [
            self.cut_device, self.hang_device, self.slow_device, self.kill_device,
            self.kill_server, self.freeze_server, self.cut_database, self.hang_database,
            self.end_sessions, self.hold_the_clock, self.halt_standby, *self._office(),
        ]  # fmt: skip

    def _office(self) -> list[Callable[[], Heal]]:
        """What takes the clock's lock in this thread, which alone can wake a server that holds it:
        these come when nothing else lasts.
        """
        return [self.deadlock, self.reassign, self.substitute]

    def run(self, seconds: float) -> None:
        """For so long; then everything is well again."""
        end = time.monotonic() + seconds
        heals: list[Heal] = []
        while time.monotonic() < end:
            act = self._random.choice(self._acts)
            if act in self._office():
                self._mend(heals)
            self.counts[act.__name__] += 1
            heals.append(act())
            time.sleep(self._random.random() * min(LONGEST_SECONDS, seconds / 4))
            if self._random.random() > OVERLAP:
                self._mend(heals)
        self._mend(heals)

    def _mend(self, heals: list[Heal]) -> None:
        while heals:
            heals.pop()()
        self._place.resume()

    def _device(self) -> str:
        return self._random.choice(list(DEVICES))

    def cut_device(self) -> Heal:
        """No network: connections break."""
        network = self._place.networks[self._device()]
        network.cut()
        return network.heal

    def hang_device(self) -> Heal:
        """Packets vanish."""
        network = self._place.networks[self._device()]
        network.hang()
        return network.heal

    def slow_device(self) -> Heal:
        """Each piece takes a while."""
        network = self._place.networks[self._device()]
        network.slow(self._random.random() / 2)
        return network.heal

    def kill_device(self) -> Heal:
        """Its process is gone, whatever it was doing."""
        name = self._device()
        self._place.devices[name].kill()
        self._place.devices[name].wait()
        return nothing

    def kill_server(self) -> Heal:
        """One of them is gone."""
        number = self._random.randrange(SERVERS)
        self._place.servers[number].kill()
        self._place.servers[number].wait()
        return nothing

    def freeze_server(self) -> Heal:
        """One of them stands still and then goes on, as after a pause of its machine."""
        process = self._place.servers[self._random.randrange(SERVERS)]
        process.send_signal(signal.SIGSTOP)
        return lambda: process.send_signal(signal.SIGCONT)

    def cut_database(self) -> Heal:
        """The servers lose their connections to the database."""
        self._place.database.cut()
        return self._place.database.heal

    def hang_database(self) -> Heal:
        """The servers' packets to the database vanish, with a transaction open perhaps."""
        self._place.database.hang()
        return self._place.database.heal

    def end_sessions(self) -> Heal:
        """The database ends all the servers' sessions."""
        with self._place.world.store.engine.connect() as connection:
            connection.execute(
                sa.text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname=current_database() AND pid<>pg_backend_pid()"
                )
            )
        return nothing

    def hold_the_clock(self) -> Heal:
        """Somebody else holds the lock that every write waits for, until the database ends that."""
        connection = self._place.world.store.engine.connect()
        connection.execute(sa.text(HELD))
        connection.execute(sa.select(t.clock).with_for_update())

        def release() -> None:
            connection.invalidate()
            connection.close()

        return release

    def halt_standby(self) -> Heal:
        """The standby lags: it receives what is committed, and does not show it."""
        self._replay("pg_wal_replay_pause")
        return lambda: self._replay("pg_wal_replay_resume")

    def _replay(self, function: str) -> None:
        with reading(self._place.standby) as connection:
            connection.execute(sa.text(f"SELECT {function}()"))

    def deadlock(self) -> Heal:
        """A session takes rows and then the clock, in the wrong order: the database ends one of
        those that wait for each other, this one or a server's.
        """
        customer = self._place.world.store.tables["customer"]
        with self._place.world.store.engine.connect() as connection:
            try:
                with connection.begin():
                    connection.execute(sa.select(customer.c.id).with_for_update())
                    time.sleep(0.3)
                    connection.execute(sa.select(t.clock).with_for_update())
            except sa.exc.OperationalError:
                self.counts["deadlock met here"] += 1
        return nothing

    def reassign(self) -> Heal:
        """The office gives some customers to another rep."""
        world = self._place.world
        to = world.people[self._random.choice(["a", "b"])]
        for shop in self._random.sample(self._place.shops, 4):
            world.update("customer", shop, owner=to)
        return nothing

    def substitute(self) -> Heal:
        """The office flips a substitution."""
        world = self._place.world
        if self._substitution is None:
            self._substitution = substitution(world, "a", "b")
        else:
            world.update("substitution", self._substitution, active=self._random.random() < 0.5)
        return nothing
