"""`syncengine lifecycles`."""

from __future__ import annotations

import pytest

from modules.masterdata.manifest import MASTERDATA
from server import modules
from syncengine.model.lifecycle_diagram import section
from tests.lifecycles.module import CLAIMS, ERRANDS, LIFECYCLES
from tests.server.cli import Cli


def test_it_draws_those_of_the_installation(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modules, "OWN_MODULES", (MASTERDATA, LIFECYCLES))
    assert cli("lifecycles").out == f"{section(CLAIMS)}\n{section(ERRANDS)}\n"
    assert cli("lifecycles", "claim").out == f"{section(CLAIMS)}\n"
    assert cli("lifecycles", "customer").err.endswith("[entity.unknown]\n")
