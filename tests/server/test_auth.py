"""Enrolment, tokens, locks: who gets in, and what the others are told."""

from __future__ import annotations

import base64
import threading

import msgspec
import pytest

from server.tokens import Tokens
from syncengine.model.environment import Environment
from syncengine.model.errors import Unauthenticated
from syncengine.protocol.enrolment import TOKEN_DOMAIN, Challenge, Enrol, Enrolled, TokenRequest
from syncengine.protocol.messages import encode
from tests.server.conftest import HOUR, Served, Start
from tests.server.wire import WORLD, Device, challenge_of, enrol, token_of


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.passed = 0

    def now(self) -> int:
        return WORLD.now() + self.passed


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def served(start: Start, clock: Time) -> Served:
    return start(Environment(now=clock.now))


def test_tokens_and_challenges_are_no_substitutes_for_each_other(clock: Time) -> None:
    tokens = Tokens(bytes(32), clock.now, 900, 60)
    seat = WORLD.new_id()
    challenge, token = tokens.challenge(seat), tokens.token(seat)
    assert tokens.seat(token.encode()) == seat
    tokens.check_challenge(seat, challenge)

    wrong: list[bytes] = [
        base64.urlsafe_b64encode(challenge), b"", b"x", token.encode()[:-2], b"\xff" * 40,
        token.encode() + b"A", token.encode()[::-1], b"A" * 10_000,
    ]  # fmt: skip
    for text in wrong:
        with pytest.raises(Unauthenticated):
            tokens.seat(text)
    with pytest.raises(Unauthenticated):
        tokens.check_challenge(seat, base64.urlsafe_b64decode(token))
    with pytest.raises(Unauthenticated):
        tokens.check_challenge(WORLD.new_id(), challenge)
    with pytest.raises(Unauthenticated):
        Tokens(b"1" * 32, clock.now, 900, 60).seat(token.encode())
    clock.passed = 61_000_000
    with pytest.raises(Unauthenticated):
        tokens.check_challenge(seat, challenge)
    assert tokens.seat(token.encode()) == seat
    clock.passed = 901_000_000
    with pytest.raises(Unauthenticated):
        tokens.seat(token.encode())


def test_expired_token_is_renewed_by_signature(served: Served, clock: Time) -> None:
    device = served.device("279")
    clock.passed += 16 * 60_000_000
    assert device.sync().status == 401
    device.token = token_of(device)
    assert device.sync().status == 200


def test_wrong_code_used_code_and_expired_code_answer_alike(served: Served, clock: Time) -> None:
    code = served.store.seats.create_code(served.people["279"], HOUR)
    late = served.store.seats.create_code(served.people["279"], HOUR)
    enrol(served.client, code)
    clock.passed += 2 * HOUR
    answers = set()
    for wrong in (code, late, "AAAA-BBBB-CCCC-DDDD", ""):
        body = encode(Enrol(1, wrong, bytes(32), WORLD.new_id(), "tablet"))
        answer = served.client.post("/v1/enrol", body)
        answers.add((answer.status, answer.raw))
    assert len(answers) == 1
    assert answers.pop()[0] == 403
    assert served.log.getvalue().count("audit.auth.enrolment_refused") == 4


def test_enrolling_with_an_unusable_request(served: Served) -> None:
    code = served.store.seats.create_code(served.people["279"], HOUR)
    good = (1, code, bytes(32), WORLD.new_id(), "tablet")
    for place, value, status in (
        (0, 99, 426), (2, b"short", 400), (3, bytes(16), 400), (4, "", 400), (4, "a\0b", 400),
    ):  # fmt: skip
        values = [*good]
        values[place] = value
        answer = served.client.post("/v1/enrol", msgspec.msgpack.encode(values))
        assert answer.status == status, (place, value)
    assert enrol(served.client, code).token, "a refused request does not use the code up"


def test_lost_answer_to_an_enrolment(served: Served) -> None:
    """The same request again gets the same seat."""
    code = served.store.seats.create_code(served.people["279"], HOUR)
    body = encode(Enrol(1, code, bytes(32), WORLD.new_id(), "tablet"))
    first, second = served.client.post("/v1/enrol", body), served.client.post("/v1/enrol", body)
    assert first.raw == second.raw
    assert msgspec.msgpack.decode(first.raw, type=Enrolled).person == served.people["279"]


def test_foreign_key_and_unknown_seat_answer_alike(served: Served) -> None:
    device, thief = served.device("279"), served.device("276")
    unknown = WORLD.new_id()
    answers = []
    for seat in (device.seat, unknown):
        challenge = challenge_of(served.client, seat)
        signature = thief.key.sign(TOKEN_DOMAIN + challenge)
        answers.append(
            served.client.post("/v1/token", encode(TokenRequest(seat, challenge, signature)))
        )
    assert [a.status for a in answers] == [401, 401]
    assert answers[0].failure.code == answers[1].failure.code == "auth.required"
    assert "audit.token_signature" in served.log.getvalue()


def test_challenge_for_another_seat(served: Served) -> None:
    device, other = served.device("279"), served.device("276")
    challenge = challenge_of(served.client, other.seat)
    signature = device.key.sign(TOKEN_DOMAIN + challenge)
    body = encode(TokenRequest(device.seat, challenge, signature))
    assert served.client.post("/v1/token", body).status == 401
    assert served.client.post("/v1/challenge", encode(Challenge(b"short"))).status == 400


def test_token_of_one_seat_with_the_incarnation_of_another(served: Served) -> None:
    device, other = served.device("279"), served.device("276")
    answer = device.sync(incarnation=other.incarnation)
    assert (answer.status, answer.failure.code) == (401, "auth.required")


def test_locked_seat(served: Served) -> None:
    """Refused at once, with the wish to erase; after release it goes on."""
    device = served.device("279")
    assert device.sync().status == 200
    served.store.seats.lock(device.seat)
    answer = device.sync()
    assert (answer.status, answer.failure.code) == (403, "auth.seat_locked")
    assert dict(answer.failure.data)["wipe"] == "true"
    challenge = challenge_of(served.client, device.seat)
    request = TokenRequest(device.seat, challenge, device.key.sign(TOKEN_DOMAIN + challenge))
    assert served.client.post("/v1/token", encode(request)).status == 403
    assert "audit.auth.seat_locked" in served.log.getvalue()
    served.store.seats.release(device.seat)
    assert device.sync().status == 200


def test_many_at_once_share_few_threads(served: Served) -> None:
    devices = [served.device("279") for _ in range(8)]
    failures: list[int] = []

    def many(device: Device) -> None:
        failures.extend(s for s in (device.sync().status for _ in range(10)) if s != 200)

    threads = [threading.Thread(target=many, args=(d,)) for d in devices]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    workers = [t for t in threading.enumerate() if t.name.startswith("store")]
    assert len(workers) <= 16
