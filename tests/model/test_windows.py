"""Windows of time: joined and cut, held against instants asked one by one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from syncengine.model.windows import ALWAYS, Window, current

instants = st.integers(-3, 12)
windows = st.builds(Window, st.none() | instants, st.none() | instants)
EVERY = range(-5, 15)


@given(windows, windows)
def test_what_two_have_in_common(a: Window, b: Window) -> None:
    both = a.within(b)
    assert all(both.contains(at) == (a.contains(at) and b.contains(at)) for at in EVERY)
    assert a.overlaps(b) == any(both.contains(at) for at in EVERY)


@given(windows)
def test_an_instant_is_before_inside_or_after(window: Window) -> None:
    for at in EVERY:
        if not window.empty:
            assert [not window.begun(at), window.contains(at), window.over(at)].count(True) == 1
    assert window.empty == (not any(window.contains(at) for at in EVERY))


@given(st.lists(windows.filter(lambda w: not w.empty), min_size=1, max_size=4), instants)
def test_the_stretch_that_matters_now(several: list[Window], at: int) -> None:
    """Inside of one: as far as it goes on without a gap. Else the next, else the last."""
    found = current(several, at)

    def inside(instant: int) -> bool:
        return any(window.contains(instant) for window in several)

    if inside(at):
        after = [i for i in EVERY if i >= at]
        gap = next((i for i in after if not inside(i)), None)
        assert found.contains(at)
        assert found.ends == gap
    elif coming := [w.starts for w in several if w.starts is not None and w.starts > at]:
        assert found.starts == min(coming)
    else:
        assert found.over(at)


@given(windows, st.integers(0, 3), st.integers(0, 3))
def test_widened(window: Window, before: int, after: int) -> None:
    wide = window.widened(before, after)
    for at in EVERY:
        if window.contains(at):
            assert wide.contains(at - before)
            assert wide.contains(at + after)


def test_always() -> None:
    assert all(ALWAYS.contains(at) for at in EVERY)
