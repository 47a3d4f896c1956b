"""Enrolment and tokens."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server.conformance.check import check, expect, expect_refused
from server.conformance.wire import Wire
from syncengine.protocol.enrolment import TOKEN_DOMAIN, Enrol, TokenRequest
from syncengine.protocol.limits import PROTOCOL_VERSION, SPOKEN

GROUP = "signing in"
REFUSED = (403, "auth.enrolment_refused")
UNAUTHENTICATED = (401, "auth.required")


def _enrol(wire: Wire, code: str, protocol: int = PROTOCOL_VERSION) -> Enrol:
    public = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    return Enrol(protocol, code, public, wire.environment.new_id(), "conformance")


@check(GROUP, "a code that is unknown or was used is refused with 403")
def codes(wire: Wire) -> None:
    expect_refused(wire.ask("/v1/enrol", _enrol(wire, "ABCD-EFGH-JKLM-NPQR")), REFUSED)
    expect_refused(wire.ask("/v1/enrol", _enrol(wire, wire.codes[0])), REFUSED)


@check(GROUP, "another protocol is refused with 426")
def protocol(wire: Wire) -> None:
    later = _enrol(wire, wire.codes[0], max(SPOKEN) + 1)
    expect_refused(wire.ask("/v1/enrol", later), (426, "protocol.upgrade_required"))


@check(GROUP, "a challenge tells nothing of whether a seat exists")
def challenge(wire: Wire) -> None:
    known, unknown = (wire.challenge(seat) for seat in (wire.seat.id, wire.environment.new_id()))
    expect(len(known) == len(unknown), "the challenges differ in length")


@check(GROUP, "a token needs the seat's own signature under the challenge that was given")
def signature(wire: Wire) -> None:
    seat = wire.seat
    challenge = wire.challenge(seat.id)
    good = seat.key.sign(TOKEN_DOMAIN + challenge)
    other = Ed25519PrivateKey.generate().sign(TOKEN_DOMAIN + challenge)
    plain = seat.key.sign(challenge)
    for request in (
        TokenRequest(seat.id, challenge, other),
        TokenRequest(seat.id, challenge, plain),
        TokenRequest(seat.id, challenge[:-1] + bytes([challenge[-1] ^ 1]), good),
        TokenRequest(wire.environment.new_id(), challenge, good),
    ):
        expect_refused(wire.ask("/v1/token", request), UNAUTHENTICATED)
    answer = wire.ask("/v1/token", TokenRequest(seat.id, challenge, good))
    expect(answer.status == 200, f"the right signature got {answer.status}")


@check(GROUP, "a sync without a token, or with another one, is refused with 401")
def token(wire: Wire) -> None:
    kept = wire.seat.token
    try:
        for wrong in ("-", "x", kept[:-1] + ("A" if kept[-1] != "A" else "B")):
            wire.seat.token = wrong
            expect_refused(wire.sync(wire.seat), UNAUTHENTICATED)
    finally:
        wire.seat.token = kept
