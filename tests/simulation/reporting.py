"""What the office does with visit reports, and the jobs that follow: templates and their editions,
whom they are for, reports given back.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from modules.visit_reports.jobs import assign, close
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import to_text
from syncengine.store.deadlines import take_deadlines
from tests.fleet.office import PEOPLE
from tests.simulation import ledger
from tests.simulation.posted import Target
from tests.simulation.posting import BATCHES, apart
from tests.simulation.questions import FORMS, Form, Question
from tests.simulation.recipients import RecipientLife
from tests.simulation.reported import Assignment, ReportedOracle, Template
from tests.support.world import DAY

NOTED = {
    "visit": ("checked_out_at",),
    "report": (
        "completed_at", "confirmed_at", "confirmed_by", "confirmed_for", "returned_at",
        "reopened_at",
    ),
}  # fmt: skip
VALUES = ("yes", "text", "amount", "file")
PHONES = ("", "1", "2")  # that customers often have
REASON = "Once more"


class ReportingLife(RecipientLife):
    """Writes them down in the oracle, too."""

    @property
    def desk(self) -> ReportedOracle:
        """The oracle, with visit reports."""
        assert isinstance(self.oracle, ReportedOracle)
        return self.oracle

    def open_office(self) -> None:
        super().open_office()
        self.oracle = ReportedOracle(**vars(self.oracle))

    # -- the office

    def publish_template(self, kind: str, drawn: int, customer: bytes | None = None) -> None:
        """A template with its targets, in one changeset. customer: one that it is for."""
        random = Random(f"template {drawn}")
        targets = [self._aim_report(random, kind) for _ in range(random.choice((1, 1, 2)))]
        if customer is not None:
            targets.append(("customer", customer, False))
        self._publish(kind, random, targets, None)

    def publish_for_phone(self, phone: str, drawn: int) -> None:
        """A dynamic template for the customers with that phone."""
        self._publish("dynamic", Random(f"phone {drawn}"), [("condition", phone, False)], None)

    def publish_edition(self, which: int, drawn: int) -> None:
        """Another edition for the same recipients, in place of one that runs."""
        running = [row for row, made in self.desk.template.items() if made.status == "published"]
        if running:
            before = self.pick(running, which)
            aims = [aim for aim in self.desk.aim.values() if aim.what == before]
            targets = [(aim.of, aim.whom, aim.below) for aim in aims]
            kind = self.desk.template[before].kind
            self._publish(kind, Random(f"edition {drawn}"), targets, before)
            self.counts["edition_replaced"] += 1

    def _publish(
        self, kind: str, random: Random, targets: Sequence[tuple[str, str | bytes, bool]],
        before: bytes | None,
    ) -> None:  # fmt: skip
        oracle, row, form = self.desk, self.world.environment.new_id(), random.randrange(len(FORMS))
        made = Template(kind, form, None, None, row)
        if kind == "dynamic":
            starts = self.now + random.choice((0, 0, 0, 1)) * DAY
            ends = starts + random.choice((1, 2, 5, 20)) * DAY
            made = replace(made, starts=starts, ends=ends)
        write = []
        if before is not None:
            old = oracle.template[before]
            made = replace(made, family=old.family, edition=old.edition + 1)
            write.append(
                self.world.operation(Action.UPDATE, "report_template", before, status="ended")
            )
        write.append(
            self._new(
                "report_template", row, title="Shelves", kind=kind, status="draft",
                family=to_text(made.family), edition=made.edition, form=written(FORMS[form]),
                starts_at=made.starts, ends_at=made.ends,
            )
        )  # fmt: skip
        aims = {self.world.environment.new_id(): Target(row, *target) for target in targets}
        write += [self._target(one, target, made) for one, target in aims.items()]
        write.append(
            self.world.operation(Action.UPDATE, "report_template", row, status="published")
        )
        verdict = self.world.write(write)
        assert verdict.version is not None, verdict
        oracle.template[row] = made
        oracle.aim |= aims
        if before is not None:
            self._ended(before)
        self.counts["template_published"] += 1
        if random.random() < 0.8:
            self.run_report_jobs()

    def _aim_report(self, random: Random, kind: str) -> tuple[str, str | bytes, bool]:
        """(of, whom, below) of a target."""
        oracle = self.desk
        whose: dict[str, Sequence[str | bytes]] = {
            "customer": self.customers,
            "market": list(oracle.above),
            "audience": sorted({p.audience for p in oracle.places}),
            "condition": PHONES,
            "employee": PEOPLE,
        }
        often = ("customer", "market") if kind == "dynamic" else ("employee",)
        of = random.choice([name for name in (*whose, *often) if whose[name]])
        return of, random.choice(whose[of]), of == "employee" and random.random() < 0.4

    def _target(self, row: bytes, target: Target, made: Template) -> Operation:
        named: dict[str, Stored] = {target.of: target.whom}
        if target.of == "employee":
            named = {"employee": self.desk.people[str(target.whom)], "below": target.below}
        if target.of == "condition":
            asked = {"field": "phone", "op": "equal", "value": target.whom}
            named = {"condition": json.dumps(asked, sort_keys=True, separators=(",", ":"))}
        window = {"starts_at": made.starts, "ends_at": made.ends}
        return self._new("report_target", row, template=target.what, **named, **window)

    def aim_template(self, which: int, drawn: int, adds: bool) -> None:
        """A template is for somebody else, too, or for somebody no longer."""
        random, oracle = Random(f"aim {drawn}"), self.desk
        if adds and oracle.template:
            of = self.pick(list(oracle.template), which)
            made, row = oracle.template[of], self.world.environment.new_id()
            target = Target(of, *self._aim_report(random, made.kind))
            assert not self.world.write([self._target(row, target, made)]).objections
            oracle.aim[row] = target
        elif not adds and oracle.aim:
            row = self.pick(list(oracle.aim), which)
            gone = self.world.operation(Action.DELETE, "report_target", row)
            assert not self.world.write([gone]).objections
            oracle.gone[row] = oracle.aim.pop(row)
        self.counts["template_aimed"] += 1

    def end_template(self, which: int) -> None:
        """The office ends one before its time."""
        running = [row for row, made in self.desk.template.items() if made.status == "published"]
        if running:
            row = self.pick(running, which)
            assert not self.world.update("report_template", row, status="ended").objections
            self._ended(row)

    def _ended(self, row: bytes) -> None:
        made = self.desk.template[row]
        self.desk.template[row] = replace(made, status="ended", ended=self.now)

    def reopen_report(self, which: int, says_why: bool) -> None:
        """The office gives a report back, with a reason or not at all."""
        back = [row for row, report in self.desk.report.items() if report.status == "returned"]
        if not back:
            return
        row = self.pick(back, which)
        reason = REASON if says_why else None
        verdict = self.world.update("report", row, status="in_progress", reason=reason)
        assert bool(verdict.objections) != says_why, "given back without a reason, or not with one"
        if says_why:
            noted = {"reopened_at": self.now}
            report = replace(
                self.desk.report[row], status="in_progress", noted=noted, reason=REASON
            )
            self.desk.report[row] = report
            self.counts["report_reopened"] += 1

    # -- jobs

    def run_report_jobs(self) -> None:
        """Until nothing is left to do: the oracle tells anew who gets what, and what returns."""
        store, before = self.world.store, dict(self.desk.report)
        while assign(store, BATCHES) + close(store, BATCHES) + take_deadlines(store, BATCHES):
            pass
        self.desk.follow_reports(self.now)
        self._take_in_assignments()
        for row, report in self.desk.report.items():
            self.counts["report_returned"] += before[row].status != report.status
        self.compare_reports()

    def _take_in_assignments(self) -> None:
        people = {row: name for name, row in self.desk.people.items()}
        found = {
            row["id"]: Assignment(
                row["template"], row["target"], people.get(row["person"]), people.get(row["owner"])
            )
            for row in ledger.all_rows(self.world.store, "report_assignment")
        }
        there, wanted = set(found.values()), self.desk.assignments()
        assert there == wanted, f"assignments: {there - wanted} too many, {wanted - there} missing"
        assert len(found) == len(there), "two assignments for one recipient"
        self.desk.assigned = found

    def compare_reports(self) -> None:
        """All rows are as the office and accepted work explain them."""
        oracle, store = self.desk, self.world.store
        rows = {
            entity: {row["id"]: row for row in ledger.all_rows(store, entity)}
            for entity in ("report_template", "visit", "report", "report_answer")
        }
        same(
            "templates",
            {i: (r["status"], r["ended_at"], r["edition"])
             for i, r in rows["report_template"].items()},
            {i: (t.status, t.ended, t.edition) for i, t in oracle.template.items()},
        )  # fmt: skip
        for entity, states in (("visit", oracle.call), ("report", oracle.report)):
            found = {
                i: (r["status"], {n: r[n] for n in NOTED[entity] if r[n] is not None})
                for i, r in rows[entity].items()
            }
            same(entity, found, {i: (s.status, dict(s.noted)) for i, s in states.items()})
        same(
            "what visits began with",
            {i: {n: r[n] for n in oracle.call[i].said} for i, r in rows["visit"].items()},
            {i: dict(call.said) for i, call in oracle.call.items()},
        )
        same(
            "whose reports",
            {i: (r["template"], r["visit"], r["customer"], r["reason"])
             for i, r in rows["report"].items()},
            {i: (r.template, r.visit, r.customer, r.reason) for i, r in oracle.report.items()},
        )  # fmt: skip
        same(
            "answers",
            {i: (r["report"], r["question"], r["position"],
                 {n: r[n] for n in VALUES if r[n] is not None})
             for i, r in rows["report_answer"].items()},
            {i: (a.report, a.question, a.position,
                 {n: v for n, v in a.values.items() if v is not None})
             for i, a in oracle.said.items()},
        )  # fmt: skip

    # -- time

    def instants(self) -> set[int]:
        made = self.desk.template.values()
        found = {instant for t in made for instant in (t.starts, t.ends) if instant is not None}
        return super().instants() | found

    def has_ended(self) -> bool:
        made = self.desk.template.values()
        return super().has_ended() or any(template.is_over(self.now) for template in made)

    def visible(self, who: str) -> set[bytes]:
        oracle = self.desk
        rows = {row for entity, row in oracle.slice(who, self.now) if entity == "report_answer"}
        files = {oracle.said[row].values.get("file") for row in rows}
        return super().visible(who) | {file for file in files if isinstance(file, bytes)}

    def settle(self) -> None:
        if self.kind.has("report"):
            self.run_report_jobs()
        super().settle()
        if self.kind.has("report"):
            self.compare_reports()


def written(form: Form) -> str:
    """As JSON, as it is stored."""
    section = {"key": "visit", "title": {"en": "Shelf"}, "questions": [*map(_question, form)]}
    return json.dumps({"sections": [section]}, sort_keys=True, separators=(",", ":"))


def _question(question: Question) -> dict[str, object]:
    made: dict[str, object] = {
        "key": question.key, "kind": question.kind, "text": {"en": f"{question.key}?"},
        "mandatory": question.mandatory,
    }  # fmt: skip
    if question.asked_when is not None:
        made["shown_when"] = {"field": "filled", "op": "equal", "value": question.asked_when}
    if question.kind == "number":
        made |= {"minimum": "0", "maximum": str(question.most)}
    if question.kind == "photo":
        made["maximum"] = question.most
    return made


def same(what: str, found: object, wanted: object) -> None:
    """Or what differs is told."""
    assert found == wanted, f"{what}: {apart(found, wanted)}"
