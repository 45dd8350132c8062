"""The process that serves images: alone, or in front of the API on the one public port of `pigture serve`."""

from __future__ import annotations

from pathlib import Path

from config.base_url import ProxyTrust
from config.exposition import listening
from config.metrics import Samples
from config.process import ProcessNumbers, build_samples
from config.settings import Settings
from config.version import read_version
from iiif_server.http.app import create_app
from iiif_server.http.options import ServerOptions
from ingest.stores import open_adopted, open_settings_store
from pigture.http import open_listener, run_http
from pigture.memory import keep_memory_low
from pigture.proxy import Proxy
from pigture.published_numbers import publishing
from pigture.tile_protocol import tile_protocol


def run_image_server(
    settings: Settings,
    descriptor: int | None = None,
    api_socket: Path | None = None,
    numbers: Path | None = None,
) -> None:
    """Serves until told to stop. With `api_socket` everything that is no image request is handed on to the API.

    With `numbers`, what is counted goes into that file, for another process to tell; else it is told here.
    """
    keep_memory_low()
    listener = open_listener(settings, descriptor)
    version = read_version(settings.commit)
    options = ServerOptions.from_settings(
        settings, version=version.version, commit=version.commit, store_beside=api_socket is not None
    )
    proxy = Proxy(api_socket, ProxyTrust.parse(settings.trusted_proxies)) if api_socket else None
    process = ProcessNumbers(numbers.stem if numbers else "image-server")
    app = create_app(open_settings_store(settings), options, proxy, open_adopted(settings), process.samples)

    def collect() -> Samples:
        return app.samples() | build_samples(version.version, version.commit)

    with publishing(numbers, app.samples), listening(None if numbers else settings.metrics_listen, collect):
        run_http(app, listener, tile_protocol(app))
