"""Uploads and downloads as bytes on the wire, by a device of tests/server/wire.py."""

from __future__ import annotations

import base64
import hashlib

import httpx2

from syncengine.protocol.limits import MIN_PIECE_BYTES
from syncengine.protocol.messages import Struct, decode_response
from tests.server.wire import Answer, Device

PIECE_TYPE = "application/offset+octet-stream"


def digest(content: bytes) -> bytes:
    """The hash by which a blob goes."""
    return hashlib.sha256(content).digest()


def hashed(content: bytes) -> str:
    """As headers have it."""
    return "sha256 " + base64.b64encode(digest(content)).decode("ascii")


def ask(device: Device, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
    """The answer to a request with the device's token; header names take _ for -, and an empty
    value leaves one out.
    """
    named = {name.replace("_", "-"): value for name, value in headers.items() if value}
    token = {"authorization": f"Bearer {device.token}"}
    response: httpx2.Response = device.client.http.request(
        method, path, content=body, headers=token | named
    )
    refused = response.status_code >= 400 and method != "HEAD"
    messages: list[Struct] = [decode_response(response.content)] if refused else []
    return Answer(response.status_code, messages, response.content, dict(response.headers))


def begin(device: Device, content: bytes, **headers: str) -> Answer:
    """POST."""
    usual = {"upload_length": str(len(content)), "upload_metadata": hashed(content)}
    return ask(device, "POST", "/v1/blobs", b"", **{**usual, **headers})


def send(device: Device, path: str, offset: int, piece: bytes, **headers: str) -> Answer:
    """PATCH."""
    usual = {
        "content_type": PIECE_TYPE,
        "upload_offset": str(offset),
        "upload_checksum": hashed(piece),
    }
    return ask(device, "PATCH", path, piece, **{**usual, **headers})


def upload(device: Device, content: bytes) -> bytes:
    """The hash of a content that is uploaded whole."""
    begun = begin(device, content)
    assert begun.status == 201, begun.messages
    offset = int(begun.headers["upload-offset"])
    while offset < len(content):
        piece = content[offset : offset + MIN_PIECE_BYTES]
        answer = send(device, begun.headers["location"], offset, piece)
        assert answer.status == 204, answer.messages
        offset = int(answer.headers["upload-offset"])
    return digest(content)
