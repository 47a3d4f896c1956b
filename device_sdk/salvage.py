"""What can still be read of a damaged store: the changesets of its outbox and what it knew of
itself, record by record, wherever their pages hang.

Pages of SQLite's tables (0x0d) and of tables without rowid (0x0a, 0x02) have cells: a length, for a
table a rowid, a record, and the number of the page where a long one goes on. A record is a header
of its values' types and the values (SQLite's file format, 1.6 and 2.1). Anything may stand in a
page that was altered, so every length is held against its bounds, and a changeset counts when the
seat's signature fits its body.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from device_sdk.outbox import read_operations
from device_sdk.pages import USABLE, Page, Pages
from syncengine.model.changeset import Operation
from syncengine.model.errors import SyncError
from syncengine.protocol.changesets import (
    WireChangeset,
    decode_envelope,
    verdict_from_wire,
    verify,
)
from syncengine.protocol.limits import MAX_CHANGESET_BYTES
from syncengine.protocol.messages import Signed, WireVerdict

MAX_RECORD = 2 * MAX_CHANGESET_BYTES + 2**16  # a body, its verdict, and the rest
TABLE = 13  # a leaf of a table; its records have a rowid
CELLS = {TABLE: (8, 0), 10: (8, 0), 2: (12, 4)}  # where they are listed, and what precedes each
WHOLE = {True: USABLE - 35, False: (USABLE - 12) * 64 // 255 - 23}  # of a record on its own page
LEAST = (USABLE - 12) * 32 // 255 - 23  # of a longer one
INTEGERS = {0, 1, 2, 3, 4, 5, 6, 8, 9}  # types of values; 0 is NULL
WIDTHS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
ID, SIGNATURE = 12 + 2 * 16, 12 + 2 * 64  # types of blobs of so many bytes


class Unreadable(Exception):
    """Not a record, or not of a kind that is looked for."""


@dataclass(frozen=True)
class Saved:
    """A line of the table `outbox`, as it was.

    operations: as its body has them. garbled: there was a verdict, and it cannot be read any more.
    """

    sequence: int
    id: bytes
    body: bytes
    signature: bytes
    made: int
    verdict: bytes | None
    decided: int | None
    telling: int
    settled: int
    dismissed: int
    operations: tuple[Operation, ...]
    garbled: bool


@dataclass
class Known:
    """meta: what of the table `meta` can be read. highest: the last sequence that is told of."""

    meta: dict[str, object] = field(default_factory=dict)
    highest: int = 0

    def tell(self, sequence: object) -> None:
        """There was one of that number."""
        if isinstance(sequence, int):
            self.highest = max(self.highest, sequence)


def known(pages: Pages) -> Known:
    """What the store knew of itself, as far as that is what was written."""
    found = Known()
    for page in pages.intact():
        for _, types, payload in _cells(pages, page, of_tables=False):
            if len(types) == 2 and types[0] > 12 and types[0] % 2:
                name, value = _values(types, payload)
                found.meta[str(name)] = value
            elif len(types) == 4 and types[1] == ID and INTEGERS.issuperset(types[2:]):
                found.tell(_values(types, payload)[2])
            else:
                break  # the page has records of one table, and that is another one
    found.tell(found.meta.get("sequence"))
    return found


def saved(pages: Pages, key: Ed25519PublicKey, incarnation: bytes) -> Iterator[Saved]:
    """Every changeset of that store that can be read. One may come several times: what is sure
    comes first.
    """
    for of in (pages.intact(), pages.doubtful()):
        for page in of:
            for sequence, types, payload in _cells(pages, page, of_tables=True):
                if not _is_changeset(types):
                    if page.intact:
                        break  # all of its records are of another table
                    continue
                line = _saved(sequence, _values(types, payload), key, incarnation)
                if line is not None:
                    yield line


def _is_changeset(types: list[int]) -> bool:
    """sequence (NULL: it is the rowid), id, body, signature, made, verdict, decided, telling,
    settled, dismissed.
    """
    return (
        len(types) == 10
        and (types[0], types[1], types[3]) == (0, ID, SIGNATURE)
        and all(t >= 12 and not t % 2 for t in (types[2], types[5] or 12))
        and INTEGERS.issuperset((types[4], *types[6:]))
    )


def _saved(
    sequence: int, values: list[object], key: Ed25519PublicKey, incarnation: bytes
) -> Saved | None:
    """The line, if the seat signed it for this store and place."""
    _, changeset, body, signature, made, verdict, decided, *flags = values
    assert isinstance(body, bytes)
    assert isinstance(signature, bytes)
    try:
        wire = decode_envelope(body)
        verify(Signed(body, signature), key)
    except SyncError:
        return None
    if (wire.sequence, wire.id, wire.incarnation) != (sequence, changeset, incarnation):
        return None
    at = made if isinstance(made, int) else wire.device_time
    work = (sequence, wire.id, body, signature, at)
    operations = read_operations(body)
    if isinstance(verdict, bytes) and isinstance(decided, int) and _fits(verdict, decided, wire):
        telling, settled, dismissed = (int(bool(flag)) for flag in flags)
        return Saved(*work, verdict, decided, telling, settled, dismissed, operations, False)
    return Saved(*work, None, None, 0, 0, 0, operations, verdict is not None)


def _fits(verdict: bytes, decided: int, wire: WireChangeset) -> bool:
    """Whether that is a verdict, and on this changeset."""
    try:
        read = msgspec.msgpack.decode(verdict, type=WireVerdict)
        verdict_from_wire(read)
    except (msgspec.DecodeError, SyncError):
        return False
    return (read.sequence, read.changeset, read.decided) == (wire.sequence, wire.id, decided)


# -- records


def _cells(pages: Pages, page: Page, of_tables: bool) -> Iterator[tuple[int, list[int], bytes]]:
    """(rowid or 0, types, payload) of each record of a page that is of the kind."""
    data = page.data
    if data[0] not in CELLS or (data[0] == TABLE) != of_tables:
        return
    listed, before = CELLS[data[0]]
    for n in range(min(int.from_bytes(data[3:5]), USABLE // 4)):
        at = int.from_bytes(data[listed + 2 * n : listed + 2 * n + 2])
        try:
            yield _cell(pages, page, at + before, of_tables)
        except (Unreadable, IndexError):
            continue


def _cell(pages: Pages, page: Page, at: int, of_tables: bool) -> tuple[int, list[int], bytes]:
    data = page.data
    size, at = _varint(data, at)
    sequence, at = _varint(data, at) if of_tables else (0, at)
    if not 0 < size <= MAX_RECORD:
        raise Unreadable
    here = size
    if size > WHOLE[of_tables]:
        here = LEAST + (size - LEAST) % (USABLE - 4)
        here = here if here <= WHOLE[of_tables] else LEAST
    payload = data[at : at + here]
    if here < size:
        payload += _overflow(pages, int.from_bytes(data[at + here : at + here + 4]), size - here)
    types = _types(payload)
    if len(payload) != size:
        raise Unreadable
    return sequence, types, payload


def _overflow(pages: Pages, number: int, size: int) -> bytes:
    """The rest of a record, on pages of its own."""
    found = b""
    while len(found) < size:
        page = pages.best(number)
        if page is None:
            raise Unreadable
        number = int.from_bytes(page.data[:4])
        found += page.data[4 : 4 + size - len(found)]
    return found


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """(the number there, where it ends)."""
    value = 0
    for n in range(8):
        byte = data[at + n]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + n + 1
    return value << 8 | data[at + 8], at + 9


def _types(payload: bytes) -> list[int]:
    """The types of a record's values; Unreadable unless they fill it."""
    end, at = _varint(payload, 0)
    head, types = end, []
    while at < head:
        kind, at = _varint(payload, at)
        types.append(kind)
        end += _width(kind)
    if at != head or end != len(payload):
        raise Unreadable
    return types


def _width(kind: int) -> int:
    return (kind - 12) // 2 if kind >= 12 else WIDTHS.get(kind, 8 if kind == 7 else 0)


def _values(types: list[int], payload: bytes) -> list[object]:
    """The values of a record: integers, blobs, texts; a float is not told from its bytes."""
    at, _ = _varint(payload, 0)
    found: list[object] = []
    for kind in types:
        raw = payload[at : at + _width(kind)]
        at += _width(kind)
        found.append(_value(kind, raw))
    return found


def _value(kind: int, raw: bytes) -> object:
    if kind in (0, 8, 9):
        return {0: None, 8: 0, 9: 1}[kind]
    if kind < 12:
        return int.from_bytes(raw, signed=True)
    return raw.decode(errors="replace") if kind % 2 else raw
