"""docs/API.md: each example is sent as it stands there, and answered as it says."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from server.api.refusals import STATUS
from tests.accounts.office import Office
from tests.api.conftest import ROOT, Desk, System

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "API.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```sh\n(.*?)```\n```json\n(.*?)```", PAGE, re.S)
ANY = "…"


def sent(system: System, command: str, known: dict[str, str]) -> Any:
    """The answer to a curl command; only what the page uses of curl."""
    for name, value in known.items():
        command = command.replace(f"${name}", value)
    words = shlex.split(command)
    assert words.pop(0) == "curl"
    method, headers, data, address = "", {}, None, ""
    while words:
        match words.pop(0):
            case "-X":
                method = words.pop(0)
            case "-H":
                name, _, value = words.pop(0).partition(": ")
                headers[name.lower()] = value
            case "-d":
                data = words.pop(0)
            case address:
                pass
    assert headers["authorization"] == f"Bearer {system.token}"
    method = method or ("GET" if data is None else "POST")
    return system.http.request(method, address, headers=headers, content=data).json()


def fits(expected: Any, found: Any) -> bool:
    """Whether they are equal, but for what the page leaves open."""
    if expected == ANY:
        return isinstance(found, str)
    if isinstance(expected, dict) and isinstance(found, dict):
        return expected.keys() == found.keys() and all(
            fits(v, found[k]) for k, v in expected.items()
        )
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(fits, expected, found))
    return bool(expected == found)


def test_every_example_is_true(tmp_path: Path) -> None:
    office = Office(f"sqlite:///{tmp_path / 'server.db'}", tmp_path)
    system = Desk(office).system()
    known = {"API": ROOT, "TOKEN": system.token}
    assert len(EXAMPLES) >= 8
    for commands, answer in EXAMPLES:
        found = None
        for command in re.findall(r"curl .*?(?=\ncurl |\Z)", commands.replace("\\\n", " "), re.S):
            found = sent(system, command, known)
        assert fits(json.loads(answer), found), (commands, found)
        if isinstance(found, dict) and "since" in found:
            known["SINCE"] = found["since"]
    office.world.close()


@pytest.mark.parametrize("code", sorted(STATUS))
def test_every_code_is_told_with_its_status(code: str) -> None:
    rows = [line for line in PAGE.splitlines() if f"`{code}`" in line and line.startswith("| ")]
    assert any(str(STATUS[code]) in row.split("|")[1] for row in rows), code
