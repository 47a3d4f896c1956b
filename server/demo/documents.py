"""A day with documents, after the messages: a catalogue for a market, its next edition, and a form
that a substitute has signed.

What must come of it is worked out here, from the customers that each device has.
"""

from __future__ import annotations

import hashlib
from io import BytesIO

from device_sdk.attachments import NotHere
from modules.documents.device import Documents
from server.demo.calendar import Calendar
from server.demo.fleet import Rep
from server.demo.names import Names
from server.demo.office import Office, settle
from server.demo.papers import pdf, photo
from server.jobs import Jobs
from syncengine.model.fields import Stored
from syncengine.store.compaction import Retention
from syncengine.store.store import Store
from syncengine.store.uploads import Uploader, Uploads

ABSENT = "283"  # whose customer signs
UPLOADER = Uploader(bytes(15) + b"o", bytes(15) + b"o")
DELIVERIES = "documents.deliveries"  # the job that lets editions end, and makes deliveries
SPRING, SUMMER, FORM = (
    pdf(title) for title in ("Catalogue, spring", "Catalogue, summer", "Contract")
)


class DocumentsDay:
    """Played once. `checks` has what had to be so, `counts` the editions and returns by status."""

    def __init__(
        self,
        store: Store,
        reps: dict[str, Rep],
        names: Names,
        calendar: Calendar,
        uploads: Uploads,
    ) -> None:
        self._store = store
        self._office = Office(store, "documents")
        self._reps = reps
        self._names = names
        self._calendar = calendar
        self._uploads = uploads
        self._jobs = Jobs(store, Retention(0, 0))
        self._apps = {number: Documents(rep.device) for number, rep in reps.items()}
        self.checks: dict[str, bool] = {}
        self.counts: dict[str, int] = {}

    def play(self) -> None:
        """From the catalogue of the morning to the form that is back in the evening."""
        customer = self._customer()
        market = self._value("customer", customer, "market")
        catalogue = self._document("Catalogue", "catalogue", True, {"market": market})
        self._publish(catalogue, SPRING)
        settle(self._jobs, DELIVERIES)
        self._sync()
        wanted = {number: self._sells_at(rep, market) for number, rep in self._reps.items()}
        self.checks["a market's catalogue is on the devices with customers there, and no other"] = (
            len(set(wanted.values())) == 2 and self._held(SPRING) == wanted
        )
        self._publish(catalogue, SUMMER)
        settle(self._jobs, DELIVERIES)
        self._sync()
        digest = hashlib.sha256(SPRING).digest()
        self.checks["the next edition has taken its place, and the file of the first is gone"] = (
            self._held(SUMMER) == wanted
            and not any(r.device.attachments.is_here(digest) for r in self._reps.values())
        )
        self.checks["a signed form is back from the substitute, on behalf of who is absent"] = (
            self._signed(customer)
        )
        self.counts = self._office.statuses("document_edition", "document_return")

    def _signed(self, customer: bytes) -> bool:
        form = self._document("Contract", "form", False, {"customer": customer})
        self._publish(form, FORM)
        absent = self._names.row("employee", {"number": ABSENT})
        substitute = self._value("employee", absent, "substitute")
        rep = next(r for r in self._reps.values() if r.device.person.bytes == substitute)
        app = self._apps[rep.employee]
        people = {"absent": absent, "substitute": substitute}
        switch = self._store.environment.new_id()
        self._office.write(self._office.insert("substitution", switch, **people, active=True))
        settle(self._jobs, DELIVERIES)
        rep.sync()
        (found,) = [one for one in app.valid(customer) if one.kind == "form"]
        signed = rep.device.attachments.attach(BytesIO(photo()))
        app.return_form(found.edition, signed, "Ms Meyer", customer)
        rep.sync()
        self._office.write(self._office.update("substitution", switch, active=False))
        self._sync()
        (back,) = self._office.rows("document_return")
        return (
            (back["status"], back["signed_file"]) == ("returned", signed)
            and (back["returned_by"], back["returned_for"]) == (substitute, absent)
            and rep.device.counts()["document_return"] == 0
        )

    # -- what devices have

    def _customer(self) -> bytes:
        """The first one of who will be absent."""
        own = self._reps[ABSENT].device.rows(
            "customer", "owner=?", [self._names.row("employee", {"number": ABSENT})]
        )
        return min(own, key=lambda row: str(row["number"])).id.bytes

    def _sells_at(self, rep: Rep, market: bytes) -> bool:
        """Whether a device has a customer there or below, of its own or of whom it works for."""
        whose = {row.bytes for kind, row, _ in rep.device.grants() if kind == "business"}
        tree = rep.device.query("SELECT id, parent FROM market")
        parents = {row[0]: row[1] for row in tree}

        def below(node: str | int | bytes | None) -> bool:
            while node is not None and node != market:
                node = parents[node]
            return node is not None

        customers = rep.device.query("SELECT owner, market FROM customer")
        return any(owner in whose and below(place) for owner, place in customers)

    def _held(self, content: bytes) -> dict[str, bool]:
        """Employee -> whether they can open a catalogue, and it is this one."""
        return {number: self._opened(app) == [content] for number, app in self._apps.items()}

    def _opened(self, app: Documents) -> list[bytes]:
        found = [one for one in app.valid() if one.kind == "catalogue"]
        try:
            return [b"".join(app.open(one.edition)) for one in found if one.here]
        except NotHere:
            return []

    # -- what the office does

    def _document(
        self, title: str, kind: str, keep_offline: bool, target: dict[str, bytes]
    ) -> bytes:
        document = self._store.environment.new_id()
        self._office.write(
            self._office.insert(
                "document", document, title=title, kind=kind, keep_offline=keep_offline
            ),
            self._office.insert("document_target", document=document, **target),
        )
        return document

    def _publish(self, document: bytes, content: bytes) -> None:
        """An edition, from now on."""
        digest, row = hashlib.sha256(content).digest(), self._store.environment.new_id()
        upload = self._uploads.begin(UPLOADER, digest, len(content))
        self._uploads.add(UPLOADER, upload.id, 0, content, digest)
        values: dict[str, Stored] = {
            "document": document,
            "file": digest,
            "file_name": "document.pdf",
            "media_type": "application/pdf",
            "size": len(content),
            "valid_from": self._calendar.now(),
            "status": "draft",
        }
        self._office.write(
            self._office.insert("document_edition", row, **values),
            self._office.update("document_edition", row, status="published"),
        )

    def _sync(self) -> None:
        for rep in self._reps.values():
            rep.sync()

    # -- what the server has

    def _value(self, entity: str, row: bytes, name: str) -> bytes:
        (found,) = (one[name] for one in self._office.rows(entity) if one["id"] == row)
        return bytes(found)
