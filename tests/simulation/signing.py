"""What reps do with documents on their devices: what is valid, its file, signed forms."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from device_sdk.attachments import NotHere
from device_sdk.errors import Offline, Refused
from modules.documents.device import Documents
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from tests.fleet.office import PEOPLE
from tests.simulation.faults import Fault
from tests.simulation.returned import FORM, ReturnedLife
from tests.simulation.seat import SimulatedSeat
from tests.simulation.shelved import Document, ShelvedOracle
from tests.simulation.witness import real, seated

NAMES = ("Ms Meyer", "Mr Sahin", " ")


class SigningLife(ReturnedLife):
    """Acts on devices."""

    def documents(self, which: int) -> Documents:
        """Of a device."""
        return Documents(real(self.seat(which)).device)

    # -- acts

    def read_documents(self, which: int, drawn: int) -> None:
        """What a device offers is valid by its own clock; some of it is opened."""
        seat, random = seated(self.seat(which)), Random(f"read {drawn}")
        found, known = self.documents(which).valid(), seat.newest.oracle
        assert isinstance(known, ShelvedOracle | None)
        wanted = known.valid(seat.expected(self.clock(which))) if known else set()
        offered = {one.edition.bytes for one in found}
        assert offered == wanted, f"{seat.person}: other editions are valid"
        self.counts["edition_offered"] += len(found)
        for one in random.sample(found, min(len(found), 1)):
            file = self.shelf_of(seat).edition[one.edition.bytes].file
            try:
                content = b"".join(self.documents(which).open(one.edition))
            except (Offline, NotHere):
                assert not one.here, "a file that is here cannot be opened"
                continue
            assert content == self.contents[file], "another file"
            self.counts["document_opened"] += 1

    def shelf_of(self, seat: SimulatedSeat) -> ShelvedOracle:
        """As the office was at a device's checkpoint."""
        assert isinstance(seat.newest.oracle, ShelvedOracle)
        return seat.newest.oracle

    def sign(self, which: int, customer: int, drawn: int) -> None:
        """A form that is valid is signed, for a customer or for oneself."""
        row = self.pick(self.customers, customer)
        random = Random(f"sign {drawn}")
        self._sign(which, row if random.random() < 0.7 else None, random, random.random() < 0.3)

    def _sign(self, which: int, customer: bytes | None, random: Random, drafts: bool) -> None:
        forms = [one for one in self.documents(which).valid() if one.kind == "form"]
        if not forms:
            return
        edition, name = random.choice(forms).edition, random.choice(NAMES)
        whose: dict[str, object] = {"customer": customer}
        if customer is None:
            whose = {"employee": self.world.people[self.seat(which).person]}
        if drafts:

            def write() -> None:
                with real(self.seat(which)).device.changeset() as changes:
                    changes.insert(FORM, edition=edition, status="draft", **whose)
        else:
            file = self.attach(which, self.content(random), random)

            def write() -> None:
                self.documents(which).return_form(edition, file, name, customer)

        self._give_back(which, customer, write, is_filled=drafts or bool(name.strip()))

    def sign_again(self, which: int, drawn: int) -> None:
        """A form that is not with the office is signed again, or for the first time."""
        random = Random(f"again {drawn}")
        there = self.documents(which).open_returns()
        if there:
            form, name = random.choice(there), random.choice(NAMES)
            file = self.attach(which, self.content(random), random)
            customer = form.customer.bytes if form.customer else None
            self._give_back(
                which, customer,
                lambda: self.documents(which).return_again(form.id, file, name.strip() or None),
                is_filled=bool(name.strip() or form.signed_by.strip()),
            )  # fmt: skip

    def _give_back(
        self, which: int, customer: bytes | None, write: Callable[[], None], is_filled: bool
    ) -> None:
        """The device refuses what lacks something, and nothing that is an own customer's."""
        seat = seated(self.seat(which))
        known = seat.newest.oracle
        own = customer is None or (known and known.owner.get(customer) == seat.person)
        try:
            write()
        except Refused:
            assert not (own and is_filled), f"{seat.person} cannot give a form back"
            self.counts["form_refused_here"] += 1
        else:
            assert is_filled, "a form is back, and nobody has signed it"
        self.wrote(which)

    def both_sign(self, absent: str, substitute: str, drawn: int) -> None:
        """A rep and their substitute give the same form back, without network."""
        theirs = [c for c, owner in self.oracle.owner.items() if owner == absent]
        if not theirs:
            return
        random, row = Random(f"both sign {drawn}"), self.world.environment.new_id()
        self.switch_on(absent, substitute)
        self._give_out(row, Document(True, True), random, theirs[0])
        self.run_document_jobs()
        self.end_act()
        numbers = [PEOPLE.index(absent), PEOPLE.index(substitute)]
        self.session(numbers[0], None)
        self._sign(numbers[0], theirs[0], random, drafts=True)
        for number in numbers:
            self.session(number, None)
        for number in numbers:
            self.sign_again(number, drawn + number)
        for number in numbers:
            self.session(number, None)
        self.counts["both_signed"] += 1

    def force_form(self, which: int, form: int, has_name: bool) -> None:
        """A client that asks nobody gives any form back, signed or not."""
        if self.shelf.back:
            row = self.pick(list(self.shelf.back), form)
            said: dict[str, Stored] = {"status": "returned"}
            said |= {"signed_by": "Nobody"} if has_name else {}
            self._force(which, Action.UPDATE, FORM, row, self.forms[row], said)
            self.counts["forged_form"] += 1

    # -- files

    def session(
        self, which: int, fault: Fault | None, interlude: Callable[[], None] | None = None,
        behind: bool = False,
    ) -> str:  # fmt: skip
        """An app that shows documents says which files come unasked."""
        if self.kind.has("document"):
            self.documents(which)
        return super().session(which, fault, interlude, behind)

    def named_on(self, seat: SimulatedSeat) -> set[bytes]:
        unasked, asked = self._files_on(seat)
        return super().named_on(seat) | unasked | asked

    def comes_when_opened(self, seat: SimulatedSeat) -> set[bytes]:
        unasked, asked = self._files_on(seat)
        return super().comes_when_opened(seat) | asked - unasked

    def _files_on(self, seat: SimulatedSeat) -> tuple[set[bytes], set[bytes]]:
        """(what comes by itself, what comes when it is opened)."""
        unasked, asked = set[Stored](), set[bytes]()
        for entity, row in seat.checkpoint:
            if entity == "document_edition":
                made = self.shelf_of(seat).edition[row]
                (unasked if made.kept else asked).add(made.file)
            if entity == FORM:
                told = self._should_show(seat, FORM, row)
                unasked |= {told.get("signed_file"), told.get("signature")}
        return {digest for digest in unasked if isinstance(digest, bytes)}, asked
