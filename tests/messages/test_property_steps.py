"""Random steps of random people on an action info, on devices and the server, in any sync order.

D8, D9, invariants 1, 5 and 21: both agree in the end, no status is reached but by a step that is
written down here once more, and what somebody did is answered once and stands in the receipt. What
the office reminds of is new again until it is shown again.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from device_sdk.errors import Refused
from modules.messages.device import Messages, NoMessage
from modules.messages.reminding import reminder
from syncengine.model.ids import to_text
from syncengine.store.doctor import doctor
from syncengine.store.history import HistoryEntry, history
from tests.messages.reminded import Reminder
from tests.messages.scene import SCHEMA, Post
from tests.support.wire import NaiveDevice

OPEN = ("scheduled", "delivered", "shown", "tasks_done")
STATES = (*OPEN, "confirmed", "expired", "withdrawn")
PEOPLE = ("a", "b", "boss")
REP, JOB = {"owner", "substitute"}, {"job"}
LEGAL: dict[tuple[str | None, str], set[str]] = {
    (None, "scheduled"): JOB,
    ("scheduled", "delivered"): REP,
    ("scheduled", "shown"): REP,
    ("delivered", "shown"): REP,
    ("shown", "tasks_done"): REP,
    ("shown", "confirmed"): REP,
    ("tasks_done", "confirmed"): REP,
    **{(status, "withdrawn"): JOB for status in OPEN},
    ("withdrawn", "scheduled"): JOB,
}
STAMP_OF = {"delivered": "delivered_at", "shown": "shown_at", "tasks_done": "tasks_done_at",
            "confirmed": "confirmed_at"}  # fmt: skip
PERSON = st.sampled_from(PEOPLE)
LIKELY = st.sampled_from(["shown", "tasks_done", "confirmed"])
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("step"), PERSON, st.sampled_from(STATES)),
        st.tuples(st.just("step"), PERSON, LIKELY),
        st.tuples(st.just("facade"), PERSON, st.sampled_from(("show", "task", "confirm"))),
        st.tuples(st.just("task"), PERSON, st.none() | st.booleans()),
        st.tuples(st.just("sync"), PERSON),
        st.tuples(st.just("forge"), st.sampled_from(STATES)),
        st.tuples(st.just("office"), st.sampled_from(STATES)),
        st.tuples(st.just("market"), st.booleans()),
        st.tuples(st.just("withdraw")),
        st.tuples(st.just("remind")),
        st.tuples(st.just("reassign"), st.sampled_from(("a", "b"))),
        st.tuples(st.just("wait")),
    ),
    min_size=4,
    max_size=16,
)


class Game:
    """Three people with a device each, and a client of person a's that keeps to nothing."""

    def __init__(self, post: Post) -> None:
        self.post = post
        post.substitute("a", "b")
        self.market = post.insert("market", number="m", name="M")
        self.devices = {person: post.device(person) for person in PEOPLE}
        modules = {"masterdata": 1, "office": 1, "messages": 1}
        self.forger = NaiveDevice(post, "a", modules=modules)
        self.number = 0
        self.reached: set[str] = set()

    def begin(self, mandatory: bool) -> None:
        """Another customer and another info with a task."""
        self.mandatory = mandatory
        self.number += 1
        self.customer = self.post.customer("a", str(self.number), market=self.market)
        target = {"market": self.market}
        self.info = self.post.publish("action", target, tasks=[("check", mandatory)], days=1)
        self.post.work()
        self.receipt = self.post.receipt(self.info, customer=self.customer)["id"]
        (answer,) = self.post.rows("info_answer", receipt=self.receipt)
        self.answer = answer["id"]
        self.made: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.reminder: Reminder | None = None
        self.sync_all()
        self.forger.sync()
        self.forger.sync()

    def end(self) -> None:
        """Nothing of it is left for the next one."""
        self.post.withdraw(self.info)
        self.post.update("customer", self.customer, active=False, market=None)
        self.post.work()

    def write(self, person: str, entity: str, row: bytes, **values: Any) -> None:
        """An edit on a device, unless it refuses it."""
        if self.reminder is not None:
            self.reminder.looked = True
        device = self.devices[person][0]
        before = device.pending()
        try:
            with device.changeset() as changes:
                changes.update(entity, row, **values)
        except Refused:
            assert device.pending() == before
            return
        self.made[person] += 1

    def facade(self, person: str, what: str) -> None:
        """As an app does it."""
        device, messages = self.devices[person]
        before, last = device.pending(), self.reminder
        try:
            if messages.show(self.receipt) and last is not None:
                last.shown(person, person != "boss")
            match what:
                case "show":
                    again = messages.show(self.receipt).reminded
                    assert person == "boss" or not again
                case "task":
                    messages.complete_task(self.answer, True)
                case _:
                    messages.confirm(self.receipt)
        except (Refused, NoMessage):
            pass
        self.made[person] += device.pending() - before

    def sync(self, person: str) -> None:
        """One sync of a device."""
        if self.reminder is not None:
            self.reminder.known.add(person)
        self.answered[person] += sum(self.devices[person][0].sync().verdicts.values())

    def sync_all(self) -> None:
        """Until nobody has anything new: two rounds."""
        for person in PEOPLE * 2:
            self.sync(person)

    def play(self, what: str, *how: Any) -> None:
        """One action."""
        post = self.post
        match what, how:
            case "step", (person, status):
                self.write(person, "info_receipt", self.receipt, status=status)
            case "facade", (person, which):
                self.facade(person, which)
            case "task", (person, done):
                self.write(person, "info_answer", self.answer, yes=done)
            case "sync", (person,):
                self.sync(person)
            case "forge", (status,):
                self.reminder = None
                forged = self.forger.update("info_receipt", self.receipt, status=status)
                self.forger.push(self.forger.changeset(forged))
            case "office", (status,):
                assert post.update("info_receipt", self.receipt, status=status).version is None or (
                    post.rows("info_receipt", id=self.receipt)[0]["status"] == status
                )
            case "remind", ():
                self.remind()
            case "market", (inside,):
                self.reminder = None
                post.update("customer", self.customer, market=self.market if inside else None)
                post.work()
            case "withdraw", ():
                self.reminder = None
                post.withdraw(self.info)
                post.work()
            case "reassign", (person,):
                post.update("customer", self.customer, owner=post.people[person])
            case "wait", ():
                post.later(0.2)

    def remind(self) -> None:
        """By the office, at an instant of its own; what is closed is left alone."""
        self.post.later(0.01)
        receipt = self.post.receipt(self.info, customer=self.customer)
        came = receipt["delivered_at"] is not None or receipt["shown_at"] is not None
        sent = self.post.write([reminder(self.post.store, self.info)])
        if sent.version is not None:
            self.reminder = Reminder() if came and receipt["status"] in OPEN else None
        self.post.later(0.01)

    # -- judging

    def entries(self, entity: str, row: bytes) -> list[HistoryEntry]:
        """What happened to a row, oldest first."""
        return list(reversed(history(self.post.store, SCHEMA.tags[entity], row)))

    def owners(self) -> list[tuple[int, str]]:
        """(version, whose the customer was from then on)."""
        names = {to_text(i): name for name, i in self.post.people.items()}
        names |= {name: name for name in PEOPLE}
        return [
            (entry.version, names[str(entry.after["owner"])])
            for entry in self.entries("customer", self.customer)
            if "owner" in entry.after
        ]

    def judge_steps(self) -> None:
        """Every step was one, by somebody who may, with the task done where it has to be."""
        done = [(e.version, e.after["yes"]) for e in self.entries("info_answer", self.answer)
                if "yes" in e.after]  # fmt: skip
        owners, status = self.owners(), None
        for entry in self.entries("info_receipt", self.receipt):
            if "status" not in entry.after:
                continue
            word = str(entry.after["status"])
            owner = [name for version, name in owners if version <= entry.version][-1]
            assert LEGAL[status, word] & self.who(entry, owner), (status, entry, owner)
            if word in ("tasks_done", "confirmed") and self.mandatory:
                assert [d for version, d in done if version <= entry.version][-1:] == [True]
            status = word
            self.reached.add(word)
        (found,) = self.post.rows("info_receipt", id=self.receipt)
        assert found["status"] == status
        for name, field in STAMP_OF.items():  # an acknowledgement says when
            if found["status"] == name:
                assert found[field] is not None
        if found["confirmed_at"] is not None:
            assert found["shown_at"] is not None
            assert found["confirmed_by"] is not None
        if found["tasks_done_at"] or found["confirmed_at"]:
            assert not self.mandatory or True in [value for _, value in done]

    def who(self, entry: HistoryEntry, owner: str) -> set[str]:
        """What the author of an entry was to the customer's owner."""
        if entry.source in ("office", "job"):
            return {entry.source}
        found = {"owner"} if str(entry.actor) == owner else set()
        return found | ({"substitute"} if (owner, str(entry.actor)) == ("a", "b") else set())

    def judge_devices(self) -> None:
        """Devices show what the server has, and all that was made is answered once."""
        assert self.answered == self.made
        (receipt,) = self.post.rows("info_receipt", id=self.receipt)
        owner = self.owners()[-1][1]
        holders = {owner, "boss"} | ({"b"} if owner == "a" else set())
        for person, (device, messages) in self.devices.items():
            assert device.pending() == 0
            there = person in holders and receipt["status"] in OPEN
            shown = device.get("info_receipt", self.receipt)
            assert (shown is not None) == there, person
            assert (device.get("info", self.info) is not None) == there
            assert shown is None or shown["status"] == receipt["status"]
            assert len(messages.at_check_in(self.customer)) == there
            self.judge_reminder(messages, person)

    def judge_reminder(self, messages: Messages, person: str) -> None:
        """New again from the reminder until it is shown again, wherever that is done; on the list
        of those who do the steps.
        """
        found = [message.reminded for message in messages.at_check_in(self.customer)]
        listed = [message.customer for message in messages.reminders()]
        assert len(listed) == (sum(found) if person != "boss" else 0)
        if self.reminder is not None:
            self.reached |= self.reminder.judge(found)


def test_receipts_go_by_steps_alone_and_nothing_is_lost(tmp_path: Path) -> None:
    post = Post(f"sqlite:///{tmp_path / 'server.db'}", tmp_path)
    game = Game(post)

    @settings(max_examples=25, deadline=None)
    @given(st.booleans(), ACTIONS)
    @example(True, [("facade", "a", "task"), ("facade", "a", "confirm"), ("withdraw",)])
    @example(True, [("facade", "a", "task"), ("sync", "a"), ("facade", "b", "confirm"),
                    ("facade", "a", "confirm")])  # fmt: skip
    @example(False, [("facade", "a", "confirm"), ("reassign", "b"), ("market", False),
                     ("market", True), ("facade", "b", "show")])  # fmt: skip
    @example(True, [("facade", "a", "show"), ("sync", "a"), ("remind",), ("sync", "b"),
                    ("facade", "b", "show")])  # fmt: skip
    @example(False, [("facade", "b", "show"), ("sync", "b"), ("remind",)])
    @example(True, [("forge", "shown"), ("forge", "confirmed"), ("step", "boss", "confirmed")])
    def play(mandatory: bool, actions: list[tuple[Any, ...]]) -> None:
        game.begin(mandatory)
        for action in actions:
            game.play(*action)
        game.sync_all()
        game.judge_steps()
        game.judge_devices()
        game.end()

    play()
    assert doctor(post.store).findings == []
    assert game.reached >= {"shown", "tasks_done", "confirmed", "withdrawn"}
    assert game.reached >= {"reminded", "seen again"}
    for device, _ in game.devices.values():
        device.close()
    post.close()
