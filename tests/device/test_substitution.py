"""D5, D6: the switch on devices."""

from __future__ import annotations

import uuid

import pytest

from syncengine.model.access import Source
from tests.support.world import World


def _switch(world: World) -> bytes:
    return world.insert(
        "substitution", absent=world.people["a"], substitute=world.people["b"], active=True
    )


def test_rows_come_with_the_switch_and_leave_with_it(world: World) -> None:
    """D6, invariants 8 and 18: business rows only, the absent rep keeps the own copy."""
    customer = world.customer("a", "1")
    world.insert("contact", customer=customer, name="Anna", active=True)
    world.insert("note", author=world.people["a"], text="private")
    world.customer("b", "2")
    with world.enrol("a") as absent, world.enrol("b") as substitute:
        absent.sync()
        substitute.sync()
        before = world.store.status().version
        switch = _switch(world)
        assert world.store.status().version == before + 1
        substitute.sync()
        assert substitute.counts()["customer"] == 2
        assert substitute.counts()["contact"] == 1
        assert substitute.counts()["note"] == 0
        assert ("business", absent.person, "substitution") in substitute.grants()
        world.update("substitution", switch, active=False)
        report = substitute.sync()
        assert report.rows_left == 0  # a bucket that is no longer granted leaves as a whole
        assert substitute.counts()["customer"] == 1
        assert substitute.counts()["contact"] == 0
        absent.sync()
        assert absent.counts()["customer"] == 1
        assert absent.counts()["note"] == 1


def test_work_done_before_learning_of_the_end_is_never_lost(world: World) -> None:
    """D6: the edit waits for the office, the new contact is taken, both are readable."""
    customer = world.customer("a", "1", phone="old")
    with world.enrol("b") as substitute, world.enrol("a") as absent:
        switch = _switch(world)
        substitute.sync()
        with substitute.changeset() as changes:
            changes.update("customer", customer, phone="late")
        with substitute.changeset() as changes:
            contact = changes.insert(
                "contact", customer=uuid.UUID(bytes=customer), name="Eve", active=True
            )
        world.update("substitution", switch, active=False)
        assert substitute.sync().verdicts == {"quarantined": 1, "accepted": 1}
        assert substitute.counts()["customer"] == 0
        (item,) = substitute.inbox()
        assert item.entered[0].values == {"phone": "late"}
        assert item.reasons[0].code == "late.quarantined"
        absent.sync()
        found = absent.get("customer", customer)
        assert found is not None
        assert found.phone == "old"
        assert absent.get("contact", contact) is not None


def test_an_outbox_of_several_pushes_is_late_work_as_a_whole(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first push brings the end; what comes behind it was done at the same time."""
    monkeypatch.setattr("device_sdk.outbox.MAX_CHANGESETS_PER_PUSH", 2)
    customer = world.customer("a", "1", phone="old")
    with world.enrol("b") as substitute, world.enrol("a") as absent:
        switch = _switch(world)
        substitute.sync()
        for number in range(4):
            with substitute.changeset() as changes:
                changes.update("customer", customer, phone=str(number))
            with substitute.changeset() as changes:
                changes.insert(
                    "contact", customer=uuid.UUID(bytes=customer), name=str(number), active=True
                )
        world.update("substitution", switch, active=False)
        report = substitute.sync()
        assert report.rounds >= 4
        assert report.verdicts == {"quarantined": 4, "accepted": 4}
        assert substitute.counts()["contact"] == 0
        assert {item.reasons[0].code for item in substitute.inbox()} == {"late.quarantined"}
        absent.sync()
        assert {row["name"] for row in absent.rows("contact")} == {"0", "1", "2", "3"}


def test_overlap_is_not_sent_again(world: World) -> None:
    """A manager holds the absent rep's rows already: the switch brings no payload."""
    world.customers("a", 300)
    with world.enrol("boss") as manager:
        manager.sync()
        world.insert(
            "substitution", absent=world.people["a"], substitute=world.people["boss"], active=True
        )
        report = manager.sync()
        assert report.rows_received == 0
        assert report.bytes_received < 1000


def test_history_names_actor_and_principal(world: World) -> None:
    """Invariant 18."""
    import sqlalchemy as sa

    from syncengine.store import tables as t

    customer = world.customer("a", "1")
    with world.enrol("b") as substitute:
        _switch(world)
        substitute.sync()
        with substitute.changeset() as changes:
            changes.update("customer", customer, phone="7")
        substitute.sync()
    with world.store.engine.connect() as connection:
        entry = connection.execute(
            sa.select(t.changeset.c.source, t.changeset.c.person, t.operation.c.principal)
            .join(t.operation, t.operation.c.version == t.changeset.c.version)
            .order_by(t.changeset.c.version.desc())
            .limit(1)
        ).one()
    assert tuple(entry) == (str(Source.DEVICE), world.people["b"], world.people["a"])
