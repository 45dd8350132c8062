"""Settings as environment variables: how the supervisor tells its children everything. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from config.settings import ENV_PREFIX, Settings


def settings_document(settings: Settings) -> dict[str, Any]:
    """Every setting as plain JSON, secrets in clear: `Settings(**document)` is the same again."""
    return {name: _plain(getattr(settings, name)) for name in Settings.model_fields}


def child_environment(settings: Settings, inherited: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child: what this process has, with the settings that are in force here.

    Every setting is named, so that no file that the child may find has anything to add.
    """
    kept = {name: value for name, value in inherited.items() if not name.upper().startswith(ENV_PREFIX)}
    ours = {f"{ENV_PREFIX}{name.upper()}": _text(value) for name, value in settings_document(settings).items()}
    return {**kept, **ours, "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"}


def _plain(value: object) -> object:
    match value:
        case SecretStr():
            return value.get_secret_value()
        case Path():
            return str(value)
        case tuple():
            return list(value)
        case _:
            return value


def _text(value: object) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case list():
            return ",".join(map(str, value))
        case _:
            return str(value)
