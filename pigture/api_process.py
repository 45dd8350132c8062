"""The process that serves the API and the pages: alone, or behind the image workers of `pigture serve`."""

from __future__ import annotations

from urllib.parse import urlsplit

from config.settings import Settings
from config.version import read_version
from ingest.http.app import create_api
from ingest.services import open_services
from pigture.http import open_listener, run_http
from pigture.pages import default_dist, page_routes


def run_api(settings: Settings, descriptor: int | None = None) -> None:
    """Serves until told to stop."""
    listener = open_listener(settings, descriptor)
    prefix = urlsplit(settings.public_url or "").path
    with open_services(settings) as services:
        pages = page_routes(default_dist(), prefix=prefix)
        run_http(create_api(services, extra_routes=pages, version=read_version(settings.commit)), listener)
