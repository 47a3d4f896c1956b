"""Whoever writes from outside to a running server, as each of them really comes: a browser's forms,
another system's requests, files, and a device. What they wish for is refused each time.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import httpx2
import sqlalchemy as sa

from device_sdk import Device, FileKeyProvider, HttpTransport
from server.accounts.api_tokens import ApiTokens
from server.accounts.directory import make_first
from server.accounts.passwords import Passwords
from server.accounts.sessions import Lifetimes
from server.accounts.sign_in import Accounts
from server.settings import load_settings
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from tests.accounts.office import CHEAP, PASSWORD
from tests.api.conftest import WRITES, System
from tests.portal.conftest import Visitor, inputs
from tests.portal.importing import bring, map_columns
from tests.screen.running import until
from tests.server.cli import Cli
from tests.server.conftest import HOUR, Served, running
from tests.server.wire import WORLD

REP = "279"  # who has the device


@dataclass(frozen=True)
class Wish:
    """That a field of a row becomes what somebody typed. key: a field by which a file names the
    row, with what it says there. why: a part of what everybody is answered but for whose row it is;
    frozen: of what they are.
    """

    entity: str
    row: uuid.UUID
    field: str
    typed: str
    key: tuple[str, str]
    why: str
    frozen: str

    @property
    def place(self) -> str:
        """The address of the row's form."""
        return f"/portal/data/{self.entity}/{self.row}"

    @property
    def file(self) -> str:
        """What an ERP would export of it."""
        name, said = self.key
        return f"{name};{self.field}\n{said};{self.typed}\n"


@dataclass
class Callers:
    """A running server, a user who may do everything with a browser and a token, and a rep."""

    office: Served
    url: str
    anna: Visitor
    system: System
    device: Device

    def rows(self, *entities: str) -> dict[str, list[dict[str, Any]]]:
        """At the server."""
        found = {}
        with self.office.store.engine.connect() as connection:
            for name in entities:
                table = self.office.store.tables[name]
                rows = connection.execute(sa.select(table).order_by(table.c.id))
                found[name] = [dict(row) for row in rows.mappings()]
        return found

    def operation(self, action: Action, wish: Wish) -> Operation:
        """What the wish comes to, in stored form."""
        schema = self.office.store.schema
        field = schema.entities[wish.entity].by_name[wish.field]
        fields = {field.number: field.type.store(wish.typed)} if action is Action.UPDATE else {}
        return Operation(action, schema.tags[wish.entity], wish.row.bytes, fields)


@contextmanager
def callers(folder: Path) -> Iterator[Callers]:
    """On SQLite: what the write path refuses, it refuses alike on every database."""
    url = f"sqlite:///{folder / 'server.db'}"
    settings = load_settings(
        None, {}, database=url, port=0, graceful_seconds=5, blob_folder=str(folder / "blobs")
    )
    with running(settings, WORLD) as office:
        store, address = office.store, office.client.url
        user = make_first(store, "anna", "en")
        accounts = Accounts(store, Passwords(store.environment, CHEAP), Lifetimes())
        once = accounts.reset_password(None, user)
        accounts.change_password(accounts.sign_in("anna", once, "-"), once, PASSWORD, "-")
        token = ApiTokens(store).make(None, user, "ERP", WRITES, 30)
        code = store.seats.create_code(office.people[REP], HOUR)
        device = Device.enrol(
            folder / "device", HttpTransport(address), code, "tablet",
            keys=FileKeyProvider(folder / "device.key"),
        )  # fmt: skip
        with httpx2.Client(base_url=address) as browser, httpx2.Client(base_url=address) as other:
            anna = Visitor(browser)
            browser.cookies.set("language", "en", path="/portal")
            assert anna.post("/portal/sign-in", name="anna", password=PASSWORD).status_code == 303
            anna.csrf = inputs(anna.get("/portal/").text)["csrf"]
            device.sync()
            yield Callers(office, url, anna, System(other, token), device)
        device.close()


def by_a_form(by: Callers, wish: Wish) -> None:
    """The row's own, in the portal: what was typed is still there, with why it was not taken."""
    answer = by.anna.save(wish.place, **{wish.field: wish.typed})
    assert answer.status_code == 422
    assert wish.why in unescape(answer.text)
    assert inputs(answer.text)[f"v.{wish.field}"] == wish.typed


def by_its_button(by: Callers, wish: Wish) -> None:
    """The one that deletes the row."""
    answer = by.anna.post(f"{wish.place}/delete")
    assert answer.status_code == 422
    assert wish.why in unescape(answer.text)


def by_many_at_once(by: Callers, wish: Wish) -> None:
    """The edit of many rows: it is named as one that stays as it is."""
    table = f"/portal/data/{wish.entity}"
    sent = {
        "csrf": by.anna.csrf, "scope": "chosen", "row": str(wish.row), "field": wish.field,
        f"v.{wish.field}": wish.typed, "seen": inputs(by.anna.get(table).text)["seen"],
    }  # fmt: skip
    for do, said in (("preview", "Nothing is left to change."), ("save", "0 rows were changed")):
        page = unescape(by.anna.http.post(f"{table}/bulk", data={**sent, "do": do}).text)
        assert said in page
        assert wish.why in page


def by_another_system(by: Callers, wish: Wish) -> None:
    """With a token for everything; one operation that is refused refuses what is beside it."""
    named = {"entity": wish.entity, "id": str(wish.row)}
    good = {"action": "insert", "entity": "market", "values": {"number": "M", "name": "South"}}
    for wanted in (
        {"action": "update", **named, "values": {wish.field: wish.typed}},
        {"action": "delete", **named},
    ):
        answer = by.system.write(good, wanted)
        assert answer.status_code == 422, answer.text
        (error,) = answer.json()["errors"]
        assert (error["operation"], error["code"]) == (1, "lifecycle.protected")
        assert wish.why in error["detail"]
    values = {"values": {wish.field: wish.typed}}
    assert by.system.ask("PUT", f"/rows/{wish.entity}/key/1", json=values).status_code == 404


def by_a_file_in_the_portal(by: Callers, wish: Wish) -> None:
    """Its check is a dry run and says so; what was checked like that cannot be written."""
    path = bring(by.anna, wish.file).headers["location"]
    until(lambda: by.anna.get(path).headers.get("location") == f"{path}/columns")
    said = {"to__0": wish.key[0], "key__0": "1", "to__1": wish.field, "mode": "update"}
    map_columns(by.anna, path, wish.entity, **said)
    until(lambda: wish.why in unescape(by.anna.get(path).text))
    page = by.anna.get(path).text
    assert 'value="write"' not in page
    check = re.search(r'name="check" value="([0-9a-f]+)"', page)
    answer = by.anna.post(path, do="write", check=check[1] if check else "")
    assert answer.status_code == 422, answer.text


def by_a_device(by: Callers, wish: Wish) -> None:
    """A forged app, which does not ask the device's own judgement: the person has it again, with
    what they entered.
    """
    for action in (Action.UPDATE, Action.DELETE):
        with by.device.changeset() as draft:
            draft.operations.append(by.operation(action, wish))
        by.device.sync()
        (item,) = by.device.inbox()
        assert by.device.dismiss(item.sequence)
        (entered,), reason = item.entered, item.reasons[-1]  # after those about single fields
        typed = {wish.field: wish.typed} if action is Action.UPDATE else {}
        assert (entered.row, entered.values) == (wish.row, typed)
        assert reason.code == "lifecycle.protected"
        assert wish.frozen in reason.detail


WAYS: tuple[Callable[[Callers, Wish], None], ...] = (
    by_a_form, by_its_button, by_many_at_once, by_another_system, by_a_file_in_the_portal,
    by_a_device,
)  # fmt: skip
MAPPING = """
file = "rows.csv"
delimiter = ";"
[[output]]
entity = "{entity}"
key = ["{key}"]
mode = "update"
[output.fields]
{key} = {{ column = "{key}" }}
{field} = {{ column = "{field}" }}
"""


def by_a_file_at_the_command_line(by: Callers, wish: Wish, cli: Cli, folder: Path) -> None:
    """The operator's; a dry run says before what the import is told."""
    file, mapping = folder / "rows.csv", folder / "rows.toml"
    file.write_text(wish.file, encoding="utf-8")
    mapping.write_text(MAPPING.format(entity=wish.entity, key=wish.key[0], field=wish.field))
    words = ("import", str(file), "--mapping", str(mapping), "--database", by.url)
    dry = cli(*words, "--dry-run")
    assert dry.status == 0
    assert "lifecycle.protected" in dry.out
    assert wish.why in dry.out
    done = cli(*words)
    assert done.status == 1
    assert "lifecycle.protected" in done.err
    assert wish.why in done.err
