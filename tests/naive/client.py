"""The naive client: enrolment, signing in, and syncing until nothing is left to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.naive import codec
from tests.naive.codec import MEDIA_TYPE, Message, Wrong
from tests.naive.store import Store, new_id
from tests.naive.values import sign

# (path, headers, body) -> (HTTP status, the answer's body piece by piece)
Post = Callable[[str, dict[str, str], bytes], tuple[int, Iterator[bytes]]]
REPAIRS = 3


class Cut(Exception):
    """The answer broke off; what arrived is kept."""


class Client:
    """One store and the way to its server."""

    def __init__(self, post: Post, protocol: int = 2) -> None:
        """protocol: the version to sync in, 1 or 2."""
        self._post = post
        self._protocol = protocol
        self._bearer: str | None = None
        self._early = False  # whether the last answer ended before its time
        self._repairs = 0
        self.store = Store(new_id(), Ed25519PrivateKey.generate())

    def enrol(self, code: str, name: str = "naive") -> None:
        """Take a seat."""
        store = self.store
        public_key = store.key.public_key().public_bytes_raw()
        asked = {"protocol": self._protocol, "code": code, "public_key": public_key,
                 "incarnation": store.incarnation, "device": name}  # fmt: skip
        found = self._ask("/v1/enrol", "Enrol", asked, "Enrolled")
        store.seat, store.person = found["seat"], found["person"]
        store.use(found["schema"])

    def _ask(self, path: str, name: str, fields: Message, answer: str) -> Message:
        headers = {"content-type": MEDIA_TYPE}
        status, pieces = self._post(path, headers, codec.write_message(name, fields))
        body = b"".join(pieces)
        if status != 200:
            raise _failed(codec.read_message(body, "Failure")[1])
        return codec.read_message(body, answer)[1]

    def _token(self) -> str:
        if self._bearer is None:
            seat, key = self.store.seat, self.store.key
            given = self._ask("/v1/challenge", "Challenge", {"seat": seat}, "Challenged")
            challenge = given["challenge"]
            signature = sign(key, "token", challenge)
            asked = {"seat": seat, "challenge": challenge, "signature": signature}
            self._bearer = self._ask("/v1/token", "TokenRequest", asked, "Token")["token"]
        return self._bearer

    def sync(self) -> None:
        """Push and pull until nothing is left to do; Wrong or Cut when something stops it."""
        repair: list[Message] | None = []
        self._repairs = 0
        while repair is not None:
            repair = self._round(repair)

    def _round(self, repair: list[Message]) -> list[Message] | None:
        """One request; buckets to repair in the next one, None when there is no need of one."""
        hello = self.store.hello(repair)
        waiting = self.store.waiting()
        body = codec.frame(self._written(hello))
        if waiting:
            body += codec.frame(codec.write_message("Push", {"changesets": waiting}))
        try:
            differing = self._exchange(body)
        except Wrong as wrong:
            if not self._helped(wrong, hello):
                raise
            return []
        if differing:
            self._repairs += 1
            if self._repairs > 2 * REPAIRS:
                raise Wrong("not.converging")
            if self._repairs > REPAIRS:
                self.store.start_over()
                return []
            ranged = self._protocol == 2 and self._repairs == 1
            return self.store.open().ask(differing, ranged)
        return [] if self.store.waiting() or self._early else None

    def _written(self, hello: Message) -> bytes:
        """The greeting in the version of the protocol that is spoken."""
        if self._protocol == 2:
            return codec.write_message("Hello", hello)
        repair = [r["bucket"] for r in hello["repair"]]
        return codec.write_message("Hello1", hello | {"protocol": 1, "repair": repair})

    def _helped(self, wrong: Wrong, hello: Message) -> bool:
        """Whether asking again at once may succeed."""
        if wrong.code == "push.sequence_gap":
            return self.store.reopen(int(wrong.data["expected"]))
        if wrong.code == "checkpoint.refused" and (hello["checkpoint"] or hello["cursors"]):
            self.store.start_over()
            return True
        return False

    def _exchange(self, body: bytes) -> list[int]:
        self._early = False
        status, pieces = self._authorized(body)
        if status == 401:
            self._bearer = None
            status, pieces = self._authorized(body)
        if status != 200:
            raise _failed(codec.read_message(b"".join(pieces), "Failure")[1])
        state, differing = "start", []
        try:
            for data in codec.read_frames(pieces):
                name, message = codec.read_message(data, *codec.ANSWER)
                state = codec.follow(codec.ANSWER_ORDER, state, name)
                differing = self._take(name, message)
        except EOFError:
            raise Cut from None
        if state != "done":
            raise Cut
        return differing

    def _authorized(self, body: bytes) -> tuple[int, Iterator[bytes]]:
        headers = {"content-type": MEDIA_TYPE, "authorization": f"Bearer {self._token()}"}
        return self._post(f"/v{self._protocol}/sync", headers, body)

    def _take(self, name: str, message: Message) -> list[int]:
        """Work one message in; the buckets that differ at a checkpoint."""
        store = self.store
        match name:
            case "Welcome":
                store.welcome(message)
                store.reopen(message["expected"])
            case "Verdicts":
                for verdict in message["verdicts"]:
                    store.outbox[verdict["sequence"]]["verdict"] = verdict
            case "Grants":
                store.granted(message)
            case "Ranges":
                store.open().void(message)
            case "Chunk":
                store.chunk(message)
            case "Checkpoint":
                return store.checkpoint(message)
            case "EarlyCheckpoint":
                self._early = True
                return store.early(message)
            case "Unchanged":
                store.settle()
            case "Failure":
                raise _failed(message)
        return []


def _failed(message: Message) -> Wrong:
    return Wrong(message["code"], message["detail"], [(n, v) for n, v in message["data"]])
