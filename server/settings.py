"""Typed settings: a TOML file, over it environment variables SYNCENGINE_<NAME>, over it options.

The file is the one named on the command line or in SYNCENGINE_CONFIG, else syncengine.toml in the
current folder, if there is one. Nothing is read at import time.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from server.problem import Problem
from server.toml import read_toml

DEFAULT_FILE = "syncengine.toml"
PREFIX = "SYNCENGINE_"

Positive = Annotated[int, msgspec.Meta(ge=1)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]
Days = Annotated[int, msgspec.Meta(ge=60, le=36_500)]  # of late work, and as long again
BlobDays = Annotated[int, msgspec.Meta(ge=1, le=36_500)]
NoDaysOrMore = Annotated[int, msgspec.Meta(ge=0, le=36_500)]
Origin = Annotated[str, msgspec.Meta(pattern=r"^https?://[^/\s?#@]+$")]
Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that an installation can set.

    threads: workers that talk to the database; None: 2 for SQLite, where more only wait for each
    other, and 16 for PostgreSQL. max_in_flight bounds memory: each sync holds a body or two chunks.
    wake_seats: devices connected for hints; wake_hints_per_second: how many of them are told a
    second. wake_poll_seconds: how often the clock is looked at for commits that were not heard of.
    live_pages: of the portal, open in browsers and kept up to date.
    left_days: how long a device may stay away and still get no more than what changed;
    answers_days: how long the answers are kept that a device has; history_days: how long the
    history is, 0: for good, else not shorter than the others.
    replica: of the database, read-only and as fresh as may be, where answers to devices are read.
    portal_origin: where browsers find the portal, as https://office.example.com; given, no other
    host is answered, and cookies travel encrypted only.
    device_origin: where devices find this server, for the QR picture of an enrolment; without it,
    where browsers do.
    blob_folder: where the bytes of blobs lie; a path in a settings file counts from that file's
    folder. blob_bucket: where they lie instead, as s3://BUCKET/FOLDER. blob_bytes: of the largest
    one; blob_unused_bytes: that one person may have uploaded and that no row of theirs refers to
    yet; blob_days: how long what nothing refers to is kept.
    custom_fields: the file that declares the installation's own fields (server/fields.py); a path
    in a settings file counts from that file's folder.
    """

    database: str = "sqlite:///syncengine.db"
    replica: str | None = None
    custom_fields: str | None = None
    portal_origin: Origin | None = None
    device_origin: Origin | None = None
    host: str = "127.0.0.1"
    port: Port = 8642
    threads: Positive | None = None
    max_in_flight: Positive = 200
    max_header_bytes: Positive = 16_384
    stall_seconds: Seconds = 60.0  # between two pieces of a body, or of an answer that nobody reads
    graceful_seconds: Positive = 20
    wake_seats: Positive = 2_500
    wake_hints_per_second: Positive = 250
    wake_poll_seconds: Seconds = 2.0
    wake_beat_seconds: Seconds = 20.0  # between two signs of life on a connection without hints
    live_pages: Positive = 500
    challenge_seconds: Positive = 60
    token_seconds: Positive = 900
    slow_ms: Positive = 1_000
    api_per_minute: Positive = 600  # requests of one token, in each process
    left_days: Days = 180
    answers_days: Days = 180
    history_days: NoDaysOrMore = 0
    blob_folder: str = "syncengine-blobs"
    blob_bucket: str | None = None
    blob_bytes: Positive = 100 * 2**20
    blob_unused_bytes: Positive = 1 * 2**30
    blob_days: BlobDays = 30
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    def __post_init__(self) -> None:
        longest = max(self.left_days, self.answers_days)
        if self.history_days and self.history_days < longest:
            raise ValueError(f"history_days is 0 or at least {longest}, as long as the others")

    def worker_threads(self) -> int:
        """The number of database workers to start."""
        return self.threads or (2 if self.database.startswith("sqlite") else 16)


def load_settings(
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    **options: object,
) -> Settings:
    """The settings in force; Problem when unreadable. Options that are None do not count."""
    environ = os.environ if environ is None else environ
    named = file or (Path(environ[PREFIX + "CONFIG"]) if PREFIX + "CONFIG" in environ else None)
    found = _read(named) if named else _read_default()
    for name in Settings.__struct_fields__:
        if PREFIX + name.upper() in environ:
            found[name] = environ[PREFIX + name.upper()]
    found |= {name: value for name, value in options.items() if value is not None}
    try:
        return msgspec.convert(found, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise Problem("settings.invalid", f"The settings cannot be used: {error}.") from None


def _read_default() -> dict[str, object]:
    return _read(Path(DEFAULT_FILE)) if Path(DEFAULT_FILE).exists() else {}


def _read(path: Path) -> dict[str, object]:
    try:
        found = read_toml(path)
    except OSError as error:
        raise Problem("settings.unreadable", f"{path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise Problem("settings.invalid", f"{path} is no TOML file: {error}.") from None
    for name in ("custom_fields", "blob_folder"):
        if isinstance(place := found.get(name), str):
            found[name] = str(path.parent / place)
    return found
