"""`python -m device_sdk.screen --store DIR`: the screen where the SDK alone is installed."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from device_sdk.screen.screen import Offered
from device_sdk.screen.serve import PORT, run
from syncengine.model.errors import SyncError


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m device_sdk.screen", description=__doc__)
    parser.add_argument("--store", type=Path, required=True, help="the folder of the device")
    parser.add_argument("--server", default="", help="its server, as https://sync.example.com")
    parser.add_argument("--code", default="", help="the one-time code of the office")
    parser.add_argument("--port", type=int, default=PORT, help="of this machine; 0: any free one")
    given = parser.parse_args()
    try:
        run(given.store, Offered(given.server, given.code), given.port, print)
    except SyncError as error:
        sys.exit(f"{error.detail} [{error.code}]")
    except KeyboardInterrupt:  # that is how one stops it
        sys.exit(130)


if __name__ == "__main__":
    main()
