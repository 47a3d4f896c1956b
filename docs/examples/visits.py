"""A small command line app for a rep: today's visits, also without a network.

python visits.py FOLDER enrol URL CODE           once, with the office's one-time code
python visits.py FOLDER sync                     send what waits, take what is new
python visits.py FOLDER status                   how old this is, what waits, what is wrong
python visits.py FOLDER follow                   stay in step and show today's visits, until Enter
python visits.py FOLDER customers                the customers that are mine to look after
python visits.py FOLDER today                    the visits of today
python visits.py FOLDER contact NUMBER NAME      a new contact of a customer
python visits.py FOLDER visit NUMBER WHEN TEXT   a new visit, WHEN as 2026-11-25T09:30
python visits.py FOLDER phone NUMBER PHONE       a customer's new phone
python visits.py FOLDER inbox                    what did not take effect as entered, and why
python visits.py FOLDER correct ITEM FIELD=TEXT  send refused work again
python visits.py FOLDER dismiss ITEM             let it go

FOLDER/visits.log tells what syncing did, and nothing of what is in the rows.
"""

from __future__ import annotations

import datetime as dt
import logging
import sys
import threading
from collections.abc import Callable, Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path

from device_sdk import Advice, Device, Progress, Result, Row, SyncError, SyncReport
from device_sdk.events import to_logging

MICROSECOND = dt.timedelta(microseconds=1)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
LOG_BYTES = 1_000_000  # twice: the log before is kept
HELP = {
    Advice.RETRY: "Nothing is lost: try again later.",
    Advice.RESYNC: "Nothing is lost: the next sync takes everything anew.",
    Advice.FIX: "This is a mistake of the app: tell its maker.",
    Advice.STOP: "Call the office.",
}
VISITS = """
    SELECT a.starts_at, c.number, c.name, a.subject
    FROM appointment a JOIN customer c ON c.id = a.customer
    WHERE a.active AND a.starts_at >= ? AND a.starts_at < ? ORDER BY a.starts_at
"""


def say(text: str) -> None:
    """One line for the person, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


# -- in step with the office


def sync(device: Device) -> None:
    """Send and take, with progress, and say what became of the work sent."""

    def progress(so_far: Progress) -> None:
        say(f"{so_far.rows_received} rows ...")

    report = device.sync(progress)
    for outcome, number in sorted(report.verdicts.items()):
        say(f"{number} {outcome}")
    status(device)


def status(device: Device) -> None:
    """Without a network: how old all this is, what waits, and what a person has to do."""
    now = device.status()
    say("never in step with the office" if now.age is None else f"in step {lasting(now.age)} ago")
    if now.pending_since is not None:
        rows = ", ".join(f"{number} {entity}" for entity, number in now.pending_rows.items())
        say(f"{now.pending} not sent yet ({rows}), since {local(now.pending_since)}")
    if now.inbox:
        say(f"{now.inbox} in the inbox")
    if now.problem is not None:
        say(f"{local(now.problem.at)}: {now.problem.detail} {HELP[now.problem.advice]}")
    if now.clock_is_wrong and now.clock_ahead is not None:
        way = "ahead" if now.clock_ahead > dt.timedelta(0) else "behind"
        say(f"this device's clock is {lasting(abs(now.clock_ahead))} {way}")


def follow(device: Device) -> None:
    """Sync in the background; show the visits now, and again whenever they change."""
    stop = threading.Event()

    def told(_: SyncReport | SyncError) -> None:
        status(device)  # it has either: the last sync, or the problem

    watch = device.watch(VISITS, show_visits, today_span())
    syncing = threading.Thread(target=device.run, args=(stop, told))
    syncing.start()
    sys.stdin.readline()
    stop.set()
    syncing.join()
    watch.stop()


def lasting(time: dt.timedelta) -> str:
    """A duration as a person says it."""
    minutes = int(time.total_seconds()) // 60
    for unit, size in (("day", 24 * 60), ("hour", 60), ("minute", 1)):
        if minutes >= size:
            number = minutes // size
            return f"{number} {unit}{'s' if number > 1 else ''}"
    return "less than a minute"


def local(instant: dt.datetime) -> str:
    """An instant by this machine's time zone."""
    return f"{instant.astimezone():%Y-%m-%d %H:%M}"


# -- reading


def customer(device: Device, number: str) -> Row:
    """The customer with that number; SystemExit tells the person that there is none."""
    found = device.rows("customer", "number = ?", [number])
    if not found:
        raise SystemExit(f"You have no customer {number}.")
    return found[0]


def customers(device: Device) -> None:
    """All customers that are here."""
    for shop in device.rows("customer", "active ORDER BY number"):
        say(f"{shop.number!s}  {shop.name!s}  {shop.phone or '-'!s}")


def today_span() -> list[int]:
    """From midnight to midnight, in this machine's time zone, in stored form."""
    midnight = dt.datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    return [(day - EPOCH) // MICROSECOND for day in (midnight, midnight + dt.timedelta(days=1))]


def today(device: Device) -> None:
    """The visits of today."""
    show_visits(device.query(VISITS, today_span()))


def show_visits(visits: Result) -> None:
    """A line each."""
    say(f"{len(visits)} visits today")
    for starts_at, number, name, subject in visits:
        assert isinstance(starts_at, int)
        when = (EPOCH + starts_at * MICROSECOND).astimezone()
        say(f"{when:%H:%M}  {number!s}  {name!s}: {subject!s}")


# -- writing, with or without a network


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


# -- what did not take effect


def inbox(device: Device) -> None:
    """Each item: what was entered, and why it is here."""
    for item in device.inbox():
        say(f"{item.sequence}  {item.outcome}, entered {local(item.made)}")
        for entered in item.entered:
            values = ", ".join(f"{name}={value!s}" for name, value in entered.values.items())
            say(f"   {entered.action} {entered.entity}: {values}")
        for reason in item.reasons:
            say(f"   {reason.detail}")
        for lost in item.losses:
            say(f"   {lost.field}: {lost.kept!s} stays, {lost.lost!s} was entered")
        if item.dependents:
            say(f"   {len(item.dependents)} more build on it and go with it")


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
    "status": (0, status),
    "follow": (0, follow),
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
        raise SystemExit(f"{error.detail} {HELP[error.advice]}") from None
    except ValueError as error:  # no number, no date
        raise SystemExit(str(error)) from None


def work(folder: Path, name: str, rest: Sequence[str]) -> None:
    """A command on the store that is there."""
    address = folder / "server"
    if not address.exists():
        raise SystemExit("Enrol this device first.")
    log = RotatingFileHandler(folder / "visits.log", maxBytes=LOG_BYTES, backupCount=1, delay=True)
    logging.basicConfig(
        handlers=[log], level="INFO", format="%(asctime)s %(levelname)s %(message)s"
    )
    with Device.open(folder, address.read_text(encoding="utf-8"), log=to_logging()) as device:
        COMMANDS[name][1](device, *rest)


if __name__ == "__main__":
    main(sys.argv[1:])
