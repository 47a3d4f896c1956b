"""A server that reads from a script: it compares what it is sent and answers what is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from device_sdk import Response
from device_sdk.errors import Offline
from syncengine.protocol.changesets import decode_envelope
from syncengine.protocol.enrolment import Challenged, Enrolled, Token
from syncengine.protocol.messages import encode
from syncengine.protocol.request import read_request
from tests.protocol.vectors.sample import EPOCH, ME, PLAIN, SEAT, plain

OUTSIDE = {
    "/v1/enrol": Enrolled(SEAT, ME, EPOCH, PLAIN.data),
    "/v1/challenge": Challenged(b"sign me"),
    "/v1/token": Token("token", 900),
}


class Script:
    """`requests` of the step under way, each taken once. A transport of the SDK's, too."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []

    def answer(
        self, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Iterator[bytes]]:
        """One request."""
        if path in OUTSIDE:
            return 200, iter([encode(OUTSIDE[path])])
        assert headers["authorization"] == "Bearer token"
        due = self.requests.pop(0)
        hello, changesets = read_request(body)
        sent = plain(hello)
        sent["cursors"].sort(key=lambda cursor: cursor["bucket"])
        assert {name: sent[name] for name in due["hello"]} == due["hello"]
        assert [decode_envelope(s.body).sequence for s in changesets] == due["pushed"]
        answer = due["answer"]
        return answer["status"], iter([bytes.fromhex(answer["body"]["hex"])])

    @contextmanager
    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Iterator[Response]:
        """The SDK's way to ask."""
        yield Response(*self.answer(path, headers, body))

    def listen(self, path: str, headers: Mapping[str, str]) -> AbstractContextManager[Response]:
        """No hints here."""
        raise Offline("no hints")

    def close(self) -> None:
        """Nothing to release."""
