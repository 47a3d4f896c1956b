"""A small command line app for a rep: today's visits, also without a network.

python visits.py FOLDER enrol URL CODE           once, with the office's one-time code
python visits.py FOLDER sync                     send what waits, take what is new
python visits.py FOLDER customers                the customers that are mine to look after
python visits.py FOLDER today                    the visits of today
python visits.py FOLDER contact NUMBER NAME      a new contact of a customer
python visits.py FOLDER visit NUMBER WHEN TEXT   a new visit, WHEN as 2026-11-25T09:30
python visits.py FOLDER phone NUMBER PHONE       a customer's new phone
python visits.py FOLDER inbox                    what waits and what was refused, and why
python visits.py FOLDER correct ITEM FIELD=TEXT  send refused work again
python visits.py FOLDER dismiss ITEM             let it go
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from device_sdk import Device, Progress, Row, SyncError

MICROSECOND = dt.timedelta(microseconds=1)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def say(text: str) -> None:
    """One line for the person."""
    sys.stdout.write(f"{text}\n")


def customer(device: Device, number: str) -> Row:
    """The customer with that number; SystemExit tells the person that there is none."""
    found = device.rows("customer", "number = ?", [number])
    if not found:
        raise SystemExit(f"You have no customer {number}.")
    return found[0]


def sync(device: Device) -> None:
    """Send and take, with progress, and say what became of the work sent."""

    def progress(so_far: Progress) -> None:
        say(f"{so_far.rows_received} rows ...")

    report = device.sync(progress)
    for outcome, number in sorted(report.verdicts.items()):
        say(f"{number} {outcome}")
    say(f"in step with the office at version {report.version}")


def customers(device: Device) -> None:
    """All customers that are here."""
    for shop in device.rows("customer", "active ORDER BY number"):
        say(f"{shop.number}  {shop.name}  {shop.phone or '-'}")


def today(device: Device) -> None:
    """Visits from midnight to midnight, in this machine's time zone."""
    midnight = dt.datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    span = [(day - EPOCH) // MICROSECOND for day in (midnight, midnight + dt.timedelta(days=1))]
    condition = "active AND starts_at >= ? AND starts_at < ? ORDER BY starts_at"
    for visit in device.rows("appointment", condition, span):
        shop = device.rows("customer", "id = ?", [visit.customer])[0]
        assert isinstance(visit.starts_at, dt.datetime)
        say(f"{visit.starts_at.astimezone():%H:%M}  {shop.number}  {shop.name}: {visit.subject}")


def contact(device: Device, number: str, name: str) -> None:
    """A new contact."""
    shop = customer(device, number)
    with device.changeset() as changes:
        changes.insert("contact", customer=shop.id, name=name, active=True)


def visit(device: Device, number: str, when: str, subject: str) -> None:
    """A new visit of the device's person."""
    shop = customer(device, number)
    with device.changeset() as changes:
        changes.insert(
            "appointment",
            customer=shop.id,
            employee=device.person,
            subject=subject,
            starts_at=dt.datetime.fromisoformat(when).astimezone(),
            active=True,
        )


def phone(device: Device, number: str, text: str) -> None:
    """A customer's phone."""
    shop = customer(device, number)
    with device.changeset() as changes:
        changes.update("customer", shop.id, phone=text)


def inbox(device: Device) -> None:
    """What waits, and what did not take effect as it was entered."""
    say(f"{device.pending()} not sent yet")
    for item in device.inbox():
        say(f"{item.sequence}  {item.outcome}")
        for entered in item.entered:
            values = ", ".join(f"{name}={value}" for name, value in entered.values.items())
            say(f"   {entered.action} {entered.entity}: {values}")
        for reason in item.reasons:
            say(f"   {reason.detail}")
        for lost in item.losses:
            say(f"   {lost.field}: {lost.kept} stays, {lost.lost} was entered")


def correct(device: Device, item: str, setting: str) -> None:
    """Send refused work again with one text replaced."""
    field, _, text = setting.partition("=")
    device.correct(int(item), **{field: text})


def dismiss(device: Device, item: str) -> None:
    """Take an item out of the inbox."""
    if not device.dismiss(int(item)):
        raise SystemExit(f"There is no item {item}.")


COMMANDS: dict[str, tuple[int, Callable[..., None]]] = {  # how many words follow each
    "sync": (0, sync),
    "customers": (0, customers),
    "today": (0, today),
    "contact": (2, contact),
    "visit": (3, visit),
    "phone": (2, phone),
    "inbox": (0, inbox),
    "correct": (2, correct),
    "dismiss": (1, dismiss),
}


def enrol(folder: Path, url: str, code: str) -> None:
    """Make the store; the server's address is kept beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "server").write_text(url, encoding="utf-8")
    Device.enrol(folder, url, code, "visits").close()


def main(words: Sequence[str]) -> None:
    """One command. What the person has to know ends the program as a sentence."""
    try:
        match words:
            case [folder, "enrol", url, code]:
                enrol(Path(folder), url, code)
            case [folder, name, *rest] if name in COMMANDS and len(rest) == COMMANDS[name][0]:
                work(Path(folder), name, rest)
            case _:
                raise SystemExit(__doc__)
    except SyncError as error:
        raise SystemExit(error.detail) from None
    except ValueError as error:  # no number, no date
        raise SystemExit(str(error)) from None


def work(folder: Path, name: str, rest: Sequence[str]) -> None:
    """A command on the store that is there."""
    address = folder / "server"
    if not address.exists():
        raise SystemExit("Enrol this device first.")
    with Device.open(folder, address.read_text(encoding="utf-8")) as device:
        COMMANDS[name][1](device, *rest)


if __name__ == "__main__":
    main(sys.argv[1:])
