"""One run: work under faults for a while, then peace, then every claim is examined.

    python -m tests.partitions.run [--runs N] [--seconds S] [--seed SEED]

prints a line a run and ends with 1 when a claim does not hold; the folder of such a run is kept.
"""

from __future__ import annotations

import argparse
import json
import secrets
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from device_sdk import Device
from syncengine.model.errors import SyncError
from syncengine.store import tables as t
from syncengine.store.database import reading
from syncengine.store.doctor import doctor
from tests.fleet.devices import rows_of
from tests.partitions.history import End, violations
from tests.partitions.nemesis import Nemesis
from tests.partitions.place import DEVICES, Place, place
from tests.support.postgres import empty_database, launch_with_standby, same_database
from tests.support.world import SCHEMA

PEACE_SYNCS = 50


@dataclass(frozen=True)
class Outcome:
    """What a run was, and what did not hold. database_failed: answers of the servers for that.
    standby_read: transactions of the standby.
    """

    seed: str
    syncs: int
    failed: int
    made: int
    database_failed: int
    standby_read: int
    faults: dict[str, int]
    violations: list[str]


def run(url: str, standby: str, folder: Path, seed: str, seconds: float) -> Outcome:
    """On an empty database. standby: the same database of a cluster that follows."""
    with place(url, standby, folder, seed) as here:
        nemesis = Nemesis(here, seed)
        nemesis.run(seconds)
        here.stop_devices()
        incarnations: dict[bytes, str] = {}
        found: list[str] = []
        for name in DEVICES:
            found += _settle(here, folder / name, name, incarnations)
        histories = {name: here.history(name) for name in DEVICES}
        found += violations(histories, DEVICES, _end(here, incarnations))
        found += doctor(here.world.store).findings
        logged, standby_read = here.logged(), here.standby_read()
    if logged["internal_error"]:
        found.append(f"{logged['internal_error']} errors of the servers that nobody foresaw")
    lines = Counter(str(line["do"]) for lines in histories.values() for line in lines)
    return Outcome(
        seed,
        lines["synced"],
        lines["failed"],
        lines["made"],
        logged["database_failed"],
        standby_read,
        dict(nemesis.counts),
        found,
    )


def _settle(here: Place, folder: Path, name: str, incarnations: dict[bytes, str]) -> list[str]:
    """Sync a device to its end, in peace, and compare it with a new one of the same person."""
    person = DEVICES[name]
    with Device.open(folder, here.world.transport(None)) as device:
        incarnations[device._store.incarnation] = name
        for _ in range(PEACE_SYNCS):
            try:
                if device.sync().complete and not device.pending():
                    break
            except SyncError as error:
                return [f"{name} does not sync in peace: {error.code}: {error.detail}"]
        with here.world.enrol(person, name=f"fresh {name}") as fresh:
            fresh.sync()
            wrong = [] if device.verify().sound else [f"{name} is not sound"]
            for entity in SCHEMA.entities:
                every = f'SELECT * FROM "{entity}" ORDER BY id'
                if device.query(every) != fresh.query(every):
                    wrong.append(f"{name} shows other {entity} rows than a new device")
            if rows_of(device) != rows_of(fresh):
                wrong.append(f"{name} holds other rows than a new device")
    return wrong


def _end(here: Place, incarnations: dict[bytes, str]) -> End:
    store = here.world.store
    note, customer = store.tables["note"].c, store.tables["customer"].c
    c, v = t.changeset.c, t.verdict.c
    decided: dict[tuple[str, int], list[int]] = {}
    with reading(store.engine) as connection:
        for line, sequence, version in connection.execute(
            sa.select(c.incarnation, c.sequence, c.version).where(c.incarnation.in_(incarnations))
        ):
            decided.setdefault((incarnations[line], sequence), []).append(version)
        answers = {
            (incarnations[line], sequence): str(outcome)
            for line, sequence, outcome in connection.execute(
                sa.select(v.incarnation, v.sequence, v.outcome).where(
                    v.incarnation.in_(incarnations)
                )
            )
        }
        notes = list(connection.scalars(sa.select(note.text)))
        remarks = {
            bytes(row).hex(): text
            for row, text in connection.execute(sa.select(customer.id, customer.remark))
            if text is not None
        }
    return End(decided, answers, notes, remarks)


def main(arguments: list[str]) -> int:
    """See the module's text."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", default=secrets.token_hex(4))
    given = parser.parse_args(arguments)
    totals: Counter[str] = Counter()
    with launch_with_standby() as (cluster, follower):
        for number in range(1, given.runs + 1):
            seed, began = f"{given.seed}-{number}", time.monotonic()
            folder = Path(tempfile.mkdtemp(prefix="partition"))
            with empty_database(cluster, f"partition{number}") as url:
                outcome = run(url, same_database(url, follower), folder, seed, given.seconds)
            took = time.monotonic() - began
            totals.update(outcome.faults)
            totals.update(syncs=outcome.syncs, failed=outcome.failed, made=outcome.made)
            totals.update(database_failed=outcome.database_failed)
            totals.update(standby_read=outcome.standby_read)
            said = f"{outcome.syncs} syncs, {outcome.failed} failed, {outcome.made} changesets"
            said += f", {sum(outcome.faults.values())} faults, {took:.0f} s"
            say(f"run {number} ({seed}): {said}")
            if outcome.violations:
                say("\n".join([*outcome.violations[:20], f"everything is in {folder}"]))
                return 1
            shutil.rmtree(folder)
    say(json.dumps({"runs": given.runs, "violations": 0, **totals}))
    return 0


def say(text: str) -> None:
    """A line for whoever waits."""
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
