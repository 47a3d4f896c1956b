"""Where settings come from, and what a wrong one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.blobs import blob_store_of
from server.problem import Problem
from server.settings import Settings, load_settings
from syncengine.model.environment import Environment


def test_options_go_before_environment_before_file(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_text('host = "file"\nport = 1\nslow_ms = 5\n')
    environ = {"SYNCENGINE_CONFIG": str(file), "SYNCENGINE_PORT": "2", "SYNCENGINE_HOST": "env"}
    settings = load_settings(None, environ, host="option", port=None)
    assert (settings.host, settings.port, settings.slow_ms) == ("option", 2, 5)


def test_defaults_without_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings(None, {}) == Settings()
    (tmp_path / "syncengine.toml").write_text("port = 99\n")
    assert load_settings(None, {}).port == 99


def test_threads_follow_the_database() -> None:
    assert Settings().worker_threads() == 2
    assert Settings(database="postgresql+psycopg://x/y").worker_threads() == 16
    assert Settings(threads=5).worker_threads() == 5


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("prot = 1", "prot"),
        ("port = 70000", "port"),
        ('port = "many"', "port"),
        ('log_format = "xml"', "log_format"),
        ("port = ", "TOML"),
        ("left_days = 59", "left_days"),
        ("history_days = 179", "at least 180"),
        ("port = " + "[" * 1_000, "nested too deeply"),
        ("port = " + "9" * 5_000, "no TOML file"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, names: str) -> None:
    file = tmp_path / "s.toml"
    file.write_text(text)
    with pytest.raises(Problem, match=names):
        load_settings(file, {})
    with pytest.raises(Problem, match="cannot be read"):
        load_settings(tmp_path / "none.toml", {})


@pytest.mark.parametrize("url", ["bucket", "https://example.com/bucket", "s3://", "s3:///folder"])
def test_a_bucket_that_is_none_is_told_at_the_start(url: str) -> None:
    with pytest.raises(Problem, match="is not of the form s3://BUCKET/FOLDER") as caught:
        blob_store_of(Settings(blob_bucket=url), Environment())
    assert caught.value.code == "settings.invalid"
