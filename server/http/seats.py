"""Seats as each request needs them."""

from __future__ import annotations

from syncengine.model.errors import SeatLocked
from syncengine.store.seats import Seat
from syncengine.store.store import Store

MAX_REMEMBERED = 20_000


class SeatCache:
    """Remembers whose a seat is and its key, which never change. Called from any thread.

    Whether a seat is locked does change: the store looks at every request, and `check` between the
    pieces of a stream.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._found: dict[bytes, Seat] = {}

    def get(self, seat_id: bytes) -> Seat:
        """The seat, whose `locked` may be out of date; Unauthenticated when there is none."""
        seat = self._found.get(seat_id)
        if seat is None:
            seat = self._store.seats.find(seat_id)
            if len(self._found) >= MAX_REMEMBERED:
                self._found.clear()
            self._found[seat_id] = seat
        return seat

    def check(self, seat_id: bytes) -> None:
        """SeatLocked when the office has locked it, Unauthenticated when it is gone."""
        if self._store.seats.find(seat_id).locked:
            raise SeatLocked("The office has locked this device.", wipe=True)
