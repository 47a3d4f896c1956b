"""Files of rows in the portal: brought by a form's field, seen through the row (invariants 7 and
27).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from syncengine.model.ids import to_text
from tests.accounts.office import Office
from tests.blobs.scene import SCHEMA, digest
from tests.portal.conftest import Desk, Visitor, inputs

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))
PAGE = b"<html><script>alert(1)</script></html>"
LARGE = bytes(range(256)) * 10_000  # more than two pieces


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Customers have photos."""
    office = Office(f"sqlite:///{tmp_path / 'server.db'}", tmp_path, SCHEMA)
    yield Desk(office, blob_folder=str(tmp_path / "blobs"), blob_bytes=3 * 2**20)
    office.world.close()


def shop(desk: Desk) -> str:
    row = desk.world.insert(
        "customer", number="1", name="Shop", active=True, owner=desk.world.people["a"]
    )
    return f"/portal/data/customer/{to_text(row)}"


def choose(
    who: Visitor,
    content: bytes,
    entity: str = "customer",
    field: str = "photo",
    was: str = "",
    called: str = "",
) -> httpx2.Response:
    """Choose a file in that field of a form. called: by the form."""
    return who.http.post(
        f"/portal/attachments/{entity}/{field}", data={"csrf": who.csrf, "was": was, "as": called},
        files={"file": ("shelf <1>.png", content)},
    )  # fmt: skip


@pytest.mark.parametrize("content", [PNG, LARGE], ids=["picture", "large"])
def test_a_chosen_file_is_seen_once_the_form_is_saved(desk: Desk, content: bytes) -> None:
    anna, place = desk.administrator(), shop(desk)
    part = choose(anna, content)
    assert part.status_code == 200
    assert "shelf &lt;1&gt;.png, ready to be saved" in part.text
    text = inputs(part.text)["v.photo"]
    assert bytes.fromhex(text) == digest(content)
    assert anna.get(f"{place}/attachment/photo").status_code == 404, "no row refers to it yet"
    assert anna.save(place, photo=text).status_code == 303
    answer = anna.get(f"{place}/attachment/photo")
    assert answer.content == content
    assert f"{place}/attachment/photo" in anna.get(place).text


def test_it_can_be_removed_and_replaced(desk: Desk) -> None:
    anna, place = desk.administrator(), shop(desk)
    for content in (PNG, LARGE):
        text = inputs(choose(anna, content).text)["v.photo"]
        assert anna.save(place, photo=text).status_code == 303
        assert anna.get(f"{place}/attachment/photo").content == content
    assert anna.save(place, photo="").status_code == 303
    assert anna.get(f"{place}/attachment/photo").status_code == 404


def test_no_browser_runs_what_it_shows(desk: Desk) -> None:
    anna, place = desk.administrator(), shop(desk)
    for content, kind, way in (
        (PNG, "image/png", "inline"),
        (PAGE, "application/octet-stream", "attachment"),
    ):
        anna.save(place, photo=inputs(choose(anna, content).text)["v.photo"])
        headers = anna.get(f"{place}/attachment/photo").headers
        assert headers["content-type"] == kind
        assert headers["content-disposition"].startswith(way)
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]


def test_a_hash_alone_gives_nothing(desk: Desk) -> None:
    """Whoever knows the hash of what somebody else uploaded cannot refer to it."""
    anna, place = desk.administrator(), shop(desk)
    text = inputs(choose(anna, PNG).text)["v.photo"]
    desk.office.role(desk.office.user("ben"), customer="view edit")
    ben = desk.signed_in("ben")
    refused = [ben.save(place, photo=said) for said in (text, digest(b"never was").hex())]
    assert [answer.status_code for answer in refused] == [422, 422]
    for answer in refused:
        assert "The attachment has not arrived whole" in answer.text
    assert ben.save(place, photo="no hash").status_code == 422


def test_who_may_not_see_the_row_sees_no_file(desk: Desk) -> None:
    anna, place = desk.administrator(), shop(desk)
    anna.save(place, photo=inputs(choose(anna, PNG).text)["v.photo"])
    desk.office.role(desk.office.user("carl", limit="b"), customer="view")
    carl = desk.signed_in("carl")
    assert carl.get(f"{place}/attachment/photo").status_code == 404
    assert choose(carl, PNG).status_code == 404 or choose(carl, PNG).status_code == 403
    for nothing in ("name", "nothing"):
        assert anna.get(f"{place}/attachment/{nothing}").status_code == 404
        assert choose(anna, PNG, field=nothing).status_code == 404


def test_what_is_refused_leaves_the_form_as_it_was(desk: Desk) -> None:
    anna, was = desk.administrator(), digest(b"before").hex()
    answer = choose(anna, bytes(4 * 2**20), was=was)
    assert answer.status_code == 422
    assert "at most 3 MiB" in answer.text
    assert inputs(answer.text)["v.photo"] == was
    assert "The file stays as it was" in answer.text
    empty = choose(anna, b"")
    assert (empty.status_code, inputs(empty.text)["v.photo"]) == (422, "")
    assert "The file is empty." in empty.text


def test_a_form_of_another_site_brings_nothing(desk: Desk) -> None:
    anna = desk.administrator()
    anna.csrf = "forged"
    assert choose(anna, PNG).status_code == 403


def test_where_the_bytes_are_gone_the_page_says_so(desk: Desk) -> None:
    anna, place = desk.administrator(), shop(desk)
    anna.save(place, photo=inputs(choose(anna, PNG).text)["v.photo"])
    for file in Path(desk.world.folder, "blobs", "blobs").rglob("*"):
        if file.is_file():
            file.unlink()
    assert "The file is not there" in anna.get(place).text
    assert anna.get(f"{place}/attachment/photo").status_code == 404


def test_what_is_chosen_twice_is_there_once(desk: Desk) -> None:
    anna = desk.administrator()
    assert {inputs(choose(anna, PNG).text)["v.photo"] for _ in range(2)} == {digest(PNG).hex()}
