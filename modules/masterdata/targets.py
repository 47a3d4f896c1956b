"""What rows that name people, customers, markets, audiences and rules stand for, in SQL: for
modules' jobs that send something there, and for whoever writes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from syncengine.model.conditions import Condition, InSubtree
from syncengine.model.errors import InvalidValue
from syncengine.model.terms import Substitution
from syncengine.store.conditions import as_sql
from syncengine.store.rules import rule_of
from syncengine.store.store import Store
from syncengine.store.substitutions import end_of

Is = sa.ColumnElement[bool]
# The entities of this module that decide what targets stand for.
DECIDING = frozenset({
    "customer", "employee", "market", "product_group", "audience", "audience_member", "rule",
    "substitution", "substitution_customer",
})  # fmt: skip


@dataclass(frozen=True)
class Target:
    """What one row names: one of these. below: everybody whom the employee leads."""

    employee: bytes | None = None
    below: bool = False
    customer: bytes | None = None
    market: bytes | None = None
    audience: bytes | None = None
    rule: bytes | None = None

    @classmethod
    def of(cls, row: sa.RowMapping) -> Target:
        """The row's."""
        named = {name: row[name] for name in ("employee", "customer", "market", "audience", "rule")}
        return cls(below=bool(row["below"]), **named)


def customers(store: Store, connection: sa.Connection, targets: Iterable[Target]) -> Is:
    """The active customers that these targets stand for: of one that names people, those that they
    own.
    """
    customer, employee = store.tables["customer"].c, store.tables["employee"].c
    named, who = _either(store, connection, targets)
    if who:  # where nobody is named nothing is asked about owners: a database would ask each row
        named.append(customer.owner.in_(sa.select(employee.id).where(any_of(who))))
    return sa.and_(customer.active.is_(True), any_of(named)) if named else sa.false()


def people(store: Store, connection: sa.Connection, targets: Iterable[Target]) -> Is:
    """The active employees that these targets stand for: of one that names customers, their
    owners.
    """
    customer, employee = store.tables["customer"].c, store.tables["employee"].c
    named, who = _either(store, connection, targets)
    if named:
        owners = sa.select(customer.owner).where(
            customer.owner.is_not(None), customer.active.is_(True), any_of(named)
        )
        who.append(employee.id.in_(owners))
    return sa.and_(employee.active.is_(True), any_of(who)) if who else sa.false()


def any_of(conditions: Iterable[Is]) -> Is:
    """That one of them holds; of none nothing does."""
    return sa.or_(sa.false(), *conditions)


def lent(store: Store) -> Is:
    """The customers for which somebody stands in, or is to, for listed customers only. That person
    does not hold their owner's business bucket, so what is there for them has to go where they are.
    """
    customer, line = store.tables["customer"].c, store.tables["substitution_customer"].c
    stands_in = store.tables["substitution"]
    (term,) = (g for g in store.schema.grants if isinstance(g, Substitution))
    ends = end_of(stands_in, term)
    listed = sa.select(line.customer, stands_in.c.absent).where(
        line.substitution == stands_in.c.id,
        stands_in.c.only_listed.is_(True),
        stands_in.c.active.is_(True),
        sa.or_(ends.is_(None), ends > store.environment.now()),
    )
    return sa.tuple_(customer.id, customer.owner).in_(listed)


def _either(
    store: Store, connection: sa.Connection, targets: Iterable[Target]
) -> tuple[list[Is], list[Is]]:
    """What says which customers are named, and which people."""
    customers: list[Is] = []
    people: list[Is] = []
    for target in targets:
        customers += _customers(store, connection, target)
        people += _people(store, target)
    return customers, people


def _customers(store: Store, connection: sa.Connection, target: Target) -> Iterator[Is]:
    """The customers that a target names."""
    c, of = store.tables["customer"].c, store.schema.entities["customer"]
    if target.customer is not None:
        yield c.id == target.customer
    if target.market is not None:
        yield as_sql(InSubtree("market", target.market, "parent"), store.tables, of)
    if target.rule is not None:
        condition = _selecting(store, connection, target.rule)
        if condition is not None:
            yield as_sql(condition, store.tables, of)


def _people(store: Store, target: Target) -> Iterator[Is]:
    """The people that a target names."""
    if target.employee is not None:
        yield _person(store, target.employee, target.below)
    if target.audience is not None:
        c = store.tables["employee"].c
        member = store.tables["audience_member"]
        inside = sa.select(member.c.employee, member.c.below).where(
            member.c.audience == target.audience
        )
        walk = inside.cte(recursive=True)
        below = sa.select(c.id, sa.true()).join(walk, c.manager == walk.c.employee)
        walk = walk.union(below.where(walk.c.below.is_(True)))
        yield c.id.in_(sa.select(walk.c.employee))


def _person(store: Store, person: bytes, below: bool) -> Is:
    c = store.tables["employee"].c
    if not below:
        return c.id == person
    of = store.schema.entities["employee"]
    return sa.or_(c.id == person, as_sql(InSubtree("manager", person, "manager"), store.tables, of))


def _selecting(store: Store, connection: sa.Connection, rule: bytes) -> Condition | None:
    """What a rule asks of customers, whether it is active or not; None: it is about other rows."""
    term = store.schema.rules
    assert term is not None  # of master data
    table = store.tables[term.entity]
    row = connection.execute(sa.select(table).where(table.c.id == rule)).mappings().first()
    if row is None:
        return None
    values = {**row, term.active: True}
    try:
        found = rule_of(store.schema, term, rule, values)
    except InvalidValue:  # an inactive one may be of any kind
        return None
    return found.condition if found is not None and found.target.name == "customer" else None
