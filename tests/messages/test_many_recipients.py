"""An info to so many that the store writes where it is by few statements (store/moves.py)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from syncengine.store.doctor import doctor
from syncengine.store.moves import MANY
from tests.messages.scene import Post
from tests.support.statements import statements


def _withdraw(post: Post, info: bytes) -> str:
    post.withdraw(info)
    assert doctor(post.store).findings == []
    return "withdrawn"


def _expire(post: Post, _info: bytes) -> str:
    post.later(1)
    return "expired"


@pytest.mark.parametrize("end", [_withdraw, _expire])
def test_an_info_to_many_comes_and_leaves(post: Post, end: Callable[[Post, bytes], str]) -> None:
    """D7: with invariants 7 and 10 on a device that was there all the time."""
    boss = post.people["boss"]
    below = [post.new("employee", number=f"{n}", active=True, manager=boss) for n in range(MANY)]
    assert post.write(below).version is not None
    device, messages = post.device("a")
    info = post.publish("daily", {"employee": boss, "below": True}, tasks=[("check", False)])
    post.work()
    assert doctor(post.store).findings == []
    device.sync()
    assert messages.received() == 1
    ended = end(post, info)
    post.work()
    states = post.states(info, "employee")
    assert len(states) == MANY + len(post.people)
    assert set(states.values()) == {ended}
    assert doctor(post.store).findings == []
    device.sync()
    assert device.counts()["info"] == device.counts()["info_receipt"] == 0
    device.close()


def test_where_an_info_is_is_asked_once_a_commit(post: Post) -> None:
    """Its receipts are read for all of those that come together, and not when it is withdrawn."""
    boss = post.people["boss"]
    info = post.publish("daily", {"employee": boss, "below": True})
    with statements(post.store.engine) as told:
        post.work()
    assert len(_asking_receipts(told)) == 1
    with statements(post.store.engine) as told:
        post.withdraw(info)
        post.work()
    assert _asking_receipts(told) == []
    assert set(post.states(info, "employee").values()) == {"withdrawn"}


def _asking_receipts(told: list[str]) -> list[str]:
    """The statements that look up the buckets of receipts of an info."""
    return [s for s in told if "JOIN bucket" in s and "JOIN messages_info_receipt" in s]
