"""The algebra of text_merge, as it states it, and its bounds."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conflict_rules import text_diff
from conflict_rules.outcome import Outcome
from conflict_rules.text_diff import hunks, patched
from conflict_rules.text_merge import resolve
from syncengine.model.fields import MAX_TEXT, Text

NOTE = Text(MAX_TEXT)
parts = st.lists(st.sampled_from("abc"), max_size=12)
BASE = "one\ntwo\nthree\nfour\nfive"


@given(parts, parts, st.sampled_from([0, 20, 62_500]))
def test_differences_lead_from_one_text_to_the_other(
    base: list[str], text: list[str], cells: int
) -> None:
    """Also where they are coarse; something of the base stays between two."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_diff, "MAX_CELLS", cells)
        found = hunks(base, text)
    assert patched(base, found) == text
    assert all(a.end < b.start for a, b in itertools.pairwise(found))


@given(st.lists(st.sampled_from("abc"), max_size=7), st.lists(st.sampled_from("abc"), max_size=7))
def test_as_much_as_possible_of_the_base_stays(base: list[str], text: list[str]) -> None:
    """A longest common subsequence, found here by trying all."""
    replaced = sum(hunk.end - hunk.start for hunk in hunks(base, text))
    common = max(
        size
        for size in range(len(base) + 1)
        for some in itertools.combinations(base, size)
        if _is_within(some, text)
    )
    assert len(base) - replaced == common


def _is_within(some: tuple[str, ...], text: list[str]) -> bool:
    rest = iter(text)
    return all(part in rest for part in some)


@given(
    st.lists(st.sampled_from(["", "x", "y z"]), min_size=5, max_size=9),
    st.data(),
)
def test_edits_that_do_not_meet_commute(lines: list[str], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(lines) - 3))
    second = data.draw(st.integers(first + 2, len(lines) - 1))
    old = [f"{place} {line}" for place, line in enumerate(lines)]
    one, other = list(old), list(old)
    one[first] = data.draw(st.sampled_from(["new", "a\nb"]))
    other[second] = data.draw(st.sampled_from(["other", "c\nd"]))
    both = [one[i] if i == first else other[i] for i in range(len(old))]
    base, left, right, whole = ("\n".join(x) for x in (old, one, other, both))
    assert resolve(NOTE, base, left, right) == resolve(NOTE, base, right, left) == Outcome(whole)


texts = st.none() | st.lists(st.sampled_from(["a", "b", " ", "\n", "c d"]), max_size=9).map("".join)


@given(texts, texts)
def test_merging_what_is_there_changes_nothing(base: str | None, text: str | None) -> None:
    """Idempotent."""
    assert resolve(NOTE, base, text, text) == Outcome(text)


@given(texts, texts, texts)
def test_without_a_loss_all_that_was_added_is_there(
    base: str | None, server: str | None, incoming: str | None
) -> None:
    """Every new word of either side. Of one line, words may grow together where both edited."""
    outcome = resolve(NOTE, base, server, incoming)
    assert outcome.lost in ((), (incoming,))
    if not outcome.lost:
        for text in (server, incoming):
            new = set((text or "").split()) - set((base or "").split())
            assert new <= set(str(outcome.value).split()) or "\n" not in f"{base}{server}{incoming}"


@pytest.mark.parametrize(
    ("base", "server", "incoming", "outcome"),
    [
        (BASE, BASE.replace("one", "1"), BASE.replace("five", "5"),
         Outcome("1\ntwo\nthree\nfour\n5")),
        (BASE, BASE.replace("two", "2"), BASE.replace("two", "zwei").replace("five", "5"),
         Outcome("one\n2\nthree\nfour\n5", (BASE.replace("two", "zwei").replace("five", "5"),))),
        (BASE, f"{BASE}\nserver", f"{BASE}\ndevice", Outcome(f"{BASE}\nserver\ndevice")),
        (BASE, f"{BASE}\nboth", f"{BASE}\nboth", Outcome(f"{BASE}\nboth")),
        (BASE, None, f"{BASE}\nsix", Outcome(None, (f"{BASE}\nsix",))),
        ("red small car", "blue small car", "red small van", Outcome("blue small van")),
        ("red car", "blue car", "green car", Outcome("blue car", ("green car",))),
        (None, "x", "y", Outcome("x", ("y",))),
    ],
)  # fmt: skip
def test_texts_by_example(
    base: str | None, server: str | None, incoming: str, outcome: Outcome
) -> None:
    assert resolve(NOTE, base, server, incoming) == outcome


def test_a_text_that_grows_too_long_is_not_taken() -> None:
    assert resolve(Text(9), "a\nb\nc", "aaaa\nb\nc", "a\nb\ncccc") == Outcome(
        "aaaa\nb\nc", ("a\nb\ncccc",)
    )


def test_neither_commutative_nor_associative() -> None:
    """Where edits meet, the one that is there stays."""
    assert resolve(NOTE, "a", "b", "c").value == "b"
    assert resolve(NOTE, "a", "c", "b").value == "c"
    added = [
        resolve(NOTE, "a\n", *pair).value for pair in (("a\n\nx", "a\n\ny"), ("a\n\ny", "a\n\nx"))
    ]
    assert added[0] != added[1]


@pytest.mark.parametrize("unit", ["\n", "a ", "ab\n", "a\nb\n"])
def test_the_longest_texts_end_soon(unit: str) -> None:
    """Far below what a person, or the write path's lock, would wait."""
    base = (unit * MAX_TEXT)[:MAX_TEXT]
    server = ("x" + unit * MAX_TEXT)[: MAX_TEXT - 1] + "x"
    incoming = ("y\n" + (unit * MAX_TEXT)[::-1])[: MAX_TEXT - 1] + "z"
    began = time.monotonic()
    outcome = resolve(NOTE, base, server, incoming)
    assert time.monotonic() - began < 5
    NOTE.check(outcome.value)
