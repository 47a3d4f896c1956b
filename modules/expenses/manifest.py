"""The module's manifest."""

from __future__ import annotations

from modules.expenses import rate_entities, statement_entities, trip_entities
from modules.expenses.trip_lifecycle import PROTECTIONS, TRIPS
from syncengine.model.module import Module

EXPENSES = Module(
    number=6,
    name="expenses",
    version=1,
    entities=(
        rate_entities.PER_DIEM_RATE,
        rate_entities.MILEAGE_RATE,
        rate_entities.EXPENSE_LIMIT,
        trip_entities.TRIP,
        *trip_entities.PARTS,
        trip_entities.TRIP_CORRECTION,
        trip_entities.TRIP_OBJECTION,
        *statement_entities.ENTITIES,
    ),
    migrations="modules.expenses:migrations",
    lifecycles=(TRIPS,),
    protections=(*PROTECTIONS, *rate_entities.PROTECTIONS, *statement_entities.PROTECTIONS),
    jobs="modules.expenses.jobs",
    portal="modules.expenses.portal",
)
