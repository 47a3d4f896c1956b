"""Ed25519 signatures. `hex` is what is signed, without the words that go before it. `key` is the
private key's 32 bytes.
"""

from __future__ import annotations

from collections.abc import Iterator

from syncengine.protocol.changesets import DOMAIN
from syncengine.protocol.enrolment import TOKEN_DOMAIN
from syncengine.protocol.hand_in import DOMAIN as OUTBOX
from tests.protocol.vectors.changesets import whole
from tests.protocol.vectors.sample import KEY, Case, good, pack


def make() -> Iterator[Case]:
    """The cases."""
    private, public = KEY.private_bytes_raw(), KEY.public_key().public_bytes_raw()
    for of, domain, data in (
        ("changeset", DOMAIN, pack(whole())),
        ("outbox", OUTBOX, b"a body"),
        ("token", TOKEN_DOMAIN, b"a challenge"),
    ):
        signature = KEY.sign(domain + data)
        more = {"of": of, "key": private, "public_key": public}
        yield good("a signature", data, signature=signature, valid=True, **more)
        yield good("other bytes", data + b"\0", signature=signature, valid=False, **more)
        yield good("cut", data, signature=signature[:-1], valid=False, **more)
        yield good("without the words", data, signature=KEY.sign(data), valid=False, **more)
