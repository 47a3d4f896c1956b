"""What recipients do on their devices: messages shown, tasks done, photos taken, confirmed; with
the module's facade, by hand, and past all rules. And what becomes of it.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from random import Random

from device_sdk.errors import Refused
from modules.messages.device import Message, Messages, NoMessage
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from tests.fleet.office import PEOPLE
from tests.simulation.answered import ANSWER, RECEIPT, AnsweredLife
from tests.simulation.attached import digest_of
from tests.simulation.faults import ATTACHED, Crash, Fault
from tests.simulation.posted import OPEN, STEPS
from tests.simulation.seat import SimulatedSeat
from tests.simulation.witness import real, seated

STATUSES = (*OPEN, "confirmed", "expired", "withdrawn")
LIKELY = ("shown", "tasks_done", "confirmed")
HOUR = 3_600_000_000
QUOTAS = (0, 100, 10**9)  # bytes of attachments on a device


class RecipientLife(AnsweredLife):
    """Acts on devices."""

    def messages(self, which: int) -> Messages:
        """Of a device."""
        return Messages(real(self.seat(which)).device)

    # -- with the facade

    def receive(self, which: int) -> None:
        """The device notes what has come."""
        self.messages(which).received()
        self.wrote(which)

    def log_in(self, which: int, drawn: int) -> None:
        """The daily infos of today, of which some are dealt with."""
        messages = self.messages(which)
        found = messages.at_day_login()
        self._listed(which, found, None)
        self._deal_with(which, found, Random(f"login {drawn}"))

    def check_in(self, which: int, customer: int, drawn: int) -> None:
        """The action infos of a customer, of which some are dealt with."""
        messages, row = self.messages(which), self.pick(self.customers, customer)
        found = messages.at_check_in(row)
        self._listed(which, found, row)
        self._deal_with(which, found, Random(f"check-in {drawn}"))

    def deal_with(self, which: int, drawn: int) -> None:
        """Any message that shows."""
        messages, random = self.messages(which), Random(f"message {drawn}")
        device = real(self.seat(which)).device
        rows = device.rows("info_receipt")
        customers = {row["customer"] for row in rows} - {None}
        found = messages.at_day_login()
        for customer in sorted(customers, key=str):
            found += messages.at_check_in(customer)  # type: ignore[arg-type]
        self._deal_with(which, found, random)

    def _deal_with(self, which: int, found: list[Message], random: Random) -> None:
        for message in random.sample(found, min(len(found), 2)):
            self._use(which, Messages.show, message.receipt)
            for task in message.tasks:
                if random.random() < 0.7:
                    value = self._answer(which, task.kind, random)
                    self._use(which, Messages.complete_task, task.answer, value)
            if random.random() < 0.6:
                self._use(which, Messages.confirm, message.receipt)

    def _use(self, which: int, step: Callable[..., object], *given: object) -> None:
        """Unless the device refuses it."""
        try:
            step(self.messages(which), *given)
        except (Refused, NoMessage):
            self.counts["step_refused_here"] += 1
        self.wrote(which)

    def _answer(self, which: int, kind: str, random: Random) -> Stored:
        if kind == "photo":
            return self.attach(which, self.content(random), random)
        return "said" if kind == "text" else random.random() < 0.8

    def _listed(self, which: int, found: list[Message], customer: bytes | None) -> None:
        """What is offered is what shows and is open, by the device's own clock."""
        seat = seated(self.seat(which))
        known, shown = seat.newest.oracle, seat.expected(self.clock(which))
        wanted = set()
        for entity, row in shown:
            if entity == RECEIPT and known is not None:
                receipt = self.known_post(known).receipt[row]
                is_open = self.status_on(seat, row) in OPEN
                if is_open and receipt.customer == customer and ("info", receipt.info) in shown:
                    wanted.add(row)
        assert {m.receipt.bytes for m in found} == wanted, "other messages are offered than show"
        for message in found:
            row = message.receipt.bytes
            seen = self._should_show(seat, RECEIPT, row)["reminded_at"]
            assert known is not None
            again = self.known_post(known).is_reminded(row, seen if isinstance(seen, int) else None)
            assert message.reminded == again, "it is new again by the reminder, or it is not"
            self.counts["new_again"] += again

    # -- photos

    def attach(self, which: int, content: bytes, random: Random) -> bytes:
        """A photo is on the device, maybe after a crash, which would end a sync."""
        device, digest = real(self.seat(which)), digest_of(content)
        if random.random() < 0.2 and self._syncing is None:
            device.hook.arm(Fault("device_crash", random.choice(ATTACHED)))
        try:
            found = device.device.attachments.attach(io.BytesIO(content))
        except Crash:
            device.reopen()
            found = device.device.attachments.attach(io.BytesIO(content))
        finally:
            device.hook.disarm()
        assert found == digest
        self.loose.setdefault(device.name, set()).add(digest)
        return found

    def leave_photo(self, which: int, drawn: int) -> None:
        """One that nothing names, or names later."""
        random = Random(f"photo {drawn}")
        self.attach(which, self.content(random), random)

    def shrink(self, which: int, quota: int) -> None:
        """How much room a device has for attachments."""
        device = real(self.seat(which))
        device.device.attachments.quota_bytes = QUOTAS[quota % len(QUOTAS)]
        self.shrunk.add(device.name)

    def keep(self, which: int, one: int, kept: bool) -> None:
        """One that a row refers to is to stay, or need not."""
        named = sorted(self.named_on(seated(self.seat(which))))
        if named:
            device, digest = real(self.seat(which)), named[one % len(named)]
            device.device.attachments.keep(digest, kept)
            pinned = self.pinned.setdefault(device.name, set())
            (pinned.add if kept else pinned.discard)(digest)
            self.counts["kept"] += kept

    # -- past the facade

    def step(self, which: int, receipt: int, status: str) -> None:
        """An app's own step: the device says at once whether it is one."""
        seat = seated(self.seat(which))
        shown = sorted(row for entity, row in seat.device.shown() if entity == RECEIPT)
        if not shown:
            return
        row, device = self.pick(shown, receipt), real(seat)
        before, clear = self.status_on(seat, row), self._is_clear(seat, row, status)
        try:
            with device.device.changeset() as changes:
                changes.update(RECEIPT, row, status=status)
        except Refused:
            assert not clear, f"{seat.person} may not take the step {before} to {status}"
            self.counts["step_refused_here"] += 1
            return
        assert before == status or (before, status) in STEPS, f"{before} to {status} is no step"
        self.wrote(which)

    def _is_clear(self, seat: SimulatedSeat, row: bytes, status: str) -> bool:
        """Whether a step is the own one, and nothing stands in its way."""
        known = self.known_post(seat.newest.oracle)
        receipt, before = known.receipt[row], self.status_on(seat, row)
        own = receipt.customer is None or known.owner[receipt.customer] == seat.person
        return own and (before, status) in STEPS and status in ("delivered", "shown")

    def force_step(self, which: int, receipt: int, status: str) -> None:
        """A client that asks nobody takes any step, on any receipt."""
        if self.post.receipt:
            row = self.pick(list(self.post.receipt), receipt)
            customer = self.post.receipt[row].customer
            self._force(which, Action.UPDATE, RECEIPT, row, customer, {"status": status})
            self.counts["forged_step"] += 1

    def force_photo(self, which: int, answer: int, drawn: int) -> None:
        """And names a photo that it never uploaded: one of others, or one that nobody has."""
        photos = [row for row, a in self.post.answer.items() if a.kind == "photo"]
        if photos:
            row, random = self.pick(photos, answer), Random(f"forged photo {drawn}")
            customer = self.post.receipt[self.post.answer[row].receipt].customer
            others = [*self.contents, random.randbytes(32)]
            self._force(
                which, Action.UPDATE, ANSWER, row, customer, {"photo": random.choice(others)}
            )
            self.counts["forged_photo"] += 1

    def both_confirm(self, absent: str, substitute: str, drawn: int) -> None:
        """A rep and their substitute deal with the same messages, without network."""
        self.switch_on(absent, substitute)
        theirs = [n for n, c in enumerate(self.customers) if self.oracle.owner[c] == absent]
        self.publish("action", drawn, absent)
        self.run_jobs()
        self.end_act()
        numbers = [PEOPLE.index(absent), PEOPLE.index(substitute)]
        for number in numbers:
            self.session(number, None)
        for number in numbers:
            for customer in theirs[:1]:
                self.check_in(number, customer, drawn + number)
        for number in numbers:
            self.session(number, None)

    def remind_one(self, who: str, drawn: int) -> None:
        """What has come to a rep, and was dealt with or not, is new again until it is shown."""
        number = PEOPLE.index(who)
        self.publish("daily", drawn, who)
        self.run_jobs()
        self.end_act()
        self.session(number, None)
        self.receive(number)
        if drawn % 2:
            self.log_in(number, drawn)
        self.session(number, None)
        self.now += HOUR
        self.remind(drawn)
        self.end_act()
        self.session(number, None)
        self.log_in(number, drawn + 1)
        self.session(number, None)
