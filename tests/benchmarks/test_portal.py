"""`syncengine bench portal` at a tiny scale: that every page is measured, not how long it takes."""

from __future__ import annotations

import re
from functools import partial

import pytest

from benchmarks.field import FieldScale
from benchmarks.portal import measure, percentile
from benchmarks.portal_places import NO_PAGES, Places
from server.portal.routes import PUBLIC, SIGNED_IN

TINY = FieldScale(customers=120, reps=30, waiting=2)


def test_every_page_of_the_portal_is_measured() -> None:
    """`measure` itself refuses an answer that is no page: a placeholder that stands for nothing."""
    result = measure(None, TINY, 1)
    paths = {address.partition("?")[0] for address in result["pages"]}
    for pattern, (_, methods) in (PUBLIC | SIGNED_IN).items():
        named = partial(re.sub, r"{\w+}", "[^/]+")
        if "GET" in methods and pattern not in NO_PAGES:
            assert any(re.fullmatch(named(pattern), path) for path in paths), pattern
    assert all(figure.keys() == {"p50", "p95", "busy"} for figure in result["pages"].values())
    assert set(result["slow"]) <= result["pages"].keys()


def test_a_page_with_an_unknown_placeholder_is_no_page_that_is_left_out() -> None:
    places = Places.__new__(Places)
    places.places, places.others = {"row": "1"}, {}
    assert places.address("/portal/x/{row}") == "/portal/x/1"
    with pytest.raises(RuntimeError, match="weather"):
        places.address("/portal/x/{row}/{weather}")


def test_a_share_of_values_is_not_above_their_percentile() -> None:
    assert percentile([float(n) for n in range(20, 0, -1)], 0.95) == 19
    assert percentile([7.0], 0.95) == 7
