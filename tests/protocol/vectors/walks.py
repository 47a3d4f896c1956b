"""Whole syncs of a device that was just enrolled, for the schema "modules alone" of schemas.json.

A walk has steps. A step may begin with an `edit` of the device; then it syncs. `requests` are what
it is to send, with the answer that it gets: a status, the bytes of the body, and whether the
connection breaks behind them. `error`: what stops the sync, "cut" for a broken answer. `shown`: the
rows that are to be seen afterwards, by entity: the id, then the values of the columns.
"""

from __future__ import annotations

from collections.abc import Iterator

from syncengine.protocol.messages import (
    Chunk,
    Cursor,
    Failure,
    Range,
    Ranges,
    Unchanged,
    Verdicts,
    WireObjection,
    WireVerdict,
)
from tests.protocol.vectors.answers import (
    CUSTOMER,
    END,
    EVERYONE,
    FACET,
    FIRST,
    HAS_A,
    MINE,
    PERSON,
    TERMS,
    THEIRS,
    ZERO,
    A,
    B,
    C,
    Held,
    T,
    checkpoint,
    chunk,
    customer,
    granted,
    person,
    request,
    section,
    shown,
    step,
    welcome,
)
from tests.protocol.vectors.early import early_walks
from tests.protocol.vectors.sample import ME, OTHER, OTHER_EPOCH, SCHEMA, Case, an_id, plain

BOTH = granted(EVERYONE, MINE, fresh=(EVERYONE, MINE))
PEOPLE = section(EVERYONE, PERSON, person())
READ = tuple(Cursor(bucket, 5, END, ZERO) for bucket in (EVERYONE, MINE))


def _plainly() -> Iterator[tuple[str, list[Case]]]:
    """Nothing goes wrong."""
    anna = [shown(A, "Anna")]
    again = step(request(welcome(), Unchanged(), token=5), customers=anna)
    yield "a first pull, then nothing new", [FIRST, again]
    moved = request(
        welcome(7),
        chunk(section(MINE, CUSTOMER, customer(B, "Bert", 7), left=(A,)), at=7),
        checkpoint(7, HAS_A[0], Held(MINE, ((CUSTOMER, B, 7),))),
        token=5,
    )
    yield "a row comes and another one leaves", [FIRST, step(moved, customers=[shown(B, "Bert")])]
    two = (*HAS_A, Held(THEIRS, ((CUSTOMER, A, 2), (CUSTOMER, C, 3))))
    more = request(
        welcome(6),
        granted(EVERYONE, MINE, THEIRS, fresh=(THEIRS,)),
        chunk(section(THEIRS, CUSTOMER, customer(C, "Carl", 3), also=((A, 2),)), at=6),
        checkpoint(6, *two),
        token=5,
    )
    less = request(welcome(8), granted(EVERYONE, MINE), checkpoint(8, *HAS_A), token=6)
    yield "a bucket comes and leaves, a row stays in another one", [
        FIRST, step(more, customers=[*anna, shown(C, "Carl")]), step(less, customers=anna),
    ]  # fmt: skip
    over = request(
        welcome(6),
        granted(EVERYONE, MINE, THEIRS, fresh=(THEIRS,), hide_at=1),
        chunk(section(THEIRS, CUSTOMER, customer(C, "Carl", 3), also=((A, 2),)), at=6),
        checkpoint(6, *two),
        token=5,
    )
    yield "rows of a bucket whose time is over do not show", [FIRST, step(over, customers=anna)]
    terms = request(
        welcome(6),
        granted(EVERYONE, MINE, FACET, fresh=(FACET,)),
        chunk(section(FACET, TERMS, [4, T, A, 350]), at=6),
        checkpoint(6, *HAS_A, Held(FACET, ((TERMS, T, 4),))),
        token=5,
    )
    yield (
        "a facet shows with its row",
        [FIRST, step(terms, customers=[shown(A, "Anna", None, 350)])],
    )


def _broken_off() -> Iterator[tuple[str, list[Case]]]:
    """Answers that were cut."""
    grants = granted(EVERYONE, MINE, fresh=(EVERYONE, MINE))
    people = chunk(section(EVERYONE, PERSON, person()))
    rest = chunk(section(MINE, CUSTOMER, customer(A, "Anna")))
    cursor = Cursor(EVERYONE, 5, END, ZERO)
    cut = step(request(welcome(), grants, people, cut=True), error="cut")
    resumed = request(
        welcome(), granted(EVERYONE, MINE, fresh=(MINE,)), rest, checkpoint(5, *HAS_A),
        cursors=(cursor,),
    )  # fmt: skip
    anna = [shown(A, "Anna")]
    yield "a pull goes on where it was cut", [cut, step(resumed, customers=anna)]
    bare = step(request(welcome(), grants, cut=True), error="cut")
    yield "grants alone are forgotten", [bare, FIRST]
    stale = chunk(section(EVERYONE, PERSON, person(), [1, OTHER, "276", None]))
    left_behind = step(request(welcome(), grants, stale, cut=True), error="cut")
    elsewhere = request(
        welcome(epoch=OTHER_EPOCH), grants, people, rest,
        checkpoint(5, *HAS_A, epoch=OTHER_EPOCH), cursors=(cursor,),
    )  # fmt: skip
    yield "what is staged of another history is forgotten", [
        left_behind, step(elsewhere, customers=anna),
    ]  # fmt: skip
    failed = step(request(welcome(), grants, people, Failure("server.busy", "x", [])),
                  error="server.busy")  # fmt: skip
    yield "a failure ends the answer, and what came is kept", [
        failed, step(resumed, customers=anna),
    ]  # fmt: skip
    late = step(request(welcome(), grants, people, Unchanged()), error="request.malformed")
    yield "a message that is not due", [late, step(resumed, customers=anna)]


def _not_adding_up() -> Iterator[tuple[str, list[Case]]]:
    """Checkpoints that are not published, and histories that are gone."""
    anna = [shown(A, "Anna")]
    whole = chunk(section(MINE, CUSTOMER, customer(A, "Anna")))
    wrong = request(welcome(), BOTH, chunk(PEOPLE), whole, checkpoint(5, *HAS_A, wrong=1))
    compared = request(
        welcome(), granted(EVERYONE, MINE), checkpoint(5, *HAS_A, wrong=1),
        cursors=READ, repair=(HAS_A[1],),
    )  # fmt: skip
    repaired = request(
        welcome(), granted(EVERYONE, MINE, fresh=(MINE,)), whole, checkpoint(5, *HAS_A),
        cursors=READ[:1], repair=(MINE,),
    )  # fmt: skip
    yield (
        "a bucket that does not add up comes again whole when comparing did not help",
        [step(wrong, compared, repaired, customers=anna)],
    )
    gone = request(
        welcome(3, OTHER_EPOCH, restart=True),
        granted(EVERYONE, MINE, fresh=(EVERYONE, MINE)),
        chunk(section(EVERYONE, PERSON, person()), section(MINE, CUSTOMER, customer(A, "Ann", 1))),
        checkpoint(3, HAS_A[0], Held(MINE, ((CUSTOMER, A, 1),)), epoch=OTHER_EPOCH),
        token=5,
    )
    yield "a history that is gone", [FIRST, step(gone, customers=[shown(A, "Ann")])]
    refused = request(Failure("checkpoint.refused", "x", []), token=5, status=409)
    yield "a refused checkpoint", [FIRST, step(refused, *FIRST["requests"], customers=anna)]


def _ranges() -> Iterator[tuple[str, list[Case]]]:
    """Buckets that the device asks about by the sums of what it has."""
    anna = [shown(A, "Anna")]
    old, again = section(MINE, CUSTOMER, customer(A, "Old", 1)), Ranges([Range(MINE, 0, 0)])
    new = Chunk([section(MINE, CUSTOMER, customer(A, "Anna"))], [])
    stale = request(welcome(), BOTH, chunk(PEOPLE, old), checkpoint(5, *HAS_A))
    ranged = request(
        welcome(), granted(EVERYONE, MINE), again, new, checkpoint(5, *HAS_A),
        cursors=READ, repair=(Held(MINE, ((CUSTOMER, A, 1),)),),
    )  # fmt: skip
    yield "a range that differs comes again", [step(stale, ranged, customers=anna)]
    lacking = request(
        welcome(), BOTH, chunk(PEOPLE),
        chunk(section(MINE, CUSTOMER, customer(A, "Old", 1), also=((A, 2),))),
        checkpoint(5, *HAS_A),
    )  # fmt: skip
    yield (
        "a row that was named in another version comes again",
        [step(lacking, ranged, customers=anna)],
    )
    carl = customer(C, "Carl", 6)
    more = section(MINE, CUSTOMER, customer(A, "Anna"), customer(B, "Bert"))
    extra = request(welcome(), BOTH, chunk(PEOPLE, more), checkpoint(5, *HAS_A))
    taken = request(
        welcome(6), granted(EVERYONE, MINE),
        chunk(section(MINE, CUSTOMER, carl), at=6), again,
        Chunk([section(MINE, CUSTOMER, customer(A, "Anna"), carl)], []),
        checkpoint(6, HAS_A[0], Held(MINE, ((CUSTOMER, A, 2), (CUSTOMER, C, 6)))),
        cursors=READ, repair=(Held(MINE, ((CUSTOMER, A, 2), (CUSTOMER, B, 2))),),
    )  # fmt: skip
    yield (
        "a row that should not be there is void with its range",
        [step(extra, taken, customers=[*anna, shown(C, "Carl")])],
    )
    broken = request(
        welcome(), granted(EVERYONE, MINE), again, cursors=READ,
        repair=(Held(MINE, ((CUSTOMER, A, 1),)),), cut=True,
    )  # fmt: skip
    resumed = request(welcome(), granted(EVERYONE, MINE), checkpoint(5, *HAS_A), cursors=READ)
    anew = request(
        welcome(), granted(EVERYONE, MINE), again, new, checkpoint(5, *HAS_A),
        cursors=READ, repair=(Held(MINE, ()),),
    )  # fmt: skip
    yield "a repair that was cut is asked for again", [
        step(stale, broken, error="cut"), step(resumed, anew, customers=anna),
    ]  # fmt: skip


def _own_work() -> Iterator[tuple[str, list[Case]]]:
    """Edits show until their outcome is published; a schema that grows."""
    edit = {"entity": "customer", "row": A, "fields": {"phone": "555"}}
    mine = [shown(A, "Anna", "555")]
    accepted = WireVerdict(1, an_id(80), "accepted", 6, 6, [], [])
    answered = request(welcome(expected=2), Verdicts([accepted]), token=5, pushed=(1,), cut=True)
    changed = request(
        welcome(6, expected=2),
        chunk(section(MINE, CUSTOMER, [6, A, "Anna", ME, 100, "555"]), at=6),
        checkpoint(6, HAS_A[0], Held(MINE, ((CUSTOMER, A, 6),))),
        token=5,
    )
    yield "an edit that is accepted", [
        FIRST, step(answered, edit=edit, error="cut", customers=mine),
        step(changed, customers=mine),
    ]  # fmt: skip
    why = WireObjection(0, "row.unknown", "x", None)
    rejected = WireVerdict(1, an_id(80), "rejected", None, 5, [why], [])
    refused = request(
        welcome(expected=2), Verdicts([rejected]), checkpoint(5, *HAS_A), token=5, pushed=(1,)
    )
    yield "an edit that is refused", [
        FIRST, step(refused, edit=edit, customers=[shown(A, "Anna")]),
    ]  # fmt: skip
    lost = request(Failure("server.busy", "x", []), token=5, pushed=(1,), status=503)
    yield "an edit that was not answered is sent again", [
        FIRST, step(lost, edit=edit, error="server.busy", customers=mine),
        step(refused, customers=[shown(A, "Anna")]),
    ]  # fmt: skip
    grown = request(welcome(schema=SCHEMA.data), Unchanged(), token=5)
    row = [A, "Anna", ME, 100, None, None, None]
    then = request(welcome(), Unchanged(), token=5, schema=SCHEMA.hash)
    yield (
        "a schema with one more field",
        [FIRST, step(grown, customers=[row]), step(then, customers=[row])],
    )


def make() -> Iterator[Case]:
    """The cases."""
    for some in (
        _plainly(),
        early_walks(),
        _broken_off(),
        _not_adding_up(),
        _ranges(),
        _own_work(),
    ):
        for name, steps in some:
            yield plain({"name": name, "person": ME, "steps": steps})
