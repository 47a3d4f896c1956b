"""Uploads that lie about length, place or content, or that are somebody else's."""

from __future__ import annotations

from collections.abc import Callable

from syncengine.protocol.limits import MAX_PIECE_BYTES, MIN_PIECE_BYTES
from tests.bad_input.scene import Case, Scene, judge, table
from tests.server.blob_wire import ask, begin, hashed, send
from tests.server.wire import Answer

PIECE = bytes(MIN_PIECE_BYTES)
WHOLE = PIECE + PIECE + b"end"
OPEN = frozenset({"blob_upload"})  # the case begins the upload that it then spoils
UNKNOWN = "blob.unknown"
Patch = Callable[[Scene, str], Answer]


def begun(scene: Scene, content: bytes = WHOLE) -> str:
    """The path of an upload of which one piece has come."""
    answer = begin(scene.device, content)
    path = answer.headers["location"]
    if answer.headers["upload-offset"] == "0":
        assert send(scene.device, path, 0, PIECE).status == 204
    return path


def posted(**headers: str) -> Callable[[Scene], Answer]:
    """An upload under these headers."""
    return lambda scene: begin(scene.device, WHOLE, **headers)


def patched(offset: int, piece: bytes = PIECE, **headers: str) -> Callable[[Scene], Answer]:
    """A piece of an upload that stands at one."""
    return lambda scene: send(scene.device, begun(scene), offset, piece, **headers)


def elsewhere(method: str, path: str) -> Callable[[Scene], Answer]:
    """Another place."""
    return lambda scene: ask(
        scene.device, method, path, content_type="application/offset+octet-stream",
        upload_offset="0", upload_checksum=hashed(b""),
    )  # fmt: skip


def of_another(scene: Scene) -> Answer:
    """Another device's upload."""
    path = begun(scene)
    return send(scene.enrolled("279"), path, MIN_PIECE_BYTES, PIECE)


def beyond_the_quota(scene: Scene) -> Answer:
    """One upload more than may be open."""
    device = scene.enrolled("276")
    for number in range(32):
        begin(device, bytes([number]))
    return begin(device, b"one more")


def another_whole(scene: Scene) -> Answer:
    """All pieces arrive well, and are not what was announced."""
    device = scene.enrolled("279")
    path = begin(device, b"announced").headers["location"]
    return send(device, path, 0, b"something")


HEADS = (
    Case("no length", 400, "request.malformed", posted(upload_length="")),
    Case("length below zero", 400, "request.malformed", posted(upload_length="-1")),
    Case("length of nothing", 400, "request.malformed", posted(upload_length="0")),
    Case("length of 16 digits", 400, "request.malformed", posted(upload_length="9" * 16)),
    Case("length beyond the limit", 413, "request.too_large",
         posted(upload_length=str(100 * 2**20 + 1)), data={"limit": str(100 * 2**20)}),
    Case("no hash", 400, "request.malformed", posted(upload_metadata="")),
    Case("hash of another kind", 400, "request.malformed", posted(upload_metadata="md5 AAAA")),
    Case("hash too short", 400, "request.malformed", posted(upload_metadata="sha256 AAAA")),
    Case("a file name for a hash", 400, "request.malformed",
         posted(upload_metadata="filename Li4vLi4vZXRjL3Bhc3N3ZA==")),
    Case("no token", 401, "auth.required", posted(authorization="Bearer x")),
    Case("a body where none belongs", 413, "request.too_large",
         lambda scene: ask(scene.device, "POST", "/v1/blobs", b"x", upload_length="1",
                           upload_metadata=hashed(b"x"))),
    Case("too many uploads", 507, "blob.quota", beyond_the_quota,
         changes={"blob_upload", "seat", "enrolment_code", "incarnation"}, data={"limit": "32"}),
)  # fmt: skip
PIECES = (
    *(
        Case(f"wrong offset {offset}", 409, "blob.wrong_offset", patched(offset),
             data={"offset": str(MIN_PIECE_BYTES)}, changes=OPEN)
        for offset in (0, 1, MIN_PIECE_BYTES - 1, MIN_PIECE_BYTES + 1)
    ),
    Case("checksum of something else", 460, "blob.differs",
         patched(MIN_PIECE_BYTES, upload_checksum=hashed(b"else")), changes=OPEN),
    Case("no checksum", 400, "request.malformed",
         patched(MIN_PIECE_BYTES, upload_checksum=""), changes=OPEN),
    Case("no offset", 400, "request.malformed",
         patched(MIN_PIECE_BYTES, upload_offset=""), changes=OPEN),
    Case("longer than declared", 413, "request.too_large",
         patched(MIN_PIECE_BYTES, PIECE + b"end and more"), changes=OPEN),
    Case("piece beyond the limit", 413, "request.too_large",
         patched(MIN_PIECE_BYTES, bytes(MAX_PIECE_BYTES + 1)), changes=OPEN, grows=8),
    Case("piece too small", 400, "request.malformed",
         patched(MIN_PIECE_BYTES, b"small"), changes=OPEN),
    Case("empty piece", 400, "request.malformed", patched(MIN_PIECE_BYTES, b""), changes=OPEN),
    Case("another type", 415, "http.415",
         patched(MIN_PIECE_BYTES, content_type="text/html"), changes=OPEN),
    Case("packed", 415, "http.415",
         patched(MIN_PIECE_BYTES, content_encoding="gzip"), changes=OPEN),
    Case("another device's upload", 404, UNKNOWN, of_another,
         changes=OPEN | {"seat", "enrolment_code", "incarnation"}),
    Case("another whole", 460, "blob.differs", another_whole,
         changes={"seat", "enrolment_code", "incarnation"}, data={"whole": "true"}),
)  # fmt: skip
PLACES = (
    Case("no upload's id", 404, UNKNOWN, elsewhere("PATCH", "/v1/blobs/uploads/abc")),
    Case("id that is none", 404, UNKNOWN, elsewhere("PATCH", f"/v1/blobs/uploads/{'0' * 32}")),
    Case("id in capitals", 404, UNKNOWN,
         elsewhere("PATCH", "/v1/blobs/uploads/01890A5DAC967B2FB5F5A1B2C3D4E5F6")),
    Case("unknown id", 404, UNKNOWN,
         elsewhere("DELETE", "/v1/blobs/uploads/01890a5dac967b2fb5f5a1b2c3d4e5f6")),
    Case("a path for an id", 404, "http.404",
         elsewhere("PATCH", "/v1/blobs/uploads/../../etc/passwd")),
    Case("download of what is not there", 404, UNKNOWN, elsewhere("GET", f"/v1/blobs/{'0' * 64}")),
    Case("download by a name", 404, UNKNOWN, elsewhere("GET", "/v1/blobs/photo.svg")),
    Case("download of a path", 404, "http.404",
         elsewhere("GET", "/v1/blobs/%2e%2e/%2e%2e/etc/passwd")),
    Case("PUT an upload", 405, "http.405",
         elsewhere("PUT", "/v1/blobs/uploads/01890a5dac967b2fb5f5a1b2c3d4e5f6")),
)  # fmt: skip


@table(*HEADS, *PIECES, *PLACES)
def test_uploads_that_are_refused(scene: Scene, case: Case) -> None:
    judge(scene, case)
