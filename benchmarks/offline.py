"""`syncengine bench offline`: eight weeks without network, thousands of pending changesets, and the
office all the while.

Two reps go offline and work; one comes back after eight weeks, the other after the records of rows
that left are gone. Server and SDK are those of production, on files, in one process and without
HTTP, because the clock has to be set. All figures come with checks: every changeset has one answer,
nothing waits any more, and each device holds to the row what a new one gets.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.command import run
from benchmarks.data import SCHEMA, Sizes
from benchmarks.figures import machine, say
from benchmarks.office import OFFICE, Office
from benchmarks.sides import expect
from device_sdk import Device
from device_sdk.testing import Connection
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.environment import Environment
from syncengine.model.fields import Stored
from syncengine.model.windows import DAY
from syncengine.store import tables as t
from syncengine.store.commit import Commit
from syncengine.store.compaction import Retention, compact
from syncengine.store.database import reading, writing
from syncengine.store.working import batches

BEGIN = 1_790_000_000_000_000  # microseconds
REPS = 2
TOGETHER = 500  # changesets of the office that share a commit, as under load
AWAY_DAYS = 56
KEPT = Retention(left=180 * DAY, answers=180 * DAY)
SEED = 7


@dataclass(frozen=True)
class Scale:
    """held: customers of each rep. others: of all other owners. pending: changesets of each rep.
    versions: of the server in between.
    """

    held: int = 2_000
    others: int = 40_000
    pending: int = 10_000
    versions: int = 200_000


FULL = Scale()
SMALL = Scale(held=100, others=1_000, pending=200, versions=2_000)


class Weeks:
    """A server whose clock is set, and the reps' devices."""

    def __init__(self, url: str, folder: Path, scale: Scale) -> None:
        self.at = BEGIN
        self._folder = folder
        self._scale = scale
        self._random = random.Random(SEED)
        each = scale.others // 100
        self.office = Office(url, Sizes((*[scale.held] * REPS, *[each] * 100)), now=lambda: self.at)
        self._customers = list(self._read("customer"))
        self._mine = [self._held(rep) for rep in range(REPS)]

    def _read(self, entity: str) -> list[bytes]:
        table = self.office.store.tables[entity].c
        with reading(self.office.store.engine) as connection:
            return list(connection.scalars(sa.select(table.id).order_by(table.id)))

    def _held(self, rep: int) -> list[bytes]:
        customer = self.office.store.tables["customer"].c
        mine = customer.owner == self.office.generator.owners[rep]
        with reading(self.office.store.engine) as connection:
            return list(connection.scalars(sa.select(customer.id).where(mine)))

    def enrol(self, rep: int, name: str) -> Device:
        """A device of a rep after its first sync."""
        code = self.office.code(self.office.generator.owners[rep])
        environment = Environment(now=lambda: self.at)
        connection = Connection(self.office.store)
        made = Device.enrol(self._folder / name, connection, code, name, environment=environment)
        made.sync()
        return made

    def work(self, rep: int, device: Device) -> float:
        """What the rep does in eight weeks without network; seconds for making it."""
        pick, mine = self._random, self._mine[rep]
        began = time.perf_counter()
        for number in range(self._scale.pending):
            self.at = BEGIN + AWAY_DAYS * DAY * number // self._scale.pending
            customer = uuid.UUID(bytes=pick.choice(mine))
            with device.changeset() as changes:
                match number % 5:
                    case 0:
                        changes.insert("note", author=device.person, text=f"Visit {number}")
                    case 1:
                        changes.insert(
                            "contact", customer=customer, name=f"Contact {number}", active=True
                        )
                    case _:
                        changes.update("customer", customer, phone=f"+43 {number}")
        return time.perf_counter() - began

    def rest(self) -> float:
        """What the office does meanwhile, a version each; seconds."""
        store = self.office.store
        began = time.perf_counter()
        for some in batches(range(self._scale.versions), TOGETHER):
            self.at = BEGIN + AWAY_DAYS * DAY * some[0] // self._scale.versions
            jobs = [store.office_job(OFFICE, [self._edit(number)], None) for number in some]
            with writing(store.engine) as connection:
                Commit(connection, SCHEMA, store.tables, store.environment).run(jobs)
            if some[-1] % 20_000 == 19_999:
                say(f"  {some[-1] + 1:,} of {self._scale.versions:,} versions")
        self.at = BEGIN + AWAY_DAYS * DAY
        return time.perf_counter() - began

    def _edit(self, number: int) -> Operation:
        """Mostly of anybody's customer; some of a rep's, with other values in the same field; one
        in a hundred goes to somebody else.
        """
        pick = self._random
        row, fields = pick.choice(self._customers), {"remark": f"office {number}"}
        changed: dict[str, Stored] = dict(fields)
        if number % 20 == 0:
            row, changed = pick.choice(pick.choice(self._mine)), {"phone": f"office {number}"}
        elif number % 100 == 1:
            changed = {"owner": pick.choice(self.office.generator.owners[:100])}
        numbered = {
            SCHEMA.entities["customer"].by_name[name].number: value
            for name, value in changed.items()
        }
        return Operation(Action.UPDATE, SCHEMA.tags["customer"], row, numbered)

    def back(self, rep: int, device: Device) -> dict[str, Any]:
        """The sync after all that time, and that nothing is lost."""
        report = device.sync()
        verdicts = dict(report.verdicts)
        expect("answers", sum(verdicts.values()), self._scale.pending)
        expect("pending changesets", device.pending(), 0)
        told = sum(item.outcome in ("rejected", "quarantined") for item in device.inbox())
        unsettled = verdicts.get("rejected", 0) + verdicts.get("quarantined", 0)
        expect("refused or waiting changesets in the inbox", told, unsettled)
        new = self.enrol(rep, f"new {rep}")
        rows = 0
        for entity in SCHEMA.entities:
            held = sorted(device.query(f'SELECT * FROM "{entity}"'), key=repr)
            wanted = sorted(new.query(f'SELECT * FROM "{entity}"'), key=repr)
            expect(f"rows of {entity}", int(held == wanted), 1)
            rows += len(held)
        new.close()
        return {
            "seconds": round(report.milliseconds / 1000, 1), "rounds": report.rounds,
            "rows_received": report.rows_received, "bytes_received": report.bytes_received,
            "rows_held": rows, "repaired": len(report.repaired), "verdicts": verdicts,
        }  # fmt: skip

    def left_records(self) -> int:
        """Those that are kept."""
        count = sa.select(sa.func.count()).where(t.membership.c.gone)
        with reading(self.office.store.engine) as connection:
            return connection.scalar(count) or 0


def measure(database: str | None, scale: Scale) -> dict[str, Any]:
    """All figures of one run."""
    with tempfile.TemporaryDirectory(prefix="offline") as temporary, ExitStack() as stack:
        folder = Path(temporary)
        say(f"loading {REPS * scale.held + scale.others:,} customers")
        weeks = Weeks(database or f"sqlite:///{folder / 'server.db'}", folder, scale)
        stack.callback(weeks.office.store.engine.dispose)
        devices = [weeks.enrol(rep, f"rep {rep}") for rep in range(REPS)]
        for device in devices:
            stack.callback(device.close)
        say(f"{scale.pending:,} changesets on each device, {scale.versions:,} at the office")
        worked = [weeks.work(rep, device) for rep, device in enumerate(devices)]
        office = weeks.rest()
        figures: dict[str, Any] = {
            "scale": asdict(scale),
            "changesets_made_s": round(scale.pending / worked[0]),
            "office_versions_s": round(scale.versions / office),
        }
        say("the first rep comes back")
        figures["after_eight_weeks"] = weeks.back(0, devices[0])
        weeks.at += KEPT.left
        kept, began = weeks.left_records(), time.perf_counter()
        dropped = compact(weeks.office.store, KEPT)["left records"]
        figures["compaction"] = {
            "left_records": kept, "dropped": dropped,
            "records_s": round(dropped / (time.perf_counter() - began)),
        }  # fmt: skip
        say("the second rep comes back, below the horizon")
        figures["below_the_horizon"] = weeks.back(1, devices[1])
        return figures


def _measure(database: str | None, small: bool) -> dict[str, Any]:
    return {"machine": machine(), **measure(database, SMALL if small else FULL)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, write."""
    run("offline", __doc__, arguments, _measure)
    return 0


if __name__ == "__main__":
    sys.exit(main())
