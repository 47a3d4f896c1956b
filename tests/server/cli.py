"""Running commands in the test's own process."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from server.cli.run import run


@dataclass(frozen=True)
class Result:
    """What a command printed and how it ended."""

    status: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The JSON on standard output."""
        return json.loads(self.out)


Cli = Callable[..., Result]


def make_cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """A function that takes a command's words."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("SYNCENGINE_DATABASE", raising=False)

    def cli(*words: str) -> Result:
        monkeypatch.setattr(sys, "argv", ["syncengine", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            run()
        captured = capsys.readouterr()
        status = ended.value.code
        return Result(status if isinstance(status, int) else 0, captured.out, captured.err)

    return cli
