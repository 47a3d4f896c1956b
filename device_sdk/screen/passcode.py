"""A store's keys behind a passcode: who finds the device, or shares it, cannot read the store."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from device_sdk.disk import write_durably
from device_sdk.errors import Advice, KeysMissing, SyncError
from device_sdk.keys import DATABASE_KEY_BYTES, SEAT_KEY_BYTES, Keys

LEAST = 6  # characters
MOST = 200
SALT_BYTES = 16
NONCE_BYTES = 12
TAG_BYTES = 16
FILE_BYTES = SALT_BYTES + NONCE_BYTES + DATABASE_KEY_BYTES + SEAT_KEY_BYTES + TAG_BYTES
COST = 2**16  # of scrypt with blocks of 1 KiB: 64 MiB for each guess
SUBJECT = b"syncengine passcode 1"


class WrongPasscode(SyncError):
    """The keys cannot be opened with this passcode."""

    code = "screen.wrong_passcode"
    advice = Advice.FIX


class PasscodeKeys:
    """A KeyProvider: keys in a file, encrypted under a key that scrypt derives of the passcode."""

    def __init__(
        self, folder: Path, passcode: str, random_bytes: Callable[[int], bytes] = os.urandom
    ) -> None:
        self._path = folder / "keys.sealed"
        self._passcode = passcode
        self._random_bytes = random_bytes
        self._keys: Keys | None = None  # deriving takes a second: once

    def load(self) -> Keys | None:
        """The keys, or None before any were saved; WrongPasscode, KeysMissing."""
        if self._keys is not None:
            return self._keys
        try:
            sealed = self._path.read_bytes()
        except FileNotFoundError:
            return None
        if len(sealed) != FILE_BYTES:
            raise KeysMissing("The file with this store's keys is damaged.")
        salt, rest = sealed[:SALT_BYTES], sealed[SALT_BYTES:]
        try:
            raw = self._cipher(salt).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], SUBJECT)
        except InvalidTag:
            raise WrongPasscode("This passcode is not right.") from None
        self._keys = Keys(raw[:DATABASE_KEY_BYTES], raw[DATABASE_KEY_BYTES:])
        return self._keys

    def save(self, keys: Keys) -> None:
        """A crash leaves the old keys or the new ones."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        salt, nonce = self._random_bytes(SALT_BYTES), self._random_bytes(NONCE_BYTES)
        sealed = self._cipher(salt).encrypt(nonce, keys.database + keys.seat, SUBJECT)
        write_durably(self._path, salt + nonce + sealed)
        self._keys = keys

    def _cipher(self, salt: bytes) -> ChaCha20Poly1305:
        derived = Scrypt(salt=salt, length=32, n=COST, r=8, p=1)
        return ChaCha20Poly1305(derived.derive(self._passcode.encode()))
