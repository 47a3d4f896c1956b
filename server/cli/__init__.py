"""The command line. `main` is the script `syncengine`."""

from __future__ import annotations


def main() -> None:
    """Run the command in sys.argv and exit with its status."""
    from server.cli.run import run  # not at import time: the entry point stays light

    run()
