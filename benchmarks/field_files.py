"""Files that people of a field force uploaded, for rows that refer to them."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.office import Office
from syncengine.store.blob_folder import BlobFolder
from syncengine.store.uploads import Bounds, Uploader, Uploads


def uploaded(office: Office, people: Sequence[bytes], content: bytes) -> bytes:
    """The digest of what each of these people uploaded; its bytes are not kept, for no page shows
    them.
    """
    digest = hashlib.sha256(content).digest()
    with tempfile.TemporaryDirectory() as folder:
        blobs = BlobFolder(Path(folder), office.store.environment.reached)
        uploads = Uploads(office.store, blobs, Bounds(len(content), len(content)))
        for person in people:
            who = Uploader(person, person)
            upload = uploads.begin(who, digest, len(content))
            uploads.add(who, upload.id, 0, content, digest)
    return digest
