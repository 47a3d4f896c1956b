"""Visit reports as the oracle keeps them: templates, whom they are for, visits, reports, answers.
The rules of docs/REPORTS.md, told anew in plain dictionaries: no code of the engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from tests.fleet.oracle import Key, behind
from tests.simulation.posted import CONFIRMED, Noted, PostedOracle, Target, stamped
from tests.simulation.questions import FORMS, Said, Value, lacking

OPEN = ("open", "in_progress", "complete")
ANSWERED_IN = ("open", "in_progress")
KEPT = 30 * 24 * 3600 * 1_000_000  # a template that ended
# What a rep may do, and what is noted then; by entity.
STEPS: dict[str, dict[tuple[str, str], tuple[str, ...]]] = {
    "visit": {("checked_in", "checked_out"): ("checked_out_at",)},
    "report": {
        ("open", "in_progress"): (),
        ("open", "complete"): ("completed_at",),
        ("in_progress", "complete"): ("completed_at",),
        ("complete", "in_progress"): (),
        ("complete", "confirmed"): CONFIRMED,
    },
}
FILLED_BY = ("complete", "confirmed")  # then nothing is missing


@dataclass(frozen=True)
class Template:
    """kind: standard or dynamic. form: the number of FORMS. ended: when it ended."""

    kind: str
    form: int
    starts: int | None
    ends: int | None
    family: bytes
    edition: int = 1
    status: str = "published"
    ended: int | None = None

    def is_over(self, at: int) -> bool:
        """Of its targets and assignments."""
        return self.ends is not None and self.ends <= at


@dataclass(frozen=True)
class Assignment:
    """Of a target of a template, for a person or an owner, by name."""

    template: bytes
    target: bytes
    person: str | None
    owner: str | None


@dataclass(frozen=True)
class Call:
    """A visit. said: what it was begun with."""

    customer: bytes
    said: Mapping[str, Value]
    status: str = "checked_in"
    noted: Noted = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """Of a template at a visit."""

    template: bytes
    visit: bytes
    customer: bytes
    status: str = "open"
    noted: Noted = field(default_factory=dict)
    reason: str | None = None


@dataclass
class ReportedOracle(PostedOracle):
    """With visit reports. aim: the targets of templates, gone: those that were deleted; call:
    visits; said: answers.
    """

    template: dict[bytes, Template] = field(default_factory=dict)
    aim: dict[bytes, Target] = field(default_factory=dict)
    gone: dict[bytes, Target] = field(default_factory=dict)
    assigned: dict[bytes, Assignment] = field(default_factory=dict)
    call: dict[bytes, Call] = field(default_factory=dict)
    report: dict[bytes, Report] = field(default_factory=dict)
    said: dict[bytes, Said] = field(default_factory=dict)

    # -- who has what

    def slice(self, who: str, at: int, since: int | None = None) -> set[Key]:
        """Visits and reports are where their customer is, until they are closed or confirmed; a
        template where a target, an assignment or a report of it is. When the time of a target
        passes, the template stays until the office is heard of.
        """
        found, known = super().slice(who, at, since), at if since is None else since
        customers = {row for entity, row in found if entity == "customer"}
        reports = {
            row for row, r in self.report.items() if r.customer in customers and r.status in OPEN
        }
        calls = (row for row, c in self.call.items() if c.customer in customers)
        found |= {("visit", row) for row in calls if self.call[row].status != "closed"}
        found |= {("report", row) for row in reports}
        found |= {("report_answer", row) for row, a in self.said.items() if a.report in reports}
        carrying = {self.report[row].template for row in reports}
        for key, template in self._aimed(who, customers, at, known):
            if not self.template[template].is_over(at):
                found.add(key)
            if not self.template[template].is_over(known):
                carrying.add(template)
        kept = (row for row in carrying if self.template[row].status != "archived")
        return found | {("report_template", row) for row in kept}

    def _aimed(
        self, who: str, customers: set[bytes], at: int, known: int
    ) -> Iterator[tuple[Key, bytes]]:
        """(the row, its template) of targets and assignments that come to somebody."""
        standing = [s for s in self.switch.values() if s.holds(at, known)]
        owners = self.below(who) | behind(who, standing)
        theirs = [row for row, owner in self.owner.items() if owner in owners]
        markets = {above for row in theirs for above in self.markets_of(row)}
        places: dict[str, set[bytes]] = {"market": markets, "customer": customers}
        for row, aim in self.aim.items():
            if aim.whom in places.get(aim.of, ()):
                yield ("report_target", row), aim.what
        for row, made in self.assigned.items():
            if made.person == who or made.owner in owners:
                yield ("report_assignment", row), made.template

    def hidden(self, at: int) -> set[Key]:
        """Targets and assignments of templates that begin later."""
        ahead = {row for row, made in self.template.items() if (made.starts or 0) > at}
        aims = {("report_target", row) for row, aim in self.aim.items() if aim.what in ahead}
        made = {("report_assignment", r) for r, a in self.assigned.items() if a.template in ahead}
        return super().hidden(at) | aims | made

    # -- whom a template is for

    def meant_by(self, target: Target) -> set[str]:
        """The people who get an assignment by a target."""
        standard = self.template[target.what].kind == "standard"
        if not standard and target.of in ("market", "customer"):
            return set()
        owners = {owner for row, owner in self.owner.items() if self._names(target, row)}
        return {
            who
            for who in self.people
            if who not in self.left and (who in owners or self._means(target, who))
        }

    def _names(self, target: Target, customer: bytes) -> bool:
        if target.of == "condition":
            return self.phone[customer] == target.whom
        return super()._names(target, customer)

    def applying(
        self, who: str, customer: bytes, phone: Value, shown: set[Key], at: int
    ) -> set[bytes]:
        """The templates to be answered at a customer, on a device that shows these rows. phone:
        the customer's there.
        """
        aims = {self.aim[row] for entity, row in shown if entity == "report_target"}
        found = {
            aim.what
            for aim in aims
            if self.template[aim.what].kind == "dynamic"
            and (aim.whom == customer or aim.whom in self.markets_of(customer))
        }
        for entity, row in shown:
            made = self.assigned[row] if entity == "report_assignment" else None
            if made is None or (made.owner and made.owner != self.owner[customer]):
                continue
            target = self.aim.get(made.target, self.gone.get(made.target))
            assert target is not None
            mine = made.person == who or (made.owner and target.of != "condition")
            if mine or (made.owner and target.whom == phone):
                found.add(made.template)
        return {row for row in found if self._runs(self.template[row], at)}

    @staticmethod
    def _runs(made: Template, at: int) -> bool:
        return made.status == "published" and (made.starts or 0) <= at and not made.is_over(at)

    # -- what the server does by itself

    def assignments(self) -> set[Assignment]:
        """All that there are to be."""
        found = set[Assignment]()
        for row, target in self.aim.items():
            made = self.template[target.what]
            if made.status == "published":
                standard = made.kind == "standard"
                found |= {
                    Assignment(target.what, row, *((who, None) if standard else (None, who)))
                    for who in self.meant_by(target)
                }
        return found

    def follow_reports(self, at: int) -> None:
        """Templates end, reports that are confirmed return, visits without open ones are closed,
        templates leave and come back.
        """
        for row, made in self.template.items():
            if made.status == "published" and made.is_over(at):
                self.template[row] = replace(made, status="ended", ended=at)
        for row, report in self.report.items():
            if report.status == "confirmed":
                noted = {**report.noted, "returned_at": at}
                self.report[row] = replace(report, status="returned", noted=noted, reason=None)
        is_open = [report for report in self.report.values() if report.status in OPEN]
        for row, call in self.call.items():
            if call.status == "checked_out" and row not in {r.visit for r in is_open}:
                self.call[row] = replace(call, status="closed")
        answered = {report.template for report in is_open}
        for row, made in self.template.items():
            if made.status == "archived" and row in answered:
                self.template[row] = replace(made, status="ended")
            if made.status == "ended" and row not in answered and (made.ended or 0) < at - KEPT:
                self.template[row] = replace(made, status="archived")

    # -- what reps do

    def lacking(self, report: bytes, also: Mapping[bytes, Said] | None = None) -> set[str]:
        """The questions of a report that are missing or wrong, with these answers."""
        form = FORMS[self.template[self.report[report].template].form]
        return lacking(form, self.said if also is None else also, report)

    def step_of(
        self, entity: str, row: bytes, base: str, to: str, stamps: Noted, may: bool
    ) -> tuple[str, dict[str, int | bytes]]:  # fmt: skip
        """(status, noted) after a step that was taken where `base` stood. stamps, may: as of
        receipts.
        """
        state = self.call[row] if entity == "visit" else self.report[row]
        steps, noted = STEPS[entity], dict(state.noted)
        whole = to not in FILLED_BY or not self.lacking(row)
        if to in (base, state.status) or not may or not whole:
            return state.status, noted
        if (state.status, to) in steps:
            return to, {**noted, **stamped(steps[state.status, to], stamps)}
        if (base, to) in steps:  # too late: what was done is noted
            return state.status, {**stamped(steps[base, to], stamps), **noted}
        return state.status, noted
