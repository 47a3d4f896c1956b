"""What becomes of work on trips and sheets of working time, and what devices show of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.protocol.changesets import ACTIONS, WireOperation
from syncengine.protocol.messages import WireVerdict
from syncengine.store.review_queue import entries
from syncengine.store.reviews import Kind
from tests.fleet.seat import TAKEN, Seat, Work
from tests.simulation import ledger
from tests.simulation.answered import ANYTHING, digests_of, merged
from tests.simulation.attached import LARGEST
from tests.simulation.kinds import PLAIN
from tests.simulation.kinds import Kind as KindOfLife
from tests.simulation.life import LOST
from tests.simulation.paying import PayingLife
from tests.simulation.reckoning import Value
from tests.simulation.seat import SimulatedSeat
from tests.simulation.seeing import MANY
from tests.simulation.spent import BEGINS, BELONGS, OF_MONEY, PAPERS, Paper, Piece, SpentOracle
from tests.simulation.witness import real, seated

RECEIPT = "trip_receipt"
WRITTEN = (*PAPERS, *BELONGS)
NOT_TAKEN = ANYTHING - TAKEN


class HandedInLife(PayingLife):
    """paper_of: of everything that was ever written on a device, the trip or the sheet."""

    def __init__(self, seed: int, kind: KindOfLife = PLAIN) -> None:
        self.paper_of: dict[bytes, bytes] = {}
        super().__init__(seed, kind)

    def known_spent(self, seat: SimulatedSeat) -> SpentOracle | None:
        """As the office was at a device's checkpoint."""
        known = seat.newest.oracle
        assert isinstance(known, SpentOracle | None)
        return known

    # -- work

    def _done(self, seat: SimulatedSeat, operation: WireOperation) -> Work:
        entity, row = self.schema.by_tag[operation.tag].name, operation.row
        if entity not in WRITTEN:
            return super()._done(seat, operation)
        action, said = ACTIONS[operation.action], self.named(entity, dict(operation.fields))
        if action is Action.INSERT:
            said = {name: value for name, value in said.items() if value is not None}
            self.file_in(entity, row, said)
        return seat.done(action, entity, row, None, said)

    def file_in(self, entity: str, row: bytes, said: Mapping[str, Stored]) -> None:
        """Note where a new row belongs."""
        above = BELONGS.get(entity)
        self.paper_of[row] = row if above is None else cast(bytes, said[above])

    def _should_show(self, seat: SimulatedSeat, entity: str, row: bytes) -> dict[str, Stored]:
        own, known = super()._should_show(seat, entity, row), seat.of(entity).oracle
        found: dict[str, Stored] = {}
        if isinstance(known, SpentOracle) and entity in OF_MONEY:
            found = self._on_row(known, row)
        return found | own

    def _on_row(self, known: SpentOracle, row: bytes) -> dict[str, Value]:
        """What is on a row; nothing: it is not there."""
        if row in known.paper:
            return known.paper[row].told
        piece = known.piece.get(row) or known.added.get(row)
        return {} if piece is None else dict(piece.values)

    def _row_at(self, known: object, work: Work) -> dict[str, Value]:
        if work.entity in WRITTEN and isinstance(known, SpentOracle):
            return self._on_row(known, work.row)
        return super()._row_at(known, work)

    # -- what comes of it

    def _possible_alone(self, seat: Seat, work: Work) -> set[str]:
        if work.entity not in OF_MONEY:
            return super()._possible_alone(seat, work)
        if any(len(self.contents.get(digest, b"")) > LARGEST for digest in digests_of(work)):
            return {"rejected"}
        if work.entity not in WRITTEN:
            return {"rejected"}  # it is the office's
        paper = self.spent.paper.get(self.paper_of[work.row])
        if (work.entity in PAPERS and work.action is Action.INSERT) or paper is None:
            return self._possible_anew(seat, work)
        if paper.who != seat.person:
            return {"rejected"}
        if not paper.is_private:  # a step that comes too late yields; else nothing is written
            return ANYTHING if work.action is Action.UPDATE or self._gone(work) else NOT_TAKEN
        if work.wild or work.unsure or self._builds_on_refused_paper(seat, work):
            return ANYTHING
        return self._possible_on_draft(seat, work)

    def _possible_anew(self, seat: Seat, work: Work) -> set[str]:
        """Of what is not at the server: made just now, or gone."""
        mine = self._made_at_once(seat)
        if work.action is not Action.INSERT or self.paper_of[work.row] not in mine:
            return ANYTHING if work.action is Action.DELETE else NOT_TAKEN
        if work.wild:
            return {"accepted"} if self._names(work, seat.person) else {"rejected"}
        return {"accepted"}

    def _names(self, work: Work, who: str) -> bool:
        """Whether a forged trip is the own one, and begins as trips do."""
        told = work.fields.get("employee"), work.fields.get("status")
        return told == (self.oracle.people[who], BEGINS.get(work.entity))

    def _possible_on_draft(self, seat: Seat, work: Work) -> set[str]:
        here = self._made_at_once(seat)
        if work.action is Action.INSERT:
            item = work.fields.get("item")
            there = item is None or item in here or item in self.spent.piece
            return {"accepted"} if there else NOT_TAKEN
        now = self._on_row(self.spent, work.row)
        if not now and work.row not in here:
            return ANYTHING if work.action is Action.DELETE else NOT_TAKEN
        if work.action is Action.DELETE:  # others may have written meanwhile, or added something
            gone = {
                w.row for w in seat.work[self._judging - 1].operations if w.action is work.action
            }
            left = [
                r for r, p in self.spent.piece.items() if work.row in (p.of, p.values.get("item"))
            ]
            alike = self._row_at(work.known, work) in (now, {})
            return set(TAKEN) if alike and gone.issuperset(left) else ANYTHING
        return set(TAKEN)

    def _gone(self, work: Work) -> bool:
        return work.action is Action.DELETE and not self._on_row(self.spent, work.row)

    def _made_at_once(self, seat: Seat) -> set[bytes]:
        """What the changeset that is judged makes."""
        work = seat.work[self._judging - 1]
        return {w.row for w in work.operations if w.action is Action.INSERT}

    def _builds_on_refused_paper(self, seat: Seat, work: Work) -> bool:
        """Whether own work on the trip or sheet was not taken, so that later work may fail."""
        return any(
            self.paper_of.get(w.row) == self.paper_of[work.row]
            for (number, _), w in seated(seat).operations()
            if number < self._judging and seat.outcomes.get(number) not in TAKEN
        )

    def _take_alone(self, seat: Seat, work: Work, verdict: WireVerdict, place: int) -> None:
        if work.entity not in OF_MONEY:
            super()._take_alone(seat, work, verdict, place)
            return
        wrote, at = dict[str, Value](), self.now
        if verdict.version is not None:
            at, numbered = ledger.effect(self.world.store, verdict.version, place)
            wrote = dict(self.named(work.entity, numbered))
        if work.action is Action.INSERT:
            self._take_written(seat, work, wrote)
        elif work.action is Action.DELETE:
            self._take_discarded(seat, work)
        elif work.entity in PAPERS:
            self._take_paper(seat, work, (wrote, at, place), verdict)
        else:
            before = self.spent.piece[work.row]
            self._writable(seat, before.of, wrote)
            values = self._edited(seat, work, (before.values, wrote, place), verdict)
            self.spent.piece[work.row] = Piece(before.entity, before.of, values)

    def _writable(self, seat: Seat, row: bytes, wrote: object) -> None:
        """What was handed in is frozen, whoever asks."""
        paper = self.spent.paper[row]
        assert paper.who == seat.person, f"{seat.person} writes to a {paper.entity} of {paper.who}"
        assert paper.is_private or not wrote, f"a {paper.entity} is {paper.status}, and is changed"

    def _take_written(self, seat: Seat, work: Work, wrote: Mapping[str, Value]) -> None:
        said, row, oracle = dict(work.fields), work.row, self.spent
        assert {n: v for n, v in wrote.items() if v is not None} == said, "another row than typed"
        self.counts[f"new_{work.entity}"] += 1
        if work.entity in PAPERS:
            assert self._names(work, seat.person), "it begins as somebody else's, or handed in"
            values = {n: v for n, v in said.items() if n not in ("employee", "status")}
            oracle.paper[row] = Paper(work.entity, seat.person, values, str(said["status"]))
            return
        self._writable(seat, self.paper_of[row], wrote)
        oracle.piece[row] = Piece(work.entity, self.paper_of[row], said)

    def _take_discarded(self, seat: Seat, work: Work) -> None:
        oracle, row = self.spent, work.row
        if row in oracle.piece:
            self._writable(seat, oracle.piece[row].of, row)
            del oracle.piece[row]
        elif row in oracle.paper:
            self._writable(seat, row, row)
            del oracle.paper[row]

    def _take_paper(
        self, seat: Seat, work: Work, came: tuple[dict[str, Value], int, int], verdict: WireVerdict
    ) -> None:
        """A draft that is described, or handed in."""
        (wrote, at, place), oracle, row = came, self.spent, work.row
        paper = oracle.paper[row]
        self._writable(seat, row, wrote)
        status = str(wrote.pop("status", paper.status))
        if status != paper.status:
            assert status == work.fields["status"] == "submitted", f"a device: {status}"
            assert wrote.pop("submitted_at") == at, "when it was handed in"
            self.counts[f"{work.entity}_submitted"] += 1
        assert wrote.keys() <= {"purpose", "cost_centre"}, f"a device writes {wrote.keys()}"
        values = self._edited(seat, work, (paper.values, wrote, place), verdict)
        after = Paper(paper.entity, paper.who, values, paper.status, paper.noted)
        if paper.is_private:
            oracle.paper[row] = after if status == paper.status else after.stepped(status, at)

    def _edited(
        self,
        seat: Seat,
        work: Work,
        came: tuple[Mapping[str, Value], Mapping[str, Value], int],
        verdict: WireVerdict,
    ) -> dict[str, Value]:
        """The values after an edit: each that was typed stands, or is told as lost."""
        before, wrote, place = came
        found, base = {**before, **wrote}, self._based(seat, work, place)
        fields = self.schema.entities[work.entity].by_name
        lost = {loss.field: loss.lost for loss in verdict.losses if loss.operation == place}
        for name, said in work.fields.items():
            if name == "status" or base is None:
                continue
            came_to = merged(base.get(name), before.get(name), said)  # type: ignore[arg-type]
            assert found.get(name) == came_to, f"{name}: {found.get(name)!r}, not {came_to!r}"
            unsaid = said in (base.get(name), found.get(name))
            assert unsaid or lost.get(fields[name].number) == said, f"{name} is lost: {said!r}"
            self.counts["typed_twice"] += not unsaid
        return {name: value for name, value in found.items() if value is not None}

    # -- what was typed is kept

    def keeps_typed(self, seat: SimulatedSeat) -> None:
        """What was not taken is in the inbox, with its values."""
        items = {item.sequence: item for item in real(seat).device.inbox()}
        for number, work in enumerate(seat.work, 1):
            mine = work is not LOST and work.entity in WRITTEN
            if not mine or seat.outcomes.get(number) in (*TAKEN, None) or seat.forgetful:
                continue
            entered = items[number].entered
            for told, operation in zip(entered, work.operations, strict=True):
                by_name = self.schema.entities[operation.entity].by_name
                values = {
                    n: by_name[n].type.store(v) for n, v in told.values.items() if v is not None
                }
                typed = {n: v for n, v in operation.fields.items() if v is not None}
                assert (told.row.bytes, values) == (operation.row, typed), "another value is kept"
            self.counts["typed_kept"] += 1

    def see_money(self) -> None:
        super().see_money()
        for kind in Kind:
            for entry in entries(self.world.store, kind, decided=False, limit=MANY)[0]:
                for entity, row in entry.touched:
                    paper = self.spent.paper.get(self.paper_of.get(row, row))
                    waits = entity not in WRITTEN or (paper is not None and not paper.is_private)
                    assert waits, (
                        f"work on a draft, or on what is gone, is before the office: {entity}"
                    )

    # -- receipts

    def named_on(self, seat: SimulatedSeat) -> set[bytes]:
        rows = [row for entity, row in seat.checkpoint if entity == RECEIPT]
        files = {self._should_show(seat, RECEIPT, row).get("file") for row in rows}
        return super().named_on(seat) | {file for file in files if isinstance(file, bytes)}

    def visible(self, who: str) -> set[bytes]:
        rows = {row for entity, row in self.spent.slice(who, self.now) if entity == RECEIPT}
        files = {self.spent.piece[row].values["file"] for row in rows}
        return super().visible(who) | {file for file in files if isinstance(file, bytes)}
