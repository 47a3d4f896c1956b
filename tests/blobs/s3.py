"""A service that speaks S3, in this process and asked by HTTP."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.request import Request, urlopen

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from syncengine.store.blob_bucket import BlobBucket, open_bucket


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Nobody reads it."""


@dataclass
class Service:
    """endpoint: its address."""

    endpoint: str
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def new_bucket(self) -> str:
        """The name of an empty one."""
        name = f"attachments-{next(self._numbers)}"
        urlopen(Request(f"{self.endpoint}/{name}", method="PUT")).close()
        return name

    def open(self, bucket: str, reached: Callable[[str], None]) -> BlobBucket:
        """A folder of a bucket."""
        return open_bucket(
            f"s3://{bucket}/of/ours", reached, endpoint=self.endpoint,
            access_key_id="key", secret_access_key="secret", region="eu-central-1",
        )  # fmt: skip


@contextmanager
def serving() -> Iterator[Service]:
    """One request after the other, so that it decides between two writers as S3 does."""
    app = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, app, threaded=False, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Service(f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
