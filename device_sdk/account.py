"""The seat's side of enrolment and sign-in, and the server's errors as exceptions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

from device_sdk.errors import Offline, ServerError
from device_sdk.keys import Keys
from device_sdk.transport import MAX_ERROR_BYTES, Asking, Response, Transport
from syncengine.model.errors import Malformed, SyncError, Unauthenticated, error_classes
from syncengine.protocol import enrolment
from syncengine.protocol.enrolment import (
    MEDIA_TYPE,
    TOKEN_DOMAIN,
    Challenge,
    Challenged,
    Token,
    TokenRequest,
)
from syncengine.protocol.messages import Failure, Struct, decode_response, encode

HEADERS = {"content-type": MEDIA_TYPE}
_T = TypeVar("_T", bound=Struct)


def raised(failure: Failure) -> SyncError:
    """The exception for a Failure; its data as text."""
    kind = error_classes().get(failure.code, ServerError)
    data = dict(failure.data)
    if kind is ServerError:
        data["code"] = failure.code
    return kind(failure.detail, **data)


def refused(response: Response) -> SyncError:
    """The exception for an answer with an error status."""
    body = b""
    for piece in response.pieces:
        body += piece
        if len(body) > MAX_ERROR_BYTES:
            break
    try:
        message = decode_response(body)
    except Malformed:
        message = Failure("internal", f"The server answered with status {response.status}.", [])
    if not isinstance(message, Failure):
        message = Failure("internal", f"The server answered with status {response.status}.", [])
    return raised(message)


def ask(transport: Transport, path: str, message: Struct, kind: type[_T]) -> _T:
    """One unframed message for another."""
    with transport.post(path, HEADERS, encode(message)) as response:
        if response.status != 200:
            raise refused(response)
        return enrolment.decode(kind, b"".join(response.pieces))


class Account:
    """Signs in when needed: a token is fetched at the first request and when one has expired.
    Safe to use from several threads.
    """

    def __init__(self, transport: Transport, seat: bytes, keys: Keys) -> None:
        self._transport = transport
        self._seat = seat
        self._keys = keys
        self._token: str | None = None
        self._signing_in = threading.Lock()

    def post(self, path: str, body: bytes) -> AbstractContextManager[Response]:
        """An authenticated request; signs in once more when the token has expired."""
        return self._authenticated(
            lambda token: self._transport.post(path, {**HEADERS, **token}, body)
        )

    def listen(self, path: str) -> AbstractContextManager[Response]:
        """The same for an answer that goes on until somebody ends it."""
        return self._authenticated(lambda token: self._transport.listen(path, token))

    def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
    ) -> AbstractContextManager[Response]:
        """Any authenticated request, for attachments; Offline over a transport without them."""
        transport = self._transport
        if not isinstance(transport, Asking):
            raise Offline("This transport carries no attachments.")
        return self._authenticated(
            lambda token: transport.ask(method, path, {**headers, **token}, body)
        )

    @contextmanager
    def _authenticated(
        self, request: Callable[[Mapping[str, str]], AbstractContextManager[Response]]
    ) -> Iterator[Response]:
        for attempt in (1, 2):
            token = self._fresh()
            with request({"authorization": f"Bearer {token}"}) as response:
                if response.status < 300:
                    yield response
                    return
                error = refused(response)
            self._forget(token)
            if attempt == 2 or not isinstance(error, Unauthenticated):
                raise error

    def _fresh(self) -> str:
        with self._signing_in:
            if self._token is None:
                challenge = ask(
                    self._transport, "/v1/challenge", Challenge(self._seat), Challenged
                ).challenge
                signature = self._keys.signing.sign(TOKEN_DOMAIN + challenge)
                request = TokenRequest(self._seat, challenge, signature)
                self._token = ask(self._transport, "/v1/token", request, Token).token
            return self._token

    def _forget(self, token: str) -> None:
        with self._signing_in:
            if self._token == token:  # else another thread has signed in again
                self._token = None
