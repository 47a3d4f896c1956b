"""The seventeen devices: enrolled, edited as the script says, synced in its order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from device_sdk import Device, FileKeyProvider
from server.demo.names import Names
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import to_text
from syncengine.model.manifest import Schema
from syncengine.store.store import Store

CODE_LIFETIME = 3_600_000_000  # an hour, in microseconds


@dataclass
class Tally:
    """What one device's syncs did in one phase."""

    milliseconds: float = 0
    bytes_received: int = 0
    rows_received: int = 0
    changesets_sent: int = 0
    verdicts: dict[str, int] = field(default_factory=dict)


@dataclass
class Rep:
    """One sales person's device. `seat` is its id, as `device list` shows it."""

    employee: str
    seat: str
    device: Device
    tally: Tally = field(default_factory=Tally)

    def sync(self) -> None:
        """One sync, added to the tally."""
        report = self.device.sync()
        tally = self.tally
        tally.milliseconds += report.milliseconds
        tally.bytes_received += report.bytes_received
        tally.rows_received += report.rows_received
        tally.changesets_sent += report.changesets_sent
        for outcome, count in report.verdicts.items():
            tally.verdicts[outcome] = tally.verdicts.get(outcome, 0) + count

    def act(self, action: dict[str, Any], names: Names) -> None:
        """One scripted changeset, committed on the device; nothing is sent yet."""
        with self.device.changeset() as draft:
            for change in action["changeset"]:
                entity = change["entity"]
                values = names.values(entity, change["set"])
                if change["op"] == "insert":
                    names.add(change["row"]["key"], draft.insert(entity, **values).bytes)
                    continue
                row_id = names.row(entity, change["row"])
                if action.get("unchecked"):  # what an app with a fault, or a forged one, would do
                    fields = stored(names.schema, entity, values)
                    tag = names.schema.tags[entity]
                    draft.operations.append(Operation(Action.UPDATE, tag, row_id, fields))
                else:
                    draft.update(entity, row_id, **values)


def stored(schema: Schema, entity: str, values: dict[str, Any]) -> dict[int, Stored]:
    """Program values in stored form, by field number."""
    by_name = schema.entities[entity].by_name
    return {
        by_name[name].number: None if value is None else by_name[name].type.store(value)
        for name, value in values.items()
    }


@contextmanager
def enrolled(
    store: Store, url: str, directory: Path, people: dict[str, bytes]
) -> Iterator[dict[str, Rep]]:
    """A device for each of the people (number -> id), as the office and the app do it together.
    Their time is the store's.
    """
    reps: dict[str, Rep] = {}
    try:
        for number, person in people.items():
            code = store.seats.create_code(person, CODE_LIFETIME)
            keys = FileKeyProvider(directory / "keys" / number)
            device = Device.enrol(
                directory / "devices" / number, url, code, f"tablet of {number}", keys,
                store.environment,
            )  # fmt: skip
            reps[number] = Rep(number, "", device)
        seats = {s.seat.person: to_text(s.seat.id) for s in store.seats.list()}
        for number, person in people.items():
            reps[number].seat = seats[person]
        yield reps
    finally:
        for rep in reps.values():
            rep.device.close()
