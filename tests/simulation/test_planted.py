"""The planted bugs: each fits the engine's text, was caught, and some are caught here again."""

from __future__ import annotations

from pathlib import Path

import pytest

from device_sdk.sync import Sync
from syncengine.store import feed, pull
from tests.simulation.planted.every import ALL, planted
from tests.simulation.planted.planting import DoesNotFit, instead
from tests.simulation.planted.table import known, lines, look_for

RELIABILITY = Path(__file__).resolve().parents[2] / "docs" / "RELIABILITY.md"
AGAIN = ("nothing_leaves", "news_overlooked", "left_one_means_left_all")


@pytest.mark.parametrize("name", ALL)
def test_every_plant_fits_the_engine(name: str) -> None:
    for edit in ALL[name].edits:
        edit.compiled()
        assert list(edit.places())


def test_a_plant_is_taken_up_again() -> None:
    """Also where a module knows the function by name."""
    right = feed.read_bucket, Sync._welcome
    with planted("cursor_too_far"):
        assert feed.read_bucket is vars(pull)["read_bucket"] is not right[0]
    with planted("old_answers_taken"):
        assert Sync._welcome is not right[1]
    assert (feed.read_bucket, Sync._welcome) == right
    assert vars(pull)["read_bucket"] is right[0]


def test_a_text_that_is_not_there_does_not_fit() -> None:
    with pytest.raises(DoesNotFit):
        instead(feed.read_bucket, "no such text", "").compiled()


def test_the_table_has_every_plant_that_was_caught() -> None:
    """At least forty, in the order of the plants; the documentation says the same."""
    assert list(known()) == [name for name in ALL if name in known()]
    assert len(known()) >= 40
    assert "\n".join(lines()) in RELIABILITY.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", AGAIN)
def test_a_planted_bug_is_caught(name: str) -> None:
    """Whatever the seed: these show in almost any life."""
    assert look_for(name, range(5)) is not None


@pytest.mark.slow
@pytest.mark.parametrize("name", known())
def test_every_planted_bug_of_the_table_is_caught(name: str) -> None:
    assert look_for(name) is not None
