"""Settings survive the way through a child's environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.settings import Settings, load_settings
from pigture.environment import child_environment, settings_document


def changed() -> Settings:
    return Settings(
        data=Path("/data/ж"),
        open=True,
        trusted_proxies=("10.0.0.0/8", "::1"),
        s3_secret_key="secret",  # type: ignore[arg-type]  pydantic makes a SecretStr of it
        max_area=None,
        max_width=5000,
        record_ttl_s=0.5,
        public_url="https://example.org/images",
    )


def test_a_child_reads_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = changed()
    monkeypatch.setenv("PIGTURE_JOB_ATTEMPTS", "9")
    for name, value in child_environment(settings, {"PATH": "/bin", "PIGTURE_JOB_ATTEMPTS": "9"}).items():
        monkeypatch.setenv(name, value)
    assert load_settings() == settings


def test_a_file_in_the_data_folder_adds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(data=tmp_path)
    (tmp_path / "pigture.toml").write_text('public_url = "https://example.org"\nport = 1\n')
    for name, value in child_environment(settings, {}).items():
        monkeypatch.setenv(name, value)
    assert load_settings() == settings


def test_variables_of_ours_are_not_inherited_and_others_are() -> None:
    environment = child_environment(Settings(), {"PIGTURE_CONFIG": "x.toml", "pigture_port": "1", "HOME": "/root"})
    assert "PIGTURE_CONFIG" not in environment
    assert "pigture_port" not in environment
    assert environment["HOME"] == "/root"


def test_a_strangers_packages_in_the_current_folder_are_not_imported() -> None:
    assert child_environment(Settings(), {})["PYTHONSAFEPATH"] == "1"


def test_the_document_builds_the_same_settings() -> None:
    assert Settings(**settings_document(changed())) == changed()
