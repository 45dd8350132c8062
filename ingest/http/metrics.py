"""/metrics: numbers for Prometheus, for tokens with the role administer."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from config.access import Action
from config.exposition import expose
from config.metrics import Samples
from ingest.http.callers import Gate


class Metrics:
    """The endpoint; `collect` gives the numbers and may block."""

    def __init__(self, gate: Gate, collect: Callable[[], Samples]) -> None:
        self._gate = gate
        self._collect = collect

    def read_metrics(self, request: Request) -> Response:
        """GET /metrics"""
        self._gate.require(request, Action.READ_METRICS)
        body, media_type = expose(self._collect(), request.headers.get("accept"))
        return Response(body, headers={"Content-Type": media_type, "Cache-Control": "private, no-store"})
