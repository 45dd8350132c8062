"""Counts answers by what was asked for, how they were made, and their status. For one event loop."""

from __future__ import annotations

from config.metrics import Family, Histogram, Samples, series
from iiif_server.http.messages import Kind, Response
from iiif_server.http.server_timing import made_of

RENDER_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

_REQUESTS = Family(
    "pigture_image_requests",
    "counter",
    "Answers of the image servers: kind is what was asked for, made how (copy, cache, computed, revalidated, error).",
)
_SENT = Family("pigture_image_sent_bytes", "counter", "Bytes of bodies that the image servers sent.")
_DURATION = Family(
    "pigture_render_duration_seconds", "histogram", "Time from a request to its computed image, waiting included."
)
_WAIT = Family("pigture_render_wait_seconds", "histogram", "Time that computed images waited to be admitted.")


class AnswerCounts:
    """The answers that went the long way; tiles on the short way count in KnownTiles."""

    def __init__(self) -> None:
        self._requests: dict[tuple[Kind, str, int], int] = {}
        self._sent: dict[Kind, int] = {}
        self._duration = Histogram(RENDER_BOUNDS_S)
        self._wait = Histogram(RENDER_BOUNDS_S)

    def count(self, raw_path: bytes, response: Response, *, is_head: bool, duration_s: float) -> None:
        """Counts one answer."""
        kind = response.kind or kind_of(raw_path)
        key = (kind, made_of(response), response.status)
        self._requests[key] = self._requests.get(key, 0) + 1
        if not is_head:
            self._sent[kind] = self._sent.get(kind, 0) + len(response.body)
        times = response.times
        if times is not None and not times.kept and response.status == 200:
            self._duration.observe(duration_s)
            if times.wait_s is not None:
                self._wait.observe(times.wait_s)

    def samples(self) -> Samples:
        """All counts."""
        requests = {
            series(_REQUESTS, kind=kind, made=made, status=str(status)): float(count)
            for (kind, made, status), count in list(self._requests.items())
        }
        sent = {series(_SENT, kind=kind): float(size) for kind, size in list(self._sent.items())}
        return requests | sent | self._duration.samples(_DURATION) | self._wait.samples(_WAIT)


def tile_samples(made: str, count: int, sent_bytes: int) -> Samples:
    """Those of tiles that were sent on the short way."""
    return {
        series(_REQUESTS, kind="tile", made=made, status="200"): float(count),
        series(_SENT, kind="tile"): float(sent_bytes),
    }


def kind_of(raw_path: bytes) -> Kind:
    """What a path asks for, as far as its text tells: a tile looks like any image."""
    if raw_path.startswith((b"/iiif/3/", b"/iiif/2/")):
        if raw_path.endswith(b"/info.json"):
            return "info"
        return "image" if raw_path.count(b"/") > 4 else "other"
    return "manifest" if raw_path.startswith(b"/iiif/presentation/") else "other"
