"""Which templates apply equals a naive recomputation after random targets, reassignments, moves in
hierarchies and lists of customers that somebody stands in for (D6, D10).

The recomputation knows targets, owners and trees as plain dictionaries, and no code of the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.visit_reports.device import Reports
from modules.visit_reports.portal.reach import REACHED, meant
from syncengine.store.database import reading
from syncengine.store.doctor import doctor
from tests.visit_reports.naive import Aim, Naive, Published
from tests.visit_reports.scene import Office

BONN = '{"any":[{"field":"city","op":"equal","value":"Bonn"}]}'
INDEX = st.integers(0, 99)
TARGET = st.tuples(
    st.sampled_from(("employee", "audience", "customer", "market", "condition")),
    INDEX,
    st.booleans(),
)
TEMPLATE = st.tuples(
    st.just("publish"),
    st.sampled_from(("standard", "dynamic")),
    st.lists(TARGET, min_size=1, max_size=3),
)
CHANGE = st.one_of(
    st.tuples(st.just("owner"), INDEX, st.none() | INDEX),
    st.tuples(st.just("market"), INDEX, st.none() | INDEX),
    st.tuples(st.just("city"), INDEX, st.booleans()),
    st.tuples(st.just("active"), INDEX, st.booleans()),
    st.tuples(st.just("move"), INDEX, st.none() | INDEX),
    st.tuples(st.just("leader"), INDEX, st.none() | INDEX),
    st.tuples(st.just("target"), INDEX, TARGET),
    st.tuples(st.just("less"), INDEX, INDEX),
    st.tuples(st.just("end"), INDEX, st.none()),
    st.tuples(st.just("list"), INDEX, st.booleans()),
    st.tuples(st.just("work"), st.none(), st.none()),
    TEMPLATE,
)


class Town(Naive):
    """The naive status and the real one, changed alike."""

    def __init__(self, office: Office) -> None:
        super().__init__()
        self.office = office
        boss = office.people["boss"]
        self.leader = {i: (None if i == boss else boss) for i in office.people.values()}
        row = office.insert("employee", number="c", active=True, manager=office.people["a"])
        self.leader[row] = office.people["a"]
        node: bytes | None = None
        for number in ("top", "middle", "town"):
            above, node = node, office.insert("market", number=number, name="x", parent=node)
            self.above[node] = above
        for owner in (*self.leader, *self.leader):
            count = len(self.owner)
            city = "Bonn" if count % 3 else "Graz"
            row = office.insert(
                "customer", number=str(count), name="x", active=True, owner=owner, market=node,
                city=city,
            )  # fmt: skip
            self.owner[row], self.market[row] = owner, node
            if city == "Bonn":
                self.bonn.add(row)
        people = office.people
        people["d"] = office.insert("employee", number="d", active=True)
        self.devices = {people[name]: office.device(name)[0] for name in ("boss", "a", "d")}
        self.stands_in = {
            absent: office.insert(
                "substitution", absent=absent, substitute=people["d"], active=True,
                only_listed=True,
            )
            for absent in self.leader
        }  # fmt: skip
        self.lines: dict[bytes, bytes] = {}
        self.count = 0

    def pick(self, rows: Mapping[bytes, object], which: int | None) -> bytes | None:
        """One of some rows."""
        return None if which is None or not rows else list(rows)[which % len(rows)]

    def aimed(self, of: str, which: int, below: bool) -> tuple[Aim, dict[str, Any]]:
        """A target, and its row's fields."""
        if of == "condition":
            return (of, b"", False), {"condition": BONN}
        rows: dict[str, Mapping[bytes, object]] = {"customer": self.owner, "market": self.above}
        whom = self.pick(rows.get(of, self.leader), which)
        assert whom is not None
        if of != "audience":
            extra = {"below": below} if of == "employee" else {}
            return (of, whom, below), {of: whom, **extra}
        self.count += 1
        number = f"x{self.count}"
        audience = self.office.insert("audience", number=number, name=number)
        self.office.insert("audience_member", audience=audience, employee=whom, below=below)
        return (of, whom, below), {of: audience}

    def publish(self, kind: str, targets: list[tuple[str, int, bool]]) -> None:
        """A template with these targets."""
        template = self.office.publish(kind)
        self.templates[template] = Published(kind)
        for target in targets:
            self.target(template, target)

    def target(self, template: bytes, target: tuple[str, int, bool]) -> None:
        """Another one of a template that is published."""
        aim, values = self.aimed(*target)
        row = self.office.insert("report_target", template=template, **values)
        self.templates[template].targets[row] = aim

    def change(self, what: str, which: Any, how: Any) -> None:
        """One change of the world."""
        match what:
            case "owner" | "market" | "city" | "active":
                self.change_customer(what, which, how)
            case "move" | "leader":
                self.move(what, which, how)
            case "publish":
                self.publish(which, how)
            case "list":
                self.change_list(which, how)
            case "work":
                self.office.work()
            case _:
                template = self.pick(self.templates, which)
                if template is not None:
                    self.change_template(what, template, how)

    def change_customer(self, what: str, which: int, how: Any) -> None:
        """Its owner, its market, or what conditions ask for."""
        row = self.pick(self.owner, which)
        assert row is not None
        values: dict[str, Any] = {what: how}
        if what in ("owner", "market"):
            to = self.pick(self.leader if what == "owner" else self.above, how)
            (self.owner if what == "owner" else self.market)[row] = to
            values = {what: to}
        elif what == "city":
            values = {"city": "Bonn" if how else "Graz"}
            (self.bonn.add if how else self.bonn.discard)(row)
        else:
            (self.inactive.discard if how else self.inactive.add)(row)
        self.office.update("customer", row, **values)

    def change_list(self, which: int, listed: bool) -> None:
        """A customer comes to a list of its owner's, or leaves the one that it is on."""
        row = self.pick(self.owner, which)
        assert row is not None
        by = self.stands_in.get(self.owner[row] or b"")
        if listed and by is not None and row not in self.listed:
            self.lines[row] = self.office.insert(
                "substitution_customer", substitution=by, customer=row
            )
            self.listed[row] = self.owner[row] or b""
        elif not listed and row in self.listed:
            self.office.delete("substitution_customer", self.lines.pop(row))
            del self.listed[row]

    def move(self, what: str, which: int, how: int | None) -> None:
        """A market or a person, with all below."""
        entity, name, tree = (
            ("market", "parent", self.above)
            if what == "move"
            else ("employee", "manager", self.leader)
        )
        row, to = self.pick(tree, which), self.pick(tree, how)
        assert row is not None
        if row not in self.up(tree, to):
            assert not self.office.update(entity, row, **{name: to}).objections
            tree[row] = to

    def change_template(self, what: str, template: bytes, how: Any) -> None:
        """Another target, one less, or its end."""
        one = self.templates[template]
        if what == "target":
            self.target(template, how)
        elif what == "less" and (target := self.pick(one.targets, how)) is not None:
            self.office.delete("report_target", target)
            del one.targets[target]
        elif what == "end" and not one.ended:
            self.office.step("report_template", template, "ended")
            one.ended = True

    def judge(self) -> None:
        """Every device finds at every customer of it what is to be answered there."""
        for person, device in self.devices.items():
            device.sync()
            reports = Reports(device)
            here = {row.id.bytes for row in device.rows("customer")}
            lent = self.lent() if person == self.office.people["d"] else set()
            assert here == self.held(person) | lent
            for customer in here:
                found = {one.template.bytes for one in reports.applying(customer)}
                assert found == self.applying(person, customer)
            if not self.held(person):
                published = device.rows("report_template", "kind='dynamic' AND status='published'")
                assert {row.id.bytes for row in published} <= self.meant(lent)
        with reading(self.office.store.engine) as connection:
            for template, one in self.templates.items():
                self.judge_reach(connection, template, one)

    def judge_reach(self, connection: sa.Connection, template: bytes, one: Published) -> None:
        """The office is told the same of whom a template reaches."""
        store, targets = self.office.store, self.office.rows("report_target", template=template)
        c = store.tables[REACHED[one.kind]].c
        found = connection.scalars(
            sa.select(c.id).where(meant(store, connection, one.kind, targets))
        )
        means = self.standard if one.kind == "standard" else self.dynamic
        rows = self.leader if one.kind == "standard" else self.owner
        aims = one.targets.values()
        assert set(found) == {row for row in rows if any(means(aim, row) for aim in aims)}


def test_what_applies_is_what_a_naive_recomputation_finds(tmp_path: Path) -> None:
    office = Office(f"sqlite:///{tmp_path / 'server.db'}", tmp_path)
    town = Town(office)

    @settings(max_examples=30, deadline=None)
    @given(st.lists(TEMPLATE, min_size=1, max_size=4), st.lists(CHANGE, max_size=8))
    def play(templates: list[tuple[Any, ...]], changes: list[tuple[Any, ...]]) -> None:
        for template, one in town.templates.items():
            if not one.ended:
                town.change_template("end", template, None)
        town.templates.clear()
        for change in (*templates, *changes):
            town.change(*change)
        office.work()
        assert office.work() == 0
        town.judge()

    play()
    assert doctor(office.store).findings == []
    for device in town.devices.values():
        device.close()
    office.close()
