"""What the naive client keeps: published rows, a pull that is staged, and the outbox."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.naive.codec import ZERO, Message, write_message
from tests.naive.pull import Key, Pull, Rows
from tests.naive.schema import columns, facets, fit, followed, read_schema, window
from tests.naive.values import DELETE, INSERT, UPDATE, row_id, sign, uuid7

ACTIONS = {"insert": INSERT, "update": UPDATE, "delete": DELETE}


def now() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000


def new_id() -> bytes:
    """A UUIDv7."""
    return uuid7(now(), os.urandom(10))


@dataclass
class Store:
    """One seat's state."""

    incarnation: bytes
    key: Ed25519PrivateKey
    seat: bytes = ZERO
    person: bytes = ZERO
    made_for: dict[str, int] = field(default_factory=dict)  # module versions; others: any
    schema: bytes = b"\x90"
    token: bytes | None = None
    epoch: bytes = ZERO
    version: int = 0
    behind: Message | None = None  # after an early checkpoint: from which part on, which version
    grants: list[Message] = field(default_factory=list)
    buckets: dict[int, dict[Key, int]] = field(default_factory=dict)
    rows: Rows = field(default_factory=dict)
    pull: Pull | None = None
    outbox: dict[int, Message] = field(default_factory=dict)  # by sequence
    sequence: int = 0
    covered: int = 0
    answer_epoch: bytes = ZERO
    parts: list[str] = field(default_factory=list)  # that are wanted; none: all

    def __post_init__(self) -> None:
        self.use(self.schema)

    def use(self, schema: bytes) -> None:
        """Take another schema: values keep their field's number and move to its place."""
        before = self.entities if schema != self.schema else {}
        self.schema = schema
        self.entities, self.modules = read_schema(schema)
        for rows in [self.rows, *([self.pull.rows] if self.pull else [])]:
            for (tag, _), record in rows.items():
                if tag not in before or tag not in self.entities:
                    continue
                numbers = [f["number"] for f in before[tag]["fields"]]
                values = dict(zip(numbers, record[2:], strict=False))
                wanted = [f["number"] for f in self.entities[tag]["fields"]]
                record[2:] = [values.get(n) for n in wanted]

    entities: dict[int, dict[str, Any]] = field(init=False, default_factory=dict)
    modules: dict[str, int] = field(init=False, default_factory=dict)

    def tag(self, entity: str) -> int:
        """An entity's tag."""
        return next(tag for tag, e in self.entities.items() if e["name"] == entity)

    # -- own work

    def change(self, *operations: tuple[str, str, bytes | None, dict[str, Any]]) -> list[bytes]:
        """A changeset of (action, entity, row or None for a new one, values); the rows' ids."""
        made: list[Message] = []
        for action, entity, row, values in operations:
            tag = self.tag(entity)
            numbers = {f["name"]: f["number"] for f in self.entities[tag]["fields"]}
            fields = sorted((numbers[name], value) for name, value in values.items())
            row = row or row_id(now(), os.urandom(10), self.incarnation)
            made.append({"action": ACTIONS[action], "tag": tag, "row": row, "fields": fields})
        self.sequence += 1
        changeset = {
            "id": new_id(), "incarnation": self.incarnation, "sequence": self.sequence,
            "actor": self.person, "modules": sorted(self.modules.items()), "epoch": self.epoch,
            "version": self.version, "needs": self._needs(made), "device_time": now(),
            "operations": made,
        }  # fmt: skip
        if self.behind is None:
            body = write_message("WireChangeset", changeset)
        else:
            body = write_message("WireSplitChangeset", changeset | {"behind": self.behind})
        signature = sign(self.key, "changeset", body)
        self.outbox[self.sequence] = {
            "body": body, "signature": signature, "operations": made, "verdict": None,
            "settled": False,
        }  # fmt: skip
        return [operation["row"] for operation in made]

    def _needs(self, operations: list[Message]) -> list[int]:
        """The unanswered changesets that make a row which is touched or referred to."""
        named = {o["row"] for o in operations} | {
            v for o in operations for _, v in o["fields"] if type(v) is bytes
        }
        return [
            sequence
            for sequence, entry in self.outbox.items()
            if entry["verdict"] is None
            and any(o["action"] == INSERT and o["row"] in named for o in entry["operations"])
        ]

    def waiting(self) -> list[Message]:
        """Body and signature of what has no verdict, in order."""
        entries = [e for _, e in sorted(self.outbox.items()) if e["verdict"] is None]
        return [{"body": e["body"], "signature": e["signature"]} for e in entries[:1_000]]

    def reopen(self, expected: int) -> bool:
        """Answers from `expected` on are of a history that is gone."""
        lost = [e for n, e in self.outbox.items() if n >= expected and e["verdict"] is not None]
        for entry in lost:
            entry |= {"verdict": None, "settled": False}
        return bool(lost)

    def settle(self) -> None:
        """The published state contains what was decided up to its version."""
        for sequence, entry in list(self.outbox.items()):
            verdict = entry["verdict"]
            if all(self._contained(entry, o["tag"]) for o in entry["operations"]):
                entry["settled"] = True
                telling = verdict["outcome"] in ("rejected", "quarantined") or verdict["losses"]
                if verdict["decided"] <= self.covered and not telling:
                    del self.outbox[sequence]

    def _contained(self, entry: Message, tag: int) -> bool:
        """Whether the published rows of an entity have what was decided."""
        version = self.version
        if self.behind is not None and self.entities[tag]["part"] >= self.behind["part"]:
            version = self.behind["version"]
        return entry["verdict"] is not None and entry["verdict"]["decided"] <= version

    # -- what an answer brings

    def hello(self, repair: list[Message]) -> Message:
        """The greeting as things stand."""
        cursors = list(self.pull.cursors.values()) if self.pull else []
        return {
            "protocol": 2, "incarnation": self.incarnation,
            "schema_hash": hashlib.sha256(self.schema).digest(), "checkpoint": self.token,
            "epoch": self.pull.epoch if self.pull and cursors else ZERO, "cursors": cursors,
            "repair": repair, "parts": self.parts, "modules": sorted(self.made_for.items()),
            "client": "naive", "early": True, "waiting": None,
        }  # fmt: skip

    def welcome(self, message: Message) -> None:
        """Another history, another schema, answers that were lost; EOFError: an old answer."""
        if message["epoch"] == self.epoch and message["version"] < self.version:
            raise EOFError("an old answer")
        self.answer_epoch, self.covered = message["epoch"], message["covered"]
        pull = self.pull
        if pull and (pull.epoch != message["epoch"] or message["restart"] or not pull.cursors):
            self.pull = None
        if message["restart"]:
            self.token = None
        if message["schema"] is not None:
            self.use(message["schema"])

    def open(self) -> Pull:
        """The pull that is under way, or one that begins."""
        if self.pull is None:
            buckets = {number: dict(rows) for number, rows in self.buckets.items()}
            rows = {key: list(record) for key, record in self.rows.items()}
            self.pull = Pull(self.answer_epoch, self.grants, buckets, rows)
        return self.pull

    def granted(self, message: Message) -> None:
        """All buckets of what follows."""
        pull = self.open()
        pull.grants = message["grants"]
        listed = [g["bucket"] for g in message["grants"]]
        pull.buckets = {n: pull.buckets.get(n, {}) for n in listed}
        pull.cursors = {n: c for n, c in pull.cursors.items() if n in listed}
        pull.empty(message["fresh"])

    def chunk(self, message: Message) -> None:
        """Stage rows and cursors."""
        pull = self.open()
        for section in message["sections"]:
            tag, bucket = section["tag"], pull.buckets[section["bucket"]]
            also = pull.also.setdefault(section["bucket"], {})
            for record in section["rows"]:
                pull.rows[tag, record[1]] = fit(self.entities[tag], record)
                bucket[tag, record[1]] = record[0]
                also.pop((tag, record[1]), None)
            for row, version in section["also"]:
                bucket[tag, row] = also[tag, row] = version
            for row in section["left"]:
                bucket.pop((tag, row), None)
                also.pop((tag, row), None)
        pull.cursors |= {c["bucket"]: c for c in message["cursors"]}

    def checkpoint(self, message: Message) -> list[int]:
        """Publish; or the buckets that differ."""
        pull = self.open()
        wrong = pull.differing(message)
        if wrong:
            return wrong
        held = {key for rows in pull.buckets.values() for key in rows}
        self.rows = {key: record for key, record in pull.rows.items() if key in held}
        self.buckets, self.grants, self.pull = pull.buckets, pull.grants, None
        self._published(message, None)
        return []

    def early(self, message: Message) -> list[int]:
        """Publish the buckets that it names; or those that differ. The pull stays open."""
        pull = self.open()
        wrong = pull.differing_of(message["buckets"])
        if wrong:
            return wrong
        covered = {b["bucket"] for b in message["buckets"]}
        self.buckets |= {n: dict(pull.buckets[n]) for n in covered}
        lines = [g for g in self.grants if g["bucket"] not in covered]
        self.grants = lines + [g for g in pull.grants if g["bucket"] in covered]
        brought = {key: pull.rows[key] for n in covered for key in pull.buckets[n]}
        held = {key for rows in self.buckets.values() for key in rows}
        here = self.rows | brought
        self.rows = {key: list(record) for key, record in here.items() if key in held}
        pull.cursors = {n: c for n, c in pull.cursors.items() if n not in covered}
        self._published(message, {"part": message["part"], "version": message["behind"]})
        return []

    def _published(self, message: Message, behind: Message | None) -> None:
        self.token, self.epoch = message["token"], message["epoch"]
        self.version, self.behind = message["version"], behind
        self.settle()

    def start_over(self) -> None:
        """Everything is to be taken anew."""
        self.token, self.pull = None, None

    # -- looking

    def shown(self, entity: str, at: int | None = None) -> dict[bytes, list[Any]]:
        """Rows as a person sees them at an instant: values of `columns`, own work on top."""
        tag, at = self.tag(entity), now() if at is None else at
        own = self._visible(tag, at)
        for facet, refers, places in facets(self.entities, entity):
            joined = {record[refers]: record for record in self._visible(facet, at).values()}
            for row, record in own.items():
                found = joined.get(row)
                record += [found[place] if found else None for place in places]
        return own

    def columns(self, entity: str) -> list[str]:
        """The names of what `shown` gives."""
        return columns(self.entities, self.tag(entity))

    def _visible(self, tag: int, at: int) -> dict[bytes, list[Any]]:
        rows = self._present(tag, at).items()
        return {row: record for row, record in rows if self._in_time(tag, record, at)}

    def _in_time(self, tag: int, record: list[Any], at: int) -> bool:
        """By the row's own window, and by that of the row that it comes with."""
        starts, ends = window(self.entities[tag], record)
        if (starts is not None and starts > at) or (ends is not None and ends <= at):
            return False
        comes_with = followed(self.entities, tag)
        if comes_with is None:
            return True
        above, place = comes_with
        found = self._present(above, at).get(record[place])
        return found is not None and self._in_time(above, found, at)

    def _present(self, tag: int, at: int) -> dict[bytes, list[Any]]:
        over = {g["bucket"] for g in self.grants if g["hide_at"] is not None and g["hide_at"] <= at}
        keys = {k for n, rows in self.buckets.items() if n not in over for k in rows if k[0] == tag}
        found = {row: self.rows[tag, row][2:] for _, row in keys}
        places = {f["number"]: i for i, f in enumerate(self.entities[tag]["fields"])}
        for _, entry in sorted(self.outbox.items()):
            shows = not entry["settled"] and not self._contained(entry, tag)
            for operation in entry["operations"] if shows else []:
                row = operation["row"]
                if operation["tag"] != tag:
                    continue
                if operation["action"] == INSERT:
                    found[row] = found.get(row, [None] * len(places))
                if operation["action"] == DELETE:
                    found.pop(row, None)
                for number, value in operation["fields"] if row in found else ():
                    if number in places:
                        found[row][places[number]] = value
        return found
