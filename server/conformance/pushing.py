"""Changesets: verdicts, exactly once, what is refused as a whole. These checks write rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from server.conformance.check import Failed, Skipped, check, expect, expect_refused
from server.conformance.contents import Contents, checkpoint_of
from server.conformance.sample_work import sample_insert
from server.conformance.wire import Answer, Seat, Wire
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.protocol.limits import MAX_CHANGESETS_PER_PUSH
from syncengine.protocol.messages import Signed, Verdicts, Welcome, WireVerdict

GROUP = "pushing"
UNKNOWN_TAG = 0xFE_FE


def _catch_up(wire: Wire, seat: Seat) -> Contents:
    """The slice, and the sequence that the server expects next."""
    answer = wire.sync(seat)
    contents = Contents()
    contents.take(answer.messages)
    point = checkpoint_of(answer)
    seat.epoch, seat.version = point.epoch, point.version
    welcome = answer.messages[0]
    assert isinstance(welcome, Welcome)
    seat.sequence = welcome.expected - 1
    return contents


def _insert(wire: Wire, seat: Seat) -> Operation:
    made = sample_insert(seat, _catch_up(wire, seat), wire.new_row(seat))
    if made is None:
        raise Skipped("the schema has no entity of which a device could make a row by itself")
    return made


def _verdict(answer: Answer) -> WireVerdict:
    verdicts = [v for m in answer.messages if isinstance(m, Verdicts) for v in m.verdicts]
    if len(verdicts) != 1:
        came = answer.failure.code if answer.failure else f"status {answer.status}"
        raise Failed(f"expected one verdict, came {len(verdicts)} ({answer.wrong or came})")
    return verdicts[0]


def _expect_rejected(answer: Answer, code: str) -> None:
    verdict = _verdict(answer)
    codes = [o.code for o in verdict.objections]
    expect(
        verdict.outcome == "rejected" and code in codes,
        f"expected rejected with {code}, came {verdict.outcome} with {codes}",
    )


@check(GROUP, "a new row is accepted and comes back with the next checkpoint")
def accepted(wire: Wire) -> None:
    operation = _insert(wire, wire.seat)
    answer = wire.sync(wire.seat, wire.changeset(wire.seat, operation))
    verdict = _verdict(answer)
    expect(verdict.outcome == "accepted", f"came {verdict.outcome}: {verdict.objections}")
    expect(checkpoint_of(answer).version >= verdict.decided, "the checkpoint is older")
    held = _catch_up(wire, wire.seat).rows
    expect((operation.tag, operation.row_id) in held, "the row is not in the slice")


@check(GROUP, "the same bytes again get the same verdict, and take effect once")
def once(wire: Wire) -> None:
    made = wire.changeset(wire.seat, _insert(wire, wire.seat))
    first, second = (_verdict(wire.sync(wire.seat, made)) for _ in range(2))
    expect(first == second, f"first {first}, then {second}")


@check(GROUP, "a sequence too high is refused with 409 and the one that is expected")
def gap(wire: Wire) -> None:
    seat = wire.seat
    operation = _insert(wire, seat)
    wanted = seat.sequence + 1
    answer = wire.sync(seat, wire.changeset(seat, operation, sequence=wanted + 5))
    expect_refused(answer, (409, "push.sequence_gap"))
    assert answer.failure is not None
    stated = dict(answer.failure.data).get("expected")
    expect(stated == str(wanted), f"expected is {stated}, not {wanted}")


@check(GROUP, "a changeset's id with another payload is refused with 409")
def id_reused(wire: Wire) -> None:
    seat = wire.seat
    operation = _insert(wire, seat)
    name = wire.environment.new_id()
    expect(wire.sync(seat, wire.changeset(seat, operation, id=name)).status == 200, "refused")
    other = replace(operation, row_id=wire.new_row(seat))
    answer = wire.sync(seat, wire.changeset(seat, other, id=name))
    expect_refused(answer, (409, "push.id_reused"))


@check(GROUP, "what the seat did not sign, or another store or person made, is refused with 403")
def signatures(wire: Wire) -> None:
    seat, other = wire.seats
    operation = _insert(wire, seat)
    made = wire.changeset(seat, operation)
    forged = Signed(made.body, bytes([made.signature[0] ^ 1]) + made.signature[1:])
    wrong: list[Callable[[], Signed]] = [
        lambda: forged,
        lambda: wire.changeset(seat, operation, incarnation=other.incarnation),
        lambda: wire.changeset(seat, operation, actor=wire.environment.new_id()),
    ]
    for make in wrong:
        expect_refused(wire.sync(seat, make()), (403, "push.bad_signature"))


@check(GROUP, "unknown entities, foreign row ids and rows not held make a rejected verdict")
def rejected(wire: Wire) -> None:
    seat = wire.seat
    operation = _insert(wire, seat)
    cases = {
        "schema.unknown": replace(operation, tag=UNKNOWN_TAG),
        "row.id_foreign": replace(operation, row_id=wire.environment.new_id()),
        "row.unknown": Operation(
            Action.UPDATE, operation.tag, wire.environment.new_id(), dict(operation.fields)
        ),
    }
    for code, wrong in cases.items():
        _catch_up(wire, seat)
        _expect_rejected(wire.sync(seat, wire.changeset(seat, wrong)), code)


@check(GROUP, "a value that does not fit makes a rejected verdict, and the line goes on behind it")
def values(wire: Wire) -> None:
    seat = wire.seat
    operation = _insert(wire, seat)
    wrong = replace(operation, fields=dict.fromkeys(operation.fields, 1.5))  # type: ignore[arg-type]
    pushed = [wire.changeset(seat, wrong), wire.changeset(seat, operation)]
    answer = wire.sync(seat, *pushed)
    outcomes = [v.outcome for m in answer.messages if isinstance(m, Verdicts) for v in m.verdicts]
    expect(outcomes == ["rejected", "accepted"], f"the verdicts are {outcomes}")


@check(GROUP, "an empty changeset, and too many in a request, are refused")
def bounds(wire: Wire) -> None:
    seat = wire.seat
    _catch_up(wire, seat)
    expect_refused(wire.sync(seat, wire.changeset(seat)), (413, "request.too_large"))
    many = [Signed(b"", bytes(64))] * (MAX_CHANGESETS_PER_PUSH + 1)
    expect_refused(wire.sync(seat, *many), (413, "request.too_large"))


@check(GROUP, "two bodies with one sequence fence the store (the second seat is given up)")
def fenced(wire: Wire) -> None:
    seat = wire.seats[1]
    operation = _insert(wire, seat)
    expect(wire.sync(seat, wire.changeset(seat, operation)).status == 200, "refused")
    again = replace(operation, row_id=wire.new_row(seat))
    answer = wire.sync(seat, wire.changeset(seat, again, sequence=seat.sequence))
    expect_refused(answer, (409, "seat.fenced"))
    expect_refused(wire.sync(seat), (409, "seat.fenced"))
