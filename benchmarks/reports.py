"""`syncengine bench reports`: which of many templates apply at a check-in, on the device of a rep
with many customers.

A tenth of the templates each name one customer, a fifth a market, a fifth the owner, and half of
them a condition, which is read once and tested in Python. Server and SDK are those of production,
in one process and without HTTP.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.command import run
from benchmarks.data import Sizes, operation
from benchmarks.figures import Figures, machine, say
from benchmarks.office import Office, condition_text
from benchmarks.sides import expect
from device_sdk import Device
from device_sdk.testing import Connection
from modules.visit_reports.device import Reports
from modules.visit_reports.jobs import assign
from syncengine.model.environment import Environment
from syncengine.model.fields import Stored
from syncengine.model.ids import to_text
from syncengine.model.windows import DAY

GOAL_MS = 50.0
BEGIN = 1_790_000_000_000_000  # microseconds
BATCHES = 1_000  # far more than there is work for
SEED = 7
QUESTIONS = [
    {"key": f"q{n}", "kind": "yes_no", "mandatory": True, "text": {"en": f"Question {n}"}}
    for n in range(20)
]
FORM = condition_text(
    {"sections": [{"key": "all", "title": {"en": "All"}, "questions": QUESTIONS}]}
)


@dataclass(frozen=True)
class Scale:
    """customers: of the one rep. templates: dynamic ones, all of them running. asked: check-ins
    that are measured, after ten that warm up.
    """

    customers: int = 10_000
    templates: int = 1_000
    asked: int = 200


FULL = Scale()
SMALL = Scale(customers=200, templates=50, asked=20)


class Desk:
    """An office whose templates are all for one rep's customers."""

    def __init__(self, url: str, scale: Scale) -> None:
        self.office = Office(url, Sizes((scale.customers,)), now=lambda: BEGIN)
        self._random = random.Random(SEED)
        (self.owner,) = self.office.generator.owners
        self._customers = self._of_customers("id")
        self._markets = self._of_customers("market")
        self._publish(scale.templates)

    def _of_customers(self, column: str) -> list[bytes]:
        table = self.office.store.tables["customer"]
        with self.office.store.engine.connect() as connection:
            return list(connection.scalars(table.select().with_only_columns(table.c[column])))

    def _publish(self, templates: int) -> None:
        period: dict[str, Stored] = {"starts_at": BEGIN, "ends_at": BEGIN + 90 * DAY}
        new = self.office.generator.new_id
        made = [new() for _ in range(templates)]
        operations = []
        for number, template in enumerate(made):
            values: dict[str, Stored] = {
                "title": f"Report {number:04}", "kind": "dynamic", "edition": 1, "form": FORM,
                "family": str(uuid.UUID(bytes=template)), "status": "draft",
            }  # fmt: skip
            operations.append(operation("report_template", template, values | period))
            aim = self._aim(number) | {"template": template}
            operations.append(operation("report_target", new(), aim | period))
        self.office.insert_all(operations)
        for template in made:
            self.office.update("report_template", template, status="published")
        assign(self.office.store, BATCHES)

    def _aim(self, number: int) -> dict[str, Stored]:
        pick = self._random
        match number % 10:
            case 0:
                return {"customer": pick.choice(self._customers)}
            case 1 | 2:
                return {"market": pick.choice(self._markets)}
            case 3 | 4:
                return {"employee": self.owner}
        market = to_text(pick.choice(self._markets))
        within = {"field": "market", "in_subtree_of": market, "parent": "parent"}
        postcode = {"field": "postcode", "op": "less", "value": str(pick.randint(5000, 9999))}
        return {"condition": condition_text({"any": [within, postcode]})}

    def device(self, folder: Path) -> Device:
        """The rep's, after its first sync."""
        environment = Environment(now=lambda: BEGIN)
        connection = Connection(self.office.store)
        code = self.office.code(self.owner)
        made = Device.enrol(folder / "device", connection, code, "x", environment=environment)
        made.sync()
        return made

    def asked(self, count: int) -> list[bytes]:
        """Customers to check in at."""
        return self._random.choices(self._customers, k=count)


def measure(url: str | None, scale: Scale) -> dict[str, Any]:
    """Figures by key, with the scale."""
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(url or f"sqlite:///{Path(folder) / 'server.db'}", scale)
        say("  the device syncs")
        with closing(desk.device(Path(folder))) as device:
            expect("templates on the device", device.counts()["report_template"], scale.templates)
            found = _measured(Reports(device), desk.asked(10 + scale.asked))
        desk.office.store.engine.dispose()
    return {"customers": scale.customers, "templates": scale.templates, **found}


def _measured(reports: Reports, customers: list[bytes]) -> dict[str, Any]:
    figures = Figures()
    taken, found = [], []
    for customer in customers:
        began = time.perf_counter()
        found.append(len(reports.applying(customer)))
        taken.append((time.perf_counter() - began) * 1_000)
    figures.add("first_ms", taken[0], "templates")
    taken, found = sorted(taken[10:]), found[10:]
    figures.add("applying_ms", statistics.median(taken), "templates")
    figures.add("applying_worst_ms", taken[-1], "templates")
    figures.add("found", statistics.median(found))
    return {
        "figures": figures.described(),
        "goals": {f"applying_ms < {GOAL_MS}": figures.medians()["applying_ms"] < GOAL_MS},
    }


def _measure(database: str | None, small: bool) -> dict[str, Any]:
    return {"machine": machine(), **measure(database, SMALL if small else FULL)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, write; 1 when a goal was missed."""
    result = run("reports", __doc__, arguments, _measure)
    return 0 if all(result["goals"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
