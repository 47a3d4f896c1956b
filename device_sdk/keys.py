"""Where a store's keys come from: a port, and the default that keeps them in files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_sdk.disk import write_durably
from device_sdk.errors import KeysMissing

DATABASE_KEY_BYTES = 32
SEAT_KEY_BYTES = 32


@dataclass(frozen=True)
class Keys:
    """What a store cannot be read without.

    database: key of the on-device database, 32 bytes.
    seat: the seat's private Ed25519 key, 32 bytes.
    """

    database: bytes
    seat: bytes

    @property
    def signing(self) -> Ed25519PrivateKey:
        """The key that signs changesets and challenges."""
        return Ed25519PrivateKey.from_private_bytes(self.seat)


class KeyProvider(Protocol):
    """Gives the keys of the one store it is made for."""

    def load(self) -> Keys | None:
        """The keys, or None before any were saved."""

    def save(self, keys: Keys) -> None:
        """Keep the keys, durably, before the first byte is encrypted with them."""


class FileKeyProvider:
    """Keys in one file that only its owner may read, in a folder apart from the database.

    This is no protection on a stolen device: who can read the folder can read the database. Use a
    provider of the platform's key store, or a PIN, where that matters.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / "seat.key"

    def load(self) -> Keys | None:
        """The keys, or None before any were saved; KeysMissing when the file was cut."""
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return None
        if len(raw) != DATABASE_KEY_BYTES + SEAT_KEY_BYTES:
            raise KeysMissing("The file with this store's keys is damaged.")
        return Keys(raw[:DATABASE_KEY_BYTES], raw[DATABASE_KEY_BYTES:])

    def save(self, keys: Keys) -> None:
        """A crash leaves the old keys or the new ones."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_durably(self._path, keys.database + keys.seat)
