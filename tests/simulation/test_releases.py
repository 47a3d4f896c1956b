"""Servers and apps of several versions (invariant 25): N-1 and N are served, N+1 waits."""

from __future__ import annotations

import pytest

from tests.simulation.acts import Act, play
from tests.simulation.clocking import ClockingLife
from tests.simulation.faults import ROLLING
from tests.simulation.mixes import MIXES
from tests.simulation.planted.every import planted
from tests.simulation.run import lived_through, replayed
from tests.simulation.versions import REMARKS
from tests.simulation.witness import real


def test_an_app_waits_for_its_server_and_goes_on_when_that_comes() -> None:
    life = ClockingLife(0)
    try:
        device = real(life.seats[1])
        device.version = life.served
        device.reopen()
        play(life, ("sync", [1]))
        play(life, ("update_app", [1]))
        play(life, ("note_remark", [1, 1, "from the future"]))
        assert play(life, ("sync", [1])).startswith("protocol.upgrade_required")
        assert (life.counts["app_too_new"], device.device.pending()) == (1, 1)
        play(life, ("release", []))
        assert play(life, ("sync", [1])).startswith("done")
        assert (device.words, device.device.pending()) == (life.served, 0)
        shown = device.values("customer", REMARKS[1])  # whatever it is called there
        assert shown[life.customers[1]] == ("from the future",)
        life.settle()
    finally:
        life.close()


def test_apps_of_before_go_on_after_a_release() -> None:
    """Whoever was up to date is of before then, with work of before."""
    life = ClockingLife(0)
    try:
        play(life, ("release", []))
        assert {real(seat).version for seat in life.seats} == {life.served - 1}
        play(life, ("note_remark", [1, 1, "in old words"]))
        play(life, ("edit_contact", [1, 0, "Eve"]))
        play(life, ("sync", [1]))
        assert real(life.seats[1]).words == life.served - 1
        assert life.counts["app_of_before"] >= 1
        life.settle()
    finally:
        life.close()


@pytest.mark.parametrize("plant", ["all_words_spoken", "old_words_forgotten"])
def test_a_planted_bug_is_found_out(plant: str) -> None:
    """Two apps go ahead of their server, and all are of before once it has followed."""
    act: list[Act] = [("customer", ["a"]), ("add_contact", [0]), ("reassign", [[0], "a"])]
    script: list[Act] = [*act, ("sync", [1]), ("update_app", [1]), ("sync", [1])]
    script += [("update_app", [1]), ("sync", [1]), ("release", []), ("add_contact", [0])]
    script += [("sync", [number]) for number in range(4)]
    with planted(plant):
        assert replayed(0, script) is not None
    assert replayed(0, script) is None


def test_servers_of_the_version_before_refuse_from_the_release_on() -> None:
    """Also in the midst of an answer; what was entered waits, and arrives at a server of today."""
    script: list[Act] = [("sync", [number]) for number in range(4)]
    script += [("reassign_all", [who, "a"]) for who in ("b", "c")]
    script += [("add_contact", [1]), ("edit", [1, 1, "mine"]), ("sync_while_rolled_out", [1])]
    script += [*[("sync", [1])] * 4, ("ask_old_server", []), ("sync", [0]), ("end_roll_out", [])]
    counts = lived_through(0, [*script, ("sync", [1])], MIXES["rolling"])
    for what in ROLLING:
        assert counts[what] > 0, what


def test_a_server_of_the_version_before_that_goes_on_is_found_out() -> None:
    script: list[Act] = [("sync", [1]), ("roll_out", [])]
    with planted("old_servers_go_on"):
        assert replayed(0, script, MIXES["rolling"]) is not None


def test_an_app_of_today_waits_where_a_server_of_before_answers() -> None:
    """It is not told that it is too new: the server is too old, and another one may be asked."""
    life = ClockingLife(0)
    try:
        device = real(life.seats[1])
        device.version = life.served
        device.reopen()
        play(life, ("sync", [1]))
        play(life, ("roll_out", []))
        play(life, ("update_app", [1]))
        life.servers = [store for store in life.servers if store.schema.hash != life.schema.hash]
        assert play(life, ("sync", [1])).startswith("cut")
        life.settle()
    finally:
        life.close()
