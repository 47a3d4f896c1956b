"""Messages as the oracle keeps them: infos, whom they are for, how far recipients have come. The
rules of docs/MESSAGES.md, told anew in plain dictionaries: no code of the engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from tests.fleet.oracle import Key, Oracle, behind

OPEN = ("scheduled", "delivered", "shown", "tasks_done")
CONFIRMED = ("confirmed_at", "confirmed_by", "confirmed_for")
# What a rep may do, and what is noted then.
STEPS: dict[tuple[str, str], tuple[str, ...]] = {
    ("scheduled", "delivered"): ("delivered_at",),
    ("scheduled", "shown"): ("delivered_at", "shown_at"),
    ("delivered", "shown"): ("shown_at",),
    ("shown", "tasks_done"): ("tasks_done_at",),
    ("shown", "confirmed"): CONFIRMED,
    ("tasks_done", "confirmed"): CONFIRMED,
    ("expired", "confirmed"): CONFIRMED,
}
Noted = Mapping[str, int | bytes]
Value = bool | str | bytes | None
Pair = tuple[bytes, str | bytes]  # an info, and for whom: a person by name, or a customer


@dataclass(frozen=True)
class Target:
    """What something is aimed at. what: an info, say. of: employee (whom: by name), customer,
    market, audience, rule.
    """

    what: bytes
    of: str
    whom: str | bytes
    below: bool = False


@dataclass(frozen=True)
class Info:
    """kind: daily or action. tasks: (kind, whether it is mandatory) by row; files: hash by row;
    reminders: when, by row.
    """

    kind: str
    starts: int
    ends: int
    tasks: Mapping[bytes, tuple[str, bool]]
    files: Mapping[bytes, bytes]
    withdrawn: bool = False
    reminders: Mapping[bytes, int] = field(default_factory=dict)

    def is_over(self, at: int) -> bool:
        """A daily info ends; an action info is overdue, and stays."""
        return self.kind == "daily" and self.ends <= at


@dataclass(frozen=True)
class Receipt:
    """Of a person (who, by name) or of a customer."""

    info: bytes
    who: str | None
    customer: bytes | None
    status: str = "scheduled"
    noted: Noted = field(default_factory=dict)
    reminded: int | None = None  # the last reminder that was shown

    @property
    def said(self) -> str:
        """In short."""
        return f"{self.status} {sorted(self.noted.items())} {self.reminded}"

    @property
    def pair(self) -> Pair:
        """What there is one of."""
        recipient = self.who if self.who is not None else self.customer
        assert recipient is not None
        return self.info, recipient


@dataclass(frozen=True)
class Answer:
    """To a task, as part of a receipt."""

    receipt: bytes
    kind: str
    mandatory: bool
    value: Value = None

    @property
    def is_done(self) -> bool:
        """A box has to be checked; all else has to be there."""
        return self.value is True if self.kind == "check" else self.value is not None


@dataclass
class PostedOracle(Oracle):
    """With messages."""

    info: dict[bytes, Info] = field(default_factory=dict)
    target: dict[bytes, Target] = field(default_factory=dict)
    receipt: dict[bytes, Receipt] = field(default_factory=dict)
    answer: dict[bytes, Answer] = field(default_factory=dict)

    # -- who has what

    def slice(self, who: str, at: int, since: int | None = None) -> set[Key]:
        """A receipt that is open is with its person, or where its customer is; what it says and
        asks is where it is, until it is withdrawn.
        """
        found = super().slice(who, at, since)
        customers = {row for entity, row in found if entity == "customer"}
        held = {
            row
            for row, r in self.receipt.items()
            if r.status in OPEN and (r.who == who or r.customer in customers)
        }
        found |= {("info_receipt", row) for row in held}
        found |= {("info_answer", row) for row, a in self.answer.items() if a.receipt in held}
        for info in {self.receipt[row].info for row in held}:
            if not (self.info[info].withdrawn or self.info[info].is_over(at)):
                found |= self._whole(info)
        return found

    def hidden(self, at: int) -> set[Key]:
        """Infos that begin later."""
        ahead = [row for row, info in self.info.items() if info.starts > at]
        return {key for row in ahead for key in self._whole(row)}

    def _whole(self, info: bytes) -> set[Key]:
        made = self.info[info]
        tasks = {("info_task", row) for row in made.tasks}
        reminders = {("info_reminder", row) for row in made.reminders}
        files = {("info_attachment", row) for row in made.files}
        return {("info", info)} | tasks | files | reminders

    # -- whom an info is for

    def meant(self, info: bytes) -> set[Pair]:
        """Everybody, or every customer, that it is for."""
        aimed = [target for target in self.target.values() if target.what == info]
        if self.info[info].kind == "action":
            found: set[str | bytes] = {
                row
                for row, owner in self.owner.items()
                if any(self._names(t, row) or self._means(t, owner) for t in aimed)
            }
        else:
            owners = {o for row, o in self.owner.items() if any(self._names(t, row) for t in aimed)}
            found = {
                who
                for who in self.people
                if who not in self.left
                and (who in owners or any(self._means(t, who) for t in aimed))
            }
        return {(info, recipient) for recipient in found}

    def _means(self, target: Target, who: str | None) -> bool:
        if who is None:
            return False
        if target.of == "audience":
            return self.listens(who, bytes(target.whom))  # type: ignore[arg-type]
        if target.of != "employee":
            return False
        return who in self.below(str(target.whom)) if target.below else who == target.whom

    def _names(self, target: Target, customer: bytes) -> bool:
        match target.of:
            case "customer":
                return customer == target.whom
            case "market":
                return target.whom in self.markets_of(customer)
            case "rule":
                return self._meets(customer, self.shown[bytes(target.whom)])  # type: ignore[arg-type]
        return False

    def follow(self, at: int) -> set[Pair]:
        """The receipts follow what their infos are for, and dailies end; the pairs of which there
        is a new one.
        """
        there = {receipt.pair: row for row, receipt in self.receipt.items()}
        new: set[Pair] = set()
        for row, info in self.info.items():
            if not info.withdrawn and info.ends <= at:
                continue
            meant = set() if info.withdrawn else self.meant(row)
            new |= meant - there.keys()
            for pair in [pair for pair in there if pair[0] == row]:
                self._readdress(there[pair], pair in meant)
        for row, receipt in self.receipt.items():
            if receipt.status in OPEN and self.info[receipt.info].is_over(at):
                self.receipt[row] = replace(receipt, status="expired")
        return new

    def _readdress(self, row: bytes, is_meant: bool) -> None:
        receipt = self.receipt[row]
        if is_meant and receipt.status == "withdrawn":
            self.receipt[row] = replace(receipt, status="scheduled", noted={}, reminded=None)
        if not is_meant and receipt.status in OPEN:
            self.receipt[row] = replace(receipt, status="withdrawn")

    def is_reminded(self, row: bytes, seen: int | None) -> bool:
        """Whether a receipt is new again: it had come, and was not shown since, nor, by `seen`,
        because of the reminder.
        """
        receipt = self.receipt[row]
        came = [receipt.noted.get("delivered_at"), receipt.noted.get("shown_at"), seen]
        since = [at for at in came if isinstance(at, int)]
        last = max(self.info[receipt.info].reminders.values(), default=0)
        return bool(since) and max(since) < last

    # -- what recipients do

    def is_rep(self, who: str, receipt: Receipt, at: int) -> bool:
        """The recipient, whose the customer is, or whoever stands in for them; not who leads."""
        if receipt.customer is None:
            return receipt.who == who
        return self.serves(who, receipt.customer, at)

    def serves(self, who: str, customer: bytes, at: int) -> bool:
        """Whether a customer is somebody's, or of one whom they stand in for."""
        owner = self.owner[customer]
        standing = {row: s for row, s in self.switch.items() if s.writes(at)}
        lent = self._lent(who, standing)
        return owner == who or owner in behind(who, standing.values()) or (owner, customer) in lent

    def may_step(self, row: bytes, source: str, to: str, edited: int) -> bool:
        """Whether that is a step, with all done that it needs."""
        if (source, to) not in STEPS:
            return False
        if source == "expired" and self.info[self.receipt[row].info].ends <= edited:
            return False
        return to not in ("tasks_done", "confirmed") or not list(self.missing(row))

    def missing(self, receipt: bytes) -> Iterator[bytes]:
        """The mandatory answers that are still to be given."""
        for row, answer in self.answer.items():
            if answer.receipt == receipt and answer.mandatory and not answer.is_done:
                yield row

    def stepped(
        self, row: bytes, base: str, to: str, stamps: Noted, may: bool
    ) -> Receipt:  # fmt: skip
        """What a step comes to that was taken where `base` stood. stamps: who, for whom, and when
        (`at`). may: whether its author is the rep now.
        """
        receipt, edited = self.receipt[row], int(stamps["at"])
        if to in (base, receipt.status) or not may:
            return receipt
        if self.may_step(row, receipt.status, to, edited):
            noted = stamped(STEPS[receipt.status, to], stamps)
            return replace(receipt, status=to, noted={**receipt.noted, **noted})
        if self.may_step(row, base, to, edited):  # too late: what was done is noted
            noted = stamped(STEPS[base, to], stamps)
            return replace(receipt, noted={**noted, **receipt.noted})
        return receipt


def stamped(fields: tuple[str, ...], stamps: Noted) -> dict[str, int | bytes]:
    """What is noted, by field: `at`, `by` and `for`, as their names end."""
    return {name: stamps[name.rpartition("_")[2]] for name in fields}
