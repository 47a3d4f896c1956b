"""Random attaching, syncs, cuts, lost answers, crashes, restarts and revocations, against a naive
oracle of the cache: what the rows that show and the own work name, and nothing else (invariants 2,
3, 8, 27).
"""

from __future__ import annotations

import io
import uuid
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from device_sdk.errors import Offline
from tests.attachments.scene import Carrying, Field, abandon, content_of
from tests.blobs.scene import digest
from tests.support.machine import run_machine
from tests.support.world import Crash, Faults

CONTENTS = tuple(bytes([n]) * size for n, size in enumerate((3, 70_000, 300_000, 1_200_000)))
BY_HASH = {digest(content): content for content in CONTENTS}
CRASHES = ("device.mid_send", "device.answered", "device.before_publish", "device.after_publish",
           "attachments.uploaded", "attachments.named", "attachments.removed")  # fmt: skip
ROWS = st.integers(0, 2)


class Walk(RuleBasedStateMachine):
    """Three customers of `a`, whose device attaches; the boss's device shows."""

    @initialize()
    def begin(self) -> None:
        self.place = TemporaryDirectory()
        self.field = Field(Path(self.place.name))
        self.rows = self.field.customers("a", 3)
        self.faults = {"a": Faults(), "boss": Faults()}
        self.devices = {name: self.field.enrol(name, self.faults[name]) for name in self.faults}
        for device in self.devices.values():
            device.attachments  # noqa: B018
            device.sync()
        self.work: set[bytes] = set()  # of a's device; no backup ever covers it

    def teardown(self) -> None:
        for device in self.devices.values():
            device.close()
        self.field.close()
        self.place.cleanup()

    @rule(
        attached=st.lists(st.tuples(ROWS, st.integers(0, len(CONTENTS) - 1)), max_size=2),
        moved=st.lists(st.tuples(ROWS, st.sampled_from(["a", "a", "b", None])), max_size=2),
        trouble=st.one_of(
            st.none(),
            st.tuples(
                st.sampled_from(["a", "boss"]), st.sampled_from(["cut", "lose", *CRASHES]),
                st.integers(0, 3),
            ),
        ),
        cleared=st.lists(ROWS, max_size=1),
        restarted=st.lists(st.sampled_from(["a", "boss"]), max_size=1),
        synced=st.sampled_from([True, True, False]),
    )  # fmt: skip
    def round(
        self,
        attached: list[tuple[int, int]],
        moved: list[tuple[int, str | None]],
        trouble: tuple[str, str, int] | None,
        cleared: list[int],
        restarted: list[str],
        synced: bool,
    ) -> None:
        """Work, changes of the office and a broken sync; mostly a whole one at the end."""
        for row, number in attached:
            self.attach(row, CONTENTS[number])
        if trouble is not None:
            self.troubled(*trouble)
        for row, owner in moved:
            self.move(row, owner)
        for row in cleared:
            self.field.update("customer", self.rows[row], photo=None)
        for name in restarted:
            self.devices[name].close()
            self.devices[name] = self.field.reopen(name, self.faults[name])
        if synced:
            self.sync()

    def attach(self, row: int, content: bytes) -> None:
        device = self.devices["a"]
        target = uuid.UUID(bytes=self.rows[row])
        if device.get("customer", target) is None:
            return
        with device.changeset() as changes:
            found = device.attachments.attach(io.BytesIO(content))
            changes.update("customer", target, photo=found)
        self.work.add(found)

    def move(self, row: int, owner: str | None) -> None:
        people = self.field.people
        self.field.update("customer", self.rows[row], owner=people[owner] if owner else None)

    def troubled(self, name: str, fault: str, after: int) -> None:
        device, way = self.devices[name], self.devices[name]._transport
        assert isinstance(way, Carrying)
        if fault == "cut":
            way.cut = 70_000 * after
        elif fault == "lose":
            way.lose = after
        else:
            self.faults[name].crash_at = fault
        try:
            device.sync()
        except Offline:
            pass
        except Crash:
            abandon(device)
            self.devices[name] = self.field.reopen(name, self.faults[name])
        way.cut = way.lose = self.faults[name].crash_at = None

    def sync(self) -> None:
        for name, device in self.devices.items():
            device.attachments  # noqa: B018
            device.sync()
            assert device.pending() == 0
            reasons = {reason.code for item in device.inbox() for reason in item.reasons}
            assert "blob.unknown" not in reasons
            shown = {row["photo"] for row in device.rows("customer")} - {None}
            here = {found for found in BY_HASH if device.attachments.is_here(found)}
            assert here == shown | (self.work if name == "a" else set())
            for found in here:
                assert content_of(device, found) == BY_HASH[found]

    @invariant()
    def every_reference_has_its_bytes(self) -> None:
        if not hasattr(self, "field"):
            return
        table = self.field.store.tables["customer"]
        with self.field.store.engine.connect() as connection:
            for row in connection.execute(table.select()):
                if row.photo is not None:
                    content = BY_HASH[row.photo]
                    assert self.field.blobs.read(row.photo, 0, 2**21) == content


def test_random_walks() -> None:
    run_machine(Walk, examples=5, steps=8)
