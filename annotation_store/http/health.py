"""/health of a store that runs by itself: whether PostgreSQL can be reached."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

from annotation_store.http.exchange import Answer, Exchange
from annotation_store.http.service import StoreService
from annotation_store.store_errors import MethodNotAllowedError
from config.problems import MEDIA_TYPE, Problem

TIMEOUT_S = 5


async def read_health(exchange: Exchange, service: StoreService) -> Answer:
    """GET /health: 200 with version and commit, or 503. Raises MethodNotAllowedError."""
    if not exchange.reads:
        raise MethodNotAllowedError(exchange.method)
    about: dict[str, Any] = {"version": service.options.version, "commit": service.options.commit}
    answers = False
    with suppress(TimeoutError):
        async with asyncio.timeout(TIMEOUT_S):
            answers = await service.answers()
    if not answers:
        about["checks"] = {"database": "no answer"}
        problem = Problem(503, "unhealthy", "Service unavailable", "No answer from: database.", about)
        headers = {"content-type": MEDIA_TYPE, "cache-control": "no-store", "retry-after": "2"}
        return Answer(503, headers, problem.body())
    body = json.dumps({"status": "ok", **about, "checks": {"database": "ok"}}).encode()
    return Answer(200, {"content-type": "application/json", "cache-control": "no-store"}, body)
