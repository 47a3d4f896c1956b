"""What the office does with messages, and the jobs that follow: infos, targets, receipts."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import cast

from modules.messages.jobs import follow
from modules.messages.reminding import reminder
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.store.deadlines import take_deadlines
from tests.fleet.office import PEOPLE
from tests.simulation import ledger
from tests.simulation.attached import AttachedLife
from tests.simulation.posted import OPEN, Answer, Info, Pair, PostedOracle, Receipt, Target
from tests.support.world import DAY

KINDS = ("check", "yes_no", "text", "photo", "photo", "photo")
BATCHES = 100
PAUSE = 600_000_000  # between two reminders of an info
NOTED = (
    "delivered_at", "shown_at", "tasks_done_at", "confirmed_at", "confirmed_by", "confirmed_for",
)  # fmt: skip
VALUE_OF = {"check": "yes", "yes_no": "yes", "text": "text", "photo": "photo"}


class PostingLife(AttachedLife):
    """Writes them down in the oracle, too."""

    @property
    def post(self) -> PostedOracle:
        """The oracle, with messages."""
        assert isinstance(self.oracle, PostedOracle)
        return self.oracle

    def open_office(self) -> None:
        super().open_office()
        self.oracle = PostedOracle(**vars(self.oracle))

    # -- the office

    def publish(self, kind: str, drawn: int, to: str | None = None) -> None:
        """An info with tasks, files and targets, in one changeset. to: somebody whom it is for."""
        random, world = Random(f"info {drawn}"), self.world
        starts = self.now + random.choice((0, 0, 0, 1, 2)) * DAY
        ends = starts + random.choice((DAY // 4, DAY, 2 * DAY, 4 * DAY))
        info, ended = world.environment.new_id(), "expires_at" if kind == "daily" else "due_at"
        made = [
            self._new("info", info, kind=kind, title="News", priority="normal", status="draft",
                      starts_at=starts, **{ended: ends})
        ]  # fmt: skip
        tasks, files = {}, {}
        for position in range(random.choice((0, 1, 1, 2))):
            task, row = (random.choice(KINDS), random.random() < 0.6), world.environment.new_id()
            tasks[row] = task
            made.append(self._new("info_task", row, info=info, position=position, title="?",
                                  kind=task[0], mandatory=task[1]))  # fmt: skip
        if random.random() < 0.4:
            row, digest = world.environment.new_id(), self.file(random)
            files[row] = digest
            made.append(self._new("info_attachment", row, info=info, title="?", file=digest))
        targets = [self._aim(info, random) for _ in range(random.choice((1, 1, 2)))]
        if to is not None:
            targets.append(self._for_person(info, to, below=False))
        made += [operation for _, _, operation in targets]
        made.append(world.operation(Action.UPDATE, "info", info, status="published"))
        verdict = world.write(made)
        assert verdict.version is not None, verdict
        self.post.info[info] = Info(kind, starts, ends, tasks, files)
        self.post.target |= {row: target for row, target, _ in targets}
        self.counts["info_published"] += 1
        if random.random() < 0.8:
            self.run_jobs()

    def _new(self, entity: str, row: bytes, **fields: Stored) -> Operation:
        return self.world.operation(Action.INSERT, entity, row, **fields)

    def _aim(self, info: bytes, random: Random) -> tuple[bytes, Target, Operation]:
        """(row, what it says, the operation) of a new target."""
        oracle, row = self.post, self.world.environment.new_id()
        whose: dict[str, list[bytes]] = {
            "customer": self.customers,
            "market": list(oracle.above),
            "audience": sorted({p.audience for p in oracle.places}),
            "rule": list(oracle.shown),
        }
        of = random.choice([*(name for name, rows in whose.items() if rows), *["employee"] * 2])
        if of == "employee":
            return self._for_person(info, random.choice(PEOPLE), random.random() < 0.4)
        whom = random.choice(whose[of])
        made = self._new("info_target", row, info=info, **{of: whom})
        return row, Target(info, of, whom), made

    def _for_person(self, info: bytes, who: str, below: bool) -> tuple[bytes, Target, Operation]:
        row, person = self.world.environment.new_id(), self.post.people[who]
        made = self._new("info_target", row, info=info, employee=person, below=below)
        return row, Target(info, "employee", who, below), made

    def retarget(self, which: int, drawn: int, adds: bool) -> None:
        """An info is for somebody else, too, or for somebody no longer."""
        random, oracle = Random(f"target {drawn}"), self.post
        if adds and oracle.info:
            row, target, made = self._aim(self.pick(list(oracle.info), which), random)
            assert not self.world.write([made]).objections
            oracle.target[row] = target
        elif not adds and oracle.target:
            row = self.pick(list(oracle.target), which)
            gone = self.world.operation(Action.DELETE, "info_target", row)
            assert not self.world.write([gone]).objections
            del oracle.target[row]
        self.counts["retargeted"] += 1

    def withdraw(self, which: int) -> None:
        """An info that was published."""
        there = [row for row, info in self.post.info.items() if not info.withdrawn]
        if there:
            row = self.pick(there, which)
            assert not self.world.update("info", row, status="withdrawn").objections
            self.post.info[row] = replace(self.post.info[row], withdrawn=True)
            self.counts["info_withdrawn"] += 1

    def remind(self, which: int) -> None:
        """Of an info that somebody has open; not again within ten minutes."""
        came = {r.info for r in self.post.receipt.values() if r.status in OPEN and r.noted}
        there = [
            row
            for row, info in self.post.info.items()
            if row in came and not info.withdrawn and not info.is_over(self.now)
            and max(info.reminders.values(), default=0) + PAUSE <= self.now
        ]  # fmt: skip
        if there:
            row = self.pick(there, which)
            made = reminder(self.world.store, row)
            assert not self.world.write([made]).objections
            info = self.post.info[row]
            reminders = {**info.reminders, made.row_id: self.now}
            self.post.info[row] = replace(info, reminders=reminders)
            self.counts["reminded"] += 1

    # -- jobs

    def run_jobs(self) -> None:
        """Until nothing is left to do: who is meant is told anew by the oracle, and no receipt is
        there but theirs.
        """
        store, before = self.world.store, dict(self.post.receipt)
        while follow(store, BATCHES) + take_deadlines(store, BATCHES):
            pass
        new = self.post.follow(self.now)
        self._take_in(new)
        for row, receipt in self.post.receipt.items():
            was = before[row].status if row in before else receipt.status
            self.counts["expired"] += was != receipt.status == "expired"
            self.counts["readdressed"] += (was, receipt.status) == ("withdrawn", "scheduled")
            info = self.post.info[receipt.info]
            late = info.kind == "action" and info.ends <= self.now
            self.counts["overdue"] += late and receipt.status in OPEN
        self.compare_receipts()

    def _take_in(self, new: set[Pair]) -> None:
        """New receipts, with an answer for each task: their ids are the server's."""
        oracle, found = self.post, set[Pair]()
        people = {row: name for name, row in oracle.people.items()}
        made: dict[bytes, Receipt] = {}
        for row in ledger.all_rows(self.world.store, "info_receipt"):
            if row["id"] not in oracle.receipt:
                who = people[row["employee"]] if row["employee"] else None
                made[row["id"]] = Receipt(row["info"], who, row["customer"])
                found.add(made[row["id"]].pair)
        assert found == new, f"receipts for {found - new} too many, none for {new - found}"
        assert len(made) == len(new), "two receipts for one recipient"
        oracle.receipt |= made
        asked: dict[bytes, list[bytes]] = {row: [] for row in made}
        for row in ledger.all_rows(self.world.store, "info_answer"):
            if row["receipt"] in made:
                asked[row["receipt"]].append(row["task"])
                oracle.answer[row["id"]] = Answer(row["receipt"], row["kind"], row["mandatory"])
        for receipt, tasks in asked.items():
            wanted = oracle.info[made[receipt].info].tasks
            assert sorted(tasks) == sorted(wanted), "other tasks than the info has"

    def compare_receipts(self) -> None:
        """Every receipt is as accepted steps explain it: its status, and what is noted; and so is
        every answer.
        """
        oracle = self.post
        found = {
            row["id"]: (
                row["status"],
                {n: row[n] for n in NOTED if row[n] is not None},
                row["reminded_at"],
            )
            for row in ledger.all_rows(self.world.store, "info_receipt")
        }
        wanted = {row: (r.status, dict(r.noted), r.reminded) for row, r in oracle.receipt.items()}
        assert found == wanted, f"receipts: {apart(found, wanted)}"
        given = {
            row["id"]: row[VALUE_OF[row["kind"]]]
            for row in ledger.all_rows(self.world.store, "info_answer")
        }
        said = {row: answer.value for row, answer in oracle.answer.items()}
        assert given == said, f"answers: {apart(given, said)}"

    # -- time, attachments

    def instants(self) -> set[int]:
        infos = self.post.info.values()
        return super().instants() | {i for info in infos for i in (info.starts, info.ends)}

    def has_ended(self) -> bool:
        """Whether the window of some row is over."""
        return any(info.is_over(self.now) for info in self.post.info.values())

    def begin_act(self) -> None:
        super().begin_act()
        self._end_windows()

    def end_act(self) -> None:
        self._end_windows()
        super().end_act()

    def wait_until(self, which: int, early: int) -> None:
        super().wait_until(which, early)
        self._end_windows()

    def _end_windows(self) -> None:
        """Where windows end, the rows leave in steps; all of these are taken."""
        if self.has_ended():
            self.world.store.pass_time()
            self.world.store.settle_rest()

    def visible(self, who: str) -> set[bytes]:
        oracle, found = self.post, set[bytes]()
        for entity, row in oracle.slice(who, self.now):
            if entity == "info_attachment":
                found |= {i.files[row] for i in oracle.info.values() if row in i.files}
            if entity == "info_answer" and oracle.answer[row].kind == "photo":
                found |= {cast(bytes, oracle.answer[row].value)} - {None}
        return found

    def settle(self) -> None:
        if self.kind.has("info"):
            self.run_jobs()
        super().settle()
        if self.kind.has("info"):
            self.compare_receipts()


def apart(found: object, wanted: object) -> str:
    """What differs, in short."""
    assert isinstance(found, dict)
    assert isinstance(wanted, dict)
    keys = [k for k in found.keys() | wanted.keys() if found.get(k) != wanted.get(k)]
    return "; ".join(f"{found.get(k)} for {wanted.get(k)}" for k in sorted(keys)[:3])
