"""Devices that have a large part behind the others: what is urgent shows before it, by an early
checkpoint. Syncs end there, and people go on working.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from tests.fleet.oracle import Key
from tests.simulation.releases import ReleasedLife
from tests.simulation.witness import real, seated

OF_THE_SERVER = ("restore_server", "release", "compact", "let_replica_lag")
OF_A_DEVICE = ("reopen", "take_image", "put_image_back", "update_app", "set_clock")
BEHIND = tuple(f"behind:{act}" for act in (*OF_THE_SERVER, *OF_A_DEVICE))


class PartedLife(ReleasedLife):
    """A life in which parts are of two versions for a while."""

    def about_to(self, name: str, arguments: Sequence[Any]) -> None:
        """Count what happens while something is behind."""
        there = self.seats if name in OF_THE_SERVER else []
        if name in OF_A_DEVICE:
            there = [self.seat(arguments[0])]
        if any(seated(seat).is_split for seat in there):
            self.counts[f"behind:{name}"] += 1

    def _open(self) -> None:
        super()._open()
        for which in range(len(self.customers)) if self.kind.contacts else ():
            self.add_contacts(which, self.kind.contacts)
        self.mark()

    # -- news of the large parts

    def add_contacts(self, which: int, count: int) -> None:
        """New contacts of one customer, in one changeset."""
        row, environment = self.pick(self.customers, which), self.world.environment
        new = {environment.new_id(): f"Ann {number}" for number in range(count)}
        made = [
            self.world.operation(
                Action.INSERT, "contact", contact, customer=row, name=name, active=True
            )
            for contact, name in new.items()
        ]
        assert not self.world.write(made).objections
        self.oracle.contact |= dict.fromkeys(new, row)
        self.oracle.named |= new
        self.oracle.made |= new

    def rename_all(self, name: str) -> None:
        """All contacts, in one changeset."""
        rows = list(self.oracle.contact)
        made = [self.world.operation(Action.UPDATE, "contact", row, name=name) for row in rows]
        if made:
            assert not self.world.write(made).objections
            self.oracle.named |= dict.fromkeys(rows, name)

    def news(self, which: int, text: str) -> None:
        """Of all contacts, and of a customer: the latter need not wait."""
        self.rename_all(text)
        self.correct(which, text)
        self.end_act()

    # -- work

    def write_notes(self, which: int, count: int) -> None:
        """Several, which come back as rows."""
        for _ in range(count):
            self.write_note(which)

    def edit_both(self, which: int, contact: int, text: str) -> None:
        """A contact and its customer, which are in two parts, in one changeset."""
        if not self.oracle.contact:
            return
        seat = seated(self.seat(which))
        row = self.pick(list(self.oracle.contact), contact)
        customer = self.oracle.contact[row]
        edits: dict[Key, tuple[str, Stored]] = {
            ("customer", customer): ("phone", text),
            ("contact", row): ("name", text),
        }
        made = real(seat).write_together(
            [(*key, {name: said}) for key, (name, said) in edits.items()]
        )
        if not made:
            refuses = seat.may_refuse(customer, self.clock(which))
            assert refuses or not edits.keys() <= seat.device.shown()
            return
        first, second = (
            seat.done(Action.UPDATE, *key, customer, {name: said})
            for key, (name, said) in edits.items()
        )
        seat.work.append(self._as_made(seat, replace(first, also=(second,))))

    # -- syncs

    def sync_ahead(self, which: int, customer: int, text: str) -> None:
        """After such news, as far as the next checkpoint that shows, early or not."""
        self.news(customer, text)
        device = real(self.seat(which))
        device.pausing = True
        try:
            self.session(which, None)
        finally:
            device.pausing = False
            device.device.resume()
