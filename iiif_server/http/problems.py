"""From exceptions to problem details: the one table, and the one place where causes are logged."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from config.problems import INTERNAL_ERROR, MEDIA_TYPE, Problem
from iiif_server.errors import (
    AccessDeniedError,
    ChangedImageError,
    DamagedImageError,
    DeletedImageError,
    InvalidRequestError,
    NotImplementedRequestError,
    OverloadedError,
    TooLargeRequestError,
    UnknownImageError,
)
from iiif_server.http.headers import CORS, NO_STORE
from iiif_server.http.messages import HeaderList, Response
from storage.errors import StorageUnavailableError

_log = logging.getLogger(__name__)

STORAGE_RETRY_S = 5
CHANGED_RETRY_S = 5


def _invalid(exc: InvalidRequestError) -> Problem:
    return Problem(400, "invalid-request", "Invalid request", exc.detail, {"parameter": exc.parameter})


def _not_offered(exc: NotImplementedRequestError) -> Problem:
    return Problem(501, "not-implemented", "Not implemented", exc.detail, {"parameter": exc.parameter})


def _denied(exc: AccessDeniedError) -> Problem:
    if exc.authenticated:
        return Problem(403, "forbidden", "Forbidden", exc.detail)
    return Problem(401, "unauthorized", "Unauthorized", exc.detail, headers={"WWW-Authenticate": "Bearer"})


def _overloaded(exc: OverloadedError) -> Problem:
    return Problem(503, "overloaded", "Overloaded", exc.detail, headers={"Retry-After": str(exc.retry_after_s)})


_DAMAGED = Problem(500, "damaged-image", "Damaged image", "The stored image fails its check; the cause is logged.")
_CHANGED = Problem(
    503,
    "image-changed",
    "Image changed",
    "The file of this image has changed and is being indexed anew.",
    headers={"Retry-After": str(CHANGED_RETRY_S)},
)
_UNAVAILABLE = Problem(
    503,
    "storage-unavailable",
    "Storage unavailable",
    "The storage does not answer at the moment.",
    headers={"Retry-After": str(STORAGE_RETRY_S)},
)

_TABLE: Mapping[type[Exception], Callable[[Any], Problem]] = {
    InvalidRequestError: _invalid,
    NotImplementedRequestError: _not_offered,
    AccessDeniedError: _denied,
    UnknownImageError: lambda exc: Problem(404, "unknown-image", "Unknown image", exc.detail),
    DeletedImageError: lambda exc: Problem(410, "deleted-image", "Deleted image", exc.detail),
    TooLargeRequestError: lambda exc: Problem(413, "too-large", "Too large", exc.detail),
    OverloadedError: _overloaded,
    ChangedImageError: lambda _: _CHANGED,
    DamagedImageError: lambda _: _DAMAGED,
    StorageUnavailableError: lambda _: _UNAVAILABLE,
}


def problem_of(exc: Exception) -> Problem:
    """What a client is told. What is not in the table is an internal error with a constant text."""
    make = next((_TABLE[kind] for kind in type(exc).__mro__ if kind in _TABLE), None)
    return INTERNAL_ERROR if make is None else make(exc)


def answer_exception(exc: Exception, raw_path: bytes) -> Response:
    """The response to an exception; faults of ours are logged with their cause."""
    problem = problem_of(exc)
    if problem.status == 500:
        _log.error("%s failed: %s", raw_path.decode("latin-1"), exc, exc_info=exc)
    elif isinstance(exc, StorageUnavailableError):
        _log.warning("%s: storage unavailable: %s", raw_path.decode("latin-1"), exc)
    return answer_problem(problem)


def answer_problem(problem: Problem) -> Response:
    """The response that carries a problem."""
    body = problem.body()
    headers: HeaderList = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", NO_STORE),
        *CORS,
    ]
    headers += [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    return Response(problem.status, headers, body)
