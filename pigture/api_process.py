"""The process that serves the API and the pages: alone, or behind the image workers of `pigture serve`."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from config.exposition import listening
from config.metrics import Samples, merge_samples
from config.process import ProcessNumbers, build_samples
from config.settings import Settings
from config.version import read_version
from ingest.http.app import create_api
from ingest.http.counting import ApiCounts, state_samples
from ingest.services import open_services
from pigture.annotation_process import build_annotations
from pigture.annotations_beside import AnnotationsBeside
from pigture.description import description_route
from pigture.http import open_listener, run_http
from pigture.pages import default_dist, page_routes
from pigture.published_numbers import publishing, read_published


def run_api(settings: Settings, descriptor: int | None = None, numbers: Path | None = None) -> None:
    """Serves until told to stop. In the folder `numbers` this process and its siblings publish what they count."""
    listener = open_listener(settings, descriptor)
    prefix = urlsplit(settings.public_url or "").path
    version = read_version(settings.commit)
    process, counts = ProcessNumbers("api"), ApiCounts()
    own = numbers and numbers / "api.json"

    def counted() -> Samples:
        return merge_samples((counts.samples(), process.samples()))

    with open_services(settings) as services:

        def collect() -> Samples:
            everything = read_published(numbers) if numbers else counted()
            return everything | state_samples(services) | build_samples(version.version, version.commit)

        pages = page_routes(default_dist(), prefix=prefix)
        extra = [description_route(version.version, settings.public_url), *pages]
        annotations = build_annotations(services)
        others = {"annotations": annotations.service.answers}
        api = create_api(services, extra_routes=extra, version=version, collect=collect, others=others)
        app = AnnotationsBeside(annotations, api)
        with publishing(own, counted), listening(settings.metrics_listen, collect):
            run_http(counts.wrap(app), listener)
