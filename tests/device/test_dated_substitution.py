"""D5, D6, invariants 16 and 18: substitutions with dates, in chains, on devices."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from device_sdk.errors import Refused
from syncengine.model.entity import Action
from syncengine.store.explain import explain
from tests.support.calendar import TODAY, Calendar
from tests.support.world import DAY, SCHEMA, World

CUSTOMER = SCHEMA.tags["customer"]


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def dated(database_url: str, tmp_path: Path, calendar: Calendar) -> Iterator[World]:
    made = World(database_url, tmp_path, now=lambda: calendar.now)
    yield made
    made.close()


def _plan(world: World, absent: str, substitute: str, first: int | None, last: int | None,
          lead: int = 0, trail: int = 0) -> bytes:  # fmt: skip
    """A substitution from the beginning of day `first` to that of day `last`, counted from
    today.
    """
    return world.insert(
        "substitution",
        absent=world.people[absent],
        substitute=world.people[substitute],
        active=True,
        starts_at=None if first is None else TODAY + first * DAY,
        ends_at=None if last is None else TODAY + last * DAY,
        lead_days=lead,
        trail_days=trail,
    )


def test_d6_it_begins_and_ends_by_its_dates(dated: World, calendar: Calendar) -> None:
    """Boundaries in time take effect at the first sync behind them, each as one version."""
    dated.customer("a", "1")
    _plan(dated, "a", "b", 2, 5)
    with dated.enrol("b") as substitute:
        held = []
        for day in range(8):
            calendar.now = TODAY + day * DAY
            substitute.sync()
            held.append(substitute.counts()["customer"])
        assert held == [0, 0, 1, 1, 1, 0, 0, 0]
    before = dated.store.status().version
    calendar.now += DAY
    dated.store.pass_time()
    assert dated.store.status().version == before


def test_d6_rows_hide_without_network(dated: World, calendar: Calendar) -> None:
    """The device hides what is over by its own clock; what was entered stays in the outbox."""
    customer = dated.customer("a", "1")
    own = dated.customer("b", "2")
    _plan(dated, "a", "b", None, 3)
    with dated.enrol("b") as substitute:
        substitute.sync()
        with substitute.changeset() as changes:
            changes.update("customer", customer, phone="typed before the end")
        calendar.now = TODAY + 3 * DAY
        assert [row.id.bytes for row in substitute.rows("customer")] == [own]
        assert substitute.pending() == 1
        with pytest.raises(Refused), substitute.changeset() as changes:
            changes.update("customer", customer, phone="after the end")
        assert substitute.sync().verdicts == {"quarantined": 1}
        (item,) = substitute.inbox()
        assert item.entered[0].values == {"phone": "typed before the end"}


def test_lead_and_trail_days_are_for_reading(dated: World, calendar: Calendar) -> None:
    customer = dated.customer("a", "1")
    _plan(dated, "a", "b", 2, 4, lead=1, trail=2)
    seen = []
    with dated.enrol("b") as substitute:
        for day in range(7):
            calendar.now = TODAY + day * DAY
            substitute.sync()
            try:
                with substitute.changeset() as changes:
                    changes.update("customer", customer, phone=str(day))
                seen.append("works")
            except Refused as refused:
                seen.append(str(refused.data["reason"]))
    assert seen == [
        "row.unknown", "substitution.to_come", "works", "works",
        "substitution.over", "substitution.over", "row.unknown",
    ]  # fmt: skip


def test_the_server_judges_by_its_own_clock(dated: World, calendar: Calendar) -> None:
    """Invariant 19: a device whose clock is wrong neither works early nor loses late work."""
    customer = dated.customer("a", "1", phone="old")
    _plan(dated, "a", "b", 1, 3, lead=1, trail=5)
    wrong = Calendar()
    with dated.enrol("b") as substitute:
        substitute._store.environment = type(dated.environment)(now=lambda: wrong.now)
        substitute.sync()
        wrong.now = TODAY + 2 * DAY
        with substitute.changeset() as changes:
            changes.update("customer", customer, phone="too early")
        assert substitute.sync().verdicts == {"rejected": 1}
        assert substitute.inbox()[0].reasons[0].code == "substitution.to_come"
        calendar.now = TODAY + 4 * DAY
        with substitute.changeset() as changes:
            changes.update("customer", customer, phone="late")
        with substitute.changeset() as changes:
            changes.insert("contact", customer=uuid.UUID(bytes=customer), name="Eve", active=True)
        assert substitute.sync().verdicts == {"quarantined": 1, "accepted": 1}


def test_what_had_begun_at_the_last_sync_has_begun_on_a_clock_that_is_behind(
    dated: World, calendar: Calendar
) -> None:
    """Found by the simulator: a tablet that believed it was 1996 refused the substitute's work."""
    customer = dated.customer("a", "1")
    _plan(dated, "a", "b", 1, 3)
    wrong = Calendar()
    wrong.now = TODAY - 30 * 365 * DAY
    with dated.enrol("b") as substitute:
        substitute._store.environment = type(dated.environment)(now=lambda: wrong.now)
        calendar.now = TODAY + 2 * DAY
        substitute.sync()
        with substitute.changeset() as changes:
            changes.update("customer", customer, phone="1996")
        assert substitute.sync().verdicts == {"accepted": 1}


def test_a_longer_substitution_is_told_without_sending_rows_again(
    dated: World, calendar: Calendar
) -> None:
    dated.customers("a", 20)
    row = _plan(dated, "a", "b", None, 1)
    with dated.enrol("b") as substitute:
        substitute.sync()
        dated.update("substitution", row, ends_at=TODAY + 5 * DAY)
        assert substitute.sync().rows_received == 0
        calendar.now = TODAY + 2 * DAY
        assert substitute.counts()["customer"] == 20


def test_d5_a_chain_lasts_while_all_of_it_does(dated: World, calendar: Calendar) -> None:
    """a is substituted by b from day 0 to 6, b by boss from day 2 to 4."""
    dated.update("employee", dated.people["a"], manager=None)
    dated.update("employee", dated.people["b"], manager=None)
    customer = dated.customer("a", "1")
    _plan(dated, "a", "b", 0, 6)
    _plan(dated, "b", "boss", 2, 4)
    held = []
    with dated.enrol("boss") as last:
        for day in range(7):
            calendar.now = TODAY + day * DAY
            last.sync()
            held.append(last.counts()["customer"])
            if day == 2:
                found = explain(dated.store, dated.people["boss"], CUSTOMER, customer)
                why = "boss substitutes b, who substitutes a until"
                assert found.reasons[0][-1].startswith(why)
                with last.changeset() as changes:
                    changes.update("customer", customer, phone="chained")
                assert last.sync().verdicts == {"accepted": 1}
    assert held == [0, 0, 1, 1, 0, 0, 0]


def test_what_cannot_be_is_refused_with_the_reason(dated: World) -> None:
    people = dated.people
    _plan(dated, "a", "b", 0, 5, trail=1)

    def code(absent: str, substitute: str, first: int | None, last: int | None) -> str:
        operation = dated.operation(
            Action.INSERT, "substitution", dated.environment.new_id(),
            absent=people[absent], substitute=people[substitute], active=True,
            starts_at=None if first is None else TODAY + first * DAY,
            ends_at=None if last is None else TODAY + last * DAY,
        )  # fmt: skip
        objections = dated.write([operation]).objections
        return objections[0].code if objections else "fine"

    assert code("a", "a", None, None) == "substitution.self"
    assert code("a", "boss", 4, 3) == "substitution.window"
    assert code("a", "b", 5, 8) == "substitution.overlap"  # the first one may still be read
    assert code("a", "b", 6, 8) == "fine"
    assert code("b", "a", 3, 4) == "substitution.cycle"
    assert code("b", "a", 9, 10) == "fine"
    assert code("a", "boss", 0, 5) == "fine"  # several at once
    assert code("boss", "a", 0, 1) == "substitution.cycle"


def test_explain_tells_when_it_begins_and_that_it_ended(dated: World, calendar: Calendar) -> None:
    customer = dated.customer("a", "1")
    _plan(dated, "a", "b", 1, 2)

    def reasons() -> str:
        return " ".join(explain(dated.store, dated.people["b"], CUSTOMER, customer).lines)

    assert "begins on 2026-09-22" in reasons()
    calendar.now = TODAY + DAY
    assert "b substitutes a until 2026-09-23" in reasons()
    calendar.now = TODAY + 3 * DAY
    assert "ended on 2026-09-23" in reasons()


def test_a_broken_off_answer_goes_on_behind_a_boundary(dated: World, calendar: Calendar) -> None:
    """Invariant 17: what was staged of a bucket whose time is over is never shown."""
    dated.customers("a", 600)
    _plan(dated, "a", "b", None, 1)
    with dated.enrol("b") as substitute:
        transport = substitute._transport
        transport.faults.cut_after = 3_000  # type: ignore[attr-defined]
        with pytest.raises(Exception, match="The connection broke"):
            substitute.sync()
        calendar.now = TODAY + DAY
        substitute.sync()
        assert substitute.counts()["customer"] == 0
