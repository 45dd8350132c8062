"""What can go wrong between an upload and a published image. No HTTP codes in here: `http/` maps them."""

from __future__ import annotations

from typing import Literal

InterruptionReason = Literal["killed", "crashed", "memory", "timeout", "disk"]


class IngestError(Exception):
    """Base of ingest's own errors; `detail` is one plain sentence for whoever gave the file."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    @property
    def sentence(self) -> str:
        """The same as `detail`, for those who show it to people."""
        return self.detail


class UnusableSourceError(IngestError):
    """The file cannot become an image, however often it is tried; `detail` names the file and the cause."""


class ConversionInterruptedError(IngestError):
    """The conversion ended early for a reason that may not lie in the file: trying again may help.

    `reason`: `killed` by a signal from outside, `crashed`, out of `memory`, `timeout`, or no room on the `disk`.
    """

    def __init__(self, detail: str, reason: InterruptionReason) -> None:
        super().__init__(detail)
        self.reason = reason


class InvalidValueError(IngestError):
    """A value that was handed in cannot be used; `parameter` names it."""

    def __init__(self, parameter: str, detail: str) -> None:
        super().__init__(detail)
        self.parameter = parameter


class IdentifierTakenError(IngestError):
    """There is an image of that identifier already, or a job that will make one."""

    def __init__(self, identifier: str, detail: str) -> None:
        super().__init__(detail)
        self.identifier = identifier


class IdentifierDeletedError(IngestError):
    """The identifier was in use and has been deleted; it is never used again."""

    def __init__(self, identifier: str) -> None:
        super().__init__(f"{identifier} has been deleted, and a deleted identifier is never used again.")
        self.identifier = identifier


class UnknownImageError(IngestError):
    """No image has that identifier."""

    def __init__(self, identifier: str) -> None:
        super().__init__(f"There is no image {identifier}.")
        self.identifier = identifier


class UnknownJobError(IngestError):
    """No job has that id."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f"There is no job {job_id}.")
        self.job_id = job_id


class NotRetriableError(IngestError):
    """Only a failed job whose image is still to be made can be tried again."""


class UnreadableSourceError(IngestError):
    """The file is not there, is no plain file, is empty, or cannot be read."""


class SourceTooLargeError(IngestError):
    """The file has more bytes than are accepted; `limit_bytes` says how many those are."""

    def __init__(self, file_name: str, limit_bytes: int) -> None:
        super().__init__(f"{file_name} is larger than the {limit_bytes:,} bytes that are accepted.")
        self.limit_bytes = limit_bytes


class NoRoomError(IngestError):
    """The disk or the storage is full."""


class CatalogUnavailableError(IngestError):
    """PostgreSQL cannot be reached, or broke off what it was doing; trying again may help."""


class StorageAwayError(IngestError):
    """The storage cannot be reached; trying again may help."""


class LeaseLostError(IngestError):
    """The attempt is no longer the one in force: its job was cancelled, or another worker has it."""


class StoppedError(IngestError):
    """This worker is being stopped and lets go of the job."""


class PublishConflictError(IngestError):
    """The stored record changed while it was being replaced; trying again may help."""


class TokenExistsError(IngestError):
    """A token of that name exists."""


class UnknownTokenError(IngestError):
    """No token has that name, or the given one is not in force."""


class UnknownSessionCodeError(IngestError):
    """The one-time code is unknown, used, or too old."""
