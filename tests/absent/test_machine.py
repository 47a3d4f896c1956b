"""The package comes and goes at random: what was accepted stands, what was refused is in the inbox
as it was typed, and devices show what the database has (invariants 1, 5, 16).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.absent.scene import WITH, WITHOUT, Shrinking, shown
from tests.support.machine import run_machine

index = st.integers(0, 10**6)
title = st.text("abc", min_size=1, max_size=3)


class ComesAndGoes(RuleBasedStateMachine):
    """A device of `a`, with errands and a customer; one plain dictionary says how it should be."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.world = Shrinking(f"sqlite:///{self.folder.name}/s.db", Path(self.folder.name))
        self.here = True
        self.titles = {self.world.errand("a"): "as planned"}
        self.shop = self.world.customer("a", "1")
        self.city: str | None = None
        self.device = self.world.enrol("a")
        self.device.sync()
        self.waiting: list[tuple[bytes, str]] = []  # errands' titles, not sent yet
        self.cities: list[str] = []
        self.lost: list[str] = []  # titles that the inbox has

    @rule()
    def package_goes(self) -> None:
        self.here = False
        self.world.install(WITHOUT)

    @rule()
    def package_comes(self) -> None:
        self.here = True
        self.world.install(WITH)

    @rule(which=index, title=title)
    def edit(self, which: int, title: str) -> None:
        here = sorted(row.id.bytes for row in self.device.rows("errand"))
        row = here[which % len(here)]
        with self.device.changeset() as changes:
            changes.update("errand", row, title=title)
        self.waiting.append((row, title))

    @rule(title=title)
    def insert(self, title: str) -> None:
        if not self.here:
            return
        row = self.world.insert(
            "errand", title=title, owner=self.world.people["a"], state="open", due=None
        )
        self.titles[row] = title

    @rule(city=title)
    def move(self, city: str) -> None:
        with self.device.changeset() as changes:
            changes.update("customer", self.shop, city=city)
        self.cities.append(city)

    @rule(which=index)
    def send_again(self, which: int) -> None:
        items = [i for i in self.device.inbox() if i.reasons]
        if items:
            item = items[which % len(items)]
            self.device.correct(item.sequence)
            (entered,) = item.entered
            said = str(entered.values["title"])
            self.lost.remove(said)
            self.waiting.append((entered.row.bytes, said))

    @rule()
    def sync(self) -> None:
        self.device.sync()
        for row, said in self.waiting:
            if self.here:
                self.titles[row] = said
            else:
                self.lost.append(said)
        self.city = self.cities[-1] if self.cities else self.city
        self.waiting, self.cities = [], []
        assert sorted(shown(self.device)) == sorted(set(self.titles.values()))
        (shop,) = self.device.rows("customer")
        assert shop.city == self.city

    @invariant()
    def nothing_is_lost(self) -> None:
        stored = {row["id"]: row["title"] for row in self.world.errands()}
        assert stored == self.titles
        kept = [str(i.entered[0].values["title"]) for i in self.device.inbox() if i.reasons]
        assert sorted(kept) == sorted(self.lost)

    def teardown(self) -> None:
        self.device.close()
        self.world.close()
        self.folder.cleanup()


def test_the_package_comes_and_goes() -> None:
    run_machine(ComesAndGoes, examples=4, steps=12)
