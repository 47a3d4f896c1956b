"""One target under Atheris, in a process of its own: `python -m tests.fuzz.child TARGET ARGS...`.

libFuzzer's arguments: https://llvm.org/docs/LibFuzzer.html. It ends the process itself.
"""

from __future__ import annotations

import sys

import atheris

# where the decoders are; everything else would only slow them down
PACKAGES = [
    "syncengine.model", "syncengine.protocol", "syncengine.store.checkpoints",
    "syncengine.store.pull", "server.fields", "server.toml", "server.tokens", "server.http.sync",
    "device_sdk.account", "device_sdk.unpack", "tests.fuzz.readers",
]  # fmt: skip

with atheris.instrument_imports(include=PACKAGES):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Fuzz until libFuzzer has enough, or a defect is found."""
    target = TARGETS[sys.argv[1]]

    def one(data: bytes) -> None:
        target.check(data)

    # to merge, libFuzzer starts its own command line again, in a shell
    command = f"{sys.executable} -m tests.fuzz.child {sys.argv[1]}"
    atheris.Setup([command, *sys.argv[2:]], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
