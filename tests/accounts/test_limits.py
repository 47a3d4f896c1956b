"""Which rows a limited user sees and may write, against a naive recomputation from plain
dictionaries (domain D2), on random offices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.masterdata.manifest import MASTERDATA
from modules.office.manifest import OFFICE
from syncengine.model.access import Source
from syncengine.model.changeset import Operation, Outcome
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.manifest import Schema
from syncengine.model.rights import Right
from syncengine.store.accounts import rights_of, shown_to
from syncengine.store.author import Author, OfficeJob
from syncengine.store.commit import Commit
from syncengine.store.database import discarding
from tests.lifecycles.module import LIFECYCLES
from tests.support.world import World

SCHEMA = Schema((MASTERDATA, OFFICE, LIFECYCLES))
PEOPLE = 5
Row = dict[str, Stored]


@dataclass
class Plan:
    """Rows by entity and id, in the order in which they are made, and what a user may. released:
    errands that leave all devices then. moved: the owners that customers get after that.
    """

    rows: dict[str, dict[bytes, Row]] = field(default_factory=dict)
    limit: bytes | None = None
    rights: dict[str, set[Right]] = field(default_factory=dict)
    released: set[bytes] = field(default_factory=set)
    moved: dict[bytes, Stored] = field(default_factory=dict)
    serial: int = 0

    def add(self, entity: str, **values: Stored) -> bytes:
        """A row; its id."""
        self.serial += 1
        made = self.serial.to_bytes(6, "big") + bytes([0x70, 0, 0x80, *[0] * 7])
        self.rows.setdefault(entity, {})[made] = values
        return made


WRITABLE: dict[str, Row] = {
    "employee": {"job_title": "x"}, "customer": {"city": "x"}, "contact": {"role": "x"},
    "note": {"text": "x"}, "customer_terms": {"credit_limit": 1}, "market": {"country": "DE"},
    "substitution": {"lead_days": 1}, "substitution_customer": {},
    "audience": {"name": "x"}, "audience_member": {"below": True},
    "errand": {"title": "x"}, "task": {"title": "x"},
}  # fmt: skip


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any hierarchy without circles, some rows of each kind, any rights."""
    plan = Plan()
    people: list[bytes] = []
    for number in range(PEOPLE):
        above = draw(st.sampled_from([None, *people]))
        people.append(plan.add("employee", number=str(number), active=True, manager=above))
    person, maybe = st.sampled_from(people), st.sampled_from([None, *people])
    plan.add("market", number="1", name="x")
    customers = [
        plan.add("customer", number=str(n), name="x", active=True, owner=draw(maybe))
        for n in range(4)
    ]
    customer = st.sampled_from(customers)
    for _ in range(draw(st.integers(0, 3))):
        plan.add("contact", customer=draw(customer), name="x", active=True)
        plan.add("note", author=draw(person), customer=draw(customer), text="y")
        plan.add("customer_terms", customer=draw(customer))
    audience = plan.add("audience", number="1", name="y")
    absent, substitute = draw(st.permutations(people).map(lambda some: some[:2]))
    switched = plan.add("substitution", absent=absent, substitute=substitute, active=False)
    plan.add("substitution_customer", substitution=switched, customer=draw(customer))
    plan.add("audience_member", audience=audience, employee=draw(person), below=False)
    for owner in draw(st.lists(person, max_size=3)):
        errand = plan.add("errand", title="y", owner=owner, state="open")
        plan.add("task", errand=errand, title="y", mandatory=True, done=False)
        if draw(st.booleans()):
            plan.released.add(errand)
    plan.moved = draw(st.dictionaries(customer, maybe, max_size=2))
    plan.limit = draw(maybe)
    for entity in WRITABLE:
        plan.rights[entity] = draw(st.sets(st.sampled_from(Right)) | st.just(set(Right)))
    return plan


def theirs(plan: Plan, entity: str, row_id: bytes) -> bool:
    """Whether the row is one of a user with the plan's limit: in words, case by case."""
    row = plan.rows[entity][row_id]

    def led(person: Stored) -> bool:
        while isinstance(person, bytes):
            if person == plan.limit:
                return True
            person = plan.rows["employee"][person]["manager"]
        return False

    def customers(of: Stored) -> bool:
        return isinstance(of, bytes) and led(plan.rows["customer"][of]["owner"])

    match entity:
        case _ if plan.limit is None:
            return True
        case "employee":
            return led(row_id)
        case "market":
            return True
        case "customer":
            return led(row["owner"])
        case "contact" | "customer_terms":
            return customers(row["customer"])
        case "note":
            return led(row["author"])
        case "errand":
            return led(row["owner"])
        case "task":
            return led(plan.rows["errand"][bytes(row["errand"])]["owner"])  # type: ignore[arg-type]
        case "substitution":
            return led(row["absent"]) and led(row["substitute"])
        case "substitution_customer":
            switched = row["substitution"]
            assert isinstance(switched, bytes)
            return theirs(plan, "substitution", switched) and customers(row["customer"])
    return False  # audiences are everybody's


def operation(action: Action, entity: str, row_id: bytes, row: Row) -> Operation:
    by_name = SCHEMA.entities[entity].by_name
    fields: dict[int, Stored] = {
        by_name[name].number: value for name, value in row.items() if value is not None
    }
    return Operation(action, SCHEMA.tags[entity], row_id, fields)


def setting_up(plan: Plan, user: bytes) -> list[Operation]:
    """All rows, the user and the rights."""
    made = Plan(serial=1_000)
    made.rows["office_user"] = {user: {
        "name": "anna", "full_name": "x", "language": "de", "active": True,
        "limited_to": plan.limit,
    }}  # fmt: skip
    role = made.add("office_role", name="x", administers=False)
    made.add("office_user_role", user=user, role=role)
    for entity, rights in plan.rights.items():
        line = made.add("office_role_right", role=role)
        said: Row = {str(right): right in rights for right in Right}
        made.rows["office_role_right"][line] |= {"entity": entity} | said
    return [
        operation(Action.INSERT, entity, row_id, row)
        for rows in (plan.rows, made.rows)
        for entity, some in rows.items()
        for row_id, row in some.items()
    ]


def moving(plan: Plan) -> Iterator[Operation]:
    """What happens to the rows then; the plan tells of it, too."""
    for errand in sorted(plan.released):
        yield operation(Action.UPDATE, "errand", errand, {"state": "withdrawn"})
    for customer, owner in plan.moved.items():
        plan.rows["customer"][customer]["owner"] = owner
        number = SCHEMA.entities["customer"].by_name["owner"].number
        yield Operation(Action.UPDATE, SCHEMA.tags["customer"], customer, {number: owner})


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One database: each example is rolled back. That both kinds are alike, test_rights shows."""
    folder: Path = tmp_path_factory.mktemp("limits")
    made = World(f"sqlite:///{folder / 'server.db'}", folder, schema=SCHEMA)
    yield made
    made.close()


@settings(max_examples=25, deadline=None)
@given(plan=plans())
def test_lists_and_writes_agree_with_what_one_says_in_words(world: World, plan: Plan) -> None:
    store, user = world.store, bytes([9] * 6 + [0x70, 0, 0x80, *[0] * 7])
    tables = store.tables
    with discarding(store.engine) as connection:

        def write(operations: list[Operation], by: bytes | None) -> list[str]:
            author = Author(Source.OFFICE, None, "", by)
            commit = Commit(connection, SCHEMA, tables, store.environment)
            job = OfficeJob.of(author, store.environment.new_id(), operations)
            ((verdicts, error),) = commit.run([job])
            assert error is None
            refused = verdicts[0].outcome is Outcome.REJECTED
            return [o.code for o in verdicts[0].objections] if refused else []

        assert write(setting_up(plan, user), None) == []
        for change in moving(plan):
            assert write([change], None) == []
        rights = rights_of(connection, SCHEMA, tables, user)
        for entity, rows in plan.rows.items():
            given_rights = plan.rights[entity]
            views = Right.VIEW in given_rights
            wanted = {row_id for row_id in rows if views and theirs(plan, entity, row_id)}
            condition = shown_to(rights, SCHEMA, tables, entity)
            c = tables[entity].c.id
            known = c.in_(list(rows))
            assert set(connection.scalars(sa.select(c).where(condition, known))) == wanted
            for row_id in rows if WRITABLE[entity] else ():
                edit = operation(Action.UPDATE, entity, row_id, WRITABLE[entity])
                if not views or Right.EDIT not in given_rights:
                    assert write([edit], user) == ["access.denied"]
                else:
                    assert write([edit], user) == ([] if row_id in wanted else ["row.unknown"])
