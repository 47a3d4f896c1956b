"""Who is limited to some people gets what these have returned, and nothing else: lists, figures,
tables and answers, against a naive recomputation from plain dictionaries, after random moves of
customers and people (D2, D12, D15; invariant 9).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modules.visit_reports.evaluation import long, wide
from modules.visit_reports.evaluation.answers import Behind, answers
from modules.visit_reports.evaluation.chosen import By, Chosen, Grouping
from modules.visit_reports.evaluation.counted import Subject, figures
from syncengine.model.entity import Action
from syncengine.model.filling import Answer
from syncengine.model.ids import to_text, uuid7
from syncengine.model.questionnaire import Kind
from syncengine.model.rights import Right, Rights
from syncengine.store import listing
from syncengine.store.database import reading
from tests.visit_reports.returned import Archive, Paper
from tests.visit_reports.scene import Office

PEOPLE, SHOPS = 5, 4
SEEN = ("report", "report_answer", "report_template", "visit", "customer", "employee")
FORM = {"sections": [{"key": "s", "title": {"en": "S"}, "questions": [
    {"key": "q", "kind": "yes_no", "text": {"en": "Q"}}]}]}  # fmt: skip
ASKED = Subject("q", Kind.YES_NO, "")
Tree = Mapping[bytes | None, bytes | None]


@dataclass(frozen=True)
class Staff:
    """Who leads each person, a person before them; and who owns each customer: by their places."""

    leads: tuple[int | None, ...]
    owners: tuple[int | None, ...]


staffs = st.builds(
    Staff,
    st.tuples(*(st.sampled_from([None, *range(n)]) for n in range(PEOPLE))),
    st.tuples(*(st.sampled_from([None, *range(PEOPLE)]) for _ in range(SHOPS))),
)
papers = st.lists(
    st.builds(
        lambda shop, person, said, status: Paper(
            0, [Answer(uuid7(1, bytes(10)), "q", yes=said)], shop, person, 0, status
        ),
        st.integers(0, SHOPS - 1), st.integers(0, PEOPLE - 1), st.booleans(),
        st.sampled_from(["returned", "returned", "confirmed", "in_progress"]),
    ),
    max_size=6,
)  # fmt: skip


def led(tree: Tree, person: bytes | None, by: bytes) -> bool:
    """Whether somebody is or leads a person."""
    while person is not None:
        if person == by:
            return True
        person = tree[person]
    return False


def right_below(tree: Tree, person: bytes, top: bytes) -> bytes:
    """The last one on the way up to the top, or the person."""
    here: bytes | None = person
    while here is not None:
        if tree[here] == top:
            return here
        here = tree[here]
    return person


class Region:
    """An office whose people and customers move, and the rights of a user with a limit."""

    def __init__(self, office: Office) -> None:
        self.office = office
        people = [office.people[name] for name in ("boss", "a", "b")]
        while len(people) < PEOPLE:
            people.append(office.insert("employee", number=f"p{len(people)}", active=True))
        shops = [office.customer("a", str(n)) for n in range(SHOPS)]
        self.archive = Archive(office, shops, people)
        self.rights = Rights()

    def arrange(self, staff: Staff, limit: int) -> None:
        """Everybody is where the staff says, and the user is limited to a person."""
        people, change = self.archive.people, partial(self.office.operation, Action.UPDATE)

        def who(place: int | None) -> bytes | None:
            return None if place is None else people[place]

        self.office.write([
            *(change("employee", people[n], manager=who(m)) for n, m in enumerate(staff.leads)),
            *(change("customer", shop, owner=who(owner))
              for shop, owner in zip(self.archive.customers, staff.owners, strict=True)),
        ])  # fmt: skip
        allowed = dict.fromkeys(SEEN, frozenset(Right))
        self.rights = Rights(False, allowed, people[limit])

    def check(self, family: str) -> None:
        """All that the user gets of that family's reports."""
        office, limit = self.office, self.rights.limit
        assert limit is not None
        tree: Tree = {row["id"]: row["manager"] for row in office.rows("employee")}
        owner = {row["id"]: row["owner"] for row in office.rows("customer")}
        visitor = {row["id"]: row["employee"] for row in office.rows("visit")}
        mine = [row for row in office.rows("report") if led(tree, owner[row["customer"]], limit)]
        ids = {row["id"] for row in mine}
        said = [row for row in office.rows("report_answer") if row["report"] in ids]
        assert self.seen("report") == ids
        assert self.seen("report_answer") == {row["id"] for row in said}
        assert self.seen("visit") == {row["visit"] for row in mine}
        assert self.seen("report_template") == {row["template"] for row in mine}
        returned = {row["id"]: row for row in mine if row["status"] == "returned"}
        groups = Counter(right_below(tree, visitor[r["visit"]], limit) for r in returned.values())
        self._evaluate(family, groups, [row for row in said if row["report"] in returned])
        self._tables(family, set(returned))

    def seen(self, entity: str) -> set[bytes]:
        """Of all rows those that the user gets."""
        ids = [row["id"] for row in self.office.rows(entity)]
        return listing.visible(self.office.store, self.rights, entity, ids)

    def _evaluate(
        self, family: str, groups: Mapping[bytes, int], said: list[dict[str, Any]]
    ) -> None:
        store, chosen = self.office.store, Chosen(family)
        found = figures(store, self.rights, chosen, Grouping(By.EMPLOYEE))
        assert (found.reports, found.groups) == (sum(groups.values()), groups)
        values = Counter[Any]()
        for tally in found.tallies.values():
            values.update(tally.values)
        assert values == Counter(row["yes"] for row in said)
        behind, _ = answers(store, self.rights, chosen, Behind(ASKED), 100, None)
        assert {one.id for one in behind} == {row["id"] for row in said}

    def _tables(self, family: str, returned: set[bytes]) -> None:
        store, texts = self.office.store, sorted(map(to_text, returned))
        (template,) = (row["id"] for row in self.office.rows("report_template"))
        with reading(store.engine) as connection:
            one = long.lines(connection, store, self.rights, Chosen(family), "de")
            assert sorted(str(line[0]) for line in one) == texts
            other = wide.lines(connection, store, self.rights, Chosen(family, template), "de")
            assert sorted(str(line[0]) for line in other) == texts


@pytest.fixture
def region(database_url: str, tmp_path: Path) -> Iterator[Region]:
    office = Office(database_url, tmp_path)
    yield Region(office)
    office.close()


def test_what_a_limited_user_gets_equals_a_naive_recomputation(region: Region) -> None:
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(papers, staffs, staffs, st.integers(0, PEOPLE - 1))
    def play(written: list[Paper], before: Staff, after: Staff, limit: int) -> None:
        family, _ = region.archive.write([FORM], written)
        for staff in (before, after):
            region.arrange(staff, limit)
            region.check(family)

    play()
