"""Before somebody is signed in: enrolling, signing in, and leaving; and the language."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from starlette.responses import Response

from device_sdk.screen.asked import Asked
from device_sdk.screen.gate import COOKIE, LANGUAGE
from device_sdk.screen.passcode import LEAST, MOST
from device_sdk.screen.refusals import Unclear
from device_sdk.screen.screen import Screen, own_path, to
from device_sdk.screen.signed_in import SignedIn
from device_sdk.screen.words import LANGUAGES, Words
from syncengine.model.errors import SyncError

YEAR = 31_536_000  # seconds
MOST_TYPED = 500  # characters of an address or a code


def enrol(screen: Screen, asked: Asked) -> Response:
    """A form for the office's code, and the passcode that the person chooses."""
    offered = screen.offered
    typed = {
        "server": asked.value("server", offered.server),
        "code": asked.value("code", offered.code),
        "name": asked.value("name", socket.gethostname())[:100],
    }
    errors: dict[str, str] = {}
    if asked.is_post:
        errors = _faults(asked.words, typed, asked.value("passcode"), asked.value("again"))
        if not errors:
            try:
                user = screen.enrol(**typed, passcode=asked.value("passcode"))
            except SyncError as error:
                place = "code" if error.code == "auth.enrolment_refused" else ""
                errors[place] = asked.words.told("problem", error.code, error.detail)
            else:
                return _entered(user)
    status = 422 if errors else 200
    others = bool(screen.place.known.people)
    return screen.page(
        asked, "enrol.html", status, typed=typed, errors=errors, others=others, least=LEAST,
        airplane=screen.place.known.airplane,
    )  # fmt: skip


def _faults(w: Words, typed: dict[str, str], passcode: str, again: str) -> dict[str, str]:
    """What is wrong with the form, by input."""
    found: dict[str, str] = {}
    address, _, code = typed["code"].strip().rpartition("#")
    if not code:
        found["code"] = w("This is needed.")
    if not _is_address(typed["server"].strip() or address):
        found["server"] = w("An address like https://sync.example.com is needed.")
    if not typed["name"].strip():
        found["name"] = w("This is needed.")
    if max(map(len, typed.values())) > MOST_TYPED:
        found[""] = w("That is too long.")
    if not LEAST <= len(passcode) <= MOST:
        found["passcode"] = w("At least %(least)s characters.", least=LEAST)
    elif passcode != again:
        found["again"] = w("This is not the same passcode.")
    return found


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def sign_in(screen: Screen, asked: Asked) -> Response:
    """Who is there, and the passcode."""
    people = screen.place.known.people
    if not people:
        return to("/enrol")
    if asked.user is not None:
        return to("/")
    chosen = screen.place.person(asked.value("person")) or people[0]
    said = ""
    if asked.is_post:
        try:
            return _entered(screen.sign_in(chosen, asked.value("passcode")[:MOST]))
        except SyncError as error:
            said = asked.words.told("problem", error.code, error.detail)
    return screen.page(
        asked, "sign_in.html", 422 if said else 200, people=people, chosen=chosen, said=said
    )


def _entered(user: SignedIn) -> Response:
    answer = to("/")
    answer.set_cookie(COOKIE, user.token, httponly=True, samesite="strict")
    return answer


def sign_out(screen: Screen, _asked: Asked) -> Response:
    """Close the store; the next one signs in."""
    screen.sign_out()
    return to("/sign-in")


def language(_screen: Screen, asked: Asked) -> Response:
    """Choose one, for this browser."""
    if asked.value("language") not in LANGUAGES:
        raise Unclear
    answer = to(own_path(asked.value("back", "/")))
    answer.set_cookie(LANGUAGE, asked.value("language"), YEAR, samesite="strict")
    return answer
