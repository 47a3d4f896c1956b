"""Steps at the server: any client, and what both sides did meanwhile."""

from __future__ import annotations

import pytest

from server.jobs import Jobs
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.store.compaction import Retention
from syncengine.store.deadlines import take_deadlines
from syncengine.store.doctor import doctor
from syncengine.store.explain import explain
from syncengine.store.history import history
from syncengine.store.review_queue import ReviewRefused, accept, entries
from syncengine.store.reviews import Kind
from tests.lifecycles.module import SCHEMA
from tests.lifecycles.scene import START, Life
from tests.support.wire import NaiveDevice, codes

CONFIRMED = {"state": "confirmed"}


def synced(life: Life, *people: str) -> list[NaiveDevice]:
    """Stores that hold their slices, and have proved it."""
    devices = [NaiveDevice(life, person) for person in people]
    for device in devices * 2:
        device.sync()
    return devices


def push(device: NaiveDevice, entity: str, row: bytes, **fields: Stored) -> tuple[str, set[str]]:
    """One edit: outcome and codes."""
    operation = device.update(entity, row, **fields)
    (verdict,) = device.push(
        device.changeset(operation, device_time=device.world.environment.now())
    )
    return verdict.outcome, codes(verdict)


def sound(life: Life) -> None:
    """Nothing amiss at the server."""
    assert doctor(life.store).findings == []


def test_no_client_gets_round_a_lifecycle(life: Life) -> None:
    """Invariant 21, without the SDK: each refused with its reason."""
    errand = life.errand("a", True)
    (task,) = life.tasks(errand)
    claim = life.insert("claim", owner=life.people["a"], amount=500, state="draft")
    a, boss, b = synced(life, "a", "boss", "b")
    rejected = [
        (push(a, "errand", errand, **CONFIRMED), "lifecycle.guard"),
        (push(a, "errand", errand, state="overdue"), "lifecycle.denied"),
        (push(a, "claim", claim, state="approved"), "lifecycle.illegal"),
        (push(boss, "claim", claim, state="submitted"), "lifecycle.denied"),
        (push(b, "errand", errand, **CONFIRMED), "row.unknown"),
    ]
    assert [got for got, _ in rejected] == [("rejected", {code}) for _, code in rejected]
    made = a.insert("claim", owner=life.people["a"], amount=1, state="approved")
    gone = life.operation(Action.DELETE, "task", task)
    verdicts = a.push(a.changeset(made), a.changeset(gone))
    assert [codes(v) for v in verdicts] == [{"lifecycle.illegal"}, {"lifecycle.protected"}]
    assert push(a, "claim", claim, amount=-1) == ("rejected", {"lifecycle.protected"})
    assert push(a, "claim", claim, amount=0, state="submitted") == ("accepted", set())
    assert push(a, "claim", claim, amount=1)[1] == {"lifecycle.protected"}
    sound(life)


def test_the_office_keeps_to_the_lifecycle(life: Life) -> None:
    errand = life.errand()
    assert life.update("errand", errand, **CONFIRMED).version is None
    assert life.update("errand", errand, state="withdrawn").version is not None
    assert life.update("errand", errand, state="open").version is None
    assert life.states("errand", errand) == ["open", "withdrawn"]


def test_withdrawn_while_confirmed_offline(life: Life) -> None:
    """Declared race: the step yields, what was done meanwhile counts, and it is on record."""
    errand = life.errand("a", True)
    (task,) = life.tasks(errand)
    (a,) = synced(life, "a")
    life.update("errand", errand, state="withdrawn")
    assert push(a, "task", task, done=True) == ("accepted", set())
    operation = a.update("errand", errand, title="seen", **CONFIRMED)
    (verdict,) = a.push(a.changeset(operation))
    assert (verdict.outcome, codes(verdict)) == ("merged", {"lifecycle.late"})
    assert [(x.lost, x.kept) for x in verdict.losses] == [("confirmed", "withdrawn")]
    assert (life.state("errand", errand), life.values("errand", errand)["title"]) == (
        "withdrawn",
        "seen",
    )
    a.sync()
    assert [key for key in a.records if key[1] in (errand, task)] == []
    sound(life)


def test_who_never_had_a_released_row_learns_nothing(life: Life) -> None:
    """Invariant 9: not even the person whose row it is."""
    errand = life.errand()
    life.update("errand", errand, state="withdrawn")
    (a,) = synced(life, "a")
    answers = [push(a, "errand", row, title="x") for row in (errand, life.environment.new_id())]
    assert answers == [("rejected", {"row.unknown"})] * 2


def test_an_edit_of_a_row_that_was_released_meanwhile_counts(life: Life) -> None:
    """As if it was still there; what follows it, too."""
    errand = life.errand("a", False)
    (a,) = synced(life, "a")
    life.update("errand", errand, state="withdrawn")
    assert push(a, "errand", errand, title="late") == ("merged", set())
    new = a.insert("task", errand=errand, title="more", mandatory=False, done=True)
    assert [v.outcome for v in a.push(a.changeset(new))] == ["accepted"]
    sound(life)


def test_a_substitute_that_is_late_worked_for_the_absent_person(life: Life) -> None:
    """In the history, too, though the row is in no bucket any more."""
    errand = life.errand()
    life.substitute("a", "b")
    (b,) = synced(life, "b")
    life.update("errand", errand, state="withdrawn")
    assert push(b, "errand", errand, title="late") == ("merged", set())
    newest = history(life.store, SCHEMA.tags["errand"], errand)[0]
    assert (newest.actor, newest.principal) == ("b", "a")


def test_expired_with_tasks_half_done(life: Life) -> None:
    """Declared race: overdue is a state from which it is confirmed all the same."""
    errand = life.errand("a", True, True, due=START + 1)
    first, second = life.tasks(errand)
    (a,) = synced(life, "a")
    assert push(a, "task", first, done=True) == ("accepted", set())
    life.later()
    assert take_deadlines(life.store, batches=9) == 1
    assert take_deadlines(life.store, batches=9) == 0
    assert push(a, "errand", errand, **CONFIRMED) == ("merged", {"lifecycle.late"})
    assert push(a, "task", second, done=True) == ("accepted", set())
    a.sync()
    assert push(a, "errand", errand, **CONFIRMED) == ("accepted", set())
    assert life.states("errand", errand) == ["open", "overdue", "confirmed"]
    sound(life)


def test_deadlines_pass_over_what_is_not_due_or_closed(life: Life) -> None:
    due, later, never = (life.errand(due=at) for at in (START + 1, START * 2, None))
    closed = life.errand(due=START + 1)
    life.update("errand", closed, state="withdrawn")
    life.later()
    assert take_deadlines(life.store, batches=9) == 1
    states = [life.state("errand", row) for row in (due, later, never, closed)]
    assert states == ["overdue", "open", "open", "withdrawn"]


def test_rep_and_substitute_both_confirm(life: Life) -> None:
    """Declared race: it is confirmed once, and both are told so."""
    errand = life.errand()
    life.substitute("a", "b")
    a, b = synced(life, "a", "b")
    assert push(b, "errand", errand, **CONFIRMED) == ("accepted", set())
    assert push(a, "errand", errand, **CONFIRMED) == ("merged", set())
    found = life.values("errand", errand)
    assert (found["confirmed_by"], found["confirmed_for"]) == (life.people["b"], life.people["a"])
    assert life.states("errand", errand) == ["open", "confirmed"]
    sound(life)


@pytest.mark.parametrize("late", [True, False])
def test_reassigned_while_confirmed_offline(life: Life, late: bool) -> None:
    """Declared race: it waits for the office, which may let it stand unless it is done by now."""
    errand = life.errand()
    (a,) = synced(life, "a")
    life.update("errand", errand, owner=life.people["b"])
    if late:
        life.update("errand", errand, state="withdrawn")
    assert push(a, "errand", errand, **CONFIRMED) == ("quarantined", {"late.quarantined"})
    (entry,), _ = entries(life.store, Kind.QUARANTINE, decided=False, limit=9)
    if late:
        with pytest.raises(ReviewRefused, match="no step"):
            accept(life.store, Kind.QUARANTINE, entry.number)
    else:
        accept(life.store, Kind.QUARANTINE, entry.number)
    assert life.state("errand", errand) == ("withdrawn" if late else "confirmed")
    sound(life)


def test_a_step_may_wait_for_the_office(life: Life) -> None:
    """Submitted on two devices: the second arrives when the first was rejected already."""
    claim = life.insert("claim", owner=life.people["a"], amount=500, state="draft")
    one, other = synced(life, "a", "a")
    assert push(one, "claim", claim, state="submitted") == ("accepted", set())
    life.update("claim", claim, state="rejected", reason="no receipt")
    assert push(other, "claim", claim, state="submitted") == ("quarantined", {"lifecycle.waits"})
    assert life.state("claim", claim) == "rejected"


def test_explain_names_the_state_that_keeps_a_row_away(life: Life) -> None:
    errand = life.errand("a", True)
    (task,) = life.tasks(errand)
    life.update("errand", errand, state="withdrawn")
    for entity, row in (("errand", errand), ("task", task)):
        found = explain(life.store, life.people["a"], SCHEMA.tags[entity], row)
        assert not found.held
        assert "it is withdrawn, so it is on no device" in found.ways[0].steps[-1].said


def test_reopened_it_comes_back(life: Life) -> None:
    errand = life.errand("a", False)
    (a,) = synced(life, "a")
    push(a, "errand", errand, **CONFIRMED)
    a.sync()
    assert life.update("errand", errand, state="open").version is not None
    assert life.values("errand", errand)["confirmed_by"] is None
    a.sync()
    rows = {row for _, row in a.records}
    assert {errand, *life.tasks(errand)} <= rows
    sound(life)


def test_the_servers_job_takes_deadlines(life: Life) -> None:
    errand = life.errand(due=START + 1)
    life.later()
    Jobs(life.store, Retention(0, 0)).run("deadlines")
    assert life.state("errand", errand) == "overdue"
