"""What reps do at visits on their devices: check in, answer reports, take photos, confirm; with the
module's facade, and past all rules.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from random import Random

from device_sdk.errors import Refused
from modules.visit_reports.device import Filling, NotHere, Reports
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from tests.fleet.office import PEOPLE
from tests.simulation.filled import ANSWER, REPORT, VISIT, FilledLife
from tests.simulation.questions import FORMS, Form, Question, lacking
from tests.simulation.reported import OPEN
from tests.simulation.reporting import PHONES
from tests.simulation.seat import SimulatedSeat
from tests.simulation.witness import real, seated

LIKELY_STATES = ("complete", "complete", "confirmed", "confirmed", "in_progress", "returned")
FORGED: dict[str, Stored] = {"yes": True}


class VisitingLife(FilledLife):
    """Acts on devices."""

    def reports(self, which: int) -> Reports:
        """Of a device."""
        return Reports(real(self.seat(which)).device)

    # -- with the facade

    def visit(self, which: int, customer: int, drawn: int) -> None:
        """Check in at a customer, answer some of what applies there, maybe check out."""
        self._visit(which, self.pick(self.customers, customer), Random(f"visit {drawn}"))

    def _visit(self, which: int, row: bytes, random: Random, fills: bool = True) -> None:
        seat = seated(self.seat(which))
        shown, planned = seat.device.shown(), self._planned(which, row)
        try:
            visit = self.reports(which).check_in(row, random.choice([None, *planned])).id
        except Refused:
            refuses = ("customer", row) not in shown or seat.may_refuse(row, self.clock(which))
            assert refuses, f"{seat.person} cannot visit an own customer"
            self.counts["check_in_refused"] += 1
            return
        self.wrote(which)
        offered = {one.template.bytes for one in self.reports(which).applying(row)}
        self._apply(which, row, offered)
        for template in random.sample(sorted(offered), min(len(offered), 2)):
            filling = self._do(which, row, partial(Reports.start, visit=visit, template=template))
            if filling is not None and fills:
                self._fill(which, filling, random)
        if random.random() < 0.4:
            self._do(which, row, partial(Reports.check_out, visit=visit))

    def _planned(self, which: int, customer: bytes) -> list[bytes]:
        """The appointments with a customer that a device shows."""
        device = real(self.seat(which)).device
        found = device.rows("appointment", "customer=? ORDER BY id", [customer])
        return [row.id.bytes for row in found]

    def _apply(self, which: int, customer: bytes, offered: set[bytes]) -> None:
        """What is offered applies by the rows that the device shows, and nothing else does."""
        seat = seated(self.seat(which))
        if ("customer", customer) not in seat.device.shown():
            return
        known, phone = seat.newest.oracle, self._should_show(seat, "customer", customer)["phone"]
        wanted = set()
        if known is not None:
            rows = seat.expected(self.clock(which))
            wanted = self.known_desk(known).applying(
                seat.person, customer, phone, rows, self.clock(which)
            )
        assert offered == wanted, f"{seat.person}: other templates apply at the customer"
        self.counts["template_applies"] += len(offered)

    def answer_reports(self, which: int, drawn: int) -> None:
        """Some reports that are open on a device; all of the own customers' are among them."""
        random, seat = Random(f"answers {drawn}"), seated(self.seat(which))
        found = self.reports(which).open_reports()
        shown, ids = seat.device.shown(), {filling.report.bytes for filling in found}
        for entity, row in shown:
            if entity == REPORT and self._should_show(seat, REPORT, row)["status"] in OPEN:
                here = ("report_template", self._template_of(seat, row)) in shown
                own = self._is_own(seat, self.home[row][1])
                assert row in ids or not own or not here, f"{seat.person} lacks an open report"
        for filling in random.sample(found, min(len(found), 2)):
            self._fill(which, filling, random)

    def _template_of(self, seat: SimulatedSeat, report: bytes) -> bytes:
        known = seat.of(REPORT).oracle
        if known is not None and report in self.known_desk(known).report:
            return self.known_desk(known).report[report].template
        return next(
            bytes(w.fields["template"])  # type: ignore[arg-type]
            for _, w in seat.operations()
            if w.row == report and w.action is Action.INSERT
        )

    def _is_own(self, seat: SimulatedSeat, customer: bytes) -> bool:
        known = seat.newest.oracle
        return known is not None and known.owner.get(customer) == seat.person

    def _fill(self, which: int, filling: Filling, random: Random, ends: float = 0.7) -> None:
        """Answer most questions, then often complete or confirm it, whether that can be or not."""
        seat, customer = seated(self.seat(which)), filling.customer.bytes
        template = self._template_of(seat, filling.report.bytes)
        assert filling.template.bytes == template, "another edition than it was begun with"
        if filling.status not in OPEN:
            return
        for question in self._form(seat, template):
            if random.random() < 0.8:
                self._do(which, customer, self._answer_of(which, filling, question, random))
        if random.random() < ends:
            self._finish(which, filling, random.random() < 0.7)

    def _answer_of(
        self, which: int, filling: Filling, question: Question, random: Random
    ) -> Callable[[Reports], object]:
        report, asks_photo = filling.report, question.kind == "photo"
        photos = self.reports(which).filling(report).photos(question.key) if asks_photo else ()
        match question.kind:
            case "photo" if photos and random.random() < 0.3:
                return partial(Reports.remove_photo, report=report, answer=photos[0].answer)
            case "photo":
                photo = self.attach(which, self.content(random), random)
                return partial(Reports.add_photo, report=report, question=question.key, photo=photo)
            case "number":
                value: object = Decimal(random.choice((0, 1, 3, 4, 5)))
            case "text":
                value = random.choice(("sold out", "rats", " "))
            case _:
                value = random.choice((True, True, True, False, None))
        return partial(Reports.answer, report=report, question=question.key, value=value)

    def _finish(self, which: int, filling: Filling, confirms: bool) -> None:
        """Device and oracle agree on whether anything is missing."""
        seat, reports, report = seated(self.seat(which)), self.reports(which), filling.report
        form = self._form(seat, filling.template.bytes)
        missing = lacking(form, self.shown_answers(seat), report.bytes)
        said = {item.question.key for item in reports.filling(report).standing.lacking}
        assert said == missing, f"the device says that there is missing {said}, not {missing}"
        try:
            (reports.confirm if confirms else reports.complete)(report)
        except Refused:
            own = self._is_own(seat, filling.customer.bytes)
            assert missing or not own, f"{seat.person} cannot finish a report that is filled"
            self.counts["unfinished_refused"] += bool(missing)
        else:
            assert not missing, f"finished, and there is missing: {missing}"
        self.wrote(which)

    def _form(self, seat: SimulatedSeat, template: bytes) -> Form:
        return FORMS[self.known_desk(seat.of("report_template").oracle).template[template].form]

    def _do(self, which: int, customer: bytes, step: Callable[[Reports], object]) -> Filling | None:
        """Unless the device refuses it, which it does not at an own customer."""
        seat, found = seated(self.seat(which)), None
        try:
            found = step(self.reports(which))
        except (Refused, NotHere):
            assert not self._is_own(seat, customer), f"{seat.person} cannot work on an own report"
            self.counts["visit_refused_here"] += 1
        self.wrote(which)
        return found if isinstance(found, Filling) else None

    # -- several at one report

    def both_answer(self, absent: str, substitute: str, drawn: int) -> None:
        """A rep begins a report, and goes on beside their substitute, without network: often both
        answer what nobody has answered, and often one has finished it before the other's answers
        come. Then both go on with what came of it.
        """
        theirs = [c for c, owner in self.oracle.owner.items() if owner == absent]
        if not theirs:
            return
        self.switch_on(absent, substitute)
        self.publish_template("dynamic", drawn, theirs[0])
        self.run_report_jobs()
        self.end_act()
        random, numbers = Random(f"both {drawn}"), [PEOPLE.index(absent), PEOPLE.index(substitute)]
        self.session(numbers[0], None)
        self._visit(numbers[0], theirs[0], random, fills=random.random() < 0.5)
        for _ in range(2):
            self._sync_all(numbers)
            ends = random.choice((0, 0.7))
            for number in numbers:
                self._carry_on(number, theirs[0], random, ends)
        self._sync_all(numbers)
        self.counts["both_answered"] += 1

    def _sync_all(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self.session(number, None)

    def _carry_on(self, which: int, customer: bytes, random: Random, ends: float) -> None:
        """With the newest reports of a customer that are open on a device."""
        for filling in self.reports(which).open_reports(customer)[-2:]:
            self._fill(which, filling, random, ends)

    def visit_two(self, who: str, drawn: int) -> None:
        """A template is for one of two customers of a rep by a condition; the rep visits both."""
        theirs = [c for c, owner in self.oracle.owner.items() if owner == who][-2:]
        while len(theirs) < 2:
            self.customer(who)
            theirs.append(self.customers[-1])
        for row, phone in zip(theirs, PHONES[1:], strict=True):
            self.correct(self.customers.index(row), phone)
        self.publish_for_phone(PHONES[1], drawn)
        self.run_report_jobs()
        self.end_act()
        random, number = Random(f"two {drawn}"), PEOPLE.index(who)
        self.session(number, None)
        for row in theirs:
            self._visit(number, row, random)
        self.counts["two_visited"] += 1

    def restore_draft(self, which: int, customer: int, drawn: int) -> None:
        """A device is lost after its drafts were sent: they are on the next one."""
        self.visit(which, customer, drawn)
        number = which % len(self.seats)
        self.session(number, None)
        self.replace_device(number)
        self.session(number, None)
        self.answer_reports(number, drawn + 1)
        self.counts["draft_restored"] += 1

    # -- past the facade

    def force_report(self, which: int, report: int, status: str) -> None:
        """A client that asks nobody takes any step, of any report."""
        if self.desk.report:
            row = self.pick(list(self.desk.report), report)
            self._force(which, Action.UPDATE, REPORT, row, self.home[row][1], {"status": status})
            self.counts["forged_report"] += 1

    def force_said(self, which: int, report: int) -> None:
        """And answers any report, complete or not."""
        if self.desk.report:
            row = self.pick(list(self.desk.report), report)
            said = {"report": row, "question": "filled", "position": 0, **FORGED}
            made = self._force(which, Action.INSERT, ANSWER, None, self.home[row][1], said)
            self.settle_in(ANSWER, made, said)
            self.counts["forged_said"] += 1

    def force_visit(self, which: int, customer: int) -> None:
        """And checks in wherever it likes, as somebody else."""
        row = self.pick(self.customers, customer)
        other = self.world.people[PEOPLE[(which + 1) % len(PEOPLE)]]
        said: dict[str, Stored] = {
            "customer": row, "employee": other, "checked_in_at": self.now, "status": "checked_in"
        }  # fmt: skip
        made = self._force(which, Action.INSERT, VISIT, None, row, said)
        self.settle_in(VISIT, made, said)
