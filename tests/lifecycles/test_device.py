"""What the SDK says of a step, offline and at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from device_sdk.errors import Refused
from syncengine.model.fields import Stored
from tests.lifecycles.scene import Life


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    """On SQLite: it is the device that is asked here."""
    made = Life(f"sqlite:///{tmp_path / 'server.db'}", tmp_path)
    yield made
    made.close()


def test_a_step_waits_for_its_guard_and_then_takes_the_row_away(life: Life) -> None:
    """D8: confirmed only when all mandatory tasks are done; then it leaves with the next sync."""
    errand = life.errand("a", True, False)
    must, _ = life.tasks(errand)
    with life.enrol("a") as device:
        device.sync()
        with (
            pytest.raises(Refused, match="all mandatory tasks have to be done") as refused,
            device.changeset() as changes,
        ):
            changes.update("errand", errand, state="confirmed")
        assert refused.value.data["reason"] == "lifecycle.guard"
        with device.changeset() as changes:  # what the draft did counts
            changes.update("task", must, done=True)
            changes.update("errand", errand, state="confirmed")
        life.later()
        assert device.get("errand", errand)["state"] == "confirmed"  # type: ignore[index]
        assert device.sync().verdicts == {"accepted": 1}
        assert device.rows("errand") == []
        assert device.rows("task") == []
    found = life.values("errand", errand)
    assert (found["state"], found["confirmed_by"]) == ("confirmed", life.people["a"])
    assert found["confirmed_for"] == life.people["a"]
    assert found["received_at"] == life.at
    assert isinstance(found["confirmed_at"], int)
    assert found["confirmed_at"] < life.at


def test_a_step_that_came_too_late_is_in_the_inbox(life: Life) -> None:
    """Withdrawn while confirmed offline: the person learns it, and nothing of the work is lost."""
    errand = life.errand("a", True)
    (task,) = life.tasks(errand)
    with life.enrol("a") as device:
        device.sync()
        with device.changeset() as changes:
            changes.update("task", task, done=True)
            changes.update("errand", errand, state="confirmed")
        life.update("errand", errand, state="withdrawn")
        assert device.sync().verdicts == {"merged": 1}
        (item,) = device.inbox()
        assert [reason.code for reason in item.reasons] == ["lifecycle.late"]
        assert [(lost.lost, lost.kept) for lost in item.losses] == [("confirmed", "withdrawn")]
        assert device.get("errand", errand) is None
    assert life.values("task", task)["done"]
    assert life.state("errand", errand) == "withdrawn"


def test_an_own_new_row_begins_where_rows_begin(life: Life) -> None:
    with life.enrol("a") as device:
        device.sync()
        me = life.people["a"]
        with pytest.raises(Refused, match="is draft, not approved"), device.changeset() as changes:
            changes.insert("claim", owner=me, amount="5", state="approved")
        with device.changeset() as changes:
            claim = changes.insert("claim", owner=me, amount="5", state="draft")
            changes.update("claim", claim, amount="6")
        with pytest.raises(Refused, match="less than nothing"), device.changeset() as changes:
            changes.update("claim", claim, amount="-6")
        with device.changeset() as changes:
            changes.update("claim", claim, state="submitted")
        for values in ({"amount": "7"}, {"state": "draft"}, {"state": "approved"}):
            with pytest.raises(Refused), device.changeset() as changes:
                changes.update("claim", claim, **values)
        with pytest.raises(Refused, match="protected"), device.changeset() as changes:
            changes.delete("claim", claim)
        assert device.sync().verdicts == {"accepted": 2}


def test_a_manager_steps_where_the_owner_may_not(life: Life) -> None:
    claim = life.insert("claim", owner=life.people["a"], amount=500, state="draft")
    with life.enrol("a") as owner, life.enrol("boss") as boss:
        owner.sync()
        boss.sync()
        with pytest.raises(Refused, match="for the owner"), boss.changeset() as changes:
            changes.update("claim", claim, state="submitted")
        with owner.changeset() as changes:
            changes.update("claim", claim, state="submitted")
        owner.sync()
        boss.sync()
        with pytest.raises(Refused, match="a reason"), boss.changeset() as changes:
            changes.update("claim", claim, state="rejected")
        with boss.changeset() as changes:
            changes.update("claim", claim, state="rejected", reason="no receipt")
        assert boss.sync().verdicts == {"accepted": 1}
    assert life.states("claim", claim) == ["draft", "submitted", "rejected"]


def test_mandatory_tasks_are_not_deleted(life: Life) -> None:
    errand = life.errand("a", True, False)
    must, may = life.tasks(errand)
    with life.enrol("a") as device:
        device.sync()
        with pytest.raises(Refused, match="it is mandatory"), device.changeset() as changes:
            changes.delete("task", must)
        with device.changeset() as changes:
            changes.delete("task", may)
        assert device.sync().verdicts == {"accepted": 1}
        with device.changeset() as changes:
            changes.update("task", must, done=True)
            changes.update("errand", errand, state="confirmed")
        with pytest.raises(Refused, match="of its errand"), device.changeset() as changes:
            changes.update("task", must, done=False)
        with pytest.raises(Refused, match="of its errand"), device.changeset() as changes:
            changes.insert("task", errand=errand, title="more", mandatory=True, done=False)
        assert device.sync().verdicts == {"accepted": 1}
    assert life.tasks(errand) == [must]


def test_time_in_guards_is_when_the_work_was_made(life: Life) -> None:
    """Submitted in time and sent days later: in time."""
    until = life.at + 3_600_000_000
    of: dict[str, Stored] = {
        "owner": life.people["a"],
        "amount": 500,
        "state": "draft",
        "until": until,
    }
    first, second = life.insert("claim", None, **of), life.insert("claim", None, **of)
    with life.enrol("a") as device:
        device.sync()
        with device.changeset() as changes:
            changes.update("claim", first, state="submitted")
        life.later()
        with pytest.raises(Refused, match="until is over"), device.changeset() as changes:
            changes.update("claim", second, state="submitted")
        assert device.sync().verdicts == {"accepted": 1}
