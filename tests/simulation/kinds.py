"""Kinds of life: what is decided before the first act."""

from __future__ import annotations

from dataclasses import dataclass

from modules.documents.manifest import DOCUMENTS
from modules.expenses.manifest import EXPENSES
from modules.messages.manifest import MESSAGES
from modules.timesheets.manifest import TIMESHEETS
from modules.visit_reports.manifest import VISIT_REPORTS
from syncengine.model.manifest import Schema
from syncengine.model.module import Module
from syncengine.model.parts import MAIN
from tests.simulation.parted import NOTES, PARTED, PEOPLE
from tests.simulation.versions import FIRST, SCHEMAS
from tests.support.world import SCHEMA

# What rows refer to attachments by.
REFERRING = (
    ("info_answer", "photo"),
    ("info_attachment", "file"),
    ("report_answer", "file"),
    ("document_edition", "file"),
    ("document_return", "signed_file"),
    ("document_return", "signature"),
    ("trip_receipt", "file"),
)
Parts = tuple[str, ...]  # by name, of those that a device takes; none: all


@dataclass(frozen=True)
class Kind:
    """schemas: the server's, by version of master data. takes: what the devices of a life may take,
    each with its share of the lives. contacts: how many each customer has in the beginning.
    any_parts: whether an old answer that comes once more may be one to a request for other parts:
    of the same version, it cannot be told from the right one.
    """

    schemas: dict[int, Schema]
    takes: tuple[tuple[Parts, float], ...]
    contacts: int = 0
    any_parts: bool = True

    @property
    def beside(self) -> dict[str, int]:
        """The version of each module that apps know besides master data."""
        own = {m.name for m in SCHEMA.modules}
        return {m.name: m.version for m in self.schemas[FIRST].modules if m.name not in own}

    def has(self, entity: str) -> bool:
        """Whether there are such rows in these lives."""
        return entity in self.schemas[FIRST].entities

    @property
    def attaches(self) -> bool:
        """Whether rows of these lives refer to attachments."""
        return any(self.has(entity) for entity, _ in REFERRING)

    @property
    def part_of(self) -> dict[str, int]:
        """The number of each entity's part, in all versions."""
        return {n: e.part.number for n, e in self.schemas[FIRST].entities.items()}

    def parts(self, chance: float) -> Parts:
        """What the devices of one life take, by a number from 0 to 1."""
        below = 0.0
        for parts, share in self.takes[:-1]:
            below += share
            if chance < below:
                return parts
        return self.takes[-1][0]


# With all parts, a first sync publishes one after the other.
PLAIN = Kind(SCHEMAS, (((MAIN.name,), 0.7), ((), 0.3)))
LARGE_LATER = Kind(
    PARTED,
    (
        ((), 0.6),
        ((MAIN.name, PEOPLE.name), 0.15),
        ((MAIN.name, NOTES.name), 0.15),
        ((MAIN.name,), 0.1),
    ),
    contacts=4,
    any_parts=False,
)


def _with(*modules: Module) -> Kind:
    """As plain ones, with some modules more."""
    schemas = {v: Schema((*schema.modules, *modules)) for v, schema in SCHEMAS.items()}
    return Kind(schemas, PLAIN.takes)


POSTED = _with(MESSAGES)
VISITED = _with(VISIT_REPORTS)
SHELVED = _with(DOCUMENTS)
SPENT = _with(EXPENSES, TIMESHEETS)
