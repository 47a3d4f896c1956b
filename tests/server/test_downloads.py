"""Downloads over HTTP: to whoever sees a row, whole or in ranges, and as nothing that runs."""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from device_sdk import Device as SdkDevice
from device_sdk.attachments import NotHere
from server.http.downloads import PIECE_BYTES
from server.settings import load_settings
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from tests.server.blob_wire import ask, digest, upload
from tests.server.conftest import CUSTOMER, HOUR, IMPORT, Served, running
from tests.server.wire import WORLD, Answer, Device

FIELDS = """
[[custom_field]]
entity = "customer"
number = 151
name = "photo"
type = "blobreference"
device = "write"
"""
PAGE = b"<html><script>alert(1)</script></html>"
LARGE = bytes(range(256)) * (PIECE_BYTES // 64)  # four pieces


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with photos of customers."""
    folder: Path = tmp_path_factory.mktemp("blobs")
    fields = folder / "fields.toml"
    fields.write_text(FIELDS)
    settings = load_settings(
        None, {}, port=0, database=f"sqlite:///{folder / 'server.db'}",
        blob_folder=str(folder / "blobs"), custom_fields=str(fields),
    )  # fmt: skip
    with running(settings, WORLD) as made:
        yield made


def show(served: Served, customer: str, photo: bytes | None) -> None:
    """Let a customer refer to a photo, by the office."""
    edit = Operation(Action.UPDATE, CUSTOMER, served.customers[customer], {151: photo})
    assert not served.store.write(IMPORT, [edit]).objections


def get(device: Device, blob: bytes, method: str = "GET", **headers: str) -> Answer:
    return ask(device, method, f"/v1/blobs/{blob.hex()}", b"", **headers)


def test_it_is_visible_through_a_row_alone(served: Served) -> None:
    """Not by having uploaded it, nor by knowing its hash (invariants 7 and 9)."""
    mine, other = served.device("279"), served.device("276")
    blob = upload(mine, PAGE)
    missing = get(mine, digest(b"never was"))
    assert (missing.status, missing.failure.code) == (404, "blob.unknown")
    assert get(mine, blob).raw == missing.raw, "nothing refers to it yet"
    show(served, "2790", blob)
    answer = get(mine, blob)
    assert (answer.status, answer.raw) == (200, PAGE)
    assert get(other, blob).raw == missing.raw
    owner = Operation(Action.UPDATE, CUSTOMER, served.customers["2790"], {3: other.person})
    served.store.write(IMPORT, [owner])
    assert get(mine, blob).raw == missing.raw, "it went with its customer"
    assert get(other, blob).raw == PAGE


def test_no_browser_runs_or_shows_it(served: Served) -> None:
    device = served.device("279")
    show(served, "2791", upload(device, PAGE))
    headers = get(device, digest(PAGE)).headers
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"] == "attachment"
    assert headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        ("bytes=0-", 200, 0, None), ("bytes=5-", 206, 5, None), ("bytes=5-9", 206, 5, 10),
        ("bytes=-7", 206, -7, None), ("bytes=0-0", 206, 0, 1),
        (f"bytes={len(LARGE) - 1}-", 206, len(LARGE) - 1, None),
        (f"bytes=10-{len(LARGE) * 2}", 206, 10, None),
        (f"bytes=-{len(LARGE) * 2}", 200, 0, None),
        ("bytes=9-5", 200, 0, None), ("bytes=-", 200, 0, None), ("bytes=1-2,4-5", 200, 0, None),
        ("lines=1-2", 200, 0, None), ("bytes=x-", 200, 0, None),
    ],
)  # fmt: skip
def test_ranges(served: Served, asked: str, status: int, start: int, end: int | None) -> None:
    """What is no range is as if none were asked for (RFC 9110)."""
    device = served.device("279")
    show(served, "2792", upload(device, LARGE))
    answer = get(device, digest(LARGE), range=asked)
    assert answer.status == status
    assert answer.raw == LARGE[start:end]
    asked_head = get(device, digest(LARGE), "HEAD", range=asked)
    assert (asked_head.status, asked_head.raw) == (status, b"")
    assert asked_head.headers["content-length"] == str(len(answer.raw))


def test_a_range_beyond_the_end_and_one_of_another_file(served: Served) -> None:
    device = served.device("279")
    show(served, "2792", upload(device, LARGE))
    path = f"/v1/blobs/{digest(LARGE).hex()}"
    token = {"authorization": f"Bearer {device.token}"}
    for beyond in (f"bytes={len(LARGE)}-", "bytes=-0"):
        answer = device.client.http.get(path, headers={**token, "range": beyond})
        assert (answer.status_code, answer.content) == (416, b"")
        assert answer.headers["content-range"] == f"bytes */{len(LARGE)}"
    tag = get(device, digest(LARGE)).headers["etag"]
    assert get(device, digest(LARGE), range="bytes=3-4", if_range=tag).raw == LARGE[3:5]
    assert get(device, digest(LARGE), range="bytes=3-4", if_range='"x"').status == 200


def test_a_revocation_cuts_a_download_under_way(served: Served) -> None:
    """Invariant 17: no piece that is read after it was committed goes out."""
    device = served.device("276")
    large = LARGE * 24  # more than the sockets between hold
    show(served, "2760", upload(device, large))
    with device.client.http.stream(
        "GET", f"/v1/blobs/{digest(large).hex()}",
        headers={"authorization": f"Bearer {device.token}"},
    ) as answer:  # fmt: skip
        pieces = answer.iter_raw()
        received = len(next(pieces))
        show(served, "2760", None)
        with pytest.raises(Exception, match=r"peer closed|incomplete"):
            received += sum(map(len, pieces))
    assert 0 < received < len(large)
    assert get(device, digest(large)).status == 404


def test_the_sdk_carries_attachments_over_http(served: Served, tmp_path: Path) -> None:
    """From one device of a person to the other one, in several pieces."""

    def enrolled(name: str) -> SdkDevice:
        code = served.store.seats.create_code(served.people["279"], HOUR)
        return SdkDevice.enrol(tmp_path / name, served.client.url, code, name)

    row = uuid.UUID(bytes=served.customers["2791"])
    content = LARGE * 2 + b"of the SDK"
    with enrolled("one") as one, enrolled("two") as two:
        one.sync()
        with one.changeset() as changes:
            found = one.attachments.attach(io.BytesIO(content))
            changes.update("customer", row, photo=found)
        assert one.sync().verdicts == {"accepted": 1}
        two.attachments.keep(found)
        two.sync()
        assert b"".join(two.attachments.read(found)) == content
        with pytest.raises(NotHere):
            two.attachments.fetch(digest(b"never was"))


def test_who_may_not_ask(served: Served) -> None:
    device = served.device("279")
    show(served, "2791", upload(device, PAGE))
    no_token = ask(device, "GET", f"/v1/blobs/{digest(PAGE).hex()}", authorization="Bearer x")
    assert (no_token.status, no_token.failure.code) == (401, "auth.required")
    served.store.seats.lock(device.seat)
    locked = get(device, digest(PAGE))
    assert (locked.status, locked.failure.code) == (403, "auth.seat_locked")
    assert get(device, digest(b"never was")).failure.code == "auth.seat_locked"
