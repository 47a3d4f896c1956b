"""Recipients equal a naive recomputation after random reassignments and moves in hierarchies (D8).

The recomputation knows targets, owners and trees as plain dictionaries, and no code of the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from syncengine.store.doctor import doctor
from tests.messages.scene import Post

INDEX = st.integers(0, 99)
TARGET = st.one_of(
    st.tuples(st.just("employee"), INDEX, st.booleans()),
    st.tuples(st.just("audience"), INDEX, st.booleans()),
    st.tuples(st.sampled_from(("customer", "market", "rule")), INDEX, st.just(False)),
)
CHANGE = st.one_of(
    st.tuples(st.just("owner"), INDEX, st.none() | INDEX),
    st.tuples(st.just("market"), INDEX, st.none() | INDEX),
    st.tuples(st.just("city"), INDEX, st.booleans()),
    st.tuples(st.just("active"), INDEX, st.booleans()),
    st.tuples(st.just("move"), INDEX, st.none() | INDEX),
    st.tuples(st.just("leader"), INDEX, st.none() | INDEX),
    st.tuples(st.just("target"), INDEX, TARGET),
    st.tuples(st.just("confirm"), INDEX, st.none()),
    st.tuples(st.just("follow"), st.none(), st.none()),
)


class Naive:
    """Who is meant, thought out anew."""

    def __init__(self) -> None:
        self.leader: dict[bytes, bytes | None] = {}
        self.above: dict[bytes, bytes | None] = {}
        self.owner: dict[bytes, bytes | None] = {}
        self.market: dict[bytes, bytes | None] = {}
        self.bonn: set[bytes] = set()
        self.inactive: set[bytes] = set()
        self.targets: dict[bytes, list[tuple[str, bytes, bool]]] = {}

    @staticmethod
    def up(tree: Mapping[bytes, bytes | None], node: bytes | None) -> list[bytes]:
        """The node and all above it."""
        found: list[bytes] = []
        while node is not None:
            found.append(node)
            node = tree[node]
        return found

    def means(self, target: tuple[str, bytes, bool], person: bytes | None) -> bool:
        """Whether a target names a person; both kinds may name everybody below somebody."""
        of, whom, below = target
        if of not in ("employee", "audience") or person is None:
            return False
        return whom in self.up(self.leader, person) if below else whom == person

    def names(self, target: tuple[str, bytes, bool], customer: bytes) -> bool:
        """Whether a target names a customer."""
        match target[0]:
            case "customer":
                return target[1] == customer
            case "market":
                return target[1] in self.up(self.above, self.market[customer])
            case "rule":
                return customer in self.bonn
        return False

    def people(self, info: bytes) -> set[bytes]:
        """Of a daily info."""
        found = set()
        for target in self.targets[info]:
            found |= {person for person in self.leader if self.means(target, person)}
            found |= {
                owner
                for customer, owner in self.owner.items()
                if owner and customer not in self.inactive and self.names(target, customer)
            }
        return found

    def customers(self, info: bytes) -> set[bytes]:
        """Of an action info."""
        return {
            customer
            for customer, owner in self.owner.items()
            if customer not in self.inactive
            for target in self.targets[info]
            if self.names(target, customer) or self.means(target, owner)
        }


class Town(Naive):
    """The naive status and the real one, changed alike."""

    def __init__(self, post: Post) -> None:
        super().__init__()
        self.post = post
        boss = post.people["boss"]
        self.leader = {i: (None if i == boss else boss) for i in post.people.values()}
        for number in ("c", "d"):
            row = post.insert("employee", number=number, active=True, manager=post.people["a"])
            self.leader[row] = post.people["a"]
        for which in range(4):
            self.above[post.insert("market", number=str(which), name="x")] = None
        audience = post.insert("audience", number="none", name="Nobody")
        condition = '{"field":"city","op":"equal","value":"Bonn"}'
        self.rule = post.insert(
            "rule", number="r", name="R", target="customer", condition=condition,
            audience=audience, active=False,
        )  # fmt: skip
        for which in range(6):
            row = post.customer(None, str(which))
            self.owner[row] = self.market[row] = None
        self.count = 0

    def pick(self, rows: Mapping[bytes, object], which: int | None) -> bytes | None:
        """One of some rows."""
        return None if which is None else list(rows)[which % len(rows)]

    def target(self, info: bytes, of: str, which: int, below: bool) -> None:
        """Another one of an info."""
        people = of in ("employee", "audience")
        rows: dict[str, Mapping[bytes, object]] = {
            "customer": self.owner,
            "market": self.above,
            "rule": {self.rule: None},
        }
        whom = self.pick(self.leader if people else rows[of], which)
        assert whom is not None
        named: dict[str, Any] = {of: whom, "below": below}
        if of == "audience":
            self.count += 1
            number = f"x{self.count}"
            named = {"audience": self.post.insert("audience", number=number, name=number)}
            self.post.insert(
                "audience_member", audience=named["audience"], employee=whom, below=below
            )
        self.post.insert("info_target", info=info, **named)
        self.targets[info].append((of, whom, below))

    def publish(self, kind: str, targets: list[tuple[str, int, bool]]) -> bytes:
        """An info with these targets."""
        info = self.post.publish(kind)
        self.targets[info] = []
        for target in targets:
            self.target(info, *target)
        return info

    def change(self, what: str, which: Any, how: Any) -> None:
        """One change of the world."""
        post = self.post
        match what:
            case "owner" | "market":
                row = self.pick(self.owner, which)
                to = self.pick(self.leader if what == "owner" else self.above, how)
                assert row is not None
                post.update("customer", row, **{what: to})
                (self.owner if what == "owner" else self.market)[row] = to
            case "city":
                row = self.pick(self.owner, which)
                assert row is not None
                post.update("customer", row, city="Bonn" if how else "Graz")
                (self.bonn.add if how else self.bonn.discard)(row)
            case "active":
                row = self.pick(self.owner, which)
                assert row is not None
                post.update("customer", row, active=how)
                (self.inactive.discard if how else self.inactive.add)(row)
            case "move" | "leader":
                entity, field, tree = (
                    ("market", "parent", self.above)
                    if what == "move"
                    else ("employee", "manager", self.leader)
                )
                row, to = self.pick(tree, which), self.pick(tree, how)
                assert row is not None
                if row not in self.up(tree, to):
                    assert not post.update(entity, row, **{field: to}).objections
                    tree[row] = to
            case "target":
                info = self.pick(self.targets, which)
                assert info is not None
                self.target(info, *how)
            case "confirm":
                self.confirm(which)
            case _:
                post.work()

    def confirm(self, which: int) -> None:
        """The owner of an own open receipt confirms it: it stays as it is from then on."""
        rows = self.post.rows("info_receipt", status="scheduled")
        if not rows:
            return
        receipt = rows[which % len(rows)]
        person = receipt["employee"] or self.owner[receipt["customer"]]
        names = {row: name for name, row in self.post.people.items()}
        if person not in names:
            return
        self.count += 1
        device = self.post.enrol(names[person], name=f"device{self.count}")
        device.sync()
        for status in ("shown", "confirmed"):
            with device.changeset() as changes:
                changes.update("info_receipt", receipt["id"], status=status)
        device.sync()
        device.close()
        assert self.post.rows("info_receipt", id=receipt["id"])[0]["status"] == "confirmed"

    def judge(self, info: bytes, kind: str) -> None:
        """Open are the receipts of those who are meant, but for whom confirmed."""
        by, meant = ("employee", self.people) if kind == "daily" else ("customer", self.customers)
        states = self.post.states(info, by)
        closed = {row for row, status in states.items() if status == "confirmed"}
        assert {row for row, status in states.items() if status == "scheduled"} == (
            meant(info) - closed
        )
        assert set(states.values()) <= {"scheduled", "confirmed", "withdrawn"}
        assert len(self.post.rows("info_receipt", info=info)) == len(states)


def test_recipients_are_those_that_a_naive_recomputation_finds(tmp_path: Path) -> None:
    post = Post(f"sqlite:///{tmp_path / 'server.db'}", tmp_path)
    town = Town(post)

    @settings(max_examples=20, deadline=None)
    @given(st.lists(TARGET, max_size=3), st.lists(CHANGE, min_size=1, max_size=12))
    def play(targets: list[tuple[str, int, bool]], changes: list[tuple[Any, ...]]) -> None:
        for info in town.targets:
            post.withdraw(info)
        post.work()
        town.targets.clear()
        infos = {town.publish(kind, targets): kind for kind in ("daily", "action")}
        for change in changes:
            town.change(*change)
        post.work()
        assert post.work() == 0
        for info, kind in infos.items():
            town.judge(info, kind)

    play()
    assert doctor(post.store).findings == []
    post.close()
