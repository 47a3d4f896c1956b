"""Why a person holds a bucket, or what fails for each way to it: in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, assert_never

import sqlalchemy as sa

from syncengine.model.ids import ZERO_ID, to_text
from syncengine.model.sentences import Named, Sentence, What, say
from syncengine.model.terms import (
    AddressedTo,
    Audiences,
    BucketKind,
    BucketName,
    Grant,
    Reason,
    Rules,
    Substitution,
    Subtree,
)
from syncengine.store.audiences import audiences_of
from syncengine.store.explanation import Reasoning, Step, StepKind, failed, fails
from syncengine.store.grants import by_bucket, grants_of
from syncengine.store.history import numbers
from syncengine.store.lent import lent_bucket
from syncengine.store.store import Store
from syncengine.store.substitutions import Link, is_only_listed, link_of


def named_instant(instant: int) -> Named:
    """An instant, for people."""
    moment = dt.datetime.fromtimestamp(instant // 1_000_000, dt.UTC)
    return Named(What.INSTANT, instant, f"{moment:%Y-%m-%d %H:%M} UTC")


class Granted:
    """The grants of one person at an instant, in the state that a connection shows. now: the code
    of the word for that instant.
    """

    def __init__(
        self, store: Store, connection: sa.Connection, person: bytes, at: int, now: str
    ) -> None:
        self._store = store
        self._schema = store.schema
        self._connection = connection
        self._person = person
        self._at = at
        self._now = now
        self._audiences = audiences_of(connection, store.schema, store.tables, person)
        self.buckets = by_bucket(grants_of(connection, store.schema, store.tables, person, at))

    def of_person(self, name: BucketName) -> list[Reasoning]:
        """The ways from a person's bucket on."""
        owner, kind = self.person(name.key), str(name.kind)
        said = say(f"{kind}_of", person=owner)
        bucket = Step(StepKind.BUCKET, said, {"of": kind, "id": name.key})
        if name in self.buckets:
            ways = self._grants(name)
        elif name.kind is BucketKind.PERSONAL:
            ways = [fails("personal_alone", person=owner)]
        else:
            ways = [failed(why) for why in self._not_granted(name.key)]
        return [way.behind(bucket) for way in ways]

    def of_rule(self, name: BucketName) -> list[Reasoning]:
        """The ways from a rule's bucket on."""
        if name in self.buckets:
            return self._grants(name)
        return [fails("not_in_its_audience", holder=self.holder, when=say(self._now))]

    def of_addressed(self, name: BucketName) -> list[Reasoning]:
        """The ways from an addressed row's bucket on."""
        if name in self.buckets:
            return self._grants(name)
        return [fails("not_addressed_to", holder=self.holder)]

    @property
    def holder(self) -> Named:
        """The person."""
        return self.person(self._person)

    def of_lent(self, term: Substitution, row: Mapping[str, Any]) -> list[Reasoning]:
        """The ways from the lent bucket of a substitution on; `row` is the substitution's."""
        name = lent_bucket(row["id"])
        if name in self.buckets:
            return self._grants(name)
        link, which = link_of(term, row["id"], row), self.substitution(term, row)
        if link is None:
            return [fails("switched_off", which=which)]
        outside = self._outside(which, [link])
        substitute = self.person(link.substitute)
        other = say("not_person", holder=self.holder, person=substitute)
        return [failed(outside or other)]

    def substitution(self, term: Substitution, row: Mapping[str, Any]) -> Sentence:
        """How to call a substitution; `row` is its row."""
        return self._substitution(row[term.absent], row[term.substitute])

    def audience(self, number: str) -> Step:
        """Whether the person is in an audience; a failure when not."""
        inside = number in self._audiences
        code = "in_audience" if inside else "not_in_audience"
        kind = StepKind.GRANT if inside else StepKind.FAILED
        data: dict[str, bytes | str] = {"audience": number, "person": self._person}
        return Step(kind, say(code, holder=self.holder, audience=number), data)

    def person(self, person: bytes) -> Named:
        """A person: in English by the number, or the id where there is none."""
        if person == ZERO_ID:
            return Named(What.PERSON, person, "everyone")
        found = numbers(self._connection, self._store, {person})
        return Named(What.PERSON, person, found.get(person, to_text(person)))

    def _substitution(self, absent: bytes, substitute: bytes) -> Sentence:
        named = self.person(absent), self.person(substitute)
        return say("substitution", absent=named[0], substitute=named[1])

    def _grants(self, name: BucketName) -> list[Reasoning]:
        return [
            Reasoning(
                True,
                (
                    Step(
                        StepKind.GRANT,
                        self._grant(grant),
                        {"reason": str(grant.reason), "person": self._person, "via": grant.via},
                    ),
                ),
            )
            for grant in self.buckets[name]
        ]

    def _grant(self, grant: Grant) -> Sentence:
        holder = self.holder
        match grant.reason:
            case Reason.OWN:
                return say("own", holder=holder)
            case Reason.EVERYONE:
                return say("everybody")
            case Reason.HIERARCHY:
                return say("leads", holder=holder, person=self.person(grant.via))
            case Reason.RULE:
                return say("in_its_audience", holder=holder)
            case Reason.ADDRESSED:
                return say("addressed_to", holder=holder)
            case Reason.SUBSTITUTION:
                absent: Named | Sentence = self.person(grant.via)
                for person in reversed(grant.path):
                    absent = say("who_substitutes", person=self.person(person), absent=absent)
                return say("substitutes", holder=holder, absent=absent, when=self._when(grant))
            case _:
                assert_never(grant.reason)

    def _when(self, grant: Grant) -> Sentence:
        """How long a grant lasts, and whether it is for reading only."""
        ends = None if grant.hold.ends is None else named_instant(grant.hold.ends)
        if grant.write.contains(self._at):
            return say(self._now) if ends is None else say("until", ends=ends)
        if grant.write.starts is not None and not grant.write.begun(self._at):
            return say("reads_before", starts=named_instant(grant.write.starts))
        assert ends is not None  # with the window for work, that for reading ends
        return say("reads_after", ends=ends)

    def _not_granted(self, owner: bytes) -> list[Sentence]:
        """Each way to another's business bucket, and why it fails."""
        holder, other = self.holder, self.person(owner)
        reasons = [say("not_person", holder=holder, person=other)]
        for term in self._schema.grants:
            match term:
                case Subtree():
                    reasons.append(say("not_below", person=other, holder=holder))
                case Substitution():
                    reasons.append(self._no_substitution(term, owner))
                case Rules() | Audiences() | AddressedTo():
                    pass  # these show rows of other buckets, not of a person's
                case _:
                    assert_never(term)
        return reasons

    def _no_substitution(self, term: Substitution, absent: bytes) -> Sentence:
        """Why no substitution lets the person at the absent one's rows: of those that name both,
        the one that comes closest.
        """
        table = self._store.tables[term.entity]
        c = table.c
        rows = self._connection.execute(
            sa.select(table).where(c[term.absent] == absent, c[term.substitute] == self._person)
        ).mappings()
        named = [{str(name): value for name, value in row.items()} for row in rows]
        whole = [row for row in named if not is_only_listed(term, row)]
        links = [link_of(term, row["id"], row) for row in whole]
        which = self._substitution(absent, self._person)
        outside = self._outside(which, [link for link in links if link is not None])
        if outside is not None:
            return outside
        if named and not whole:
            return say("only_listed", which=which)
        code = "substitution_off" if named else "no_substitution"
        return say(code, holder=self.holder, person=self.person(absent))

    def _outside(self, which: Sentence, links: Iterable[Link]) -> Sentence | None:
        """When the soonest of the active ones begins, or the last one ended; None when one
        stands or there is none.
        """
        holds = [link.hold for link in links]
        begins = [w.starts for w in holds if w.starts is not None and not w.begun(self._at)]
        if begins:
            return say("begins", which=which, when=named_instant(min(begins)))
        ends = [w.ends for w in holds if w.ends is not None and w.over(self._at)]
        return say("ended", which=which, when=named_instant(max(ends))) if ends else None
