"""uvicorn's httptools protocol with a bound on the request head, which httptools itself lacks."""

from __future__ import annotations

from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from syncengine.protocol.enrolment import MEDIA_TYPE
from syncengine.protocol.messages import Failure, encode


def _answer(status: HTTPStatus, detail: str) -> bytes:
    body = encode(Failure(f"http.{status}", detail, []))
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: {MEDIA_TYPE}\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode("ascii") + body


class HeadTooLong(Exception):
    """Raised inside a parser callback: stops the parser."""


def bounded_protocol(limit: int) -> type[HttpToolsProtocol]:
    """A protocol class for uvicorn's `http` option: a head of more than `limit` bytes gets 431.

    The parser collects a long header, a long trailer or a long chunk extension without a call back.
    So bytes are counted as they arrive, too: at most one read of the socket exceeds the bound.
    """
    too_long = _answer(
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"A request's head has at most {limit} bytes."
    )
    malformed = _answer(HTTPStatus.BAD_REQUEST, "This is not HTTP.")

    class BoundedProtocol(HttpToolsProtocol):
        """Answers as the protocol's other errors do."""

        _head = 0  # bytes of the request line and headers so far
        _silent = 0  # bytes since the parser last reported anything but a header
        _reported = False

        def data_received(self, data: bytes) -> None:
            if self.transport.is_closing():
                return  # refused already, and still sending
            self._reported = False
            super().data_received(data)
            self._silent = 0 if self._reported else self._silent + len(data)
            if self._silent > limit and not self.transport.is_closing():
                self._refuse(too_long)

        def on_message_begin(self) -> None:
            self._head = 0
            super().on_message_begin()

        def on_url(self, url: bytes) -> None:
            self._head += len(url)
            super().on_url(url)

        def on_header(self, name: bytes, value: bytes) -> None:
            self._head += len(name) + len(value) + len(b": \r\n")
            super().on_header(name, value)

        def on_headers_complete(self) -> None:
            self._reported = True
            if self._head > limit:
                raise HeadTooLong
            super().on_headers_complete()

        def on_body(self, body: bytes) -> None:
            self._reported = True
            super().on_body(body)

        def on_message_complete(self) -> None:
            self._reported = True
            super().on_message_complete()

        def send_400_response(self, msg: str) -> None:
            """uvicorn's hook for whatever stopped the parser."""
            self._refuse(too_long if self._head > limit else malformed)

        def _refuse(self, answer: bytes) -> None:
            self.transport.write(answer)
            self.transport.close()

    return BoundedProtocol
