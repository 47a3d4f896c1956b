"""The ways by which a row is lent to a person, or what failed for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from syncengine.model.lending import Lending
from syncengine.model.sentences import Sentence, named_field, say
from syncengine.store.explanation import Reasoning, Step, StepKind, fails
from syncengine.store.granted import Granted
from syncengine.store.store import Store
from syncengine.store.working import Values


class LentWays:
    """Explains one lending in the state that a connection shows."""

    def __init__(
        self, store: Store, connection: sa.Connection, granted: Granted, lending: Lending
    ) -> None:
        self._connection = connection
        self._granted = granted
        self._lending = lending
        self._lists = store.tables[lending.term.entity].c
        self._substitutions = store.tables[lending.grant.entity]

    def of(self, person: bytes, row_id: bytes, values: Values) -> list[Reasoning]:
        """A way for each substitution that lists the row, and for each that brings `person` other
        rows of its owner.
        """
        term, grant, c = self._lending.term, self._lending.grant, self._substitutions.c
        owner = values[self._lending.entity.position(term.owner)]
        named = sa.select(self._lists[term.substitution]).where(self._lists[term.row] == row_id)
        ways: list[Reasoning] = []
        for row in self._rows(c.id.in_(named)):
            data: dict[str, bytes | str] = {"term": "lent", "id": row["id"]}
            step = Step(StepKind.TERM, say("listed", which=self._which(row)), data)
            if row[grant.absent] == owner:
                ways += [way.behind(step) for way in self._granted.of_lent(grant, row)]
            else:
                absent = self._granted.person(row[grant.absent])
                whose = named_field(self._lending.entity.name, term.owner)
                ways.append(fails("owner_changed", field=whose, person=absent).behind(step))
        others = c.id.not_in(named), c[grant.absent] == owner, c[grant.substitute] == person
        ways += [fails("not_listed", which=self._which(row)) for row in self._rows(*others)]
        return ways or [fails("listed_nowhere")]

    def _rows(self, *which: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
        """Those for listed rows only, by id."""
        table = self._substitutions
        wanted = sa.select(table).where(table.c[self._lending.only_listed].is_(True), *which)
        rows = self._connection.execute(wanted.order_by(table.c.id)).mappings()
        return [{str(name): value for name, value in row.items()} for row in rows]

    def _which(self, row: Mapping[str, Any]) -> Sentence:
        return self._granted.substitution(self._lending.grant, row)
