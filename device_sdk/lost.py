"""Work that a rebuild could not read: all that can be said is about when it was done."""

from __future__ import annotations

import datetime as dt
import json
from bisect import bisect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter

from device_sdk.database import Database
from syncengine.model.fields import EPOCH, MICROSECOND

NAME = "lost"  # in `meta`


@dataclass(frozen=True)
class LostWork:
    """A changeset that was never sent and cannot be read any more.

    sequence: its number.
    after, before: when the readable ones next to it were made, by the device's clock; None where
        there is none on that side.
    """

    sequence: int
    after: dt.datetime | None
    before: dt.datetime | None


def between(sequences: Iterable[int], made: Mapping[int, int]) -> list[LostWork]:
    """made: sequence -> when, in microseconds, of those that can be read."""
    known = sorted(made)

    def at(place: int) -> dt.datetime | None:
        return EPOCH + made[known[place]] * MICROSECOND if 0 <= place < len(known) else None

    places = ((sequence, bisect(known, sequence)) for sequence in sequences)
    return [LostWork(sequence, at(place - 1), at(place)) for sequence, place in places]


def read_lost(database: Database) -> tuple[LostWork, ...]:
    """What was lost and is not dismissed yet, oldest first."""
    kept = json.loads(database.get(NAME) or "[]")
    return tuple(LostWork(sequence, _instant(a), _instant(b)) for sequence, a, b in kept)


def write_lost(database: Database, lost: Iterable[LostWork]) -> None:
    """Instead of what was kept, inside a transaction."""
    kept = [(one.sequence, _text(one.after), _text(one.before)) for one in lost]
    database.set(**{NAME: json.dumps(sorted(kept, key=itemgetter(0)))})


def dismiss_lost(database: Database, sequence: int) -> bool:
    """The person knows of it; whether it was there. Inside a transaction."""
    lost = read_lost(database)
    left = [one for one in lost if one.sequence != sequence]
    if len(left) == len(lost):
        return False
    write_lost(database, left)
    return True


def _text(instant: dt.datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


def _instant(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)
