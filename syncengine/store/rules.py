"""Visibility rules: those in force, whom they concern, and the rows that are not yet where they
say.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from syncengine.model.condition_data import read_condition
from syncengine.model.conditions import Condition, referred_entity, subtrees_of
from syncengine.model.entity import Entity
from syncengine.model.errors import InvalidValue
from syncengine.model.fields import Stored
from syncengine.model.manifest import Schema
from syncengine.model.terms import (
    BucketKind,
    BucketName,
    Grant,
    Reason,
    Ruled,
    Rules,
)
from syncengine.model.windows import Window
from syncengine.store.audiences import includes


@dataclass(frozen=True)
class Rule:
    """A rule in force: rows of the entity `target` that meet `condition` are in its bucket."""

    id: bytes
    target: Entity
    condition: Condition

    @property
    def bucket(self) -> BucketName:
        """Where its rows are."""
        return BucketName(BucketKind.RULE, self.id)


def rule_of(
    schema: Schema, term: Rules, row_id: bytes, values: Mapping[str, Stored]
) -> Rule | None:
    """A rule's row as a rule; None when it is switched off. InvalidValue when it cannot be."""
    if not values[term.active]:
        return None
    name = values[term.target]
    target = schema.entities.get(name) if isinstance(name, str) else None
    if target is None or not any(isinstance(t, Ruled) for t in target.terms):
        raise InvalidValue(f"{name!r} is no kind of row that rules can show", field=term.target)
    try:
        data = json.loads(str(values[term.condition]))
        return Rule(row_id, target, read_condition(target, schema, data))
    except InvalidValue as error:
        raise InvalidValue(error.detail, field=term.condition) from None


class Rulebook:
    """The rules in force, read from the database when somebody first asks."""

    def __init__(
        self, connection: sa.Connection, schema: Schema, tables: dict[str, sa.Table]
    ) -> None:
        self._connection = connection
        self._schema = schema
        self._tables = tables
        self._rules: dict[bytes, Rule] | None = None

    def of(self, entity: Entity) -> Iterator[Rule]:
        """Those for rows of an entity."""
        return (rule for rule in self._all().values() if rule.target.name == entity.name)

    def get(self, rule_id: bytes) -> Rule | None:
        """One rule, if it is in force."""
        return self._all().get(rule_id)

    def asking_about(self, hierarchy: str, parent: str) -> set[bytes]:
        """Those whose answers may change when a row of that hierarchy gets another `parent`."""
        return {
            rule.id
            for rule in self._all().values()
            if any(
                (referred_entity(rule.target, subtree.field), subtree.parent) == (hierarchy, parent)
                for subtree in subtrees_of(rule.condition)
            )
        }

    def hierarchies(self) -> set[tuple[str, str]]:
        """(entity, field that refers to what is above) of every hierarchy that some rule asks
        about.
        """
        return {
            (referred_entity(rule.target, subtree.field), subtree.parent)
            for rule in self._all().values()
            for subtree in subtrees_of(rule.condition)
        }

    def forget(self) -> None:
        """Rules have changed: read them again."""
        self._rules = None

    def _all(self) -> dict[bytes, Rule]:
        if self._rules is None:
            self._rules = {rule.id: rule for rule in self._read()}
        return self._rules

    def _read(self) -> Iterator[Rule]:
        for term in self._schema.grants:
            if not isinstance(term, Rules):
                continue
            table = self._tables[term.entity]
            wanted = sa.select(table).where(table.c[term.active].is_(True)).order_by(table.c.id)
            for row in self._connection.execute(wanted).mappings():
                rule = rule_of(self._schema, term, row["id"], {str(k): v for k, v in row.items()})
                if rule is not None:
                    yield rule


def ruled_grants(
    connection: sa.Connection,
    schema: Schema,
    tables: dict[str, sa.Table],
    term: Rules,
    person: bytes,
    at: int,
) -> Iterator[Grant]:
    """A grant for each rule whose audience the person is in at that instant."""
    audiences = schema.audiences
    if audiences is None:
        return
    rules, members = tables[term.entity], tables[audiences.members]
    starts, ends = rules.c[term.starts], rules.c[term.ends]
    wanted = (
        sa.select(rules.c.id, starts, ends)
        .join_from(rules, members, rules.c[term.audience] == members.c[audiences.audience])
        .where(
            rules.c[term.active].is_(True),
            sa.or_(starts.is_(None), starts <= at),
            sa.or_(ends.is_(None), ends > at),
            includes(schema, tables, audiences, person),
        )
        .distinct()
    )
    for rule_id, begins, over in connection.execute(wanted):
        window = Window(begins, over)
        bucket = BucketName(BucketKind.RULE, rule_id)
        yield Grant(bucket, Reason.RULE, rule_id, window, window)
