"""/uploads: one file as the body of one request, written to disk as it comes."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from ulid import ULID

from config.access import Action
from ingest.errors import InvalidValueError, SourceTooLargeError
from ingest.http.callers import Gate
from ingest.http.documents import build_job, job_url
from ingest.http.queries import parse_flag, parse_text
from ingest.incoming import CHUNK_BYTES, Incoming, IncomingFile
from ingest.scratch import open_scratch
from ingest.services import Services
from ingest.submission import Submission, build_submission
from ingest.submit import Submitted, check_identifier_free, submit_incoming


class Uploads:
    """The endpoint."""

    def __init__(self, services: Services, gate: Gate) -> None:
        self._services = services
        self._gate = gate

    async def upload(self, request: Request) -> Response:
        """POST /uploads?identifier&filename&label&rights&access&replace: 202 with the job."""
        await run_in_threadpool(self._gate.require, request, Action.WRITE_IMAGES)
        submission = _parse_submission(request)
        file_name = parse_text(request, "filename") or submission.identifier.rpartition("/")[2]
        size_bytes = self._check_announced_size(request, file_name)
        # Before the bytes come, so that nobody sends gigabytes for nothing.
        await run_in_threadpool(check_identifier_free, self._services, submission, size_bytes)
        submitted = await self._receive(request, file_name, submission)
        return await run_in_threadpool(self._answer, request, submitted)

    def _check_announced_size(self, request: Request, file_name: str) -> int | None:
        announced, limit = request.headers.get("content-length", ""), self._services.settings.max_source_bytes
        if not announced.isascii() or not announced.isdigit() or len(announced) > 18:
            return None
        if int(announced) > limit:
            raise SourceTooLargeError(file_name, limit)
        return int(announced)

    async def _receive(self, request: Request, file_name: str, submission: Submission) -> Submitted:
        scratch = open_scratch(self._services.scratch, f"incoming-{ULID()}")
        folder = await run_in_threadpool(scratch.__enter__)
        try:
            file = IncomingFile(folder, file_name, self._services.settings.max_source_bytes)
            incoming = await _write(request, file)
            return await run_in_threadpool(submit_incoming, self._services, incoming, submission)
        finally:
            scratch.__exit__(None, None, None)

    def _answer(self, request: Request, submitted: Submitted) -> Response:
        base_url = self._gate.base_url(request)
        job = self._services.catalog.job(submitted.job_id)
        document = build_job(job, base_url) if job else {"id": submitted.job_id}
        return JSONResponse(document, 202, {"Location": job_url(submitted.job_id, base_url)})


async def _write(request: Request, file: IncomingFile) -> Incoming:
    """Writes in pieces of a megabyte: a change of threads for every packet would cost more than the writing."""
    pending = bytearray()
    try:
        async for piece in request.stream():
            pending += piece
            if len(pending) >= CHUNK_BYTES:
                await run_in_threadpool(file.write, bytes(pending))
                pending.clear()
        if pending:
            await run_in_threadpool(file.write, bytes(pending))
        return await run_in_threadpool(file.finish)
    finally:
        file.close()


def _parse_submission(request: Request) -> Submission:
    identifier = parse_text(request, "identifier")
    if identifier is None:
        raise InvalidValueError("identifier", "The identifier is missing: POST /uploads?identifier=…")
    return build_submission(
        identifier,
        label=parse_text(request, "label"),
        replace=parse_flag(request, "replace"),
        access=parse_text(request, "access"),
        rights=parse_text(request, "rights"),
    )
