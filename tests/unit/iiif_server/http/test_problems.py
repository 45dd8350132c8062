import json
import logging

import pytest

from iiif_server import errors
from iiif_server.http.problems import answer_exception
from storage.errors import StorageFullError, StorageUnavailableError


@pytest.mark.parametrize(
    ("exc", "status", "extra"),
    [
        (errors.InvalidRequestError("size", "why"), 400, {"parameter": "size"}),
        (errors.NotImplementedRequestError("format", "why"), 501, {"parameter": "format"}),
        (errors.AccessDeniedError("why", authenticated=False), 401, {}),
        (errors.AccessDeniedError("why", authenticated=True), 403, {}),
        (errors.UnknownImageError("why"), 404, {}),
        (errors.DeletedImageError("why"), 410, {}),
        (errors.TooLargeRequestError("why"), 413, {}),
        (errors.OverloadedError("why", retry_after_s=2), 503, {}),
    ],
)
def test_errors_of_whoever_asked_say_why(exc: Exception, status: int, extra: dict[str, str]) -> None:
    response = answer_exception(exc, b"/x")
    document = json.loads(response.body)
    assert (response.status, document["status"], document["detail"]) == (status, status, "why")
    assert extra.items() <= document.items()
    headers = dict(response.headers)
    assert headers[b"content-type"] == b"application/problem+json"
    assert headers[b"content-length"] == b"%d" % len(response.body)
    assert headers[b"access-control-allow-origin"] == b"*"
    assert (b"retry-after" in headers) == (status == 503)
    assert (b"www-authenticate" in headers) == (status == 401)


@pytest.mark.parametrize(
    "exc",
    [
        errors.DamagedImageError("secret"),
        errors.RenderFailedError("secret"),
        StorageFullError("secret", "secret"),
        RuntimeError("secret"),
    ],
)
def test_faults_of_ours_are_logged_and_not_told(exc: Exception, caplog: pytest.LogCaptureFixture) -> None:
    response = answer_exception(exc, b"/x\xff")
    assert response.status == 500
    assert b"secret" not in response.body
    assert "secret" in caplog.text


def test_storage_that_is_away_is_a_503_with_a_time(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    response = answer_exception(StorageUnavailableError("k", "secret"), b"/x")
    assert (response.status, dict(response.headers)[b"retry-after"]) == (503, b"5")
    assert b"secret" not in response.body
    assert "secret" in caplog.text
