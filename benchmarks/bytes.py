"""`syncengine bench bytes`: what each kind of message of a sync weighs, as sent and as inflated.

Nothing is timed: the real store answers real devices in this process, and every frame is weighed on
its way. The seed is fixed, but keys, ids made on devices and signatures are not: sizes of small
messages differ by a few bytes from run to run.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.data import Sizes, operation
from benchmarks.figures import say
from benchmarks.office import Office
from device_sdk import Device
from device_sdk.testing import Connection
from device_sdk.transport import Response
from syncengine.model.changeset import Operation
from syncengine.protocol.frames import HEADER, FrameReader
from syncengine.protocol.messages import Struct, decode_request, decode_response

SIZES = Sizes((10_000, 1_000, *([100] * 198)))
EDITED = 100
ARTICLES = 10_000
LIMIT = 2**40


@dataclass
class Weight:
    """Messages of one kind in one sync. sent: with their frames' heads; inflated: without."""

    messages: int = 0
    sent: int = 0
    inflated: int = 0

    def add(self, sent: int, inflated: int) -> None:
        """One more message."""
        self.messages += 1
        self.sent += sent
        self.inflated += inflated


@dataclass
class Scale(Connection):
    """The way to the store, on which frames are weighed."""

    weights: dict[str, Weight] = field(default_factory=dict)

    @contextmanager
    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Iterator[Response]:
        """One request."""
        is_sync = path.endswith("/sync")
        if is_sync:
            self._weigh(body, decode_request)
        with super().post(path, headers, body) as response:
            whole = b"".join(response.pieces)
            if is_sync and response.status == 200:
                self._weigh(whole, decode_response)
            yield Response(response.status, iter([whole]))

    def _weigh(self, stream: bytes, decode: Callable[[bytes], Struct]) -> None:
        at = 0
        while at < len(stream):
            length, _ = HEADER.unpack_from(stream, at)
            whole = stream[at : at + HEADER.size + length]
            at += len(whole)
            (message,) = FrameReader(LIMIT).feed(whole)
            name = type(decode(message)).__name__
            self.weights.setdefault(name, Weight()).add(len(whole), len(message))


def weighed(scale: Scale, device: Device, budget_bytes: int | None = None) -> dict[str, Weight]:
    """The messages of one sync. budget_bytes: 1 for one request."""
    scale.weights = {}
    device.sync(budget_bytes=budget_bytes)
    return scale.weights


def _article(office: Office, number: int) -> Operation:
    name = f"A{number:05}"
    return operation(
        "article", office.generator.new_id(), {"number": name, "name": name, "active": True}
    )


def measure(folder: Path, sizes: Sizes = SIZES) -> dict[str, dict[str, Weight]]:
    """What is done -> kind of message -> weight."""
    office = Office(f"sqlite:///{folder / 'server.db'}", sizes)
    holder, absent = office.generator.owners[:2]
    switch = office.insert("substitution", absent=absent, substitute=holder, active=False)
    scale = Scale(office.store)
    found: dict[str, dict[str, Weight]] = {}
    with Device.enrol(folder / "device", scale, office.code(holder), "weighed") as device:
        found[f"first sync of {sizes.owners[0]:,} rows"] = weighed(scale, device)
        found["no change"] = weighed(scale, device)
        ids = [row.id for row in device.rows("customer", f"1 ORDER BY number LIMIT {EDITED}")]
        office.update("customer", ids[0].bytes, phone="+43 1 1")
        found["one row changed by the office"] = weighed(scale, device)
        for some in ids[:1], ids:
            for row in some:
                with device.changeset() as changes:
                    changes.update("customer", row, phone="+43 1 2")
            found[f"changesets of one field from the device: {len(some)}"] = weighed(scale, device)
        office.insert_all([_article(office, n) for n in range(ARTICLES)])
        office.update("customer", ids[0].bytes, phone="+43 1 3")
        named = f"{ARTICLES:,} new articles and one customer changed"
        found[f"{named}: the customer"] = weighed(scale, device, 1)
        found[f"{named}: the articles"] = weighed(scale, device)
        for active, done in ((True, "begins"), (False, "ends")):
            office.update("substitution", switch, active=active)
            found[f"a substitution of {sizes.owners[1]:,} rows {done}"] = weighed(scale, device)
    return found


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="syncengine bench bytes", description=__doc__)
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="bytes") as temporary:
        found = measure(Path(temporary))
    for done, weights in found.items():
        say(done)
        for name, w in weights.items():
            say(f"  {name:<12}{w.messages:>4} messages {w.sent:>9,} sent {w.inflated:>9,} inflated")
    text = json.dumps(
        {d: {n: asdict(w) for n, w in ws.items()} for d, ws in found.items()}, indent=1
    )
    print(text)
    if given.json:
        Path(given.json).write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
