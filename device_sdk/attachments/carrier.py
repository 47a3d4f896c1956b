"""Attachments on their way: pieces to the server, ranges from it, each where the last one ended."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator

from device_sdk.account import Account
from device_sdk.attachments.vault import Vault
from device_sdk.errors import Offline
from syncengine.model.errors import SyncError
from syncengine.protocol.limits import MAX_PIECE_BYTES

PATH = "/v1/blobs"
PIECE_TYPE = "application/offset+octet-stream"
UNKNOWN = "blob.unknown"


class Carrier:
    """Of one seat. bytes_sent, bytes_received: of content."""

    def __init__(self, account: Account, vault: Vault) -> None:
        self._account = account
        self._vault = vault
        self.bytes_sent = 0
        self.bytes_received = 0

    def upload(self, digest: bytes, length: int) -> None:
        """Until the server says that it is complete. Offline and what the server answers; what it
        has taken stays there.
        """
        headers = {"upload-length": str(length), "upload-metadata": _hashed(digest)}
        with self._account.ask("POST", PATH, headers) as answer:
            place, offset = answer.headers["location"], int(answer.headers["upload-offset"])
        for piece in _pieces(self._vault.read(digest, offset)) if offset < length else ():
            with self._account.ask("PATCH", place, self._of_piece(piece, offset), piece) as answer:
                offset = int(answer.headers["upload-offset"])
            self.bytes_sent += len(piece)
        if offset != length:
            raise Offline("The upload did not come to its end; the next sync goes on.")

    def download(self, digest: bytes, most: int) -> int | None:
        """Fetch at most so many bytes more; the whole length, None when nobody gives it to this
        seat. It is here when `Vault.has` says so: its hash was compared.
        """
        part = self._vault.part(digest)
        try:
            with part:
                length = self._fetch(digest, part.length, most, part.write)
                whole = part.length == length
                found = part.finish() if whole else b""
        except SyncError as error:
            if code_of(error) == UNKNOWN:
                return None
            raise
        if whole and found == digest:
            self._vault.keep(part, digest)
        elif whole:
            self._vault.remove(digest)  # what came is something else: all of it comes anew
        return length

    def _fetch(self, digest: bytes, start: int, most: int, write: Callable[[bytes], None]) -> int:
        """The whole length, when the asked part was written."""
        headers = {"range": f"bytes={start}-{start + most - 1}"}
        with self._account.ask("GET", f"{PATH}/{digest.hex()}", headers) as answer:
            length = int(answer.headers.get("content-range", "/0").rpartition("/")[2])
            length = length or int(answer.headers["content-length"])
            for piece in answer.pieces:
                write(piece)
                self.bytes_received += len(piece)
        return length

    def _of_piece(self, piece: bytes, offset: int) -> dict[str, str]:
        checksum = _hashed(hashlib.sha256(piece).digest())
        return {
            "content-type": PIECE_TYPE, "upload-offset": str(offset), "upload-checksum": checksum,
        }  # fmt: skip


def code_of(error: SyncError) -> str:
    """The server's code, of errors that have no class here, too."""
    return str(error.data.get("code", error.code))


def _hashed(digest: bytes) -> str:
    return "sha256 " + base64.b64encode(digest).decode("ascii")


def _pieces(content: Iterable[bytes]) -> Iterator[bytes]:
    """As large as one may be."""
    collected = bytearray()
    for some in content:
        collected += some
        while len(collected) >= MAX_PIECE_BYTES:
            yield bytes(collected[:MAX_PIECE_BYTES])
            del collected[:MAX_PIECE_BYTES]
    if collected:
        yield bytes(collected)
