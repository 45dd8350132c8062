"""Options that many commands share, and the settings that come of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from config.logging import configure_logging
from config.settings import Settings, load_settings

Data = Annotated[
    Path | None,
    typer.Option(help="Folder for everything that is kept on this machine.", show_default="pigture-data"),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]
Identifier = Annotated[str, typer.Argument(metavar="ID", help="The image's identifier.")]
Descriptor = Annotated[int | None, typer.Option("--fd", hidden=True, help="An inherited listening socket.")]

Numbers = Annotated[Path | None, typer.Option(hidden=True, help="Where what is counted is written to.")]


def command_settings(**overrides: Any) -> Settings:
    """The settings for a command that a person watches: no news below a warning, unless everything is wanted."""
    settings = load_settings(**overrides)
    if settings.log_level == "info":
        settings = settings.model_copy(update={"log_level": "warning"})
    configure_logging(settings, "pigture")
    return settings


def service_settings(service: str, **overrides: Any) -> Settings:
    """The settings for a service, whose log begins here."""
    settings = load_settings(**overrides)
    configure_logging(settings, service)
    return settings


def stdout() -> Console:
    """Standard output, as it is at this moment."""
    return Console(highlight=False)


def stderr() -> Console:
    """Standard error, as it is at this moment."""
    return Console(stderr=True, highlight=False)
