"""Why a person holds a bucket, or what fails for each way to it: in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, assert_never

import sqlalchemy as sa

from syncengine.model.ids import ZERO_ID, to_text
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
from syncengine.store.explanation import Reasoning, Step, StepKind, failed
from syncengine.store.grants import by_bucket, grants_of
from syncengine.store.history import numbers
from syncengine.store.lent import lent_bucket
from syncengine.store.store import Store
from syncengine.store.substitutions import Link, is_only_listed, link_of


def said_instant(instant: int | None) -> str:
    """For people; None is for ever."""
    if instant is None:
        return "it is called off"
    moment = dt.datetime.fromtimestamp(instant // 1_000_000, dt.UTC)
    return f"{moment:%Y-%m-%d %H:%M} UTC"


class Granted:
    """The grants of one person at an instant, in the state that a connection shows. now: the word
    for that instant.
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
        owner = self.name(name.key)
        bucket = Step(
            StepKind.BUCKET, f"{name.kind} rows of {owner}", {"of": str(name.kind), "id": name.key}
        )
        if name in self.buckets:
            ways = self._grants(name)
        elif name.kind is BucketKind.PERSONAL:
            ways = [failed(f"personal rows are for {owner} alone")]
        else:
            ways = [failed(why) for why in self._not_granted(name.key)]
        return [way.behind(bucket) for way in ways]

    def of_rule(self, name: BucketName) -> list[Reasoning]:
        """The ways from a rule's bucket on."""
        if name in self.buckets:
            return self._grants(name)
        return [failed(f"{self.name(self._person)} is not in its audience {self._now}")]

    def of_addressed(self, name: BucketName) -> list[Reasoning]:
        """The ways from an addressed row's bucket on."""
        if name in self.buckets:
            return self._grants(name)
        return [failed(f"it is not addressed to {self.holder}")]

    @property
    def holder(self) -> str:
        """The person's name."""
        return self.name(self._person)

    def of_lent(self, term: Substitution, row: Mapping[str, Any]) -> list[Reasoning]:
        """The ways from the lent bucket of a substitution on; `row` is the substitution's."""
        name = lent_bucket(row["id"])
        if name in self.buckets:
            return self._grants(name)
        link, which = link_of(term, row["id"], row), self.substitution(term, row)
        if link is None:
            return [failed(f"{which} is switched off")]
        outside = self._outside(which, [link])
        substitute = self.name(link.substitute)
        return [failed(outside or f"{self.name(self._person)} is not {substitute}")]

    def substitution(self, term: Substitution, row: Mapping[str, Any]) -> str:
        """How to call a substitution; `row` is its row."""
        absent, substitute = self.name(row[term.absent]), self.name(row[term.substitute])
        return f"the substitution of {absent} by {substitute}"

    def audience(self, number: str) -> Step:
        """Whether the person is in an audience; a failure when not."""
        inside = number in self._audiences
        said = f"{self.name(self._person)} is {'' if inside else 'not '}in the audience {number}"
        kind = StepKind.GRANT if inside else StepKind.FAILED
        return Step(kind, said, {"audience": number, "person": self._person})

    def name(self, person: bytes) -> str:
        """A person's number, or the id where there is none."""
        if person == ZERO_ID:
            return "everyone"
        return numbers(self._connection, self._store, {person}).get(person, to_text(person))

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

    def _grant(self, grant: Grant) -> str:
        holder = self.name(self._person)
        match grant.reason:
            case Reason.OWN:
                return f"they are the own rows of {holder}"
            case Reason.EVERYONE:
                return "everybody holds them"
            case Reason.HIERARCHY:
                return f"{holder} leads {self.name(grant.via)}"
            case Reason.RULE:
                return f"{holder} is in its audience"
            case Reason.ADDRESSED:
                return f"it is addressed to {holder}"
            case Reason.SUBSTITUTION:
                chain = "".join(f"{self.name(p)}, who substitutes " for p in grant.path)
                return f"{holder} substitutes {chain}{self.name(grant.via)} {self._when(grant)}"
            case _:
                assert_never(grant.reason)

    def _when(self, grant: Grant) -> str:
        """How long a grant lasts, and whether it is for reading only."""
        if grant.write.contains(self._at):
            ends = grant.hold.ends
            return self._now if ends is None else f"until {said_instant(ends)}"
        if not grant.write.begun(self._at):
            return f"from {said_instant(grant.write.starts)} on, and may read before"
        return f"no more, and may read until {said_instant(grant.hold.ends)}"

    def _not_granted(self, owner: bytes) -> list[str]:
        """Each way to another's business bucket, and why it fails."""
        holder, other = self.name(self._person), self.name(owner)
        reasons = [f"{holder} is not {other}"]
        for term in self._schema.grants:
            match term:
                case Subtree():
                    reasons.append(f"{other} is not below {holder} in the hierarchy")
                case Substitution():
                    reasons.append(self._no_substitution(term, owner))
                case Rules() | Audiences() | AddressedTo():
                    pass  # these show rows of other buckets, not of a person's
                case _:
                    assert_never(term)
        return reasons

    def _no_substitution(self, term: Substitution, absent: bytes) -> str:
        """Why no substitution lets the person at the absent one's rows: of those that name both,
        the one that comes closest.
        """
        holder, other = self.name(self._person), self.name(absent)
        table = self._store.tables[term.entity]
        c = table.c
        rows = self._connection.execute(
            sa.select(table).where(c[term.absent] == absent, c[term.substitute] == self._person)
        ).mappings()
        named = [{str(name): value for name, value in row.items()} for row in rows]
        whole = [row for row in named if not is_only_listed(term, row)]
        links = [link_of(term, row["id"], row) for row in whole]
        which = f"the substitution of {other} by {holder}"
        outside = self._outside(which, [link for link in links if link is not None])
        if outside is not None:
            return outside
        if named and not whole:
            return f"{which} is for listed rows only"
        why = f"no active substitution names {holder} as substitute of {other}"
        return f"{why}: the one that does is switched off" if named else why

    def _outside(self, which: str, links: Iterable[Link]) -> str | None:
        """When the soonest of the active ones begins, or the last one ended; None when one
        stands or there is none.
        """
        holds = [link.hold for link in links]
        begins = [w.starts for w in holds if w.starts is not None and not w.begun(self._at)]
        if begins:
            return f"{which} begins on {said_instant(min(begins))}"
        ends = [w.ends for w in holds if w.ends is not None and w.over(self._at)]
        return f"{which} ended on {said_instant(max(ends))}" if ends else None
