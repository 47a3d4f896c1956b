"""The launcher itself: a real server, and nothing of it left behind."""

from __future__ import annotations

from pathlib import Path

import psycopg

from tests.support.postgres import launch


def test_a_cluster_answers_and_is_gone_afterwards() -> None:
    with launch() as url:
        folder = Path(url.split("host=")[1].split("&")[0])
        with psycopg.connect(host=str(folder), user="postgres", dbname="postgres") as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    assert not folder.exists()
