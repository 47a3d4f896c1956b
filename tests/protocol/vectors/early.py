"""Walks with answers that end before their time."""

from __future__ import annotations

from collections.abc import Iterator

from syncengine.protocol.messages import Chunk, Cursor
from tests.protocol.vectors.answers import (
    CUSTOMER,
    END,
    EVERYONE,
    HAS_A,
    MINE,
    PERSON,
    THEIRS,
    ZERO,
    A,
    B,
    C,
    Held,
    checkpoint,
    chunk,
    customer,
    early,
    granted,
    person,
    request,
    section,
    shown,
    step,
    welcome,
)
from tests.protocol.vectors.sample import Case


def early_walks() -> Iterator[tuple[str, list[Case]]]:
    """Answers that end before their time: THEIRS goes on with the next request."""
    people = section(EVERYONE, PERSON, person())
    theirs = Held(THEIRS, ((CUSTOMER, C, 3),))
    begin = step(
        request(
            welcome(),
            granted(EVERYONE, MINE, THEIRS, fresh=(EVERYONE, MINE, THEIRS)),
            chunk(people, section(MINE, CUSTOMER, customer(A, "Anna"))),
            chunk(section(THEIRS, CUSTOMER, customer(C, "Carl", 3))),
            checkpoint(5, *HAS_A, theirs),
        ),
        customers=[shown(A, "Anna"), shown(C, "Carl")],
    )
    mine = Held(MINE, ((CUSTOMER, B, 7),))
    news = section(MINE, CUSTOMER, customer(B, "Bert", 7), left=(A,))
    half = Chunk(
        [news, section(THEIRS, CUSTOMER, customer(C, "Cleo", 6))],
        [Cursor(MINE, 7, END, ZERO), Cursor(THEIRS, 6, CUSTOMER, C)],
    )
    first = request(welcome(7), half, early(7, 5, HAS_A[0], mine), token=5)
    on = (Cursor(THEIRS, 6, CUSTOMER, C),)
    rest = request(welcome(7), granted(EVERYONE, MINE, THEIRS), cut=True, token=7, cursors=on)
    stopped = step(first, rest, error="cut", customers=[shown(B, "Bert"), shown(C, "Carl")])
    end = request(
        welcome(8),
        granted(EVERYONE, MINE, THEIRS),
        checkpoint(8, HAS_A[0], mine, Held(THEIRS, ((CUSTOMER, C, 6),))),
        token=7,
        cursors=on,
    )
    done = step(end, customers=[shown(B, "Bert"), shown(C, "Cleo")])
    yield "some parts are published before the others", [begin, stopped, done]
    lies = request(welcome(7), half, early(7, 5, HAS_A[0], mine, wrong=1), token=5)
    asked = request(
        welcome(7),
        granted(EVERYONE, MINE, THEIRS),
        checkpoint(7, HAS_A[0], mine, Held(THEIRS, ((CUSTOMER, C, 6),))),
        token=5,
        cursors=(Cursor(MINE, 7, END, ZERO), *on),
        repair=(mine,),
    )
    yield "an early checkpoint that does not add up", [begin, step(lies, asked, customers=[
        shown(B, "Bert"), shown(C, "Cleo"),
    ])]  # fmt: skip
