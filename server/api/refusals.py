"""What the API refuses: the one table from codes to statuses, and the answer that carries them.

The answer is a problem (RFC 9457, application/problem+json) with a stable `code`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from syncengine.model.changeset import Objection
from syncengine.model.errors import SyncError

STATUS: dict[str, int] = {
    "request.malformed": 400,
    "request.parameter": 400,
    "auth.required": 401,
    "access.denied": 403,
    "access.beyond": 403,
    "changes.limited": 403,
    "not.found": 404,
    "row.unknown": 404,
    "method.unknown": 405,
    "request.stalled": 408,
    "row.changed": 409,
    "row.exists": 409,
    "key.taken": 409,
    "key.ambiguous": 409,
    "push.id_reused": 409,
    "changes.resync": 410,
    "request.too_large": 413,
    "request.media_type": 415,
    "request.too_many": 429,
    "internal": 500,
    "server.busy": 503,
    "server.schema_differs": 503,
}
OTHERWISE = 422  # codes of the engine: what is asked is understood, and refused
MAX_SHOWN = 100  # errors in one answer


class ApiRefused(Exception):
    """An answer with that code. errors: what is wrong where. more: further members."""

    def __init__(
        self,
        code: str,
        detail: str,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.more = dict(more or {})

    @property
    def status(self) -> int:
        """Of HTTP."""
        return STATUS.get(self.code, OTHERWISE)

    def as_data(self) -> dict[str, Any]:
        """The problem."""
        told = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            **self.more,
        }
        return {**told, "errors": self.errors[:MAX_SHOWN]} if self.errors else told


def not_found() -> ApiRefused:
    """No such thing, or none that this token may see: one answer for all."""
    return ApiRefused("not.found", "There is nothing here, or nothing that this token may see.")


def unclear(name: str, detail: str) -> ApiRefused:
    """A parameter of the address that does not fit."""
    return ApiRefused("request.parameter", f"{name}: {detail}", [{"parameter": name,
                      "code": "request.parameter", "detail": detail}])  # fmt: skip


def of_error(error: SyncError) -> ApiRefused:
    """For what the engine raises."""
    return ApiRefused(error.code, error.detail)


def of_objections(objections: Iterable[Objection], more: Mapping[str, Any]) -> ApiRefused:
    """For a changeset that was refused: the first reason decides, all are told."""
    told = [
        {"operation": o.operation, "code": o.code, "detail": o.detail}
        | ({"field": o.field} if o.field else {})
        for o in objections
    ]
    return ApiRefused(str(told[0]["code"]), str(told[0]["detail"]), told, None, more)
