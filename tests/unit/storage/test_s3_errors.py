"""Which storage error stands for which answer of S3."""

from __future__ import annotations

import pytest
from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from storage.errors import (
    InvalidKeyError,
    ObjectNotFoundError,
    PreconditionFailedError,
    StorageFullError,
    StorageUnavailableError,
)
from storage.s3_errors import first_line, obstore_status, translated_s3_errors


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "why"}}, "PutObject")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("NoSuchKey", ObjectNotFoundError),
        ("404", ObjectNotFoundError),
        ("NoSuchBucket", StorageUnavailableError),
        ("PreconditionFailed", PreconditionFailedError),
        ("412", PreconditionFailedError),
        ("ConditionalRequestConflict", PreconditionFailedError),
        ("QuotaExceeded", StorageFullError),
        ("KeyTooLongError", InvalidKeyError),
        ("AccessDenied", StorageUnavailableError),
        ("SlowDown", StorageUnavailableError),
        ("InternalError", StorageUnavailableError),
    ],
)
def test_an_error_code_has_its_storage_error(code: str, error: type[Exception]) -> None:
    with pytest.raises(error, match="the/key") as caught, translated_s3_errors("the/key"):
        raise client_error(code)
    assert type(caught.value) is error
    assert isinstance(caught.value.__cause__, ClientError)


def test_the_error_inside_a_failed_upload_counts() -> None:
    def upload() -> None:
        try:
            raise client_error("QuotaExceeded")
        except ClientError as exc:
            raise S3UploadFailedError("failed") from exc

    with pytest.raises(StorageFullError), translated_s3_errors("a"):
        upload()


@pytest.mark.parametrize(
    "fault",
    [
        EndpointConnectionError(endpoint_url="http://127.0.0.1:9"),
        ReadTimeoutError(endpoint_url="http://127.0.0.1:9"),
        ConnectionResetError(104, "Connection reset by peer"),
    ],
)
def test_a_broken_connection_is_an_unavailable_store(fault: Exception) -> None:
    with pytest.raises(StorageUnavailableError), translated_s3_errors("a"):
        raise fault


def test_the_status_stands_in_the_text_of_obstore() -> None:
    text = (
        "Generic S3 error: Error performing GET http://h/b/k in 1ms - Server returned non-2xx status code: 416 Range"
    )
    assert obstore_status(ValueError(text)) == 416
    assert obstore_status(ValueError("connection refused")) is None
    assert first_line(ValueError("one\n\nDebug source: two")) == "one"
