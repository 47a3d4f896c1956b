"""The office's pages of messages, with the module's rows to look at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device_sdk import Device
from modules.messages.device import Messages
from modules.messages.jobs import follow
from server.portal.words import Words
from syncengine.store.deadlines import take_deadlines
from tests.accounts.office import NOON, Office
from tests.messages.scene import SCHEMA
from tests.portal.conftest import Desk, Visitor
from tests.support.world import DAY

INFOS = "/portal/messages/infos"
NEW = f"{INFOS}/new"


def shown(microseconds: int) -> str:
    """As an input writes it, by this machine's clock."""
    return Words("en").local(microseconds).strftime("%Y-%m-%dT%H:%M")


@dataclass
class Messenger:
    """A desk with the module, and somebody who may do everything."""

    desk: Desk
    anna: Visitor

    @classmethod
    def made(cls, folder: Path) -> Messenger:
        """Customers 1 and 2 are of `a`, 3 is of `b`."""
        office = Office(f"sqlite:///{folder / 'server.db'}", folder, SCHEMA)
        desk = Desk(office, blob_folder=str(folder / "blobs"))
        for owner, number in (("a", "1"), ("a", "2"), ("b", "3")):
            desk.world.customer(owner, number)
        anna = desk.administrator()
        return cls(desk, anna)

    def form(self, **changed: str) -> dict[str, str]:
        """An info for everybody whom `a` leads, until tomorrow; in names, `__` is a dot."""
        usual = {
            "kind": "daily", "title": "News", "text": "**Read** this", "priority": "high",
            "starts_at": "", "ends_at": shown(NOON + DAY), "v.file": "", "target.0.kind": "team",
            "target.0.value": "a", "do": "publish",
        }  # fmt: skip
        return usual | {name.replace("__", "."): value for name, value in changed.items()}

    def send(self, **changed: str) -> Any:
        """The form; htmx does not ask."""
        return self.anna.http.post(NEW, data={"csrf": self.anna.csrf, **self.form(**changed)})

    def part(self, **changed: str) -> str:
        """What htmx gets for the form."""
        sent = {"csrf": self.anna.csrf, **self.form(**changed)}
        answer = self.anna.http.post(NEW, data=sent, headers={"hx-request": "true"})
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def published(self, **changed: str) -> str:
        """The address of an info that was composed, its receipts made."""
        answer = self.send(**changed)
        assert answer.status_code == 303, answer.text
        self.work()
        return str(answer.headers["location"]).partition("?")[0]

    def work(self) -> None:
        """What the server's jobs do."""
        follow(self.desk.store, 100)
        take_deadlines(self.desk.store, 100)

    def device(self, person: str) -> tuple[Device, Messages]:
        """Enrolled, with what there is for that person."""
        device = self.desk.world.enrol(person)
        device.sync()
        return device, Messages(device)

    def confirmed(self, device: Device, messages: Messages) -> None:
        """All that shows at the day's login, its tasks done; synced."""
        for one in messages.at_day_login():
            for task in messages.show(one.receipt).tasks:
                messages.complete_task(task.answer, True)
            messages.confirm(one.receipt)
        device.sync()

    def rows(self, entity: str) -> list[dict[str, Any]]:
        """All of them, at the server."""
        table = self.desk.store.tables[entity]
        with self.desk.store.engine.connect() as connection:
            return [dict(row) for row in connection.execute(table.select()).mappings()]
