"""What happens to the bytes of a closed store's files, and who was hit."""

from __future__ import annotations

import shutil
from pathlib import Path

from device_sdk import Device, FileKeyProvider, Keys
from device_sdk.pages import PAGE_BYTES, Pages
from device_sdk.swap import FILE


def keys_of(folder: Path) -> Keys:
    """The keys of a store, as the SDK keeps them."""
    keys = FileKeyProvider(folder / ".keys").load()
    assert keys is not None
    return keys


def flip(file: Path, at: int) -> None:
    """One bit is another one."""
    raw = bytearray(file.read_bytes())
    raw[at] ^= 1
    file.write_bytes(raw)


def blank(file: Path, page: int) -> None:
    """A page of nothing but zeros."""
    raw = bytearray(file.read_bytes())
    raw[(page - 1) * PAGE_BYTES : page * PAGE_BYTES] = bytes(PAGE_BYTES)
    file.write_bytes(raw)


def strike(folder: Path, text: str) -> None:
    """Flip a bit wherever the file has this text: encrypted, each byte is in its place."""
    with Pages(folder, keys_of(folder).database) as pages:
        hits = [
            (page.number - 1) * PAGE_BYTES + at
            for page in pages.intact()
            if (at := page.data.find(text.encode())) >= 0
        ]
    assert hits, text
    for at in hits:
        flip(folder / FILE, at)


def die(device: Device, folder: Path) -> None:
    """The process ends without a word: the files stay as they are at this moment."""
    files = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    device.close()
    for path, data in files.items():
        path.write_bytes(data)


def copied(folder: Path, to: Path) -> Path:
    """All of a store's files somewhere else."""
    shutil.copytree(folder, to)
    return to
