"""Bad input: script in a device's or a file's text stays inert on every page."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import httpx2

from device_sdk import Device, FileKeyProvider
from server.substitution import switch_on
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored, Text
from syncengine.model.ids import to_text
from syncengine.store import listing
from syncengine.store.author import Author
from syncengine.store.listing import Wanted
from syncengine.store.store import Store
from tests.portal.imported import bring_file
from tests.portal.scene_messages import publish
from tests.portal.screenshots import ALL, HOUR, PASSWORD, paths, people, place
from tests.portal.test_data import CANARY

FEW = 40  # rows of each kind: those that pages show first
OWN = {"number", "login", "series", "target"}  # keys, and what has to name something
SIGNED = {"office_user", "office_role", "office_role_right", "office_user_right"}


def written_by_devices(store: Store, address: str, folder: Path) -> None:
    """A device of that name; work that took effect, work that waits, and its refusal."""
    known = people(store)
    code = store.seats.create_code(known["276"], HOUR)
    keys = FileKeyProvider(folder / "keys")
    device = Device.enrol(folder / "device", address, code, CANARY, keys=keys)
    device.sync()
    wanted = Wanted("customer", filters=(("owner", known["276"]),), order="number")
    shops = [row.id for row in listing.page(store, ALL, wanted, 2, None)[0]]
    for shop in shops:
        with device.changeset() as changes:
            changes.update("customer", shop, name=CANARY, city=CANARY, remark=CANARY)
    owner, tag = store.schema.entities["customer"].by_name["owner"].number, store.schema.tags
    goes: dict[int, Stored] = {owner: known["275"]}
    author = Author(Source.OFFICE, None, CANARY, None)
    store.write(author, [Operation(Action.UPDATE, tag["customer"], shops[0], goes)])
    device.sync()
    device.close()


def everywhere(store: Store) -> int:
    """In every text of the first rows of every kind, as an import can bring it; how many texts."""
    author, count = Author(Source.OFFICE, None, f"import {CANARY}", None), 0
    for name, entity in store.schema.entities.items():
        protected = store.schema.protections.get(name)
        if name in SIGNED or protected or name not in store.tables:
            continue
        texts = [
            f for f in entity.fields
            if type(f.type) is Text and f.name not in OWN
        ]  # fmt: skip
        rows, _ = listing.page(store, ALL, Wanted(name), FEW, None)
        if texts and rows:
            values: dict[int, Stored] = {f.number: CANARY[: f.type.limit] for f in texts}  # type: ignore[attr-defined]
            tag = store.schema.tags[name]
            verdict = store.write(
                author, [Operation(Action.UPDATE, tag, row.id, values) for row in rows]
            )
            assert verdict.outcome == "accepted", (name, verdict)
            count += len(texts) * len(rows)
    return count


def an_info(store: Store) -> bytes:
    """What is published does not change: one that was written so."""
    now, known = store.environment.now(), people(store)
    fields = {"kind": "daily", "title": CANARY[:120], "text": CANARY, "priority": "low",
              "starts_at": now, "expires_at": now + HOUR}  # fmt: skip
    target = {"employee": known["275"]}
    return publish(store, fields, [target], [(CANARY[:200], "text", True)])


def sign_in(client: httpx2.Client, address: str) -> None:
    """As the one administrator."""
    page = client.get("/portal/sign-in").text
    csrf = re.search(r'name="csrf" value="([^"]*)"', page)
    assert csrf is not None
    form = {"csrf": csrf[1], "name": "anna", "password": PASSWORD}
    client.post("/portal/sign-in", data=form, headers={"origin": address})


def test_a_devices_text_is_inert_on_every_page(furnished: Path) -> None:
    """Nowhere does it begin a tag or end an attribute, whichever page shows it."""
    with place(furnished) as (address, store), tempfile.TemporaryDirectory() as folder:
        shown = paths(store)
        user = listing.page(store, ALL, Wanted("office_user", order="name"), 1, None)[0][0].id
        written_by_devices(store, address, Path(folder))
        cell = '"{}"'.format(CANARY.replace('"', '""'))
        lines = [f"{cell};{cell};999;1;1", f"1;{cell};275;{cell};{cell}"]
        bring_file(store, user, f"{CANARY}.csv", lines, checks=True)
        assert everywhere(store) > 500
        info = an_info(store)
        switch_on(store, people(store)["277"])
        shown |= {f"now-{name}": path for name, path in paths(store).items()}
        shown["info-now"] = f"/portal/messages/infos/{to_text(info)}"
        wrong, seen = list[str](), 0
        with httpx2.Client(base_url=address, follow_redirects=True, timeout=60) as client:
            sign_in(client, address)
            for name, path in shown.items():
                page = client.get(path).text
                seen += "&lt;script&gt;alert" in page
                if re.search(r"<script>alert|<img src=x|\"'><img", page):
                    wrong.append(name)
        assert wrong == []
        assert seen > 25
