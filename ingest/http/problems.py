"""From exceptions to problem details: the one table, and the one place where causes are logged."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from config.problems import INTERNAL_ERROR, MEDIA_TYPE, Problem, problem_for_status
from iiif_server.errors import InvalidRequestError
from ingest import errors
from ingest.downloads import ChangedFileError, MissingFileError
from ingest.http.errors import AuthenticationRequiredError, ForbiddenError

_log = logging.getLogger(__name__)

_RETRY = {"Retry-After": "5"}
_CHALLENGE = "Bearer"


def _simple(
    status: int, type_: str, title: str, headers: Mapping[str, str] | None = None
) -> Callable[[Any], Problem]:
    return lambda exc: Problem(status, type_, title, exc.detail, headers=headers or {})


def _parameter(exc: InvalidRequestError | errors.InvalidValueError) -> Problem:
    return Problem(400, "invalid-request", "Invalid request", exc.detail, {"parameter": exc.parameter})


def _authenticate(exc: AuthenticationRequiredError) -> Problem:
    challenge = f'{_CHALLENGE} error="invalid_token"' if exc.token_given else _CHALLENGE
    return Problem(401, "unauthorized", "Unauthorized", exc.detail, headers={"WWW-Authenticate": challenge})


def _http(exc: HTTPException) -> Problem:
    plain = problem_for_status(exc.status_code)
    return Problem(plain.status, plain.type, plain.title, headers=dict(exc.headers or {}))


TABLE: Mapping[type[Exception], Callable[[Any], Problem]] = {
    HTTPException: _http,
    ClientDisconnect: lambda _: Problem(400, "incomplete-request", "Incomplete request", "The request broke off."),
    InvalidRequestError: _parameter,
    AuthenticationRequiredError: _authenticate,
    ForbiddenError: _simple(403, "forbidden", "Forbidden"),
    errors.InvalidValueError: _parameter,
    errors.UnknownImageError: _simple(404, "unknown-image", "Unknown image"),
    errors.UnknownJobError: _simple(404, "unknown-job", "Unknown job"),
    errors.UnknownSessionCodeError: _simple(403, "unknown-session-code", "Unknown session code"),
    errors.UnknownTokenError: _simple(404, "unknown-token", "Unknown token"),
    MissingFileError: _simple(404, "missing-file", "Missing file"),
    ChangedFileError: _simple(503, "image-changed", "Image changed", _RETRY),
    errors.IdentifierTakenError: _simple(409, "identifier-taken", "Identifier taken"),
    errors.TokenExistsError: _simple(409, "token-exists", "Token exists"),
    errors.NotRetriableError: _simple(409, "not-retriable", "Not retriable"),
    errors.IdentifierDeletedError: _simple(410, "deleted-image", "Deleted image"),
    errors.SourceTooLargeError: _simple(413, "too-large", "Too large"),
    errors.UnreadableSourceError: _simple(422, "unreadable-source", "Unreadable source"),
    errors.UnusableSourceError: _simple(422, "unusable-source", "Unusable source"),
    errors.CatalogUnavailableError: _simple(503, "catalog-unavailable", "Catalog unavailable", _RETRY),
    errors.StorageAwayError: _simple(503, "storage-unavailable", "Storage unavailable", _RETRY),
    errors.PublishConflictError: _simple(503, "publish-conflict", "Publish conflict", _RETRY),
    errors.NoRoomError: _simple(507, "no-room", "No room left"),
}


def problem_of(exc: Exception) -> Problem:
    """What a client is told. What is not in the table is an internal error with a constant text."""
    make = next((TABLE[kind] for kind in type(exc).__mro__ if kind in TABLE), None)
    return INTERNAL_ERROR if make is None else make(exc)


def answer_problem(problem: Problem) -> Response:
    """The response that carries a problem."""
    headers = {"Cache-Control": "no-store", **problem.headers}
    return Response(problem.body(), problem.status, headers, MEDIA_TYPE)


async def answer_exception(request: Request, exc: Exception) -> Response:
    """The response to an exception; faults of ours are logged with their cause."""
    problem = problem_of(exc)
    if problem.status >= 500:
        known = problem is not INTERNAL_ERROR
        _log.log(
            logging.WARNING if known else logging.ERROR,
            "%s %s: %s",
            request.method,
            request.scope["path"],
            exc,
            exc_info=None if known else exc,
        )
    return answer_problem(problem)
