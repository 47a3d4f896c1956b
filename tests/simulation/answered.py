"""What becomes of work on messages: steps, answers, photos; what devices show and keep of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.protocol.changesets import WireOperation, unpack
from syncengine.protocol.messages import WireVerdict
from tests.fleet.oracle import Oracle
from tests.fleet.seat import TAKEN, Seat, Work
from tests.simulation import ledger
from tests.simulation.attached import LARGEST, NARROW
from tests.simulation.carrying import ASKED
from tests.simulation.faults import Fault
from tests.simulation.kinds import PLAIN, Kind
from tests.simulation.merging import comes_to
from tests.simulation.posted import STEPS, PostedOracle, Receipt, Value
from tests.simulation.posting import NOTED, VALUE_OF, PostingLife
from tests.simulation.seat import SimulatedSeat
from tests.simulation.witness import real, seated

RECEIPT, ANSWER = "info_receipt", "info_answer"
ANYTHING = {"accepted", "merged", "quarantined", "rejected"}
DIGEST = 32  # bytes; ids have 16


class AnsweredLife(PostingLife):
    """By device: loose: photos that were attached there; shrunk: it had little room at some time;
    pinned: what is to stay there.
    """

    def __init__(self, seed: int, kind: Kind = PLAIN) -> None:
        self.loose: dict[str, set[bytes]] = {}
        self.pinned: dict[str, set[bytes]] = {}
        self.shrunk: set[str] = set()
        self._piece_lost = False  # a request about attachments, in this sync
        super().__init__(seed, kind)

    def known_post(self, known: Oracle | None) -> PostedOracle:
        """An oracle that knows messages; an empty one for a device that has heard nothing."""
        assert isinstance(known, PostedOracle)
        return known

    # -- work

    def wrote(self, which: int) -> None:
        """What an app has put into the outbox since, is work."""
        seat = seated(self.seat(which))
        database = real(seat).device._store.database.connection
        bodies = database.execute(
            "SELECT body FROM outbox WHERE sequence>? ORDER BY sequence", (len(seat.work),)
        ).fetchall()
        for (body,) in bodies:
            wire = unpack(cast(bytes, body))
            assert wire.sequence == len(seat.work) + 1, "another number than the next"
            done = [self._done(seat, operation) for operation in wire.operations]
            first, *others = (replace(work, made=wire.device_time) for work in done)
            seat.work.append(self._as_made(seat, replace(first, also=tuple(others))))

    def _done(self, seat: SimulatedSeat, operation: WireOperation) -> Work:
        row, entity = operation.row, self.schema.by_tag[operation.tag].name
        known = self.known_post(seat.of(entity).oracle)
        receipt = row if entity == RECEIPT else known.answer[row].receipt
        said = self.named(entity, dict(operation.fields))
        return seat.done(Action.UPDATE, entity, row, known.receipt[receipt].customer, said)

    def named(self, entity: str, numbered: Mapping[int, Stored]) -> dict[str, Stored]:
        """Fields by name."""
        by_number = self.schema.entities[entity].by_number
        fields = self.schema.entities[entity].fields
        return {fields[by_number[n]].name: value for n, value in numbered.items()}

    def status_on(self, seat: SimulatedSeat, row: bytes) -> str:
        """What a device shows."""
        return str(self._should_show(seat, RECEIPT, row)["status"])

    def _should_show(self, seat: SimulatedSeat, entity: str, row: bytes) -> dict[str, Stored]:
        if entity not in (RECEIPT, ANSWER):
            return super()._should_show(seat, entity, row)
        known, found = seat.of(entity).oracle, dict[str, Stored]()
        if isinstance(known, PostedOracle) and row in known.receipt:
            receipt = known.receipt[row]
            found = {"status": receipt.status, "reminded_at": receipt.reminded}
        if isinstance(known, PostedOracle) and row in known.answer:
            found = {VALUE_OF[known.answer[row].kind]: known.answer[row].value}
        for _, work in seat.on_top():
            if work.row == row:
                found |= work.fields
        return found

    # -- what comes of it

    def _possible_alone(self, seat: Seat, work: Work) -> set[str]:
        if work.entity not in (RECEIPT, ANSWER):
            return super()._possible_alone(seat, work)
        row = work.row if work.entity == RECEIPT else self._receipt_of(work.row)
        if row is None or row not in self.post.receipt:
            return {"rejected"}  # it went with a restored server
        photo = work.fields.get("photo")
        if isinstance(photo, bytes) and len(self.contents.get(photo, b"")) > LARGEST:
            return {"rejected"}
        if work.key not in self.ever[seat.person]:
            return {"rejected"}
        sure = not work.wild and not work.unsure and work.key in work.checkpoint
        sure &= not self._builds_on_refused(seat, row)
        if sure and self.post.is_rep(seat.person, self.post.receipt[row], self.now):
            return set(TAKEN)  # at once, or late: what was done is not lost
        return ANYTHING

    def _builds_on_refused(self, seat: Seat, receipt: bytes) -> bool:
        """Whether own steps or answers were not taken, so that later ones fail."""
        return any(
            receipt in (w.row, self._receipt_of(w.row))
            for (number, _), w in seated(seat).operations()
            if number < self._judging and seat.outcomes.get(number) not in TAKEN
        )

    def _receipt_of(self, answer: bytes) -> bytes | None:
        found = self.post.answer.get(answer)
        return None if found is None else found.receipt

    def _take_alone(self, seat: Seat, work: Work, verdict: WireVerdict, place: int) -> None:
        if work.entity not in (RECEIPT, ANSWER):
            super()._take_alone(seat, work, verdict, place)
            return
        assert verdict.version is not None
        at, numbered = ledger.effect(self.world.store, verdict.version, place)
        written: dict[str, object] = dict(self.named(work.entity, numbered))
        if work.entity == RECEIPT:
            self._take_step(seat, work, written, at)
        else:
            self._take_answer(seat, work, written)

    def _take_step(self, seat: Seat, work: Work, written: dict[str, object], at: int) -> None:
        oracle, row = self.post, work.row
        before = oracle.receipt[row] = self._take_mark(work, written)
        if "status" not in work.fields:
            assert not written, f"a reminder that was shown writes {written.keys()}"
            return
        to, status = str(work.fields["status"]), str(written.pop("status", before.status))
        assert written.keys() <= set(NOTED), f"a step writes {written.keys()}"
        found = replace(
            before, status=status, noted={**before.noted, **cast(dict[str, int], written)}
        )
        is_rep = oracle.is_rep(seat.person, before, self.now)
        if status != before.status:
            assert (before.status, status) in STEPS, f"from {before.status} to {status}"
            assert status == to, f"{status}, though {to} was said"
            assert is_rep, f"{seat.person} is no rep of it"
        base = self._stood(seat, work)
        if base is not None and not work.wild and not work.unsure and work.made:
            began = ledger.received(self.world.store, work.base)
            stamps: dict[str, int | bytes] = {
                "at": min(max(work.made, began), at),
                "by": oracle.people[seat.person],
                "for": oracle.people[self._principal(seat.person, work.customer)],
            }
            wanted = oracle.stepped(row, base, to, stamps, is_rep)
            assert found == wanted, f"{base} to {to}: {found.said}, not {wanted.said}"
        else:
            bad = status in ("tasks_done", "confirmed") and any(oracle.missing(row))
            assert status == before.status or not bad, "a mandatory task is not done"
        self._count_step(seat, before.status, found.status, to, work.customer)
        oracle.receipt[row] = found

    def _take_mark(self, work: Work, written: dict[str, object]) -> Receipt:
        """The receipt with the last reminder that was shown, whoever was shown it first."""
        before, said = self.post.receipt[work.row], work.fields.get("reminded_at")
        found = written.pop("reminded_at", before.reminded)
        assert found is None or isinstance(found, int)
        later = max(before.reminded or 0, said) if isinstance(said, int) else before.reminded
        assert found == later, f"the reminder of {found} was shown last, not {later}"
        self.counts["reminder_seen"] += found != before.reminded
        return replace(before, reminded=found)

    def _stood(self, seat: Seat, work: Work) -> str | None:
        """The status on which a step was taken: at the checkpoint, with own steps since."""
        if not isinstance(work.known, PostedOracle) or work.row not in work.known.receipt:
            return None
        status = work.known.receipt[work.row].status
        for (number, _), w in seated(seat).operations():
            if number == self._judging:
                break
            if w.row == work.row and seat.versions.get(number, 0) > work.base:
                status = str(w.fields.get("status", status))
        return status

    def _count_step(self, seat: Seat, before: str, after: str, to: str, of: bytes | None) -> None:
        if before == after:
            self.counts["step_again" if after == to else "step_late"] += 1
            return
        self.counts[after] += 1
        stands_in = self._principal(seat.person, of) != seat.person
        self.counts["confirmed_for_another"] += after == "confirmed" and stands_in

    def _take_answer(self, seat: Seat, work: Work, written: dict[str, object]) -> None:
        oracle, row = self.post, work.row
        answer = oracle.answer[row]
        field = VALUE_OF[answer.kind]
        assert written.keys() <= {field}, f"an answer to {answer.kind} in {written.keys()}"
        found = cast(Value, written.get(field, answer.value))
        known = isinstance(work.known, PostedOracle) and row in work.known.answer
        if known and not work.wild and not work.unsure:
            base = cast(PostedOracle, work.known).answer[row].value
            for (number, _), w in seated(seat).operations():
                if number == self._judging:
                    break
                if w.row == row and seat.versions.get(number, 0) > work.base:
                    base = cast(Value, w.fields[field])
            said = cast(Value, work.fields[field])
            wanted = merged(base, answer.value, said)
            assert found == wanted, f"an answer: {found!r}, not {wanted!r}"
        self.counts["photo_accepted"] += answer.kind == "photo" and found != answer.value
        oracle.answer[row] = replace(answer, value=found)

    # -- attachments on devices

    def sends(self, number: int, waiting: Sequence[int]) -> None:
        """What names an attachment waits until the servers have it, and so does what is behind."""
        seat = seated(self.seats[number])
        held = range(real(seat).device._store.outbox.hold, len(seat.work) + 1)
        unanswered = set(held) - seat.heard.keys()
        super().sends(number, [*waiting, *unanswered])

    def waits(self, seat: Seat) -> bool:
        paused = real(seat).device._paused.is_set()  # before the photos that work waits for
        return self.room == NARROW or self._piece_lost or paused

    def named_on(self, seat: SimulatedSeat) -> set[bytes]:
        """What the rows on a device refer to, with own work on top."""
        found: set[Stored] = set()
        for entity, row in seat.checkpoint:
            known = seat.of(entity).oracle
            if entity == "info_attachment" and isinstance(known, PostedOracle):
                found |= {info.files[row] for info in known.info.values() if row in info.files}
            if entity == ANSWER:
                found.add(self._should_show(seat, entity, row).get("photo"))
        return {digest for digest in found if isinstance(digest, bytes)}

    def comes_when_opened(self, seat: SimulatedSeat) -> set[bytes]:
        """What of these need not be here."""
        return set()

    def session(
        self, which: int, fault: Fault | None, interlude: Callable[[], None] | None = None,
        behind: bool = False,
    ) -> str:  # fmt: skip
        number = which % len(self.seats)
        self._piece_lost = fault is not None and fault.kind in ASKED
        real(self.seats[number]).device.attachments  # noqa: B018  an app that shows photos
        stale = self.counts["answer_stale"]
        result = super().session(which, fault, interlude, behind)
        device = real(self.seats[number]).device
        report = device.attachments.report
        self.counts["evicted"] += report.evicted
        self.counts["too_large"] += len(report.refused)
        self.counts["no_room"] += device.pending() > 0 and self.room == NARROW
        if result.startswith("done"):
            calm = fault is None and interlude is None and self.counts["answer_stale"] == stale
            self._look_at_attachments(seated(self.seats[number]), calm)
        return result

    def _look_at_attachments(self, seat: SimulatedSeat, calm: bool) -> None:
        """Here is what rows and own work name and nothing else (invariant 8). calm: nothing went
        wrong in the sync just now, so all that rows name has come.
        """
        device, named = real(seat), self.named_on(seat)
        attachments = device.device.attachments
        here = {digest for digest in self.contents if attachments.is_here(digest)}
        own = {digest for w in seat.work for o in w.operations for digest in digests_of(o)}
        stray = here - named - own - self.loose.get(device.name, set())
        assert not stray, f"{seat.person}'s device has bytes that no row names: {len(stray)}"
        pinned = self.pinned.get(device.name, set()) & named
        unasked = named - self.comes_when_opened(seat)
        wanted = pinned if device.name in self.shrunk else unasked | pinned
        forged = {d for w in seat.work if w.wild for o in w.operations for d in digests_of(o)}
        missing = wanted - here - forged
        assert not calm or not missing, f"{seat.person}'s device lacks {len(missing)} attachments"
        for (number, _), work in seat.on_top():
            if number not in seat.heard and not work.wild:
                lost = digests_of(work) - here
                assert not lost, f"{seat.person}'s photo is lost before it was sent"
        for digest in here:
            whole = b"".join(attachments.read(digest))
            assert whole == self.contents[digest], "other bytes on a device"


def digests_of(work: Work) -> set[bytes]:
    """Of the attachments that an operation names."""
    said = work.fields.values()
    return {value for value in said if isinstance(value, bytes) and len(value) == DIGEST}


def merged(base: Value, server: Value, said: Value) -> Value:
    """As fields of the office are: what was there first, where both have changed it."""
    return cast(Value, comes_to(base, server, said, False).value)  # type: ignore[arg-type]
