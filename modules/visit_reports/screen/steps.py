"""A report in steps that fit a page: a section each, or some articles of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from modules.visit_reports.device import Filling
from syncengine.model.filling import Item
from syncengine.model.questionnaire import Section

ARTICLES = 20  # of a section, on one page


@dataclass(frozen=True)
class Step:
    """What one page asks for. part: of a section whose articles are on several pages, from 1."""

    section: Section
    items: tuple[Item, ...]
    part: int = 1
    parts: int = 1

    @property
    def name(self) -> str:
        """Its place in addresses."""
        return f"{self.section.key}.{self.part}"

    @property
    def asked(self) -> int:
        """How many questions are not skipped."""
        return sum(item.asked for item in self.items)

    @property
    def answered(self) -> int:
        """How many of these are answered."""
        return sum(item.answered for item in self.items)


def steps_of(filling: Filling) -> list[Step]:
    """All that have a question which is not skipped, in order."""
    found: list[Step] = []
    for section, group in groupby(filling.standing.items, lambda item: item.section):
        pages = list(_pages(list(group)))
        made = (Step(section, items, n, len(pages)) for n, items in enumerate(pages, 1))
        found += [step for step in made if step.asked]
    return found


def _pages(items: Sequence[Item]) -> Iterator[tuple[Item, ...]]:
    """The items of each article stay together."""
    articles = [tuple(group) for _, group in groupby(items, lambda item: item.article)]
    for start in range(0, len(articles), ARTICLES):
        yield tuple(item for group in articles[start : start + ARTICLES] for item in group)


def step_of(steps: Sequence[Step], item: Item) -> Step | None:
    """The one that asks for an item."""
    return next((step for step in steps if item in step.items), None)


def where_one_was(filling: Filling, steps: Sequence[Step]) -> Step | None:
    """The step of what was answered last, also on another device; else the first."""
    place = max(((one.id, one.question, one.article) for one in filling.answers), default=None)
    item = filling.standing.by_place.get(place[1:]) if place else None
    found = step_of(steps, item) if item is not None else None
    return found or (steps[0] if steps else None)
