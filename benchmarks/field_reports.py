"""Visit reports of a field force, for the portal's pages: templates, and what reps have begun."""

from __future__ import annotations

from benchmarks.data import operation
from benchmarks.office import Office, condition_text
from syncengine.model.fields import Stored
from syncengine.model.ids import to_text
from syncengine.model.windows import DAY

QUESTIONS = 300  # of the draft, as many as there can be; of the others ten
VISITS = 5  # of each rep, each with a report
_T = {"en": "Is the shelf filled?", "de": "Ist das Regal voll?"}


def _form(questions: int) -> str:
    """With a condition at every question but the first."""
    asked: list[dict[str, object]] = [
        {"key": f"q{n}", "kind": "yes_no", "text": _T, "mandatory": True} for n in range(questions)
    ]
    for number, question in enumerate(asked[1:]):
        question["shown_when"] = {"field": f"q{number}", "op": "equal", "value": True}
    return condition_text({"sections": [{"key": "all", "title": _T, "questions": asked}]})


def add_reports(office: Office, running: int) -> None:
    """So many templates that run, each for a customer; a draft, and reports that are being
    answered.
    """
    now, reps = office.store.environment.now(), office.generator.owners
    form, new_id = _form(10), office.generator.new_id
    templates = [new_id() for _ in range(running)]
    period = {"starts_at": now, "ends_at": now + 30 * DAY}
    for number, row in enumerate(templates):
        shop = office.first_of[reps[number % len(reps)]]
        fields: dict[str, Stored] = {
            "title": f"Report {number}", "kind": "dynamic", "family": to_text(row), "edition": 1,
            "form": form, "status": "draft", **period,
        }  # fmt: skip
        target: dict[str, Stored] = {"template": row, "customer": shop, **period}
        office.write([
            operation("report_template", row, fields), operation("report_target", new_id(), target),
        ])  # fmt: skip
        office.update("report_template", row, status="published")
    draft = new_id()
    office.write([operation("report_template", draft, {
        "title": "Draft", "kind": "standard", "family": to_text(draft), "edition": 1,
        "form": _form(QUESTIONS), "status": "draft",
    })])  # fmt: skip
    for place, rep in enumerate(reps):
        shop, rows = office.first_of[rep], []
        for number in range(VISITS):
            visit = new_id()
            rows += [
                operation("visit", visit, {"customer": shop, "employee": rep,
                                           "checked_in_at": now, "status": "checked_in"}),
                operation("report", new_id(), {
                    "template": templates[(place + number) % running], "visit": visit,
                    "customer": shop, "status": "open",
                }),
            ]  # fmt: skip
        office.write(rows)
