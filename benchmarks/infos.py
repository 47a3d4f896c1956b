"""`syncengine bench infos`: an info to thousands of people, from one changeset to its end.

Receipts that are released leave their recipients' devices. That is held against as many plain
changes of rows that stay, in the same database, in turn.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.command import run
from benchmarks.data import SCHEMA, Sizes, operation
from benchmarks.figures import Figures, machine
from benchmarks.office import Cost, Office, tree
from benchmarks.sides import expect
from modules.messages.jobs import follow
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.windows import DAY
from syncengine.store import tables as t
from syncengine.store.database import reading
from syncengine.store.deadlines import take_deadlines

RATIO_GOAL = 1.0
BEGIN = 4_102_444_800_000_000  # microseconds: a server's time is never before the machine's
BATCHES = 1_000  # far more than there is work for
MILLISECONDS = 1_000


@dataclass(frozen=True)
class Scale:
    """people: recipients of each info, each with one customer. turns: infos, after one that warms
    up.
    """

    people: int = 5_000
    turns: int = 5


FULL = Scale()
SMALL = Scale(people=50, turns=1)


class Post:
    """An office that writes to everybody."""

    def __init__(self, url: str, scale: Scale) -> None:
        self._at = BEGIN
        self.office = Office(url, Sizes(()), now=lambda: self._at)
        self._people = self.office.people(tree(scale.people - 1))
        generator = self.office.generator
        self._customers = [generator.new_id() for _ in self._people]
        self.office.insert_all(
            [
                operation("customer", row_id, generator.customer(number, owner))
                for number, (row_id, owner) in enumerate(
                    zip(self._customers, self._people, strict=True)
                )
            ]
        )

    def publish(self) -> bytes:
        """A daily info to the head and everybody below, in one changeset."""
        info, target = self.office.generator.new_id(), self.office.generator.new_id()
        values: dict[str, Stored] = {
            "kind": "daily", "title": "News", "text": "Read this.", "priority": "normal",
            "starts_at": self._at, "expires_at": self._at + DAY, "status": "draft",
        }  # fmt: skip
        everybody: dict[str, Stored] = {"info": info, "employee": self._people[0], "below": True}
        self.office.write(
            [
                operation("info", info, values),
                operation("info_target", target, everybody),
                _update("info", info, status="published"),
            ]
        )
        return info

    def make_receipts(self) -> None:
        """What the server's job does."""
        follow(self.office.store, BATCHES)

    def withdraw(self, info: bytes) -> None:
        """The office does, and the server's job releases every receipt."""
        self.office.write([_update("info", info, status="withdrawn")])
        follow(self.office.store, BATCHES)

    def expire(self) -> None:
        """A day passes, and the server's job releases every receipt."""
        self._at += DAY
        take_deadlines(self.office.store, BATCHES)

    def edit(self, turn: int) -> None:
        """A plain change of each customer, in one changeset."""
        self.office.write(
            [_update("customer", row_id, phone=f"+43 {turn}") for row_id in self._customers]
        )

    def held(self, entity: str) -> int:
        """Rows of a kind in the slices of all people."""
        m = t.membership.c
        wanted = sa.select(sa.func.count()).where(m.tag == SCHEMA.tags[entity], m.gone.is_(False))
        with reading(self.office.store.engine) as connection:
            return int(connection.execute(wanted).scalar_one())


def _update(entity: str, row_id: bytes, **fields: Stored) -> Operation:
    by_name = SCHEMA.entities[entity].by_name
    numbered = {by_name[name].number: value for name, value in fields.items()}
    return Operation(Action.UPDATE, SCHEMA.tags[entity], row_id, numbered)


def measure(url: str | None, scale: Scale) -> dict[str, Any]:
    """Figures by key, with the scale."""
    with tempfile.TemporaryDirectory() as folder:
        return _measured(Post(url or f"sqlite:///{Path(folder) / 'server.db'}", scale), scale)


def _measured(post: Post, scale: Scale) -> dict[str, Any]:
    figures = Figures()
    for turn in range(scale.turns + 1):
        found = _turn(post, scale, turn)
        if turn:  # the first one warms up
            for name, cost in found.items():
                _add(figures, name, cost)
            for end in ("expired", "withdrawn"):
                ratio = found[end].seconds / found["plain"].seconds
                figures.add(f"{end}_ratio", ratio, "nothing")
    post.office.store.engine.dispose()
    medians = figures.medians()
    return {
        "people": scale.people,
        "figures": figures.described(),
        "goals": {
            f"{ratio} <= {RATIO_GOAL}": medians[ratio] <= RATIO_GOAL
            for ratio in ("expired_ratio", "withdrawn_ratio")
        },
    }


def _turn(post: Post, scale: Scale, turn: int) -> dict[str, Cost]:
    """An info that expires, one that is withdrawn, and the plain changes in between."""
    cost_of = post.office.watch.cost_of
    costs = {"published": cost_of(post.publish)}
    expect("commits of an info", costs["published"].commits, 1)
    costs["received"] = cost_of(post.make_receipts)
    expect("receipts on devices", post.held("info_receipt"), scale.people)
    costs["expired"] = cost_of(post.expire)
    expect("receipts after the end", post.held("info_receipt"), 0)
    costs["plain"] = cost_of(lambda: post.edit(turn))
    info = post.publish()
    post.make_receipts()
    costs["withdrawn"] = cost_of(lambda: post.withdraw(info))
    expect("receipts after the withdrawal", post.held("info_receipt"), 0)
    return costs


def _add(figures: Figures, name: str, cost: Cost) -> None:
    scales_with = "nothing" if name == "published" else "people"
    figures.add(f"{name}_ms", cost.seconds * MILLISECONDS, scales_with)
    figures.add(f"{name}_rows", cost.rows, scales_with)
    figures.add(f"{name}_commits", cost.commits)


def _measure(database: str | None, small: bool) -> dict[str, Any]:
    return {"machine": machine(), **measure(database, SMALL if small else FULL)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, write; 1 when a goal was missed."""
    result = run("infos", __doc__, arguments, _measure)
    return 0 if all(result["goals"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
