"""Random steps by random people, on devices and at the office, in any order of syncs.

Invariants 1, 5 and 21: whatever was tried, no row came into a state but by a declared
step, every changeset has one answer, and devices show what the server has. What a step is, and who
may take it, is written down here once more, without the engine's code.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from device_sdk import Device
from device_sdk.errors import Refused
from syncengine.model.ids import to_text
from syncengine.store import tables as t
from syncengine.store.deadlines import take_deadlines
from syncengine.store.doctor import doctor
from syncengine.store.history import HistoryEntry, history
from tests.lifecycles.module import SCHEMA
from tests.lifecycles.scene import Life
from tests.support.wire import NaiveDevice

# (from, to) -> who: of the device that did it, the person's relation to the owner; or the source.
LEGAL = {
    "errand": {
        (None, "open"): {"office", "owner", "substitute"},
        ("open", "confirmed"): {"owner", "substitute"},
        ("overdue", "confirmed"): {"owner", "substitute"},
        ("open", "overdue"): {"job"},
        ("open", "withdrawn"): {"office"},
        ("overdue", "withdrawn"): {"office"},
        ("confirmed", "open"): {"office"},
    },
    "claim": {
        (None, "draft"): {"office", "owner"},
        ("draft", "submitted"): {"owner"},
        ("submitted", "approved"): {"office", "manager"},
        ("submitted", "rejected"): {"office", "manager"},
        ("rejected", "draft"): {"owner"},
    },
}
RELEASED = {"confirmed", "withdrawn"}
PEOPLE = ("a", "b", "boss")
WORDS = {
    "errand": ("open", "overdue", "confirmed", "withdrawn"),
    "claim": ("draft", "submitted", "approved", "rejected"),
}
PERSON = st.sampled_from(PEOPLE)
ANY_STEP = st.sampled_from([(entity, word) for entity, words in WORDS.items() for word in words])
CONFIRM, WITHDRAW, SUBMIT = ("errand", "confirmed"), ("errand", "withdrawn"), ("claim", "submitted")
LIKELY = st.sampled_from([CONFIRM, WITHDRAW, SUBMIT, ("claim", "rejected")])
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("step"), PERSON, ANY_STEP),
        st.tuples(st.just("step"), PERSON, LIKELY),
        st.tuples(st.just("task"), PERSON, st.booleans()),
        st.tuples(st.just("amount"), PERSON, st.integers(1, 9)),
        st.tuples(st.just("sync"), PERSON),
        st.tuples(st.just("forge"), ANY_STEP),
        st.tuples(st.just("office"), ANY_STEP),
        st.tuples(st.just("office"), LIKELY),
        st.tuples(st.just("deadline")),
        st.tuples(st.just("reassign"), st.sampled_from(("a", "b"))),
    ),
    min_size=4,
    max_size=16,
)


class Game:
    """Three people with a device each, and a client of person a's that keeps to nothing."""

    def __init__(self, life: Life) -> None:
        self.life = life
        life.substitute("a", "b")
        self.devices = {p: life.enrol(p) for p in PEOPLE}
        self.forger = NaiveDevice(life, "a")
        self.made: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.effective: Counter[str] = Counter()
        self.reached: set[str] = set()

    def begin(self, mandatory: bool) -> None:
        """Another errand, with a task, and another claim."""
        self.mandatory = mandatory
        self.errand = self.life.errand("a", mandatory, due=self.life.at + 1)
        (self.task,) = self.life.tasks(self.errand)
        owner = self.life.people["a"]
        self.claim = self.life.insert("claim", owner=owner, amount=500, state="draft")
        self.rows = {"errand": self.errand, "claim": self.claim}
        self.sync_all()
        self.forger.sync()
        self.forger.sync()

    def write(self, person: str, entity: str, row: bytes, **values: Any) -> None:
        """An edit on a device, unless it refuses it."""
        try:
            with self.devices[person].changeset() as changes:
                changes.update(entity, row, **values)
        except Refused:
            return
        self.made[person] += 1

    def sync(self, person: str) -> None:
        """One sync of a device."""
        verdicts = self.devices[person].sync().verdicts
        self.answered[person] += sum(verdicts.values())
        self.effective[person] += verdicts.get("accepted", 0) + verdicts.get("merged", 0)

    def sync_all(self) -> None:
        """Until nobody has anything new: two rounds."""
        for person in PEOPLE * 2:
            self.sync(person)

    def play(self, what: str, *how: Any) -> None:
        """One action."""
        life = self.life
        match what, how:
            case "step", (person, (entity, word)):
                reason = {"reason": "no receipt"} if word == "rejected" else {}
                self.write(person, entity, self.rows[entity], state=word, **reason)
            case "task", (person, done):
                self.write(person, "task", self.task, done=done)
            case "amount", (person, amount):
                self.write(person, "claim", self.claim, amount=str(amount))
            case "sync", (person,):
                self.sync(person)
            case "forge", ((entity, word),):
                forged = self.forger.update(entity, self.rows[entity], state=word)
                self.forger.push(self.forger.changeset(forged))
            case "office", ((entity, word),):
                life.update(entity, self.rows[entity], state=word)
            case "deadline", ():
                life.at += 2
                take_deadlines(life.store, batches=9)
            case "reassign", (person,):
                life.update("errand", self.errand, owner=life.people[person])

    # -- judging

    def entries(self, entity: str) -> list[HistoryEntry]:
        """What happened to a row, oldest first."""
        found = history(self.life.store, SCHEMA.tags[entity], self.rows[entity])
        return list(reversed(found))

    def who(self, entry: HistoryEntry, owner: str) -> set[str]:
        """What the author of an entry was to the owner."""
        if entry.source in ("office", "job"):
            return {entry.source}
        actor = str(entry.actor)  # by number, which is the name here
        found = {"owner"} if actor == owner else set()
        found |= {"substitute"} if (owner, actor) == ("a", "b") else set()
        return found | ({"manager"} if actor == "boss" else set())

    def judge_steps(self) -> None:
        """Every step was one, by somebody who may; and what was submitted stayed as it was."""
        done = self.done_at()
        for entity in WORDS:
            state, owner = None, "a"
            for entry in self.entries(entity):
                if "state" in entry.after:
                    word = entry.after["state"]
                    assert LEGAL[entity][state, word] & self.who(entry, owner), (entry, owner)
                    if word == "confirmed":
                        assert done(entry.version) or not self.mandatory, "with an open task"
                    state = word
                    self.reached.add(word)
                elif entity == "claim":
                    assert state == "draft" or entry.after.keys() <= {"reason"} or not entry.after
                owner = self.named(entry.after.get("owner"), owner)
            assert self.life.state(entity, self.rows[entity]) == state

    def named(self, person: object, otherwise: str) -> str:
        """The name of whom a row is given to."""
        known = {to_text(i): n for n, i in self.life.people.items()} | {n: n for n in PEOPLE}
        return known[str(person)] if person is not None else otherwise

    def done_at(self) -> Any:
        """(version) -> whether the task was done by then."""
        entries = history(self.life.store, SCHEMA.tags["task"], self.task)
        sets = [(e.version, e.after["done"]) for e in reversed(entries) if "done" in e.after]
        return lambda version: [done for at, done in sets if at <= version][-1]

    def judge_devices(self) -> None:
        """Devices show what the server has, and all that was made has one answer."""
        assert self.answered == self.made
        with self.life.store.engine.connect() as connection:
            for person, device in self.devices.items():
                own = t.changeset.c.incarnation == device._store.incarnation
                taken = connection.scalar(sa.select(sa.func.count()).where(own))
                assert taken == self.effective[person], "an answer lost or doubled"
        errand = self.life.values("errand", self.errand)
        owner = next(n for n, i in self.life.people.items() if i == errand["owner"])
        holders = {owner, "boss"} | ({"b"} if owner == "a" else set())
        for person, device in self.devices.items():
            assert device.pending() == 0
            shown = device.get("errand", self.errand)
            there = person in holders and errand["state"] not in RELEASED
            assert (shown is not None) == there, person
            assert (device.get("task", self.task) is not None) == there
            assert shown is None or shown["state"] == errand["state"]
            claim = device.get("claim", self.claim)
            assert claim is not None
            assert claim["state"] == self.life.state("claim", self.claim)


def test_states_are_reached_by_steps_alone(tmp_path: Path) -> None:
    life = Life(f"sqlite:///{tmp_path / 'server.db'}", tmp_path)
    game = Game(life)

    @settings(max_examples=25, deadline=None)
    @given(st.booleans(), ACTIONS)
    @example(True, [("task", "a", True), ("step", "a", CONFIRM), ("office", WITHDRAW)])
    @example(False, [("step", "a", CONFIRM), ("sync", "a"), ("step", "b", CONFIRM)])
    @example(False, [("deadline",), ("office", WITHDRAW), ("step", "b", CONFIRM)])
    @example(
        False,
        [
            ("step", "a", SUBMIT),
            ("sync", "a"),
            ("sync", "boss"),
            ("step", "boss", ("claim", "rejected")),
            ("amount", "a", 3),
        ],
    )
    def play(mandatory: bool, actions: list[tuple[Any, ...]]) -> None:
        game.begin(mandatory)
        for action in actions:
            game.play(*action)
        game.sync_all()
        game.judge_steps()
        game.judge_devices()

    play()
    assert doctor(life.store).findings == []
    assert game.reached >= {"confirmed", "withdrawn", "overdue", "submitted", "rejected"}
    for device in game.devices.values():
        assert isinstance(device, Device)
        device.close()
    life.close()
