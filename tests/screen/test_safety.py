"""Who may ask the screen, and how much: other sites, other names, forged forms, large bodies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from device_sdk.errors import Offline
from device_sdk.screen import records
from device_sdk.screen.airplane import AirplaneTransport
from device_sdk.screen.asked import MAX_FORM
from device_sdk.screen.brought import HOME, Link, ModuleScreen, ScreenInvalid
from device_sdk.screen.place import Place
from device_sdk.screen.routes import screen_app
from device_sdk.screen.screen import Screen
from device_sdk.screen.serve import AddressTaken, listen
from device_sdk.transport import Response
from tests.screen.conftest import HERE, PASSCODE, Rep


@pytest.mark.parametrize("path", ["/", "/enrol", "/sign-in", "/static/screen.css", "/nowhere"])
def test_every_answer_has_the_policy(rep: Rep, path: str) -> None:
    headers = rep.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["x-frame-options"] == "DENY"


def test_pages_are_kept_by_nobody(rep: Rep) -> None:
    assert rep.get("/").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8321", "127.0.0.1", "127.0.0.1:1",
                                  "localhost.evil.example:8321", ""])  # fmt: skip
def test_another_name_for_this_machine_gets_nothing(rep: Rep, host: str) -> None:
    """A site whose name was bound to 127.0.0.1 (DNS rebinding)."""
    for path in ("/", "/sign-in"):
        answer = rep.get(path, host=host)
        assert answer.status_code == 403
        assert "Möser" not in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "https://127.0.0.1:8321"},
        {"origin": "null"},
        {"origin": HERE, "sec-fetch-site": "cross-site"},
        {"origin": HERE, "sec-fetch-site": "same-site"},
        {},
    ],
)
def test_forms_of_others_do_nothing(rep: Rep, headers: dict[str, str]) -> None:
    for path in ("/airplane", "/sign-out", "/sign-in", "/enrol", "/language"):
        sent = {"csrf": rep.csrf, "on": "1", "language": "de", "passcode": PASSCODE}
        assert rep.http.post(path, data=sent, headers=headers).status_code == 403
    assert rep.screen.user is not None
    assert not rep.screen.user.airplane


def test_forms_need_the_word_of_the_session(rep: Rep) -> None:
    assert rep.post("/airplane", on="1", csrf="x").status_code == 403
    assert rep.post("/sign-out", csrf="").status_code == 403
    assert rep.screen.user is not None
    assert not rep.screen.user.airplane


def test_the_cookie_goes_with_no_request_of_another_site(fresh: Rep) -> None:
    cookie = fresh.enrol(fresh.office.anna).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_bodies_are_bounded(rep: Rep) -> None:
    answer = rep.post("/airplane", on="1", more="x" * MAX_FORM)
    assert answer.status_code == 413
    fields = {f"f{n}": "x" for n in range(600)}
    assert rep.post("/airplane", **{"on": "1", **fields}).status_code == 413
    large = b"x" * (records.MAX_FILE + 1)
    assert upload(rep, large, rep.csrf) == 413


@pytest.mark.parametrize("body", [b"\xff\xfe", b"on=%ff", b"on=1%00"])
def test_what_is_no_form_is_told(rep: Rep, body: bytes) -> None:
    kind = {"origin": HERE, "content-type": "application/x-www-form-urlencoded"}
    assert rep.http.post("/airplane", content=body, headers=kind).status_code == 400
    other = {"origin": HERE, "content-type": "text/plain"}
    assert rep.http.post("/airplane", content=body, headers=other).status_code == 400


def upload(rep: Rep, content: bytes, csrf: str) -> int:
    """A file, as the page's script sends it; the status."""
    headers = {"origin": HERE, "x-csrf": csrf, "content-type": "application/octet-stream"}
    return rep.http.post("/attachments", content=content, headers=headers).status_code


def test_files_are_taken_from_the_page_alone(rep: Rep) -> None:
    assert upload(rep, b"photo", "") == 403
    assert upload(rep, b"", rep.csrf) == 400
    assert upload(rep, b"photo", rep.csrf) == 200


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xff\xd8\xff\xe0 a photo", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"<html><script>alert(1)</script>", "application/octet-stream"),
        (b"<svg onload='alert(1)'/>", "application/octet-stream"),
    ],
)
def test_only_pictures_show(rep: Rep, content: bytes, kind: str) -> None:
    """Anything else is a file to be saved, whatever it looks like."""
    headers = {"origin": HERE, "x-csrf": rep.csrf, "content-type": "application/octet-stream"}
    kept = rep.http.post("/attachments", content=content, headers=headers).json()["value"]
    answer = rep.get(f"/attachments/{kept}")
    assert answer.content == content
    assert answer.headers["content-type"] == kind
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert ("content-disposition" in answer.headers) == (not kind.startswith("image/"))


def test_no_path_leads_out_of_the_assets(rep: Rep) -> None:
    for name in (
        "../gate.py",
        "%2e%2e/gate.py",
        "icons/../../gate.py",
        "screen.py",
        "no/screen.css",
    ):
        assert rep.get(f"/static/{name}").status_code in (303, 404)


def test_the_address_is_this_machines_own() -> None:
    with listen(0) as taken:
        host, port = taken.getsockname()
        assert host == "127.0.0.1"
        with pytest.raises(AddressTaken):
            listen(port)


def test_a_module_cannot_take_a_page_of_the_screen(rep: Rep) -> None:
    given = ModuleScreen(rep.folder, rep.folder)
    with pytest.raises(ScreenInvalid):
        screen_app(Screen(Place(rep.folder), {"sync": given}))


def test_a_module_brings_pages_links_and_blocks(rep: Rep) -> None:
    """Of a module that the device has rows of; of another one nothing shows."""

    def block(_screen: object, _asked: object, _row: object) -> str:
        return "a block of mine"

    given = ModuleScreen(
        rep.folder,
        rep.folder,
        links=(Link("/shelves", "Shelves", "package"),),
        blocks={HOME: block},
    )
    for name, shows in (("masterdata", True), ("elsewhere", False)):
        rep.screen.brought = {name: given}
        page = rep.get("/").text
        assert ("a block of mine" in page) == shows
        assert (f"/{name}/shelves" in page) == shows


class Line:
    """A transport that is reached, or not."""

    def __init__(self) -> None:
        self.asked = 0
        self.cancelled = 0

    @contextmanager
    def post(self, *_: object) -> Iterator[Response]:
        """An answer."""
        self.asked += 1
        yield Response(200, iter([b"x"]), self.cancel)

    listen = ask = post

    def cancel(self) -> None:
        """As another thread ends a stream."""
        self.cancelled += 1

    def close(self) -> None:
        """There is nothing to release."""


def test_a_closed_line_asks_nobody() -> None:
    inner = Line()
    line = AirplaneTransport(inner, closed=True)
    with pytest.raises(Offline), line.post("/v1/x", {}, b""):
        pass
    with pytest.raises(Offline), line.listen("/v1/x", {}):
        pass
    with pytest.raises(Offline), line.ask("GET", "/v1/x", {}, b""):
        pass
    assert inner.asked == 0


def test_an_open_stream_ends_with_the_switch() -> None:
    inner = Line()
    line = AirplaneTransport(inner, closed=False)
    with line.listen("/v1/wake", {}) as response:
        assert next(response.pieces) == b"x"
        line.switch(True)
        assert inner.cancelled == 1
    line.switch(True)
    assert inner.cancelled == 1
