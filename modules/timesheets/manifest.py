"""The module's manifest."""

from __future__ import annotations

from modules.timesheets import sheet_entities
from modules.timesheets.sheet_lifecycle import PROTECTIONS, SHEETS
from syncengine.model.module import Module

TIMESHEETS = Module(
    number=7,
    name="timesheets",
    version=1,
    entities=(
        sheet_entities.TIMESHEET,
        sheet_entities.TIME_SPAN,
        sheet_entities.TIMESHEET_DAY,
        sheet_entities.TIMESHEET_CORRECTION,
        sheet_entities.TIMESHEET_SETTING,
    ),
    migrations="modules.timesheets:migrations",
    lifecycles=(SHEETS,),
    protections=PROTECTIONS,
    concealed=(sheet_entities.CONCEALED,),
    portal="modules.timesheets.portal",
    jobs="modules.timesheets.jobs",
)
