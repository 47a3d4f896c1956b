"""Attachments at rest: files that only this store's key reads, written and read as streams.

A file is a salt of 16 bytes and chunks of 64 KiB, each sealed with AES-256-GCM under a key made of
the store's key and the salt. A chunk's nonce is its number and whether it is the last: none can be
left out, swapped or added. A file's name is a keyed hash of what is in it, and tells nobody.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from device_sdk.disk import OWNER_ONLY, sync_to_disk

CHUNK = 64 * 1024
SEALED = CHUNK + 16
SALT = 16
PART = ".part"


class AttachmentDamaged(Exception):
    """A file is not what was written."""


def _key(secret: bytes, purpose: bytes) -> bytes:
    return hmac.digest(secret, b"syncengine attachments 1 " + purpose, "sha256")


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class Vault:
    """The files of one store. reached: told the name of each crash point on the way past it."""

    def __init__(
        self,
        folder: Path,
        secret: bytes,
        random_bytes: Callable[[int], bytes],
        reached: Callable[[str], None],
    ) -> None:
        self._folder = folder
        self._files = _key(secret, b"files")
        self._names = _key(secret, b"names")
        self._random_bytes = random_bytes
        self._reached = reached

    def part(self, digest: bytes | None) -> Part:
        """A file that is being written: of a download, which goes on where it was; without a
        digest, a new one.
        """
        self._folder.mkdir(exist_ok=True, mode=0o700)
        name = self._name(digest) if digest else self._random_bytes(16).hex()
        return Part(self._folder / (name + PART), self._seal, self._random_bytes)

    def put(self, content: Iterable[bytes]) -> tuple[bytes, int]:
        """(SHA-256, length) of a content that is kept, durably, when this returns."""
        part = self.part(None)
        with part:
            for piece in content:
                part.write(piece)
            digest = part.finish()
        self._reached("attachments.written")
        self.keep(part, digest)
        return digest, part.length

    def keep(self, part: Part, digest: bytes) -> None:
        """Give a finished part its name."""
        os.replace(part.path, self._folder / self._name(digest))
        sync_to_disk(self._folder)
        self._reached("attachments.named")

    def read(self, digest: bytes, start: int = 0) -> Iterator[bytes]:
        """The content from `start` on; FileNotFoundError, AttachmentDamaged."""
        with (self._folder / self._name(digest)).open("rb") as file:
            yield from _opened(file, self._seal, start)

    def has(self, digest: bytes) -> bool:
        """Whether it is here, whole."""
        return (self._folder / self._name(digest)).exists()

    def remove(self, digest: bytes) -> None:
        """Destroy a file and what came of it: without its salt nobody reads it, wherever the disk
        keeps copies.
        """
        for path in (self._folder / self._name(digest), self._part_path(digest)):
            _destroy(path)

    def strays(self, known: Iterable[bytes]) -> list[Path]:
        """Whole files that are none of these."""
        names = {self._name(digest) for digest in known}
        found = self._folder.iterdir() if self._folder.exists() else ()
        return [p for p in found if not p.name.endswith(PART) and p.name not in names]

    def drop_parts(self, wanted: Iterable[bytes]) -> None:
        """Destroy what is half there, but for the downloads of these."""
        names = {self._part_path(digest) for digest in wanted}
        for path in self._folder.glob(f"*{PART}") if self._folder.exists() else ():
            if path not in names:
                _destroy(path)

    def examined(self, path: Path) -> tuple[bytes, int] | None:
        """(SHA-256, length) of a stray; None, and it is destroyed, when it cannot be read."""
        found, length = hashlib.sha256(), 0
        try:
            with path.open("rb") as file:
                for piece in _opened(file, self._seal, 0):
                    found.update(piece)
                    length += len(piece)
        except AttachmentDamaged:
            _destroy(path)
            return None
        return found.digest(), length

    def _seal(self, salt: bytes) -> AESGCM:
        return AESGCM(_key(self._files, salt))

    def _name(self, digest: bytes) -> str:
        return hmac.digest(self._names, digest, "sha256").hex()

    def _part_path(self, digest: bytes) -> Path:
        return self._folder / (self._name(digest) + PART)


class Part:
    """A file in writing; use it as a context manager. length: bytes of content that it has.

    What was written before a crash, or before the block ended, is there again but for the last
    chunk, which was not full.
    """

    def __init__(
        self, path: Path, seal: Callable[[bytes], AESGCM], random_bytes: Callable[[int], bytes]
    ) -> None:
        self.path = path
        self._seal = seal
        self._random_bytes = random_bytes
        self._hash = hashlib.sha256()
        self._rest = bytearray()
        self._number = 0
        self.length = 0

    def __enter__(self) -> Part:
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, OWNER_ONLY)
        self._file: IO[bytes] = open(handle, "r+b")
        salt = self._file.read(SALT)
        if len(salt) < SALT:
            self._file.seek(0)
            self._file.truncate()
            self._file.write(salt := self._random_bytes(SALT))
        self._cipher = self._seal(salt)
        while len(sealed := self._file.read(SEALED)) == SEALED:
            try:
                content = self._cipher.decrypt(_nonce(self._number, False), sealed, None)
            except InvalidTag:
                break
            self._hash.update(content)
            self._number += 1
        self.length = self._number * CHUNK
        self._file.seek(SALT + self._number * SEALED)
        self._file.truncate()
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, content: bytes) -> None:
        """Append."""
        self._hash.update(content)
        self._rest += content
        self.length += len(content)
        while len(self._rest) > CHUNK:
            self._put(bytes(self._rest[:CHUNK]), last=False)
            del self._rest[:CHUNK]

    def finish(self) -> bytes:
        """Write the end, durably; the SHA-256 of all."""
        self._put(bytes(self._rest), last=True)
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._hash.digest()

    def _put(self, content: bytes, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, last), content, None))
        self._number += 1


def _opened(file: IO[bytes], seal: Callable[[bytes], AESGCM], start: int) -> Iterator[bytes]:
    """The content of a whole file from `start` on."""
    cipher = seal(file.read(SALT))
    number, skip = divmod(start, CHUNK)
    file.seek(SALT + number * SEALED)
    sealed = file.read(SEALED)
    last = False
    while not last:
        following = file.read(SEALED)
        last = not following
        try:
            content = cipher.decrypt(_nonce(number, last), sealed, None)
        except InvalidTag:
            raise AttachmentDamaged(file.name) from None
        yield content[skip:]
        sealed, skip, number = following, 0, number + 1


def _destroy(path: Path) -> None:
    try:
        with path.open("r+b") as file:
            file.write(bytes(SALT))
            file.flush()
            os.fsync(file.fileno())
    except FileNotFoundError:
        return
    path.unlink(missing_ok=True)
