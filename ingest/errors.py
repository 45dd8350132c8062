"""What can go wrong between an upload and a published image. No HTTP codes in here: `http/` maps them."""

from __future__ import annotations

from typing import Literal

InterruptionReason = Literal["killed", "crashed", "memory", "timeout", "disk"]


class IngestError(Exception):
    """Base of ingest's own errors; `detail` is one plain sentence for whoever gave the file."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class UnusableSourceError(IngestError):
    """The file cannot become an image, however often it is tried; `detail` names the file and the cause."""


class ConversionInterruptedError(IngestError):
    """The conversion ended early for a reason that may not lie in the file: trying again may help.

    `reason`: `killed` by a signal from outside, `crashed`, out of `memory`, `timeout`, or no room on the `disk`.
    """

    def __init__(self, detail: str, reason: InterruptionReason) -> None:
        super().__init__(detail)
        self.reason = reason
