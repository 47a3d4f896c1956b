"""The expectation against the issue's fixed points, and against the files read another way."""

from __future__ import annotations

from collections import Counter

import pytest

from server.demo.expected import SALES_PEOPLE, World, expected, read_xlsx

FIXED = [
    ("initial", {"279": 80, "276": 39, "284": 0, "274": 541, "285": 40, "287": 120}),
    ("substitution_on", {"276": 119, "279": 80}),
    ("substitution_off", {"276": 39, "279": 80}),
    ("dated_chain", {"281": 79 + 39 + 80, "276": 39 + 80, "279": 80}),
    ("chain_over", {"281": 79, "276": 39 + 80, "279": 80}),
    ("rule_on", {"284": 40, "287": 120}),
    ("lent", {"280": 38 + 1, "275": 75, "277": 78}),
]


@pytest.mark.parametrize(("phase", "customers"), FIXED)
def test_customers_at_the_fixed_points(phase: str, customers: dict[str, int]) -> None:
    """D3, D6."""
    found = {p: e.customers for p, e in expected()[phase].items() if p in customers}
    assert found == customers


def test_every_owner_holds_exactly_the_own_customers() -> None:
    owned = Counter(store["SalesPersonID"] for store in read_xlsx("stores.xlsx"))
    people = {e["BusinessEntityID"]: e["ManagerID"] for e in read_xlsx("employees.xlsx")}
    for person, expectation in expected()["initial"].items():
        if person not in people.values():
            assert expectation.customers == owned[person]


def test_personal_rows_are_on_one_device_only() -> None:
    """D6: personal data never travels, whoever substitutes whom."""
    for people in expected().values():
        notes = Counter(note for e in people.values() for note in e.rows["note"])
        assert set(notes.values()) == {1}
        assert all(e.rows["employee_private"] == {p} for p, e in people.items())


def test_every_rep_has_notes_contacts_and_appointments() -> None:
    initial = expected()["initial"]
    assert set(initial) == set(SALES_PEOPLE)
    for expectation in initial.values():
        assert expectation.rows["note"]
        if expectation.customers:
            assert expectation.rows["contact"]
            assert expectation.rows["appointment"]


def test_the_substitute_holds_no_note_of_the_absent_rep() -> None:
    """D6."""
    on = expected()["substitution_on"]
    assert not on["276"].rows["note"] & on["279"].rows["note"]


def _substitute(world: World, absent: str, by: str, **plan: object) -> None:
    row = {"absent": absent, "substitute": by, "active": True, **plan}
    world.rows["substitution"][f"{absent} by {by}"] = row


def test_a_chain_stands_while_all_of_it_does_reading_days_included() -> None:
    """D5, D6."""
    world = World()
    _substitute(world, "279", "276", starts_at=1, ends_at=6, trail_days=2)
    _substitute(world, "276", "281", starts_at=2, ends_at=4, lead_days=1)
    _substitute(world, "281", "280", starts_at=3)
    _substitute(world, "290", "281", active=False)
    found = []
    for day in range(9):
        world.day = day
        found.append([len(world.stood_in_for(p)) for p in ("276", "281", "280")])
    assert found == [
        [0, 0, 0], [1, 2, 0], [1, 2, 0], [1, 2, 3], [1, 0, 1], [1, 0, 1], [1, 0, 1], [1, 0, 1],
        [0, 0, 1],
    ]  # fmt: skip


def test_the_rule_shows_one_kind_of_shops_in_europe() -> None:
    """D3: whose specialty was edited into the rule is shown, and out of it no more."""
    stores = [
        s["BusinessEntityID"]
        for s in read_xlsx("stores.xlsx")
        if s["CountryRegionCode"] in ("DE", "FR", "GB") and s["Specialty"] == "Touring"
    ]
    on = expected()["rule_on"]
    assert on["284"].rows["customer"] == set(stores) - {"378"} | {"432"}
    assert "contact-288-1" in on["284"].rows["contact"]
    assert on["283"].rows == expected()["chain_over"]["283"].rows
