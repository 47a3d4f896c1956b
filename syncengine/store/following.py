"""What a job writes that brings rows in step with others, a changeset at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from syncengine.model.changeset import Operation
from syncengine.store.author import Author
from syncengine.store.store import Store


@dataclass
class Following:
    """One run of a job. batches: how many more changesets it may write. written: operations."""

    store: Store
    author: Author
    batches: int
    written: int = 0

    def step(self, made: Callable[[], list[Operation]]) -> bool:
        """Write what is made, until nothing is; False once a batch is refused, because something
        changed since it was looked up: the next run makes it anew.
        """
        while self.batches > 0 and (operations := made()):
            self.batches -= 1
            if self.store.write(self.author, operations).version is None:
                return False
            self.written += len(operations)
        return True
