"""A client that was made to do harm: it has a seat of its own, signs what it likes, and sends what
no client of ours makes. Nothing but what its person may do takes effect, nothing but what its
person may have comes back, and what is refused is refused by an error of the tree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from syncengine.model.errors import Fenced, SyncError
from syncengine.protocol.frames import frame
from syncengine.protocol.messages import (
    Chunk,
    Hello,
    Push,
    Signed,
    Struct,
    Verdicts,
    encode,
)
from syncengine.protocol.request import read_request
from tests.fleet.machine import sent_rows
from tests.fleet.seat import TAKEN
from tests.simulation import ledger
from tests.simulation.forging import ForgingLife
from tests.simulation.kinds import PLAIN, Kind
from tests.support.wire import NaiveDevice

TRIES = 3


class MaliciousLife(ForgingLife):
    """A life among whose clients are such."""

    def __init__(self, seed: int, kind: Kind = PLAIN) -> None:
        self._rogues: dict[str, NaiveDevice] = {}
        self._notes = 0  # of theirs, that were taken
        super().__init__(seed, kind)

    def _rogue(self, who: str) -> NaiveDevice:
        if who not in self._rogues:
            self._rogues[who] = NaiveDevice(self.world, who)
        self._rogues[who].modules = {"masterdata": self.served} | self.kind.beside
        return self._rogues[who]

    def restore_server(self) -> None:
        """Seats that were enrolled later are unknown then."""
        super().restore_server()
        self._rogues.clear()

    # -- acts

    def forge_changeset(self, who: str, drawn: int) -> None:
        """Signed as it should be; of its operations one can never be, so none takes effect."""
        for random in _tries(drawn):
            rogue = self._rogue(who)
            operations = [self.allowed(rogue, random) for _ in range(random.randrange(3))]
            kinds = (self.on_offices_own, self.on_unknown, self.on_foreign, self.worded)
            bad = random.choice(kinds)(rogue, random)
            operations.insert(random.randint(0, len(operations)), bad)
            outcomes = self._send(rogue, rogue.hello(), [rogue.changeset(*operations)])
            assert not TAKEN & set(outcomes), f"{who} did what nobody may: {operations}"
            self.counts["forged:changeset"] += 1

    def forge_envelope(self, who: str, drawn: int) -> None:
        """A note that would be fine, in a changeset that claims what is not so."""
        for random in _tries(drawn):
            rogue, before = self._rogue(who), self._notes
            name, made, may = self.envelope(rogue, rogue.note("of a rogue"), random)
            outcomes = self._send(rogue, rogue.hello(), made)
            taken = self._notes > before or TAKEN & set(outcomes)
            assert may or not taken, f"taken from {who}, though it is {name}"
            self.counts["forged:envelope"] += 1

    def forge_request(self, who: str, drawn: int) -> None:
        """A greeting, cursors and repairs that no client has, or bytes that were changed."""
        for random in _tries(drawn):
            rogue = self._rogue(who)
            if random.random() < 0.3:
                rogue.sync()
            hello = self.greeting(rogue, random)
            changesets = [rogue.changeset(rogue.note())] if random.random() < 0.5 else []
            self._send(rogue, hello, changesets, random if random.random() < 0.5 else None)
            self.counts["forged:request"] += 1

    # -- what is sent

    def _send(
        self, rogue: NaiveDevice, hello: Hello, changesets: Sequence[Signed],
        spoilt: Random | None = None,
    ) -> list[str]:  # fmt: skip
        """The outcomes that were answered, or why there are none. Notes alone may be taken."""
        store, outcomes = self.world.store, list[str]()
        store.pass_time()
        self.end_act()
        before, notes = store.status().version, self._notes
        body = frame(encode(hello))
        if changesets:
            body += frame(encode(Push(list(changesets))))
        try:
            asked, pushed = read_request(_spoiled(body, spoilt) if spoilt else body)
            for message in self.random.choice(self.servers).sync(rogue.seat, asked, pushed):
                outcomes += self._told(rogue, message)
        except Fenced:
            self.counts["forged:fenced"] += 1
            del self._rogues[rogue.person]
        except SyncError as error:
            self.counts["forged:refused"] += 1
            outcomes.append(error.code)
        self._adopt(rogue)
        new = self._notes - notes
        assert store.status().version == before + new, "something took effect"
        rogue.sequence = ledger.line_of(store, rogue.incarnation)
        self.mark()
        return outcomes

    def _told(self, rogue: NaiveDevice, message: Struct) -> list[str]:
        """The outcomes in a message, whose rows its person may have."""
        if isinstance(message, Verdicts):
            self._adopt(rogue)
            return [v.outcome for v in message.verdicts]
        if isinstance(message, Chunk):
            foreign = sent_rows(message, self.schema) - self.oracle.slice(rogue.person, self.now)
            assert not foreign, f"sent to a rogue, not in the slice: {foreign}"
        return []

    def _adopt(self, rogue: NaiveDevice) -> None:
        """Its notes that were taken are as good as any."""
        found = ledger.notes_of(self.world.store, self.world.people[rogue.person])
        new = sorted(found - self.oracle.note.keys())
        self.oracle.note |= dict.fromkeys(new, rogue.person)
        self._notes += len(new)


def _tries(drawn: int) -> Iterator[Random]:
    """Several in an act."""
    return (Random(f"{drawn} {number}") for number in range(TRIES))


def _spoiled(body: bytes, random: Random) -> bytes:
    """With some bits turned, a piece left out, twice there or moved, or its end cut off."""
    a, b = sorted(random.randrange(len(body) + 1) for _ in range(2))
    kind = random.randrange(4)
    if kind == 0:
        return body[:a] + body[b:]
    if kind == 1:
        return body[:b] + body[a:]
    if kind == 2:
        return body[:a]
    turned = bytearray(body)
    for _ in range(random.randint(1, 3)):
        turned[random.randrange(len(turned))] ^= 1 << random.randrange(8)
    return bytes(turned)
