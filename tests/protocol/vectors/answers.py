"""What the walks are made of: requests with the answers to them, and what shows then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from syncengine.model.checksum import MODULUS, row_hash
from syncengine.protocol.frames import HEADER
from syncengine.protocol.messages import (
    BucketSum,
    Checkpoint,
    Chunk,
    Cursor,
    EarlyCheckpoint,
    Granted,
    Grants,
    Repair,
    Section,
    Struct,
    Welcome,
)
from tests.protocol.vectors.sample import (
    EPOCH,
    ME,
    OTHER,
    PLAIN,
    TAG,
    Case,
    an_id,
    pack,
)

ZERO = bytes(16)
PERSON, CUSTOMER, TERMS = TAG["person"], TAG["customer"], TAG["customer_terms"]
A, B, C, T = an_id(70), an_id(71), an_id(72), an_id(73)
END = 0xFFFF
EVERYONE, MINE, THEIRS, FACET = 1, 2, 3, 4
Record = list[Any]


@dataclass(frozen=True)
class Held:
    """A bucket's rows, for a checkpoint: (tag, id, version) each."""

    bucket: int
    rows: tuple[tuple[int, bytes, int], ...]

    def sum(self) -> BucketSum:
        """Count and sum."""
        total = sum(row_hash(*row) for row in self.rows) % MODULUS
        return BucketSum(self.bucket, len(self.rows), total)

    def of(self) -> tuple[int, int]:
        """The same, for a Repair."""
        found = self.sum()
        return found.count, found.sum


def person(version: int = 1) -> Record:
    """The own person's record."""
    return [version, ME, "279", None]


def customer(row: bytes, name: str, version: int = 2) -> Record:
    """A customer's record."""
    return [version, row, name, ME, 100, None]


def welcome(version: int = 5, epoch: bytes = EPOCH, **more: Any) -> Welcome:
    """An answer's beginning."""
    given = {"restart": False, "schema": None, "server_time": 0, "expected": 1, "covered": 0}
    return Welcome(epoch, version, **{**given, **more})


def granted(*buckets: int, fresh: tuple[int, ...] = (), hide_at: int | None = None) -> Grants:
    """Grants of the buckets that are in use here."""
    kinds = {
        EVERYONE: ("everyone", ZERO, "everyone"),
        MINE: ("business", ME, "own"),
        THEIRS: ("business", OTHER, "substitution"),
        FACET: ("facet", OTHER, "own"),
    }
    lines = [
        Granted(n, *kinds[n], kinds[n][1], hide_at if n == THEIRS else None, None, None)
        for n in buckets
    ]
    return Grants(lines, list(fresh))


def section(
    bucket: int, tag: int, *rows: Record, also: tuple[tuple[bytes, int], ...] = (),
    left: tuple[bytes, ...] = (),
) -> Section:  # fmt: skip
    """Records of a bucket."""
    return Section(bucket, tag, msgspec.Raw(pack(list(rows))), list(also), list(left))


def chunk(*sections: Section, at: int = 5) -> Chunk:
    """Sections of buckets that are read to their end."""
    return Chunk(list(sections), [Cursor(n, at, END, ZERO) for n in {s.bucket for s in sections}])


def checkpoint(version: int, *held: Held, epoch: bytes = EPOCH, wrong: int = 0) -> Checkpoint:
    """All that is held, as told and as a total; `wrong` is added to the last bucket's sum."""
    sums = [h.sum() for h in held]
    total = sum(s.sum for s in sums) % MODULUS
    count = sum(s.count for s in sums)
    if wrong:
        sums[-1] = BucketSum(sums[-1].bucket, sums[-1].count, (sums[-1].sum + wrong) % MODULUS)
    return Checkpoint(b"token %d" % version, epoch, version, sums, count, total)


def early(version: int, behind: int, *held: Held, wrong: int = 0) -> EarlyCheckpoint:
    """What these buckets hold; everything from part 150 on stays as it was at `behind`."""
    sums = [h.sum() for h in held]
    if wrong:
        sums[-1] = BucketSum(sums[-1].bucket, sums[-1].count, (sums[-1].sum + wrong) % MODULUS)
    return EarlyCheckpoint(b"token %d" % version, EPOCH, version, 150, behind, sums)


def request(
    *messages: Struct, token: int | None = None, cursors: tuple[Cursor, ...] = (),
    repair: tuple[Held | int, ...] = (), pushed: tuple[int, ...] = (), status: int = 200,
    cut: bool = False, schema: bytes = PLAIN.hash, epoch: bytes = EPOCH,
) -> Case:  # fmt: skip
    """What is to be sent, and what is answered. repair: what is held of buckets, or whole ones."""
    packed = [pack(m) for m in messages]
    framed = b"".join(HEADER.pack(len(p), 0) + p for p in packed)
    hello = {
        "schema_hash": schema, "checkpoint": None if token is None else b"token %d" % token,
        "epoch": epoch if cursors else ZERO, "cursors": list(cursors),
        "repair": [
            Repair(of, 0, []) if isinstance(of, int) else Repair(of.bucket, 0, [of.of()])
            for of in repair
        ],
    }  # fmt: skip
    return {
        "hello": hello, "pushed": list(pushed),
        "answer": {"status": status, "body": framed if status == 200 else packed[0], "cut": cut},
    }  # fmt: skip


def step(
    *requests: Case, customers: list[Record] | None = None, error: str | None = None,
    edit: dict[str, Any] | None = None,
) -> Case:  # fmt: skip
    """A sync and what shows then. Customers are [id, name, owner, revenue, phone, discount]."""
    return {
        "edit": edit, "requests": list(requests), "error": error,
        "shown": {"customer": sorted(customers or [])},
    }  # fmt: skip


def shown(row: bytes, name: str, phone: str | None = None, discount: int | None = None) -> Record:
    """A customer as a person sees it."""
    return [row, name, ME, 100, phone, discount]


HAS_A = (Held(EVERYONE, ((PERSON, ME, 1),)), Held(MINE, ((CUSTOMER, A, 2),)))
FIRST = step(
    request(
        welcome(),
        granted(EVERYONE, MINE, fresh=(EVERYONE, MINE)),
        chunk(section(EVERYONE, PERSON, person()), section(MINE, CUSTOMER, customer(A, "Anna"))),
        checkpoint(5, *HAS_A),
    ),
    customers=[shown(A, "Anna")],
)
