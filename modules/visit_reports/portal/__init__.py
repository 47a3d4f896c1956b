"""What the module brings to the portal: templates, their designer, publishing them, and what reps
have answered, evaluated.
"""

from __future__ import annotations

from pathlib import Path

from modules.visit_reports.evaluation.chosen import ANSWER
from modules.visit_reports.portal import (
    condition,
    design,
    evaluation,
    evaluation_answers,
    evaluation_export,
    one,
    places,
    publish,
    question,
    report,
    returned,
    section,
    templates,
    visit,
)
from modules.visit_reports.portal.reading import REPORT, TEMPLATE, mark
from server.portal.public import Link, ModulePages, Panel

BOTH = ("GET", "POST")
PAGES = ModulePages(
    Path(__file__).parent.parent,
    {
        "/templates": (templates.templates, ("GET",)),
        "/templates/new": (templates.new, BOTH),
        "/templates/{row}": (one.template, ("GET",)),
        "/templates/{row}/end": (one.end, BOTH),
        "/templates/{row}/edition": (one.edition, ("POST",)),
        "/templates/{row}/publish": (publish.publish, BOTH),
        "/templates/{row}/design": (design.design, BOTH),
        "/templates/{row}/design/section": (section.section, BOTH),
        "/templates/{row}/design/question": (question.question, BOTH),
        "/templates/{row}/design/condition": (condition.condition, BOTH),
        "/templates/{row}/design/phone": (design.phone, ("POST",)),
        "/places": (places.places, BOTH),
        "/reports": (returned.reports, ("GET",)),
        "/reports/{row}": (report.report, ("GET",)),
        "/reports/{row}/reopen": (report.reopen, BOTH),
        "/visits/{row}": (visit.visit, ("GET",)),
        "/evaluation": (evaluation.evaluation, ("GET",)),
        "/evaluation/answers": (evaluation_answers.behind, ("GET",)),
        "/evaluation/{table}.{form}": (evaluation_export.export, BOTH),
    },
    (
        Link("/templates", "Report templates", "columns", TEMPLATE),
        Link("/reports", "Reports", "check", REPORT),
        Link("/evaluation", "Evaluation", "chart-bar", ANSWER),
    ),
    {"templates": Panel(TEMPLATE, mark), "reports": Panel(REPORT, returned.mark)},
    tables=evaluation_export.TABLES,
)
