"""Version 1 of the protocol, which servers still take: all but the greeting is as in version 2."""

from __future__ import annotations

import msgspec

from syncengine.model.errors import UpgradeRequired
from syncengine.protocol.limits import PROTOCOL_VERSION
from syncengine.protocol.messages import Cursor, Hello, Id, Push, Repair, Request, Struct, decode_as

VERSION = 1


class Hello1(Struct, tag=1, frozen=True):
    """As Hello; `repair` names buckets that are sent again whole."""

    protocol: int
    incarnation: Id
    schema_hash: bytes
    checkpoint: bytes | None
    epoch: Id
    cursors: list[Cursor]
    repair: list[int]
    client: str

    def upgraded(self) -> Hello:
        """What it says, in the words of this version; UpgradeRequired when it is of another one."""
        if self.protocol != VERSION:
            raise UpgradeRequired("This path is for version 1 of the protocol.", speaks=VERSION)
        return Hello(
            PROTOCOL_VERSION,
            self.incarnation,
            self.schema_hash,
            self.checkpoint,
            self.epoch,
            self.cursors,
            [Repair(bucket, 0, []) for bucket in dict.fromkeys(self.repair)],
            [],
            [],
            self.client,
        )


_request: msgspec.msgpack.Decoder[Hello1 | Push] = msgspec.msgpack.Decoder(Hello1 | Push)


def decode_request1(data: bytes) -> Request:
    """One frame of a request of version 1, as one of this version; Malformed when it is none."""
    message = decode_as(_request, data)
    return message.upgraded() if isinstance(message, Hello1) else message
