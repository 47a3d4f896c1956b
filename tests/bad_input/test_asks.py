"""Well-formed requests that ask for what is not to be had: refused as a whole, with advice."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from server.tokens import Tokens
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.ids import uuid7
from syncengine.protocol.changesets import WireChangeset, sign
from syncengine.protocol.messages import Cursor, Signed
from syncengine.store.checkpoints import Held, seal
from tests.bad_input.scene import Case, Scene, judge, table, verdict
from tests.server.conftest import CUSTOMER, NOTE
from tests.server.wire import WORLD, Answer, Device

LATE = 4_080_000_000_000_000  # in 2099
FIELDS = ("tag", *WireChangeset.__struct_fields__)
REFUSED = "checkpoint.refused"
LAST_HOUR = 60 * 60 * 1_000_000
# a new device, and what it did before it was refused
MADE = frozenset({"seat", "incarnation", "enrolment_code"})
WRITTEN = MADE | {
    "verdict", "changeset", "operation", "masterdata_note", "record", "membership", "bucket",
    "clock", "told",
}  # fmt: skip


def note(device: Device, text: object = "call back") -> Operation:
    """A new note of the device's person."""
    fields = {1: device.person, 3: text}
    return Operation(Action.INSERT, NOTE, device.new_id(), fields)  # type: ignore[arg-type]


def altered(device: Device, signed: Signed, **places: object) -> Signed:
    """The same changeset with some of its envelope changed, signed anew."""
    values = msgspec.msgpack.decode(signed.body)
    for name, value in places.items():
        values[FIELDS.index(name)] = value
    return sign(msgspec.msgpack.encode(values), device.key)


def later(sent: Signed) -> int:
    """The sequence behind a changeset's."""
    return int(msgspec.msgpack.decode(sent.body)[3]) + 1


# -- checkpoints


def token(**changes: object) -> Callable[[Scene], Answer]:
    """A token that only somebody with the server's secret can make, otherwise in order."""

    def ask(scene: Scene) -> Answer:
        status = scene.store.status()
        held = {
            "epoch": status.epoch, "version": status.version, "chain": bytes(32),
            "incarnation": scene.device.incarnation, "buckets": (1,), "grants": bytes(8), **changes,
        }  # fmt: skip
        sealed = seal(Held(**held), scene.store.secret)  # type: ignore[arg-type]
        return scene.device.sync(checkpoint=sealed)

    return ask


def tampered(make: Callable[[bytes], bytes]) -> Callable[[Scene], Answer]:
    """The device's own token, changed."""
    return lambda scene: scene.device.sync(checkpoint=make(scene.device.checkpoint or b""))


def cursor(**changes: object) -> Callable[[Scene], Answer]:
    """A cursor that the server has not made."""
    made = msgspec.structs.replace(Cursor(1, 1, CUSTOMER, bytes(16)), **changes)
    return lambda scene: scene.device.sync(
        checkpoint=None, cursors=[made], epoch=scene.store.status().epoch
    )


CHECKPOINTS = (
    Case("token tampered with", 409, REFUSED,
         tampered(lambda good: good[:-1] + bytes([good[-1] ^ 1])), audited=True),
    Case("token cut short", 409, REFUSED, tampered(lambda good: good[:-1]), audited=True),
    Case("empty token", 409, REFUSED, tampered(lambda _: b""), audited=True),
    Case("token of the same length", 409, REFUSED, tampered(lambda good: b"x" * len(good)),
         audited=True),
    Case("token of another device", 409, REFUSED,
         lambda scene: scene.enrolled("276").sync(checkpoint=scene.device.checkpoint),
         audited=True, changes=MADE),
    Case("cursor from the future", 409, REFUSED, cursor(version=2**60), audited=True),
    Case("cursor beyond 63 bit", 409, REFUSED, cursor(version=2**64 - 1), audited=True),
    Case("cursor of no entity", 409, REFUSED, cursor(tag=2**40), audited=True),
    Case("cursor at no row", 409, REFUSED, cursor(row=b"short"), audited=True),
)  # fmt: skip

# -- who asks


def aged(scene: Scene) -> Answer:
    """A token of an hour ago."""
    tokens = Tokens(scene.store.secret, lambda: WORLD.now() - LAST_HOUR, 900, 60)
    return scene.device.send(
        scene.device.body(), authorization=f"Bearer {tokens.token(scene.device.seat)}"
    )


def bearing(value: str) -> Callable[[Scene], Answer]:
    """Another Authorization header."""
    return lambda scene: scene.device.send(scene.device.body(), authorization=value)


def speaking(number: int) -> Callable[[Scene], Answer]:
    """A greeting of another version of the protocol."""
    return lambda scene: scene.device.sync(protocol=number)


def locked(scene: Scene) -> Answer:
    """A device that the office has locked."""
    device = scene.enrolled("276")
    scene.store.seats.lock(device.seat)
    return device.sync()


def cloned(scene: Scene) -> Answer:
    """Two stores with one identity and sequence: neither goes on until the office has looked."""
    device = scene.enrolled("276")
    device.sync(device.changeset(note(device)))
    device.sync(device.changeset(note(device, "from the clone"), sequence=1))
    return device.sync()


PEOPLE = (
    *(
        Case(f"authorization {value!r}", 401, "auth.required", bearing(value))
        for value in ("", "Bearer", "Basic YTpi", "Bearer AAAA", "bearer x y", "Bearer " + "A" * 99)
    ),
    Case("expired token", 401, "auth.required", aged),
    Case("store of another seat", 401, "auth.required",
         lambda scene: scene.device.sync(incarnation=WORLD.new_id(), checkpoint=None)),
    Case("revoked device", 403, "auth.seat_locked", locked, data={"wipe": "true"}, audited=True,
         changes=MADE),
    Case("cloned device", 409, "seat.fenced", cloned, audited=True, changes=WRITTEN),
    *(
        Case(f"protocol {number}", 426, "protocol.upgrade_required",
             speaking(number))
        for number in (0, 1, 99, 2**40)
    ),
)  # fmt: skip

# -- changesets


def pushed(**places: object) -> Callable[[Scene], Answer]:
    """A new changeset with some of its envelope changed."""

    def ask(scene: Scene) -> Answer:
        device = scene.device
        return device.sync(altered(device, device.changeset(note(device), sequence=1), **places))

    return ask


def mis_signed(make: Callable[[Signed], Signed]) -> Callable[[Scene], Answer]:
    """A changeset whose signature is not of its bytes."""
    return lambda scene: scene.device.sync(
        make(scene.device.changeset(note(scene.device), sequence=1))
    )


def gap(scene: Scene) -> Answer:
    """The third changeset before the first one."""
    return scene.device.sync(scene.device.changeset(note(scene.device), sequence=3))


SIGNATURE, UPGRADE = "push.bad_signature", "protocol.upgrade_required"
CHANGESETS = (
    Case("own sequence gap", 409, "push.sequence_gap", gap, data={"expected": "1"}),
    Case("no signature", 403, SIGNATURE, mis_signed(lambda s: Signed(s.body, b"")), audited=True),
    Case("byte behind what is signed", 403, SIGNATURE,
         mis_signed(lambda s: Signed(s.body + b"\0", s.signature)), audited=True),
    Case("another store's changeset", 403, SIGNATURE, pushed(incarnation=WORLD.new_id()),
         audited=True),
    Case("another person's changeset", 403, SIGNATURE, pushed(actor=WORLD.new_id()), audited=True),
    Case("module too new", 426, UPGRADE, pushed(modules=[["masterdata", 99]]),
         data={"module": "masterdata"}),
    Case("module too old", 426, UPGRADE, pushed(modules=[["masterdata", 0]])),
    Case("module unknown", 426, UPGRADE, pushed(modules=[["nosuch", 1]])),
    Case("module twice", 400, "request.malformed",
         pushed(modules=[["masterdata", 99], ["masterdata", 1]])),
    Case("id that is none", 400, "request.malformed", pushed(id=bytes(16))),
    Case("sequence 0", 400, "request.malformed", pushed(sequence=0)),
    Case("clock beyond 64 bit", 400, "request.malformed", pushed(device_time=2**64 - 1)),
    Case("base beyond 63 bit", 400, "request.malformed", pushed(version=2**64 - 1)),
)  # fmt: skip


@table(*CHECKPOINTS, *PEOPLE, *CHANGESETS)
def test_what_is_not_to_be_had(scene: Scene, case: Case) -> None:
    judge(scene, case)


def test_tokens_of_another_history_begin_anew(scene: Scene) -> None:
    """From the future or of an old epoch: well sealed, so told to restart, and all is sent."""
    before = scene.state()
    for ask in (token(version=2**40), token(epoch=uuid7(WORLD.now(), bytes(10))), token()):
        answer = ask(scene)
        assert (answer.status, answer.messages[0].restart) == (200, True)  # type: ignore[attr-defined]
    assert scene.changed(before) <= {"told"}


def test_replayed_request_gets_the_original_result_once(scene: Scene) -> None:
    device = scene.synced("279")
    body = device.body(device.changeset(note(device)))
    first = verdict(device.send(body))
    before = scene.state()
    for _ in range(3):
        assert verdict(device.send(body)) == first
    assert first.outcome == "accepted"
    assert scene.changed(before) <= {"told"}  # what each answer told


def test_id_reused_with_another_payload(scene: Scene) -> None:
    """Invariant 4."""
    device = scene.synced("279")
    sent = device.changeset(note(device))
    device.sync(sent)
    device.sync()
    again = altered(device, sent, sequence=later(sent), device_time=7)
    judge(
        scene,
        Case("reused", 409, "push.id_reused", lambda _: device.sync(again), audited=True),
    )


def test_a_clock_in_2099_is_accepted_and_orders_nothing(scene: Scene) -> None:
    """Invariant 19: versions follow the order of arrival."""
    device = scene.synced("279")
    sent = altered(device, device.changeset(note(device)), device_time=LATE)
    accepted = verdict(device.sync(sent))
    after = verdict(device.sync(device.changeset(note(device))))
    assert (accepted.outcome, after.outcome) == ("accepted", "accepted")
    assert accepted.version is not None
    assert after.version == accepted.version + 1
