"""Changesets <-> bytes, signed once by the device and checked on the server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from syncengine.model.changeset import (
    Base,
    Behind,
    Changeset,
    Loss,
    Objection,
    Operation,
    Outcome,
    Verdict,
)
from syncengine.model.entity import Action, Entity
from syncengine.model.errors import (
    BadSignature,
    InvalidValue,
    Malformed,
    SchemaUnknown,
    TooLarge,
    UpgradeRequired,
)
from syncengine.model.fields import Stored
from syncengine.model.ids import ID_BYTES, is_id
from syncengine.model.manifest import Schema
from syncengine.protocol.limits import (
    CHUNK_BYTES,
    MAX_CHANGESET_BYTES,
    MAX_NEEDS,
    MAX_OPERATIONS,
)
from syncengine.protocol.messages import (
    Scalar,
    Signed,
    Struct,
    Verdicts,
    WireLoss,
    WireObjection,
    WireVerdict,
)

DOMAIN = b"syncengine changeset 1\x00"
ACTIONS = (Action.INSERT, Action.UPDATE, Action.DELETE)
OUTCOMES = frozenset(Outcome)


class WireOperation(Struct, frozen=True):
    """[action 0 insert 1 update 2 delete, entity tag, row id, [[field number, stored
    value]...]].
    """

    action: int
    tag: int
    row: bytes
    fields: list[tuple[int, Scalar]]


class WireChangeset(Struct, tag=1, frozen=True):
    """The signed bytes of a changeset; the tag is the format's number."""

    id: bytes
    incarnation: bytes
    sequence: int
    actor: bytes
    modules: list[tuple[str, int]]
    epoch: bytes
    version: int
    needs: list[int]
    device_time: int
    operations: list[WireOperation]

    @property
    def base(self) -> Base:
        """What it was made on, by its maker's word."""
        return Base(self.epoch, self.version)


class WireBehind(Struct, frozen=True):
    """changeset.Behind."""

    part: int
    version: int


class WireSplitChangeset(WireChangeset, tag=2, frozen=True):
    """A changeset that was made on an early checkpoint: what that left is named behind the rest."""

    behind: WireBehind

    @property
    def base(self) -> Base:
        """What it was made on, by its maker's word."""
        return Base(self.epoch, self.version, Behind(self.behind.part, self.behind.version))


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(WireChangeset | WireSplitChangeset)


def encode_changeset(changeset: Changeset) -> bytes:
    """The bytes to sign; made once and never again."""
    operations = [
        WireOperation(ACTIONS.index(o.action), o.tag, o.row_id, sorted(o.fields.items()))
        for o in changeset.operations
    ]
    base, behind = changeset.base, changeset.base.behind
    said = (
        changeset.id,
        changeset.incarnation,
        changeset.sequence,
        changeset.actor,
        sorted(changeset.modules.items()),
        base.epoch,
        base.version,
        list(changeset.needs),
        changeset.device_time,
        operations,
    )
    if behind is None:
        return _encoder.encode(WireChangeset(*said))
    return _encoder.encode(WireSplitChangeset(*said, WireBehind(behind.part, behind.version)))


def sign(body: bytes, key: Ed25519PrivateKey) -> Signed:
    """The envelope that travels."""
    return Signed(body, key.sign(DOMAIN + body))


def verify(signed: Signed, key: Ed25519PublicKey) -> None:
    """BadSignature unless `key`'s seat signed these bytes as a changeset."""
    try:
        key.verify(signed.signature, DOMAIN + signed.body)
    except InvalidSignature:
        raise BadSignature("the signature does not match the seat's key") from None


def unpack(body: bytes) -> WireChangeset:
    """A changeset that was made here, without another look at it; msgspec.DecodeError."""
    wire: WireChangeset = _decoder.decode(body)
    return wire


def decode_envelope(body: bytes) -> WireChangeset:
    """A changeset's envelope, its operations not yet held against a schema.

    Malformed, TooLarge: no changeset at all; whoever sent it cannot be given a verdict.
    """
    if len(body) > MAX_CHANGESET_BYTES:
        raise TooLarge(
            f"a changeset has at most {MAX_CHANGESET_BYTES} bytes", limit=MAX_CHANGESET_BYTES
        )
    try:
        wire = unpack(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, MemoryError) as error:
        raise Malformed(f"not a changeset: {error}") from None
    _check_envelope(wire)
    return wire


def read_changeset(wire: WireChangeset, schema: Schema) -> Changeset:
    """A changeset whose values fit the schema.

    SchemaUnknown, InvalidValue: these make a rejected verdict, so that one wrong changeset does not
    block the line behind it. UpgradeRequired, Malformed: the request is refused as a whole.
    """
    _check_modules(dict(wire.modules), schema)
    return Changeset(
        wire.id,
        wire.incarnation,
        wire.sequence,
        wire.actor,
        dict(wire.modules),
        wire.base,
        tuple(wire.needs),
        wire.device_time,
        tuple(_operation(o, schema) for o in wire.operations),
    )


def _check_envelope(wire: WireChangeset) -> None:
    if not (is_id(wire.id) and is_id(wire.incarnation) and is_id(wire.actor)):
        raise Malformed("changeset id, incarnation and actor must be UUIDv7")
    if not -(2**63) <= wire.device_time < 2**63 or wire.version >= 2**63:
        raise Malformed("a time or version is beyond 64 bits")
    if len(wire.epoch) != ID_BYTES or wire.version < 0 or not 1 <= wire.sequence < 2**53:
        raise Malformed("base or sequence out of range")
    behind = wire.base.behind
    if behind and not (1 <= behind.part <= 255 and 0 <= behind.version <= wire.version):
        raise Malformed("what the base left behind is no part, or newer than the rest")
    if not 1 <= len(wire.operations) <= MAX_OPERATIONS:
        raise TooLarge(f"a changeset has 1 to {MAX_OPERATIONS} operations", limit=MAX_OPERATIONS)
    if len({name for name, _ in wire.modules}) != len(wire.modules):
        raise Malformed("a module is named twice")
    if len(wire.needs) > MAX_NEEDS or any(not 1 <= n < wire.sequence for n in wire.needs):
        raise Malformed(f"needs names at most {MAX_NEEDS} earlier sequences")


def _check_modules(modules: dict[str, int], schema: Schema) -> None:
    """UpgradeRequired refuses the request, not the changeset: it stays in the device's outbox."""
    known = {m.name: m.version for m in schema.modules}
    for name, version in modules.items():
        if known.get(name) != version:
            raise UpgradeRequired(
                f"Module {name} in version {version} is not spoken here.", module=name
            )


def _operation(wire: WireOperation, schema: Schema) -> Operation:
    entity = schema.by_tag.get(wire.tag)
    if entity is None:
        raise SchemaUnknown(f"unknown entity {wire.tag}")
    if not 0 <= wire.action < len(ACTIONS) or not is_id(wire.row):
        raise Malformed("unknown action, or the row's id is no UUIDv7")
    action = ACTIONS[wire.action]
    fields = dict(wire.fields)
    if len(fields) != len(wire.fields):
        raise Malformed("a field is set twice in one operation")
    if (action is Action.DELETE) != (not fields):
        raise Malformed("a delete sets no field, anything else sets one")
    check_values(entity, action, fields)
    return Operation(action, wire.tag, wire.row, fields)


def check_values(entity: Entity, action: Action, fields: dict[int, Stored]) -> None:
    """InvalidValue or SchemaUnknown unless the stored values fit the entity's fields.

    Removed fields count as known: work from before the removal is read like any other.
    """
    for number, value in fields.items():
        declared = entity.known(number)
        if declared is None:
            raise SchemaUnknown(f"{entity.name} has no field {number}")
        if value is not None:
            try:
                declared.type.check(value)
            except InvalidValue as error:
                told = {**error.data, "field": declared.name}
                raise InvalidValue(f"{declared.name}: {error.detail}", **told) from None
        elif declared.required:
            raise InvalidValue(f"{declared.name} must not be empty", field=declared.name)
    if action is Action.INSERT:
        for declared in entity.fields:
            if declared.required and declared.number not in fields:
                raise InvalidValue(f"{declared.name} is missing", field=declared.name)


def verdict_to_wire(verdict: Verdict) -> WireVerdict:
    """For the Verdicts frame and for the store."""
    return WireVerdict(
        verdict.sequence,
        verdict.changeset,
        str(verdict.outcome),
        verdict.version,
        verdict.decided,
        [WireObjection(o.operation, o.code, o.detail, o.field) for o in verdict.objections],
        [WireLoss(x.operation, x.field, x.lost, x.kept) for x in verdict.losses],
    )


def verdict_messages(verdicts: Iterable[Verdict]) -> Iterator[Verdicts]:
    """The messages that carry verdicts: one, or several when lost values make them large."""
    some: list[WireVerdict] = []
    size = 0
    for wire in map(verdict_to_wire, verdicts):
        some.append(wire)
        size += len(_encoder.encode(wire))
        if size >= CHUNK_BYTES:
            yield Verdicts(some)
            some, size = [], 0
    if some:
        yield Verdicts(some)


def verdict_from_wire(wire: WireVerdict) -> Verdict:
    """The verdict that a Verdicts frame or the store carries; Malformed for an unknown outcome."""
    if wire.outcome not in OUTCOMES:
        raise Malformed(f"{wire.outcome!r:.40} is no outcome of a changeset")
    return Verdict(
        wire.sequence,
        wire.changeset,
        Outcome(wire.outcome),
        wire.version,
        wire.decided,
        tuple(Objection(o.operation, o.code, o.detail, o.field) for o in wire.objections),
        tuple(Loss(x.operation, x.field, x.lost, x.kept) for x in wire.losses),
    )
