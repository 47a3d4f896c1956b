"""The office of the portal's tests."""

from __future__ import annotations

from tests.portal.conftest import desk as desk
