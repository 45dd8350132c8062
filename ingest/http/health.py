"""/health: whether the parts that everything needs can be reached."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping

import anyio
from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from config.problems import Problem
from config.version import Version
from iiif_server.layout import TOKENS_KEY
from ingest.broker import queue_answers
from ingest.errors import CatalogUnavailableError
from ingest.http.problems import answer_problem
from ingest.services import Services
from storage.errors import ObjectNotFoundError, StorageError

TIMEOUT_S = 5


Ping = Callable[[], Awaitable[bool]]
"""Whether a part answers."""


class Health:
    """The endpoint. `others` are parts of the same process that are not the API's own."""

    def __init__(self, services: Services, version: Version, others: Mapping[str, Ping]) -> None:
        self._services = services
        self._version = version
        self._checks: Mapping[str, Callable[[], bool]] = {
            "database": self._database,
            "queue": lambda: queue_answers(services.broker),
            "storage": self._storage,
        }
        self._others = others
        self._waiting_since: dict[str, float] = {}

    async def read_health(self, _request: Request) -> Response:
        """GET /health: 200 with version and commit, or 503."""
        results: dict[str, str] = {}
        async with anyio.create_task_group() as group:
            for name, check in self._checks.items():
                group.start_soon(self._run, name, check, results)
            for name, ping in self._others.items():
                group.start_soon(_wait_for, name, ping, results)
        checks = {name: results[name] for name in (*self._checks, *self._others)}
        about = {"version": self._version.version, "commit": self._version.commit, "checks": checks}
        away = [name for name, result in checks.items() if result != "ok"]
        if away:
            detail = f"No answer from: {', '.join(away)}."
            headers = {"Retry-After": "2"}
            return answer_problem(Problem(503, "unhealthy", "Service unavailable", detail, about, headers))
        return JSONResponse({"status": "ok", **about}, headers={"Cache-Control": "no-store"})

    async def _run(self, name: str, check: Callable[[], bool], results: dict[str, str]) -> None:
        """Where an earlier one hangs, none is begun: threads would pile up."""
        results[name] = "no answer"
        now = time.monotonic()
        since = self._waiting_since.setdefault(name, now)
        if now - since > TIMEOUT_S:
            return

        def checked() -> bool:
            try:
                return check()
            finally:
                if self._waiting_since.get(name) == since:
                    self._waiting_since.pop(name, None)

        with anyio.move_on_after(TIMEOUT_S):
            results[name] = "ok" if await run_sync(checked, abandon_on_cancel=True) else "no answer"

    def _database(self) -> bool:
        try:
            self._services.catalog.ping()
        except CatalogUnavailableError:
            return False
        return True

    def _storage(self) -> bool:
        try:
            self._services.store.head(TOKENS_KEY)
        except ObjectNotFoundError:
            return True
        except StorageError:
            return False
        return True


async def _wait_for(name: str, ping: Ping, results: dict[str, str]) -> None:
    results[name] = "no answer"
    with anyio.move_on_after(TIMEOUT_S):
        results[name] = "ok" if await ping() else "no answer"
