"""The yardstick of everything over HTTP: uvicorn with an application that only answers 200 bytes.

Run as `python -m benchmarks.bare PORT`. How far a figure is from it tells what the server's own
work costs, on whatever machine.
"""

from __future__ import annotations

import sys

import uvicorn
from starlette.types import Receive, Scope, Send

BODY = bytes(200)
HEADERS = [(b"content-length", b"200")]


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the request, answer the same each time."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


if __name__ == "__main__":
    uvicorn.run(
        application, port=int(sys.argv[1]), lifespan="off", access_log=False, log_level="error"
    )
