"""The expectation against the issue's fixed points, and against the files read another way."""

from __future__ import annotations

from collections import Counter

import pytest

from server.demo.expected import SALES_PEOPLE, expected, read_xlsx

FIXED = [
    ("initial", {"279": 80, "276": 39, "284": 0, "274": 541, "285": 40, "287": 120}),
    ("substitution_on", {"276": 119, "279": 80}),
    ("substitution_off", {"276": 39, "279": 80}),
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
