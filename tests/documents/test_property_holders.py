"""What each device holds equals a naive recomputation after random targets, reassignments,
substitutions, validity and replacement (D14).

The recomputation knows targets, owners, trees and editions as plain data, and no code of
the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from syncengine.store.doctor import doctor
from tests.documents.scene import Library
from tests.support.wire import NaiveDevice
from tests.support.world import DAY

INDEX = st.integers(0, 99)
TARGET = st.one_of(
    st.tuples(st.sampled_from(("employee", "audience")), INDEX, st.booleans()),
    st.tuples(st.sampled_from(("customer", "market", "rule")), INDEX, st.just(False)),
)
EDITION = st.tuples(st.integers(-1, 2), st.none() | st.integers(1, 3), st.sampled_from(("", "de")))
CHANGE = st.one_of(
    st.tuples(st.just("owner"), INDEX, st.none() | INDEX),
    st.tuples(st.just("market"), INDEX, st.none() | INDEX),
    st.tuples(st.just("city"), INDEX, st.booleans()),
    st.tuples(st.just("active"), INDEX, st.booleans()),
    st.tuples(st.just("move"), INDEX, st.none() | INDEX),
    st.tuples(st.just("leader"), INDEX, st.none() | INDEX),
    st.tuples(st.just("target"), INDEX, TARGET),
    st.tuples(st.just("edition"), INDEX, EDITION),
    st.tuples(st.just("withdraw"), INDEX, st.none()),
    st.tuples(st.just("substitute"), st.booleans(), st.none()),
    st.tuples(st.just("time"), st.integers(1, 30), st.none()),
    st.tuples(st.just("work"), st.none(), st.none()),
)
Tree = dict[bytes, bytes | None]


def up(tree: Tree, node: bytes | None) -> list[bytes]:
    """The node and all above it."""
    found: list[bytes] = []
    while node is not None:
        found.append(node)
        node = tree[node]
    return found


@dataclass
class Edition:
    """As the office published it."""

    row: bytes
    begins: int
    until: int | None
    language: str


@dataclass
class Paper:
    """A document with its targets and what was published of it and not withdrawn."""

    targets: list[tuple[str, bytes, bool]] = field(default_factory=list)
    editions: list[Edition] = field(default_factory=list)

    def lasting(self, now: int) -> set[bytes]:
        """The editions that are not over: until their end, or until the next one begins."""
        found = set()
        for number, one in enumerate(self.editions):
            later = [
                (other.begins, place)
                for place, other in enumerate(self.editions)
                if other.language == one.language and (other.begins, place) > (one.begins, number)
            ]
            ends = [begins for begins, _ in sorted(later)[:1]]
            ends += [] if one.until is None else [one.until]
            if not ends or min(ends) > now:
                found.add(one.row)
        return found


@dataclass
class Town:
    """The naive state and the real one, changed alike."""

    library: Library
    leader: Tree = field(default_factory=dict)
    above: Tree = field(default_factory=dict)
    owner: Tree = field(default_factory=dict)
    place: Tree = field(default_factory=dict)
    bonn: set[bytes] = field(default_factory=set)
    inactive: set[bytes] = field(default_factory=set)
    papers: dict[bytes, Paper] = field(default_factory=dict)
    standing_in: bool = False
    count: int = 0

    def __post_init__(self) -> None:
        library, people = self.library, self.library.people
        self.leader = {row: None if name == "boss" else people["boss"]
                       for name, row in people.items()}  # fmt: skip
        self.above = {library.market(str(which)): None for which in range(4)}
        nobody = library.insert("audience", number="none", name="Nobody")
        self.rule = library.insert(
            "rule", number="r", name="R", target="customer", audience=nobody, active=False,
            condition='{"field":"city","op":"equal","value":"Bonn"}',
        )  # fmt: skip
        for which in range(5):
            row = library.customer(None, str(which))
            self.owner[row] = self.place[row] = None
        self.substitution = library.insert(
            "substitution", absent=people["a"], substitute=people["b"], active=False
        )
        self.devices = {name: NaiveDevice(library, name) for name in people}

    # -- who is to hold what

    def works_for(self, person: bytes) -> set[bytes]:
        """Whose customers somebody has."""
        people = self.library.people
        found = {one for one in self.leader if person in up(self.leader, one)}
        if self.standing_in and person == people["b"]:
            found.add(people["a"])
        return found

    def reaches(self, target: tuple[str, bytes, bool], person: bytes) -> bool:
        """Whether a document with this target goes to somebody."""
        of, whom, below = target
        if of in ("employee", "audience"):
            return whom in up(self.leader, person) if below else whom == person
        theirs = [row for row, owner in self.owner.items() if owner in self.works_for(person)]
        if of == "market":
            return any(whom in up(self.above, self.place[row]) for row in theirs)
        named = {whom} if of == "customer" else self.bonn
        return bool(named & set(theirs) - self.inactive)

    def held(self, person: bytes) -> tuple[set[bytes], set[bytes]]:
        """(documents, editions) on the devices of somebody."""
        mine = {
            row: lasting
            for row, paper in self.papers.items()
            if (lasting := paper.lasting(self.library.at))
            and any(self.reaches(target, person) for target in paper.targets)
        }
        return set(mine), {edition for lasting in mine.values() for edition in lasting}

    # -- changes

    def pick(self, rows: Mapping[bytes, object], which: int | None) -> bytes | None:
        """One of some rows."""
        return None if which is None else list(rows)[which % len(rows)]

    def some(self, rows: Mapping[bytes, object], which: int) -> bytes:
        """One of some rows that there are."""
        return list(rows)[which % len(rows)]

    def publish(self, targets: list[tuple[str, int, bool]]) -> None:
        """A document with these targets and an edition from now on."""
        document = self.library.document()
        self.papers[document] = Paper()
        for target in targets:
            self.target(document, *target)
        self.edition(document, 0, None, "")

    def target(self, document: bytes, of: str, which: int, below: bool) -> None:
        """Another one of a document."""
        rows: dict[str, Mapping[bytes, object]] = {
            "customer": self.owner, "market": self.above, "rule": {self.rule: None}
        }  # fmt: skip
        whom = self.some(rows.get(of, self.leader), which)
        named: dict[str, Any] = {of: whom, "below": below}
        if of == "audience":
            self.count += 1
            number = f"x{self.count}"
            named = {"audience": self.library.insert("audience", number=number, name=number)}
            self.library.insert(
                "audience_member", audience=named["audience"], employee=whom, below=below
            )
        self.library.insert("document_target", document=document, **named)
        self.papers[document].targets.append((of, whom, below))

    def edition(self, document: bytes, begins: int, days: int | None, language: str) -> None:
        """Another one of a document."""
        named = {"language": language} if language else {}
        row = self.library.edition(document, b"x", begins=begins, days=days, **named)
        start = self.library.at + begins * DAY
        until = None if days is None else start + days * DAY
        self.papers[document].editions.append(Edition(row, start, until, language))

    def change(self, what: str, which: Any, how: Any) -> None:
        """One change of the world."""
        library = self.library
        match what:
            case "owner" | "market":
                row = self.some(self.owner, which)
                to = self.pick(self.leader if what == "owner" else self.above, how)
                library.update("customer", row, **{what: to})
                (self.owner if what == "owner" else self.place)[row] = to
            case "city" | "active":
                row = self.some(self.owner, which)
                value = ("Bonn" if how else "Graz") if what == "city" else how
                library.update("customer", row, **{what: value})
                rows, inside = (self.bonn, how) if what == "city" else (self.inactive, not how)
                (rows.add if inside else rows.discard)(row)
            case "move" | "leader":
                entity, name, tree = (
                    ("market", "parent", self.above)
                    if what == "move"
                    else ("employee", "manager", self.leader)
                )
                row, to = self.some(tree, which), self.pick(tree, how)
                if row not in up(tree, to):
                    assert not library.update(entity, row, **{name: to}).objections
                    tree[row] = to
            case "target":
                self.target(self.some(self.papers, which), *how)
            case "edition":
                self.edition(self.some(self.papers, which), *how)
            case "withdraw":
                self.withdraw(which)
            case "substitute":
                library.update("substitution", self.substitution, active=which)
                self.standing_in = which
            case "time":
                library.later(which / 10)
            case _:
                library.work()

    def withdraw(self, which: int) -> None:
        """An edition of those that are published."""
        owned = {one.row: paper for paper in self.papers.values() for one in paper.editions}
        if owned:
            row = self.some(owned, which)
            assert not self.library.withdraw(row).objections
            owned[row].editions = [one for one in owned[row].editions if one.row != row]

    def clear(self) -> None:
        """Take all documents back."""
        for paper in self.papers.values():
            for edition in paper.editions:
                self.library.withdraw(edition.row)
        self.papers.clear()

    def judge(self) -> None:
        """Every device holds what it is to hold, and nothing else."""
        for name, device in self.devices.items():
            device.sync()
            tags = self.library.store.schema.tags
            found = tuple(
                {row for tag, row in device.records if tag == tags[entity]}
                for entity in ("document", "document_edition")
            )
            assert found == self.held(self.library.people[name]), name


def test_devices_hold_what_a_naive_recomputation_finds(tmp_path: Path) -> None:
    library = Library(f"sqlite:///{tmp_path / 'server.db'}", tmp_path)
    town = Town(library)

    @settings(max_examples=20, deadline=None)
    @given(st.lists(TARGET, max_size=3), st.lists(CHANGE, min_size=1, max_size=12))
    def play(targets: list[tuple[str, int, bool]], changes: list[tuple[Any, ...]]) -> None:
        town.clear()
        for some in (targets, targets[:1]):
            town.publish(some)
        for change in changes:
            town.change(*change)
        library.work()
        assert library.work() == 0
        town.judge()

    play()
    assert doctor(library.store).findings == []
    library.close()
