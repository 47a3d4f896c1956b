"""An info to so many that the store writes where it is by few statements (store/moves.py)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from syncengine.store.doctor import doctor
from syncengine.store.moves import MANY
from tests.messages.scene import Post


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
