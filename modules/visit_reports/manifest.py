"""The module's manifest."""

from __future__ import annotations

from modules.visit_reports import reports, templates, visits
from syncengine.model.module import Module

VISIT_REPORTS = Module(
    number=4,
    name="visit_reports",
    version=1,
    entities=(
        templates.REPORT_TEMPLATE,
        templates.REPORT_TARGET,
        templates.REPORT_ASSIGNMENT,
        visits.VISIT,
        reports.REPORT,
        reports.REPORT_ANSWER,
        visits.VISIT_SETTING,
    ),
    withheld=(visits.WITHHELD,),
    migrations="modules.visit_reports:migrations",
    lifecycles=(templates.TEMPLATES, visits.VISITS, reports.REPORTS),
    protections=(*templates.PROTECTIONS, *visits.PROTECTIONS, *reports.PROTECTIONS),
    portal="modules.visit_reports.portal",
    jobs="modules.visit_reports.jobs",
)
