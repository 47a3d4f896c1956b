"""Messages on a rep's device: what to show when, and the steps that a recipient takes.

    messages = Messages(device)
    device.sync()
    messages.received()
    for message in messages.at_check_in(customer):
        messages.show(message.receipt)

Every step is an ordinary changeset, so all of it works offline. Apps import this module; nothing
else does.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from device_sdk import Device, Row, RowId, Value
from device_sdk.errors import Refused
from modules.messages.receipts import VALUE_OF, WAITING

AT_ONCE = 1_000  # receipts of one changeset
AT_ONE_LOOK = 20  # reminders
URGENCY = ("high", "normal", "low")
# Of a receipt: reminded of since it came, was shown, or was shown after a reminder. What it has no
# word of the server's of has only just come: that is new, and needs no reminder.
_SINCE = "MAX(COALESCE(delivered_at, 0), COALESCE(shown_at, 0), COALESCE(reminded_at, 0))"
_REMINDED = (
    "EXISTS (SELECT 1 FROM info_reminder AS r WHERE r.info=info_receipt.info"
    f" AND {_SINCE} BETWEEN 1 AND r.at - 1)"
)


class NoMessage(LookupError):
    """There is no such message on this device, or it does not show now."""


@dataclass(frozen=True)
class Task:
    """answer: the row to complete it by. value: what was answered. done: nothing more is asked."""

    answer: uuid.UUID
    title: str
    kind: str
    mandatory: bool
    value: Value
    done: bool


@dataclass(frozen=True)
class Link:
    """To a row that is on this device; `entity` and `row` are for `device.get`."""

    entity: str
    row: uuid.UUID


@dataclass(frozen=True)
class Message:
    """An info as it is to be shown. text: Markdown; do not let HTML in it through. attachments:
    (title, SHA-256). customer: of an action info. reminded: the office has reminded of it, and it
    was not shown since.
    """

    receipt: uuid.UUID
    kind: str
    status: str
    title: str
    text: str
    priority: str
    starts_at: dt.datetime
    expires_at: dt.datetime | None
    due_at: dt.datetime | None
    customer: uuid.UUID | None
    tasks: tuple[Task, ...]
    links: tuple[Link, ...]
    attachments: tuple[tuple[str, bytes], ...]
    reminded: bool

    def is_overdue(self, now: dt.datetime) -> bool:
        """Whether its period is over though it is not done."""
        return self.due_at is not None and self.due_at <= now

    @property
    def missing(self) -> tuple[Task, ...]:
        """The mandatory tasks that are still to be done: until then it cannot be confirmed."""
        return tuple(task for task in self.tasks if task.mandatory and not task.done)


class Messages:
    """Those of one device."""

    def __init__(self, device: Device) -> None:
        self._device = device

    def received(self) -> int:
        """Note what has come to this device, also what begins later; how many it was. To be called
        after each sync: the next one tells the office.
        """
        waiting = self._mine(self._receipts("status='scheduled'"))
        noted = 0
        for start in range(0, len(waiting), AT_ONCE):
            with self._device.changeset() as changes:
                for row in waiting[start : start + AT_ONCE]:
                    with suppress(Refused):  # before and after a substitution, say: reading only
                        changes.update("info_receipt", row.id, status="delivered")
                        noted += 1
        return noted

    def at_day_login(self) -> list[Message]:
        """The daily infos of today, the urgent ones first, of these what the office reminds of;
        those shown already, too.
        """
        return self._messages(self._receipts("employee IS NOT NULL"))

    def at_check_in(self, customer: RowId) -> list[Message]:
        """The action infos of a customer that have begun, in the same order."""
        found = self._receipts("customer=?", _bytes(customer))
        return self._messages(found)

    def reminders(self) -> list[Message]:
        """The action infos that the office reminds of, at whatever customer of this person: what is
        due first, at most 20 of them, in the order of the others.
        """
        if not self._knows_reminders:
            return []
        found = self._mine(self._receipts(f"customer IS NOT NULL AND {_REMINDED}"))
        found.sort(key=lambda row: (cast(dt.datetime, row["due_at"]), row.id))
        return self._messages(found[:AT_ONE_LOOK])

    def show(self, receipt: RowId) -> Message:
        """Show a message, for the first time or again; the office learns of the first, and of the
        first after a reminder.
        """
        row, message = self._showing(receipt)
        news: dict[str, object] = {"status": "shown"} if message.status in WAITING else {}
        if message.reminded:
            news["reminded_at"] = self._last_reminder(cast(uuid.UUID, row["info"]))
        if news and self._mine([row]):
            with suppress(Refused):  # who may only read is shown it all the same
                self._note(message, **news)
        return self._showing(receipt)[1]

    def complete_task(self, answer: RowId, value: object) -> Message:
        """Answer a task, or change the answer: True or False, a text, a number, or the SHA-256 of
        a photo that was attached. With the last mandatory one, all tasks are done. NoMessage;
        InvalidValue for what does not fit; ValueError for nothing.
        """
        if value is None or value == "":
            raise ValueError("a task is not done by an empty answer")
        row = self._device.get("info_answer", answer)
        if row is None:
            raise NoMessage(str(answer))
        receipt = cast(uuid.UUID, row["receipt"])
        self.show(receipt)
        with self._device.changeset() as changes:
            changes.update("info_answer", answer, **{VALUE_OF[str(row["kind"])]: value})
        _, message = self._showing(receipt)
        if message.status == "shown" and not message.missing:
            self._note(message, status="tasks_done")
        return self._showing(receipt)[1]

    def confirm(self, receipt: RowId) -> None:
        """Done with it: the next sync tells the office and takes it away. NoMessage; Refused, with
        the reason, while a mandatory task is open.
        """
        message = self.show(receipt)
        self._note(message, status="confirmed")

    # -- reading

    def _receipts(self, where: str, *parameters: object) -> list[Row]:
        """Those that are open and whose infos show now."""
        is_open = "status IN ('scheduled', 'delivered', 'shown', 'tasks_done')"
        return self._device.rows("info_receipt", f"{where} AND {is_open}", parameters)

    def _messages(self, receipts: Iterable[Row]) -> list[Message]:
        found = [message for row in receipts if (message := self._message(row)) is not None]
        return sorted(
            found,
            key=lambda m: (URGENCY.index(m.priority), not m.reminded, m.starts_at, m.receipt),
        )

    def _showing(self, receipt: RowId) -> tuple[Row, Message]:
        row = self._device.get("info_receipt", receipt)
        message = self._message(row) if row is not None else None
        if row is None or message is None:
            raise NoMessage(str(receipt))
        return row, message

    def _message(self, receipt: Row) -> Message | None:
        """None outside of its info's window."""
        info = self._device.get("info", cast(uuid.UUID, receipt["info"]))
        if info is None:
            return None
        attached = self._device.rows("info_attachment", "info=?", [info.id.bytes])
        return Message(
            receipt.id,
            str(info["kind"]),
            str(receipt["status"]),
            str(info["title"]),
            str(info["text"] or ""),
            str(info["priority"]),
            cast(dt.datetime, info["starts_at"]),
            cast("dt.datetime | None", info["expires_at"]),
            cast("dt.datetime | None", info["due_at"]),
            cast("uuid.UUID | None", receipt["customer"]),
            self._tasks(receipt, info),
            self._links(info),
            tuple((str(row["title"]), cast(bytes, row["file"])) for row in attached),
            self._is_reminded(receipt),
        )

    @property
    def _knows_reminders(self) -> bool:
        """Not before the first sync of an updated app."""
        fields = self._device.form("info_receipt").fields
        return any(field.name == "reminded_at" for field in fields)

    def _is_reminded(self, receipt: Row) -> bool:
        if not self._knows_reminders:
            return False
        reminded = f"SELECT 1 FROM info_receipt WHERE id=? AND {_REMINDED}"
        return bool(self._device.query(reminded, [receipt.id]))

    def _last_reminder(self, info: uuid.UUID) -> dt.datetime:
        found = self._device.rows("info_reminder", "info=? ORDER BY at DESC LIMIT 1", [info])
        return cast(dt.datetime, found[0]["at"])

    def _tasks(self, receipt: Row, info: Row) -> tuple[Task, ...]:
        """In the order in which the office put them."""
        tasks = {row.id: row for row in self._device.rows("info_task", "info=?", [info.id.bytes])}
        answers = self._device.rows("info_answer", "receipt=?", [receipt.id.bytes])
        known = [(tasks.get(cast(uuid.UUID, row["task"])), row) for row in answers]
        there = [(task, row) for task, row in known if task is not None]
        there.sort(key=lambda pair: (cast(int, pair[0]["position"]), pair[0].id))
        return tuple(_task(task, answer) for task, answer in there)

    def _links(self, info: Row) -> tuple[Link, ...]:
        found: list[Link] = []
        for row in self._device.rows("info_link", "info=?", [info.id.bytes]):
            with suppress(ValueError):  # the office may have written anything
                found.append(Link(str(row["kind"]), uuid.UUID(str(row["row"]))))
        known = self._device.schema.entities  # not of a module that this device has never met
        return tuple(
            x for x in found if x.entity in known and self._device.get(x.entity, x.row) is not None
        )

    # -- writing

    def _mine(self, receipts: Sequence[Row]) -> list[Row]:
        """Those of which this person is the recipient, or stands in for them: those who lead them,
        and who see the customer by a rule, only read along.
        """
        if all(row["employee"] is not None for row in receipts):
            return list(receipts)
        grants = self._device.grants()
        by = {whose.bytes: reason for kind, whose, reason in grants if kind == "business"}
        lent = any(kind == "lent" for kind, _, _ in grants)
        owners = {row[0]: row[1] for row in self._device.query("SELECT id, owner FROM customer")}

        def is_mine(row: Row) -> bool:
            if row["employee"] is not None:
                return True
            customer = cast(uuid.UUID, row["customer"]).bytes
            reason = by.get(cast(bytes, owners.get(customer)))
            return reason in ("own", "substitution") or (reason is None and lent)

        return [row for row in receipts if is_mine(row)]

    def _note(self, message: Message, **news: object) -> None:
        with self._device.changeset() as changes:
            changes.update("info_receipt", message.receipt, **news)


def _task(task: Row, answer: Row) -> Task:
    kind = str(task["kind"])
    value = answer[VALUE_OF[kind]]
    done = value is True if kind == "check" else value is not None
    mandatory = bool(task["mandatory"])
    return Task(answer.id, str(task["title"]), kind, mandatory, value, done)


def _bytes(row: RowId) -> bytes:
    if isinstance(row, bytes):
        return row
    return (row if isinstance(row, uuid.UUID) else uuid.UUID(row)).bytes
