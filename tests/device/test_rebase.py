"""Any history of office, own work, cuts, crashes and restores: what shows is the server's rows of
the last checkpoint with the unsettled own operations on top, and nothing else.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from device_sdk import Device
from device_sdk.errors import Offline
from syncengine.model.changeset import Outcome
from syncengine.model.environment import Environment
from syncengine.model.fields import Stored
from tests.device.fake import Backup, Crash, Fake
from tests.device.feed import Bucket, Key

ENTITIES = ("customer", "note")
OUTCOMES = st.sampled_from([Outcome.ACCEPTED, Outcome.MERGED, Outcome.REJECTED])
CRASHES = st.sampled_from(
    ["answered", "mid_send", "chunk_staged", "before_publish", "after_publish"]
)
NAMES = st.sampled_from(["ann", "bob", "cy"])
Shown = dict[Key, dict[str, Stored]]


@dataclass
class Own:
    """An operation made on the device. values: None for a delete."""

    key: Key
    insert: bool
    values: dict[str, Stored] | None


class Rebase(RuleBasedStateMachine):
    """The device against a naive model of what must show."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.fake = Fake()
        self.fake.chunk_rows = 2
        self.fake.buckets[3] = Bucket("business", self.fake.environment.new_id(), "substitution")
        self.crash_at = ""
        self.environment = Environment(reached=self.reached)
        self.device = Device.enrol(
            self.folder / "store", self.fake, "code", "tablet", environment=self.environment
        )
        self.published: Shown = {}
        self.unsettled: list[Own] = []
        self.backup: Backup | None = None

    def reached(self, point: str) -> None:
        """The crash, when this is the place."""
        if point == f"device.{self.crash_at}":
            self.crash_at = ""
            raise Crash(point)

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.device.close()
        shutil.rmtree(self.folder)

    # -- the office

    @rule(buckets=st.sets(st.sampled_from([2, 3])), name=NAMES)
    def office_makes(self, buckets: set[int], name: str) -> None:
        self.fake.customer(name, sorted(buckets))

    @precondition(lambda self: self.fake.rows)
    @rule(pick=st.integers(0), buckets=st.sets(st.sampled_from([2, 3])), name=NAMES)
    def office_changes(self, pick: int, buckets: set[int], name: str) -> None:
        tag, row_id = sorted(self.fake.rows)[pick % len(self.fake.rows)]
        if tag == self.fake.tag("customer"):
            self.fake.put("customer", sorted(buckets), row_id, name=name)
        else:
            self.fake.put("note", [1], row_id, text=name)

    @precondition(lambda self: self.fake.rows)
    @rule(pick=st.integers(0))
    def office_removes(self, pick: int) -> None:
        tag, row_id = sorted(self.fake.rows)[pick % len(self.fake.rows)]
        self.fake.remove(self.fake.schema.by_tag[tag].name, row_id)

    @rule(substituted=st.booleans())
    def office_switches(self, substituted: bool) -> None:
        self.fake.granted = [1, 2, 3] if substituted else [1, 2]

    @rule()
    def office_backs_up(self) -> None:
        self.backup = self.fake.backup()

    # -- the person

    @rule(text=NAMES)
    def person_writes_a_note(self, text: str) -> None:
        with self.device.changeset() as changes:
            row = changes.insert("note", author=self.device.person, text=text)
        values: dict[str, Stored] = {"author": self.fake.person, "text": text}
        self.unsettled.append(Own((self.fake.tag("note"), row.bytes), True, values))

    @precondition(lambda self: self.visible())
    @rule(pick=st.integers(0), name=NAMES, twice=st.booleans())
    def person_edits(self, pick: int, name: str, twice: bool) -> None:
        tag, row_id = self._picked(pick)
        field, entity = ("name", "customer") if self._is_customer(tag) else ("text", "note")
        with self.device.changeset() as changes:
            for value in [f"{name}!", name] if twice else [name]:
                changes.update(entity, row_id, **{field: value})
        self.unsettled.append(Own((tag, row_id), False, {field: name}))

    @precondition(lambda self: any(not self._is_customer(t) for t, _ in self.visible()))
    @rule(pick=st.integers(0))
    def person_deletes_a_note(self, pick: int) -> None:
        notes = sorted(k for k in self.visible() if not self._is_customer(k[0]))
        tag, row_id = notes[pick % len(notes)]
        with self.device.changeset() as changes:
            changes.delete("note", row_id)
        self.unsettled.append(Own((tag, row_id), False, None))

    # -- syncing

    @rule(outcome=OUTCOMES)
    def sync(self, outcome: Outcome) -> None:
        self.fake.judge = lambda _: outcome
        self.device.sync()
        self._all_published()

    @rule(frames=st.integers(0, 8), outcome=OUTCOMES)
    def cut(self, frames: int, outcome: Outcome) -> None:
        self.fake.judge = lambda _: outcome
        self.fake.cut = frames
        try:
            self.device.sync()
        except Offline:
            return
        self.fake.cut = None
        self._all_published()

    @rule(point=CRASHES, outcome=OUTCOMES)
    def crash(self, point: str, outcome: Outcome) -> None:
        self.fake.judge = lambda _: outcome
        self.crash_at = point
        try:
            self.device.sync()
        except Crash:
            self.device._reader.close()
            self.device._store.database.close()
            self.device = Device.open(
                self.folder / "store", self.fake, environment=self.environment
            )
            if point != "after_publish":
                return
        self.crash_at = ""
        self._all_published()

    @precondition(lambda self: self.backup is not None)
    @rule()
    def restore(self) -> None:
        assert self.backup is not None
        self.fake.restore(self.backup)
        self.sync(Outcome.ACCEPTED)

    # -- the model

    def _all_published(self) -> None:
        self.published = {
            key: dict(
                zip((f.name for f in self.fake.schema.by_tag[key[0]].fields), values, strict=True)
            )
            for key, (_, values) in self.fake.slice().items()
        }
        self.unsettled = []

    def visible(self) -> Shown:
        """What must show."""
        rows = {key: dict(values) for key, values in self.published.items()}
        for own in self.unsettled:
            if own.values is None:
                rows.pop(own.key, None)
            elif own.insert or own.key in rows:
                rows[own.key] = rows.get(own.key, {}) | own.values
        return rows

    def _picked(self, pick: int) -> Key:
        rows = sorted(self.visible())
        return rows[pick % len(rows)]

    def _is_customer(self, tag: int) -> bool:
        return tag == self.fake.tag("customer")

    @invariant()
    def what_shows_is_right(self) -> None:
        """Invariants 5, 11, 12 and 16."""
        expected = {key: _label(values) for key, values in self.visible().items()}
        found = {}
        for entity in ENTITIES:
            field = "text" if entity == "note" else "name"
            for row_id, label in self.device.query(f'SELECT id, "{field}" FROM {entity}'):
                assert isinstance(row_id, bytes)
                found[self.fake.tag(entity), row_id] = label
        assert found == expected

    @invariant()
    def the_sums_are_those_of_the_rows(self) -> None:
        """A row is held through as many buckets as the sums say."""
        connection = self.device._store.database.connection
        counted = connection.execute("SELECT coalesce(sum(count), 0) FROM bucket").fetchall()
        held = connection.execute(
            "SELECT (SELECT count(*) FROM held)"
            " + (SELECT count(*) FROM row_customer WHERE bucket>0 AND generation<>g.next)"
            " + (SELECT count(*) FROM row_note WHERE bucket>0 AND generation<>g.next)"
            " FROM (SELECT generation+1 AS next FROM published) g"
        ).fetchall()
        assert counted == held


def _label(values: dict[str, Stored]) -> Stored:
    return values.get("name", values.get("text"))


Rebase.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestRebase = Rebase.TestCase
