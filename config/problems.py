"""Problem details (RFC 9457): one value, one serialisation. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, for a person and for a program. `type` is a short name, made a URN on sending."""

    status: int
    type: str
    title: str
    detail: str | None = None
    extensions: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        """The JSON document, UTF-8."""
        document: dict[str, Any] = {
            "type": f"urn:pigture:problem:{self.type}",
            "title": self.title,
            "status": self.status,
        }
        if self.detail is not None:
            document["detail"] = self.detail
        document.update(self.extensions)
        return json.dumps(document, ensure_ascii=False).encode()


INTERNAL_ERROR = Problem(500, "internal-error", "Internal error", "The cause has been logged.")


def problem_for_status(status: int, detail: str | None = None) -> Problem:
    """A problem that says no more than its HTTP status does."""
    phrase = HTTPStatus(status).phrase
    return Problem(status, phrase.lower().replace(" ", "-"), phrase, detail)
