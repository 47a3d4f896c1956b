"""What the office does with documents, and the job that follows: editions, whom they are for,
deliveries, forms given back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from modules.documents.jobs import follow
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from tests.fleet.office import PEOPLE
from tests.simulation import ledger
from tests.simulation.posted import Target
from tests.simulation.posting import BATCHES
from tests.simulation.reporting import REASON, same
from tests.simulation.shelved import (
    GIVEN_OUT,
    RETURNED,
    Delivery,
    Document,
    Edition,
    ShelvedOracle,
)
from tests.simulation.visiting import VisitingLife
from tests.support.world import DAY

SIGNED = ("signed_file", "signature", "signed_by", "note")
PLACES = ("employee", "customer", "market")


class ShelvingLife(VisitingLife):
    """Writes them down in the oracle, too."""

    @property
    def shelf(self) -> ShelvedOracle:
        """The oracle, with documents."""
        assert isinstance(self.oracle, ShelvedOracle)
        return self.oracle

    def open_office(self) -> None:
        super().open_office()
        self.oracle = ShelvedOracle(**vars(self.oracle))

    # -- the office

    def give_out(self, is_form: bool, drawn: int) -> None:
        """A document with an edition and targets, in one changeset."""
        random, row = Random(f"document {drawn}"), self.world.environment.new_id()
        self._give_out(row, Document(is_form, random.random() < 0.5), random, None)

    def _give_out(self, row: bytes, made: Document, random: Random, customer: bytes | None) -> None:
        """customer: one that it is for."""
        kind = "form" if made.is_form else "price_list"
        targets = [self._meet(row, random) for _ in range(random.choice((1, 1, 2)))]
        if customer is not None:
            targets.append(Target(row, "customer", customer))
        meets = {self.world.environment.new_id(): target for target in targets}
        write = [self._new("document", row, title="Prices", kind=kind, keep_offline=made.keeps)]
        write += [self._recipient(*target) for target in meets.items()]
        self.shelf.document[row] = made
        self._publish_edition(row, random, write)
        self.shelf.meets |= meets
        self.counts["document_given_out"] += 1
        if random.random() < 0.8:
            self.run_document_jobs()

    def next_edition(self, which: int, drawn: int) -> None:
        """Of a document that there is: it begins now or later, maybe in another language."""
        if self.shelf.document:
            row = self.pick(list(self.shelf.document), which)
            self._publish_edition(row, Random(f"next {drawn}"), [])

    def _publish_edition(
        self, document: bytes, random: Random, before: Sequence[Operation]
    ) -> None:
        oracle, row, content = self.shelf, self.world.environment.new_id(), self.file(random)
        starts = self.now + random.choice((-1, 0, 0, 1, 2)) * DAY
        until = random.choice((None, None, starts + random.choice((1, 3, 8)) * DAY))
        language = random.choice((None, None, "de"))
        made = Edition(document, language, content, starts, until)
        inserted = self._new(
            "document_edition", row, document=document, file=content, file_name="prices.pdf",
            media_type="application/pdf", size=len(self.contents[content]), language=language,
            valid_from=starts, valid_until=until, status="draft",
        )  # fmt: skip
        published = self.world.operation(Action.UPDATE, "document_edition", row, status="published")
        verdict = self.world.write([*before, inserted, published])
        assert verdict.version is not None, verdict
        oracle.edition[row] = made
        self.counts["edition_published"] += 1

    def _meet(self, document: bytes, random: Random) -> Target:
        oracle = self.shelf
        whose: dict[str, Sequence[str | bytes]] = {
            "customer": self.customers,
            "market": list(oracle.above),
            "audience": sorted({p.audience for p in oracle.places}),
            "rule": list(oracle.shown),
            "employee": PEOPLE,
        }
        of = random.choice([name for name in whose if whose[name]])
        below = of == "employee" and random.random() < 0.4
        return Target(document, of, random.choice(whose[of]), below)

    def _recipient(self, row: bytes, target: Target) -> Operation:
        named: dict[str, Stored] = {target.of: target.whom}
        if target.of == "employee":
            named = {"employee": self.shelf.people[str(target.whom)], "below": target.below}
        return self._new("document_target", row, document=target.what, **named)

    def address_document(self, which: int, drawn: int, adds: bool) -> None:
        """A document is for somebody else, too, or for somebody no longer."""
        oracle = self.shelf
        if adds and oracle.document:
            row = self.world.environment.new_id()
            of = self.pick(list(oracle.document), which)
            target = self._meet(of, Random(f"meet {drawn}"))
            assert not self.world.write([self._recipient(row, target)]).objections
            oracle.meets[row] = target
        elif not adds and oracle.meets:
            row = self.pick(list(oracle.meets), which)
            gone = self.world.operation(Action.DELETE, "document_target", row)
            assert not self.world.write([gone]).objections
            del oracle.meets[row]
        self.counts["document_aimed"] += 1

    def take_back(self, which: int) -> None:
        """An edition is withdrawn."""
        there = [row for row, made in self.shelf.edition.items() if made.status in GIVEN_OUT]
        if there:
            row = self.pick(there, which)
            assert not self.world.update("document_edition", row, status="withdrawn").objections
            self.shelf.edition[row] = replace(self.shelf.edition[row], status="withdrawn")
            self.counts["edition_withdrawn"] += 1

    def keep_offline(self, which: int, keeps: bool) -> None:
        """Devices are to keep the files of a document, or need not."""
        if self.shelf.document:
            row = self.pick(list(self.shelf.document), which)
            assert not self.world.update("document", row, keep_offline=keeps).objections
            self.shelf.document[row] = replace(self.shelf.document[row], keeps=keeps)

    def reopen_form(self, which: int, says_why: bool) -> None:
        """The office gives a signed form back, with a reason or not at all."""
        back = [row for row, form in self.shelf.back.items() if form.status == "returned"]
        if not back:
            return
        row = self.pick(back, which)
        reason = REASON if says_why else None
        verdict = self.world.update("document_return", row, status="reopened", reason=reason)
        assert bool(verdict.objections) != says_why, "given back without a reason, or not with one"
        if says_why:
            form = replace(self.shelf.back[row], status="reopened", reason=REASON)
            self.shelf.back[row] = form
            self.counts["form_reopened"] += 1

    # -- the job

    def run_document_jobs(self) -> None:
        """Until nothing is left to do: the oracle tells anew what ends, and who gets what."""
        while follow(self.world.store, BATCHES):
            pass
        new, oracle = self.shelf.follow_documents(self.now), self.shelf
        found = {}
        for row in ledger.all_rows(self.world.store, "document_delivery"):
            (of,) = (name for name in PLACES if row[name] is not None)
            found[row["id"]] = Delivery(row["document"], of, row[of], row["status"])
        made = {row: found[row] for row in found.keys() - oracle.delivery.keys()}
        assert {one.pair for one in made.values()} == new, "other deliveries than are meant"
        assert len(made) == len(new), "two deliveries for one recipient"
        oracle.delivery |= made
        self.counts["delivery_ended"] += any(d.status == "ended" for d in found.values())
        self.counts["edition_replaced"] += any(
            e.status == "replaced" for e in oracle.edition.values()
        )
        same("deliveries", found, oracle.delivery)
        self.compare_documents()

    def compare_documents(self) -> None:
        """All rows are as the office, its job and accepted work explain them."""
        store, oracle = self.world.store, self.shelf
        same(
            "editions",
            {r["id"]: (r["status"], r["ends_at"], r["keep_offline"])
             for r in ledger.all_rows(store, "document_edition")},
            {i: (e.status, e.ends, e.kept) for i, e in oracle.edition.items()},
        )  # fmt: skip
        people = {row: name for name, row in oracle.people.items()}
        same(
            "signed forms",
            {
                r["id"]: (
                    r["edition"], r["customer"], people.get(r["employee"]), r["status"],
                    r["reason"], {n: r[n] for n in SIGNED if r[n] is not None},
                    {n: r[n] for n in RETURNED if r[n] is not None},
                )
                for r in ledger.all_rows(store, "document_return")
            },
            {
                i: (
                    f.edition, f.customer, f.who, f.status, f.reason,
                    {n: v for n, v in f.values.items() if v is not None}, dict(f.noted),
                )
                for i, f in oracle.back.items()
            },
        )  # fmt: skip

    # -- time

    def instants(self) -> set[int]:
        made = self.shelf.edition.values()
        found = {instant for e in made for instant in (e.starts, e.until) if instant is not None}
        return super().instants() | found

    def has_ended(self) -> bool:
        made = self.shelf.edition.values()
        return super().has_ended() or any(edition.is_over(self.now) for edition in made)

    def visible(self, who: str) -> set[bytes]:
        oracle, found = self.shelf, set[Stored]()
        for entity, row in oracle.slice(who, self.now):
            if entity == "document_edition":
                found.add(oracle.edition[row].file)
            if entity == "document_return":
                values = oracle.back[row].values
                found |= {values.get("signed_file"), values.get("signature")}
        return super().visible(who) | {digest for digest in found if isinstance(digest, bytes)}

    def settle(self) -> None:
        if self.kind.has("document"):
            self.run_document_jobs()
        super().settle()
        if self.kind.has("document"):
            self.compare_documents()
