"""Documents as the oracle keeps them: editions, whom they are for, deliveries, signed forms. The
rules of docs/DOCUMENTS.md, told anew in plain dictionaries: no code of the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from tests.fleet.oracle import Key, behind
from tests.simulation.posted import Noted, Target, stamped
from tests.simulation.reported import ReportedOracle

GIVEN_OUT = ("published", "replaced")
NAMED = {"employee": "employee", "audience": "employee", "customer": "customer", "rule": "customer"}
RETURNED = ("returned_at", "returned_by", "returned_for")
BACK_FROM = ("draft", "reopened")  # a form that is not with the office
Value = bool | int | str | bytes | None


@dataclass(frozen=True)
class Document:
    """is_form: whether it is signed and returned. keeps: whether devices keep its files."""

    is_form: bool
    keeps: bool


@dataclass(frozen=True)
class Edition:
    """starts, until: its validity. ends: when it is over, as devices know it. kept: whether devices
    keep its file.
    """

    document: bytes
    language: str | None
    file: bytes
    starts: int
    until: int | None
    ends: int | None = None
    status: str = "published"
    kept: bool | None = None

    def is_over(self, at: int) -> bool:
        """Whether it has ended."""
        return self.ends is not None and self.ends <= at


@dataclass(frozen=True)
class Delivery:
    """Of a document. of: employee, customer or market; whom: the row."""

    document: bytes
    of: str
    whom: bytes
    status: str = "current"

    @property
    def pair(self) -> tuple[bytes, str, bytes]:
        """What there is one of."""
        return self.document, self.of, self.whom


@dataclass(frozen=True)
class Returned:
    """A signed form, of a customer or of a person. values: what is on it, by field."""

    edition: bytes
    customer: bytes | None
    who: str | None
    values: Mapping[str, Value] = field(default_factory=dict)
    status: str = "draft"
    noted: Noted = field(default_factory=dict)
    reason: str | None = None

    @property
    def is_filled(self) -> bool:
        """With the form and the name of who signed."""
        return self.values.get("signed_file") is not None and bool(self.values.get("signed_by"))


@dataclass
class ShelvedOracle(ReportedOracle):
    """With documents. meets: the targets of documents; back: signed forms."""

    document: dict[bytes, Document] = field(default_factory=dict)
    edition: dict[bytes, Edition] = field(default_factory=dict)
    meets: dict[bytes, Target] = field(default_factory=dict)
    delivery: dict[bytes, Delivery] = field(default_factory=dict)
    back: dict[bytes, Returned] = field(default_factory=dict)

    # -- who has what

    def slice(self, who: str, at: int, since: int | None = None) -> set[Key]:
        """A document is where a delivery of it is, with its editions that are not over; a form
        where its customer is or with its person, until it is returned.
        """
        found, known = super().slice(who, at, since), at if since is None else since
        customers = {row for entity, row in found if entity == "customer"}
        standing = [s for s in self.switch.values() if s.holds(at, known)]
        owners = self.below(who) | behind(who, standing)
        theirs = [row for row, owner in self.owner.items() if owner in owners]
        places = {
            "employee": {self.people[who]},
            "customer": customers,
            "market": {above for row in theirs for above in self.markets_of(row)},
        }
        here = {
            row
            for row, made in self.delivery.items()
            if made.status == "current" and made.whom in places[made.of]
        }
        documents = {self.delivery[row].document for row in here}
        found |= {("document_delivery", row) for row in here}
        found |= {("document", row) for row in documents}
        for row, edition in self.edition.items():
            if edition.document in documents and edition.status in GIVEN_OUT:
                found |= set() if edition.is_over(at) else {("document_edition", row)}
        for row, form in self.back.items():
            if form.status in BACK_FROM and (form.customer in customers or form.who == who):
                found.add(("document_return", row))
        return found

    def hidden(self, at: int) -> set[Key]:
        """Editions that begin later."""
        ahead = {("document_edition", row) for row, e in self.edition.items() if e.starts > at}
        return super().hidden(at) | ahead

    def valid(self, shown: set[Key]) -> set[bytes]:
        """Of the editions that a device shows, the one of each document and language that began
        last.
        """
        found: dict[tuple[bytes, str | None], bytes] = {}
        rows = [row for entity, row in shown if entity == "document_edition"]
        for row in sorted(rows, key=lambda row: (self.edition[row].starts, row)):
            made = self.edition[row]
            found[made.document, made.language] = row
        return set(found.values())

    # -- what the server does by itself

    def follow_documents(self, at: int) -> set[tuple[bytes, str, bytes]]:
        """Editions end with the next one, deliveries follow the targets; the pairs of which there
        is a new one.
        """
        self._follow_editions()
        live = {
            e.document for e in self.edition.values()
            if e.status in GIVEN_OUT and not e.is_over(at)
        }  # fmt: skip
        wanted = {pair for document in live for pair in self.meant_for(document)}
        for row, made in self.delivery.items():
            status = "current" if made.pair in wanted else "ended"
            self.delivery[row] = replace(made, status=status)
        return wanted - {made.pair for made in self.delivery.values()}

    def _follow_editions(self) -> None:
        lines: dict[tuple[bytes, str | None], list[bytes]] = {}
        for row, made in self.edition.items():
            if made.status in GIVEN_OUT:
                lines.setdefault((made.document, made.language), []).append(row)
        for (document, _), rows in lines.items():
            rows.sort(key=lambda row: (self.edition[row].starts, row))
            keeps = self.document[document].keeps
            for row, after in zip_longest(rows, rows[1:]):
                made = self.edition[row]
                begins = None if after is None else self.edition[after].starts
                ends = [instant for instant in (made.until, begins) if instant is not None]
                status = "published" if after is None else "replaced"
                self.edition[row] = replace(
                    made, ends=min(ends, default=None), status=status, kept=keeps
                )

    def meant_for(self, document: bytes) -> set[tuple[bytes, str, bytes]]:
        """The pairs of a document's deliveries."""
        found = set[tuple[bytes, str, bytes]]()
        for target in [t for t in self.meets.values() if t.what == document]:
            if target.of == "market":
                found.add((document, "market", bytes(target.whom)))  # type: ignore[arg-type]
            elif NAMED[target.of] == "customer":
                rows = (row for row in self.owner if self._names(target, row))
                found |= {(document, "customer", row) for row in rows}
            else:
                named = (n for n in self.people if n not in self.left and self._means(target, n))
                found |= {(document, "employee", self.people[name]) for name in named}
        return found

    # -- signed forms

    def may_return(self, who: str, form: Returned, at: int) -> bool:
        """Whether somebody is the rep of a form."""
        if form.customer is None:
            return form.who == who
        return self.serves(who, form.customer, at)

    def given_back(self, form: Returned, stamps: Noted) -> Returned:
        """As it is with the office."""
        noted = {**form.noted, **stamped(RETURNED, stamps)}
        return replace(form, status="returned", noted=noted, reason=None)
