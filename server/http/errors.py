"""Errors as HTTP: the one table from stable codes to statuses, and the answer that carries them."""

from __future__ import annotations

from http import HTTPStatus

import sqlalchemy as sa
from starlette.types import Send

from server.logs import logger
from syncengine.model.environment import Environment
from syncengine.model.errors import Busy, SyncError
from syncengine.protocol.enrolment import MEDIA_TYPE
from syncengine.protocol.messages import Failure, encode

STATUS: dict[str, int] = {
    "request.malformed": 400,
    "auth.required": 401,
    "auth.seat_locked": 403,
    "auth.enrolment_refused": 403,
    "blob.unknown": 404,
    "blob.wrong_offset": 409,
    "blob.differs": 460,
    "blob.quota": 507,
    "push.bad_signature": 403,
    "seat.fenced": 409,
    "push.sequence_gap": 409,
    "push.id_reused": 409,
    "checkpoint.refused": 409,
    "request.too_large": 413,
    "value.invalid": 422,
    "schema.unknown": 426,
    "protocol.upgrade_required": 426,
    "internal": 500,
    "schema.invalid": 500,
    "server.busy": 503,
    "server.schema_differs": 503,
}

# What somebody may have to look into: attacks, clones, lost devices. Logged as audit.<code>.
AUDITED = frozenset(
    {
        "auth.seat_locked",
        "auth.enrolment_refused",
        "push.bad_signature",
        "push.id_reused",
        "seat.fenced",
        "checkpoint.refused",
    }
)
RETRY_AFTER_SECONDS = b"2"
EXTRA_HEADERS: dict[int, list[tuple[bytes, bytes]]] = {
    401: [(b"www-authenticate", b"Bearer")],
    503: [(b"retry-after", RETRY_AFTER_SECONDS)],
}


class HttpRefused(Exception):
    """Refused for what HTTP itself says, before there is any message: code `http.<status>`.

    close: the request's body is not going to be read, so the connection cannot be used again.
    """

    def __init__(self, status: HTTPStatus, failure: Failure | str, close: bool = False) -> None:
        super().__init__(status)
        self.status = status
        self.failure = (
            Failure(f"http.{status}", failure, []) if isinstance(failure, str) else failure
        )
        self.close = close


def failure_of(error: SyncError) -> Failure:
    """The message that carries an error; its data become text."""
    data = [(name, _text(value)) for name, value in error.data.items()]
    return Failure(error.code, error.detail, data)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def unexpected(error: BaseException, environment: Environment, **context: object) -> Failure:
    """Log what nobody foresaw under a reference, which is all that the device learns. When it is
    the database alone that failed, nothing is wrong with the request: it is to be repeated.
    """
    if database_failed(error):
        logger().error("database_failed", error=f"{type(error).__name__}: {error}", **context)
        return failure_of(Busy("The database does not answer at the moment: try again shortly."))
    reference = environment.new_id().hex()
    logger().error("internal_error", reference=reference, exc_info=error, **context)
    detail = f"Something went wrong on the server. Reference {reference}."
    return Failure("internal", detail, [("reference", reference)])


def database_failed(error: BaseException) -> bool:
    """Whether the database was not reached, had no connection left, broke one off, or ended a
    transaction that stood in another one's way.
    """
    if isinstance(error, sa.exc.DBAPIError):
        return error.connection_invalidated or isinstance(error, sa.exc.OperationalError)
    return isinstance(error, sa.exc.TimeoutError)


def log_refusal(failure: Failure, **context: object) -> None:
    """One line for a refused request; a louder one when it concerns security."""
    if failure.code in AUDITED:
        logger().warning(f"audit.{failure.code}", detail=failure.detail, **context)
    elif failure.code != "internal":  # that one is in the log already, with its reference
        logger().info("refused", code=failure.code, detail=failure.detail, **context)


async def send_failure(
    send: Send, failure: Failure, status: int | None, headers: list[tuple[bytes, bytes]]
) -> None:
    """Answer with an unframed Failure and the status that belongs to its code."""
    status = status or STATUS.get(failure.code, 500)
    await send_bytes(send, status, encode(failure), [*EXTRA_HEADERS.get(status, ()), *headers])


async def send_bytes(
    send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]] | None = None
) -> None:
    """A complete answer of this protocol's media type."""
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", MEDIA_TYPE.encode("ascii")),
                (b"content-length", str(len(body)).encode("ascii")),
                (b"cache-control", b"no-store"),
                *(headers or ()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})
