"""/jobs: how conversions stand, and trying failed ones again."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from config.access import Action
from ingest.errors import UnknownJobError
from ingest.http.callers import Gate
from ingest.http.documents import build_job, job_url
from ingest.http.queries import parse_limit, parse_state
from ingest.retry import retry_job
from ingest.services import Services

_HEADERS = {"Cache-Control": "private, no-store"}
_PAGE, MAX_PAGE = 100, 1000


class Jobs:
    """The endpoints."""

    def __init__(self, services: Services, gate: Gate) -> None:
        self._services = services
        self._gate = gate

    def list_jobs(self, request: Request) -> Response:
        """GET /jobs?state&limit: the newest first."""
        self._gate.require(request, Action.READ_JOBS)
        jobs = self._services.catalog.jobs(parse_state(request), parse_limit(request, _PAGE, MAX_PAGE))
        base_url = self._gate.base_url(request)
        return JSONResponse({"items": [build_job(job, base_url) for job in jobs]}, headers=_HEADERS)

    def read_job(self, request: Request) -> Response:
        """GET /jobs/{id}"""
        self._gate.require(request, Action.READ_JOBS)
        return self._answer(request, 200)

    def retry_job(self, request: Request) -> Response:
        """POST /jobs/{id}/retry"""
        self._gate.require(request, Action.WRITE_IMAGES)
        retry_job(self._services, _job_id(request))
        return self._answer(request, 202)

    def _answer(self, request: Request, status: int) -> Response:
        job = self._services.catalog.job(_job_id(request))
        if job is None:
            raise UnknownJobError(_job_id(request))
        base_url = self._gate.base_url(request)
        headers = _HEADERS | ({"Location": job_url(job.id, base_url)} if status == 202 else {})
        return JSONResponse(build_job(job, base_url), status, headers)


def _job_id(request: Request) -> str:
    text: str = request.path_params["job_id"]
    if "\0" in text:
        raise UnknownJobError("with a NUL character")
    return text
