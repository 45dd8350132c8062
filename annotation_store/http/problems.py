"""From exceptions to problem details: the one table, and the one place where causes are logged."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from annotation_store import errors, store_errors
from annotation_store.bulk_operations import MalformedOperationError
from annotation_store.geojson import UnusableImportError
from annotation_store.http.exchange import Answer, Exchange
from annotation_store.negotiation import ACCEPTABLE
from config.problems import INTERNAL_ERROR, MEDIA_TYPE, Problem

_log = logging.getLogger(__name__)

_CHALLENGE = "Bearer"


def _simple(
    status: int, type_: str, title: str, headers: Mapping[str, str] | None = None
) -> Callable[[Any], Problem]:
    return lambda exc: Problem(status, type_, title, exc.detail, headers=headers or {})


def _invalid(exc: errors.InvalidAnnotationError) -> Problem:
    found = [{"pointer": v.pointer, "rule": v.rule, "section": v.section} for v in exc.violations]
    return Problem(422, "invalid-annotation", "Invalid annotation", exc.detail, {"errors": found})


def _protected(exc: store_errors.ProtectedValueError) -> Problem:
    error = {"pointer": exc.pointer, "rule": exc.detail, "section": "Web Annotation Protocol §5.1, §6"}
    return Problem(409, "protected-value", "Protected value", exc.detail, {"errors": [error]})


def _parameter(exc: errors.MalformedQueryError | store_errors.InvalidContainerError) -> Problem:
    return Problem(400, "invalid-request", "Invalid request", exc.detail, {"parameter": exc.parameter})


def _stale(exc: store_errors.StaleVersionError) -> Problem:
    headers = {"ETag": f'"{exc.etag}"'} if exc.etag else {}
    return Problem(412, "changed-meanwhile", "Changed meanwhile", exc.detail, headers=headers)


def _authenticate(exc: store_errors.AuthenticationRequiredError) -> Problem:
    challenge = f'{_CHALLENGE} error="invalid_token"' if exc.token_given else _CHALLENGE
    return Problem(401, "unauthorized", "Unauthorized", exc.detail, headers={"WWW-Authenticate": challenge})


def _too_many(exc: store_errors.TooManyRequestsError) -> Problem:
    headers = {"Retry-After": str(exc.retry_after_s)}
    return Problem(429, "too-many-requests", "Too many requests", exc.detail, headers=headers)


TABLE: Mapping[type[Exception], Callable[[Any], Problem]] = {
    errors.MalformedQueryError: _parameter,
    store_errors.InvalidContainerError: _parameter,
    store_errors.BrokenOffError: _simple(400, "incomplete-request", "Incomplete request"),
    errors.MalformedJsonError: _simple(400, "malformed-document", "Malformed document"),
    errors.MalformedTurtleError: _simple(400, "malformed-document", "Malformed document"),
    store_errors.AuthenticationRequiredError: _authenticate,
    store_errors.ForbiddenError: _simple(403, "forbidden", "Forbidden"),
    store_errors.UnknownPathError: _simple(404, "not-found", "Not found"),
    store_errors.UnknownContainerError: _simple(404, "unknown-container", "Unknown container"),
    store_errors.UnknownAnnotationError: _simple(404, "unknown-annotation", "Unknown annotation"),
    store_errors.UnknownVersionError: _simple(404, "unknown-version", "Unknown version"),
    store_errors.MethodNotAllowedError: _simple(405, "method-not-allowed", "Method not allowed"),
    store_errors.NotAcceptableError: _simple(406, "not-acceptable", "Not acceptable"),
    store_errors.ProtectedValueError: _protected,
    store_errors.DeletedContainerError: _simple(410, "deleted-container", "Deleted container"),
    store_errors.DeletedAnnotationError: _simple(410, "deleted-annotation", "Deleted annotation"),
    store_errors.StaleVersionError: _stale,
    store_errors.NameTakenError: _simple(412, "name-taken", "Name taken"),
    errors.DocumentTooLargeError: _simple(413, "too-large", "Too large"),
    store_errors.UnsupportedMediaTypeError: _simple(
        415, "unsupported-media-type", "Unsupported media type", {"Accept-Post": ACCEPTABLE}
    ),
    errors.UnknownContextError: _simple(422, "unknown-context", "Unknown context"),
    errors.InvalidAnnotationError: _invalid,
    UnusableImportError: _simple(422, "unusable-import", "Unusable import"),
    MalformedOperationError: _simple(422, "malformed-operation", "Malformed operation"),
    store_errors.PreconditionMissingError: _simple(428, "precondition-required", "Precondition required"),
    store_errors.TooManyRequestsError: _too_many,
    store_errors.StoreUnavailableError: _simple(503, "store-unavailable", "Store unavailable", {"Retry-After": "2"}),
}


def problem_of(exc: Exception) -> Problem:
    """What a client is told. What is not in the table is an internal error with a constant text."""
    make = next((TABLE[kind] for kind in type(exc).__mro__ if kind in TABLE), None)
    return INTERNAL_ERROR if make is None else make(exc)


def answer_exception(exchange: Exchange, exc: Exception) -> Answer:
    """The answer to an exception; faults of ours are logged with their cause."""
    problem = problem_of(exc)
    if problem.status >= 500:
        known = problem is not INTERNAL_ERROR
        level = logging.WARNING if known else logging.ERROR
        path = exchange.scope["path"]
        _log.log(level, "%s %s: %s", exchange.method, path, exc, exc_info=None if known else exc)
    headers = {name.lower(): value for name, value in problem.headers.items()}
    return Answer(
        problem.status, {"content-type": MEDIA_TYPE, "cache-control": "no-store", **headers}, problem.body()
    )
