"""More of what an office and its people do: what the fleet's random office leaves out."""

from __future__ import annotations

from dataclasses import replace

from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.manifest import Schema
from tests.fleet.declared import DAY, Switch, cannot_be
from tests.fleet.machine import Fleet
from tests.simulation.device import SimulatedDevice
from tests.simulation.kinds import Kind
from tests.simulation.seat import SimulatedSeat
from tests.simulation.versions import REMARKS


class BusyOffice(Fleet):
    """Contested fields, substitutions for listed customers, catalogues, devices without rules."""

    kind: Kind
    served: int  # the version of master data that the server has

    @property
    def schema(self) -> Schema:
        """The server's."""
        return self.kind.schemas[self.served]

    # -- fields that several people change

    def correct(self, which: int, phone: str) -> None:
        """The office changes a customer's phone number."""
        row = self.pick(self.customers, which)
        self.world.update("customer", row, phone=phone)
        self.oracle.phone[row] = phone

    def remark(self, which: int, remark: str) -> None:
        """The office changes a remark, where devices win."""
        row = self.pick(self.customers, which)
        self.world.update("customer", row, **{REMARKS[self.served]: remark})
        self.oracle.remark[row] = remark

    def rename(self, which: int, name: str) -> None:
        """The office changes a contact's name."""
        if self.oracle.contact:
            row = self.pick(list(self.oracle.contact), which)
            self.world.update("contact", row, name=name)
            self.oracle.named[row] = name

    def drop_contact(self, which: int) -> None:
        """The office deletes a contact, maybe while a device edits it."""
        if self.oracle.contact:
            row = self.pick(list(self.oracle.contact), which)
            made = self.world.write([self.world.operation(Action.DELETE, "contact", row)])
            assert not made.objections
            del self.oracle.contact[row], self.oracle.named[row]

    # -- many rows at once

    def reassign_all(self, who: str, to: str) -> None:
        """All customers of somebody, in one changeset."""
        rows = [row for row, owner in self.oracle.owner.items() if owner == who]
        if not rows:
            return
        owner = self.world.people[to]
        made = [self.world.operation(Action.UPDATE, "customer", r, owner=owner) for r in rows]
        assert not self.world.write(made).objections
        self.oracle.owner |= dict.fromkeys(rows, to)

    # -- substitutions

    def lend(
        self, absent: str, substitute: str, begin: int, days: int | None, trail: int,
        which: list[int],
    ) -> None:  # fmt: skip
        """A substitution for these customers alone, of the absent rep or not."""
        starts = self.now + (begin - 1) * DAY
        ends = None if days is None else starts + days * DAY
        switch = self._substitute(Switch(absent, substitute, starts, ends, 0, trail, listed=True))
        if switch is not None:
            for one in which:
                self._list(switch, self.pick(self.customers, one))

    def list_customer(self, which: int, customer: int) -> None:
        """One customer more for some substitution."""
        if self.oracle.switch:
            switch = self.pick(list(self.oracle.switch), which)
            self._list(switch, self.pick(self.customers, customer))

    def _list(self, switch: bytes, customer: bytes) -> None:
        row = self.world.insert("substitution_customer", substitution=switch, customer=customer)
        self.oracle.lists[row] = switch, customer

    def unlist(self, which: int) -> None:
        """One customer less."""
        if self.oracle.lists:
            row = self.pick(list(self.oracle.lists), which)
            self.world.write([self.world.operation(Action.DELETE, "substitution_customer", row)])
            del self.oracle.lists[row]

    def relist(self, which: int) -> None:
        """A substitution is for all customers now, or for listed ones only."""
        if self.oracle.switch:
            row = self.pick(list(self.oracle.switch), which)
            made = self.oracle.switch[row]
            self._change_switch(row, replace(made, listed=not made.listed))

    def prolong(self, which: int, days: int) -> None:
        """A substitution ends at another time."""
        if self.oracle.switch:
            row = self.pick(list(self.oracle.switch), which)
            made = self.oracle.switch[row]
            self._change_switch(row, replace(made, ends=self.now + days * DAY))

    def _change_switch(self, row: bytes, made: Switch) -> None:
        others = [s for other, s in self.oracle.switch.items() if other != row]
        verdict = self.world.update("substitution", row, ends_at=made.ends, only_listed=made.listed)
        impossible = made.active and cannot_be(made, others)
        assert bool(verdict.objections) == impossible, verdict
        if not impossible:
            self.oracle.switch[row] = made

    # -- what reaches markets

    def aim(self, market: int) -> None:
        """A catalogue for a market."""
        if self.oracle.above:
            place = self.pick(list(self.oracle.above), market)
            catalogue = self.world.insert("catalogue", number="x", name="x", active=True)
            self.oracle.catalogue.add(catalogue)
            row = self.world.insert("catalogue_market", catalogue=catalogue, market=place)
            self.oracle.aimed[row] = place

    def aim_elsewhere(self, which: int, market: int) -> None:
        """A catalogue is for another market now."""
        if self.oracle.aimed:
            row = self.pick(list(self.oracle.aimed), which)
            place = self.pick(list(self.oracle.above), market)
            self.world.update("catalogue_market", row, market=place)
            self.oracle.aimed[row] = place

    # -- time

    def wait_until(self, which: int, early: int) -> None:
        """To the instant at which something begins or ends, or a little before."""
        ahead = sorted(i - early for i in self.instants() if i - early > self.now)
        if ahead:
            self.now = ahead[which % min(len(ahead), 3)]

    def instants(self) -> set[int]:
        """All at which something begins or ends."""
        found = {
            instant
            for s in self.oracle.switch.values()
            for instant in (
                None if s.starts is None else s.starts - s.lead * DAY,
                s.starts,
                s.ends,
                None if s.ends is None else s.ends + s.trail * DAY,
            )
        } | {instant for r in self.oracle.shown.values() for instant in (r.starts, r.ends)}
        return {instant for instant in found if instant is not None}

    def wait_long(self, days: int) -> None:
        """Weeks."""
        self.now += days * DAY

    # -- work on devices

    def note_remark(self, seat: int, which: int, remark: str) -> None:
        """An edit where the device wins."""
        row = self.pick(self.customers, which)
        self._write(seat, Action.UPDATE, "customer", row, row, {"remark": remark})

    def edit_contact(self, seat: int, which: int, name: str) -> None:
        """Of a contact made there, also one that is not sent yet, or of any other."""
        own = [w.row for w in self.seat(seat).work if (w.entity, w.action) == NEW_CONTACT]
        row = self.pick([*own[-3:], *self.oracle.contact] or [b""], which)
        customer = self._customer_of(seat, row)
        if customer is not None:
            self._write(seat, Action.UPDATE, "contact", row, customer, {"name": name})

    def _customer_of(self, seat: int, contact: bytes) -> bytes | None:
        made = {w.row: w.customer for w in self.seat(seat).work if w.entity == "contact"}
        return self.oracle.contact.get(contact) or made.get(contact)

    def wild_edit(self, seat: int, which: int, phone: str) -> None:
        """A client that asks nobody edits a customer, held or not."""
        row = self.pick(self.customers, which)
        self._force(seat, Action.UPDATE, "customer", row, row, {"phone": phone})

    def wild_meet(self, seat: int, which: int, name: str, named: bool) -> None:
        """And makes a contact of one, maybe to give it another name."""
        row = self.pick(self.customers, which)
        new: dict[str, Stored] = {"customer": row, "name": "Eve", "active": True}
        contact = self._force(seat, Action.INSERT, "contact", None, row, new)
        if named:
            self._write(seat, Action.UPDATE, "contact", contact, row, {"name": name})

    def wild_delete(self, seat: int, which: int) -> None:
        """And deletes a note, whoever wrote it."""
        if self.oracle.note:
            row = self.pick(list(self.oracle.note), which)
            self._force(seat, Action.DELETE, "note", row, None, {})

    def _force(
        self, which: int, action: Action, entity: str, row: bytes | None, customer: bytes | None,
        fields: dict[str, Stored],
    ) -> bytes:  # fmt: skip
        seat = self.seat(which)
        assert isinstance(seat, SimulatedSeat)
        assert isinstance(seat.device, SimulatedDevice)
        made = seat.device.force(action, entity, row, **fields)
        seat.work.append(replace(seat.done(action, entity, made, customer, fields), wild=True))
        return made


NEW_CONTACT = "contact", Action.INSERT
