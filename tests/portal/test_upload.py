"""Forms with a file: whatever the pieces in which they come, and however they are bounded."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.portal import upload
from server.portal.refusals import TooMuch, Unclear
from server.portal.upload import Parts

BOUNDARY = b"----formx"


def body(file: bytes, *fields: tuple[str, str], name: str = "a.csv") -> bytes:
    """As a browser sends it."""
    said = b"".join(
        b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        % (BOUNDARY, field.encode(), value.encode())
        for field, value in fields
    )
    head = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n'.encode()
    kind = b"Content-Type: text/csv\r\n\r\n"
    return said + b"--%s\r\n%s%s%s\r\n--%s--\r\n" % (BOUNDARY, head, kind, file, BOUNDARY)


def fed(data: bytes, sizes: list[int]) -> tuple[Parts, bytes]:
    """Parsed in pieces of these sizes, over and over."""
    out = io.BytesIO()
    parts, place, turn = Parts(BOUNDARY, out), 0, 0
    while place < len(data):
        size = sizes[turn % len(sizes)]
        parts.feed(data[place : place + size])
        place, turn = place + size, turn + 1
    parts.end()
    return parts, out.getvalue()


NEARLY = st.sampled_from([b"\r\n", b"--", BOUNDARY[:-1], b"\r\n--" + BOUNDARY[:-1], b"\r", b"-"])


@given(
    st.lists(st.one_of(st.binary(max_size=30), NEARLY), max_size=12).map(b"".join),
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.lists(st.integers(1, 40), min_size=1, max_size=5),
)
def test_the_file_comes_as_it_was_sent(file: bytes, value: str, sizes: list[int]) -> None:
    if b"\r\n--" + BOUNDARY in b"\r\n" + file or "\r\n--" + BOUNDARY.decode() in value:
        return
    parts, found = fed(body(file, ("csrf", value), name="ä.csv"), sizes)
    assert (found, parts.size, parts.filename) == (file, len(file), "ä.csv")
    assert parts.fields == [("csrf", value)]


def test_an_empty_file_is_one() -> None:
    parts, found = fed(body(b"", ("csrf", ""), name=""), [7])
    assert (found, parts.filename, parts.fields) == (b"", "", [("csrf", "")])


@pytest.mark.parametrize(
    "data",
    [
        body(b"x")[:-6],  # cut off
        body(b"x").replace(b'name="file"; ', b""),
        body(b"x")[:-4] + b"\r\n" + body(b"y"),  # two files
        body(b"x").replace(b"text/csv\r\n\r\n", b"text/csv; " + b"x" * 5_000),
        body(b"x").replace(b'filename="a', b'filename="\xff'),
        b"--" + BOUNDARY + b"zz" + body(b"x"),
        b"".join(body(b"x", *[("a", "b")] * 21).split(b"never")),
    ],
)
def test_what_is_no_such_form_is_refused(data: bytes) -> None:
    with pytest.raises(Unclear):
        fed(data, [64])


def test_what_is_not_the_file_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "MAX_BYTES", 10)
    with pytest.raises(TooMuch):
        fed(body(b"x", ("a", "y" * (upload.MAX_OTHERS + 1))), [1_000])
    parts, found = fed(body(b"x" * 11), [5])
    assert (parts.size, len(found) <= 10) == (11, True)  # counted, and not kept
