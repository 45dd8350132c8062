"""What the errors of botocore and obstore mean for a stored object."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from storage.errors import (
    InvalidKeyError,
    ObjectNotFoundError,
    PreconditionFailedError,
    StorageError,
    StorageFullError,
    StorageUnavailableError,
)
from storage.os_errors import translate_os_error

_ABSENT = {"NoSuchKey", "404", "NotFound"}
_CONDITION = {"PreconditionFailed", "412", "ConditionalRequestConflict"}
_FULL = {"QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "507"}
_KEY = {"KeyTooLongError", "InvalidURI"}


def translate_client_error(key: str, exc: ClientError) -> StorageError:
    """By the S3 error code. A missing bucket is a fault of the store: it must not look like a missing object."""
    error = exc.response.get("Error", {})
    code = str(error.get("Code", ""))
    if code in _ABSENT:
        return ObjectNotFoundError(key)
    if code in _CONDITION:
        return PreconditionFailedError(key, "the object is not in the state that was demanded")
    if code in _FULL:
        return StorageFullError(key, str(error.get("Message", code)))
    if code in _KEY:
        return InvalidKeyError(key, str(error.get("Message", code)))
    return StorageUnavailableError(key, f"{code}: {error.get('Message', '')}")


@contextmanager
def translated_s3_errors(key: str) -> Iterator[None]:
    """Raises StorageError in place of what botocore, boto3, s3transfer and local files raise."""
    try:
        yield
    except ClientError as exc:
        raise translate_client_error(key, exc) from exc
    except Boto3Error as exc:  # s3transfer wraps the error that it met
        if isinstance(exc.__context__, ClientError):
            raise translate_client_error(key, exc.__context__) from exc
        raise StorageUnavailableError(key, str(exc)) from exc
    except (BotoCoreError, HTTPClientError) as exc:
        raise StorageUnavailableError(key, str(exc)) from exc
    except OSError as exc:
        raise translate_os_error(key, exc) from exc


_STATUS = re.compile(r"non-2xx status code: (\d{3})")


def obstore_status(exc: BaseException) -> int | None:
    """The HTTP status that an obstore error tells in its text; it has no field for it."""
    found = _STATUS.search(str(exc))
    return int(found[1]) if found else None


def first_line(exc: BaseException) -> str:
    """obstore's messages go on with a page of debugging output."""
    return str(exc).partition("\n")[0]
