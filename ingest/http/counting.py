"""Counts the API's answers, and tells what the catalog and the queue hold."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from config.metrics import Family, Histogram, Samples, series
from ingest.broker import queue_length
from ingest.errors import CatalogUnavailableError
from ingest.services import Services

_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PATCH", "PUT", "DELETE"})

_REQUESTS = Family("pigture_api_requests", "counter", "Answers of the API and the pages.")
_SENT = Family("pigture_api_sent_bytes", "counter", "Bytes of bodies that the API sent, downloads included.")
_DURATION = Family("pigture_api_duration_seconds", "histogram", "Time until an answer of the API began.")
_JOBS = Family("pigture_jobs", "gauge", "Jobs in the catalog by their state.")
_IMAGES = Family("pigture_images", "gauge", "Images in the catalog by their state.")
_QUEUE = Family("pigture_queue_messages", "gauge", "Messages in the queue that no worker has taken yet.")
_UP = Family("pigture_up", "gauge", "Whether a part that everything needs answers: 1 or 0.")


class ApiCounts:
    """ASGI middleware around everything; for one event loop."""

    def __init__(self) -> None:
        self._requests: dict[tuple[str, int], int] = {}
        self._sent_bytes = 0
        self._duration = Histogram(_BOUNDS_S)

    def wrap(self, app: ASGIApp) -> ASGIApp:
        """The application, counted."""

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            began = time.perf_counter()
            # Anybody can think of methods; each would be a line of its own for ever.
            method = scope["method"] if scope["method"] in _METHODS else "other"

            async def send_counted(message: Message) -> None:
                if message["type"] == "http.response.start":
                    key = (method, message["status"])
                    self._requests[key] = self._requests.get(key, 0) + 1
                    self._duration.observe(time.perf_counter() - began)
                elif method != "HEAD":
                    self._sent_bytes += len(message.get("body", b""))
                await send(message)

            await app(scope, receive, send_counted)

        return counted

    def samples(self) -> Samples:
        """All counts."""
        requests = {
            series(_REQUESTS, method=method, status=str(status)): float(count)
            for (method, status), count in list(self._requests.items())
        }
        return requests | {series(_SENT): float(self._sent_bytes)} | self._duration.samples(_DURATION)


def state_samples(services: Services) -> Samples:
    """Jobs and images by state, and the queue; what does not answer is told to be down. Blocks."""
    found: Samples = {}
    try:
        jobs, images = services.catalog.count_states()
    except CatalogUnavailableError:
        found[series(_UP, part="database")] = 0.0
    else:
        found[series(_UP, part="database")] = 1.0
        found |= {series(_JOBS, state=state): float(count) for state, count in jobs.items()}
        found |= {series(_IMAGES, state=state): float(count) for state, count in images.items()}
    waiting = queue_length(services.broker)
    found[series(_UP, part="queue")] = float(waiting is not None)
    if waiting is not None:
        found[series(_QUEUE)] = float(waiting)
    return found
