"""What is asked for a file that comes in, as checked values."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

from iiif_server.grammar import MAX_IDENTIFIER_BYTES
from iiif_server.layout import normalize_identifier
from iiif_server.record import LanguageMap
from ingest.errors import InvalidValueError

Access = Literal["public", "restricted"]


@dataclass(frozen=True, slots=True)
class Submission:
    """What is asked for. Empty values mean: as the image has them, or the default for a new one."""

    identifier: str
    label: LanguageMap | None
    rights: str | None
    access: Access | None
    replace: bool


def build_submission(
    identifier: str, *, label: str | None, replace: bool, access: str | None, rights: str | None
) -> Submission:
    """The checked values. Raises InvalidValueError."""
    name = normalize_identifier(identifier)
    if not name or len(name.encode("utf-8", "replace")) > MAX_IDENTIFIER_BYTES:
        raise InvalidValueError(
            "identifier", f"The identifier must have between 1 and {MAX_IDENTIFIER_BYTES} bytes of UTF-8."
        )
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in name):
        raise InvalidValueError("identifier", "The identifier holds a control character.")
    return Submission(name, parse_label(label), rights or None, parse_access(access), replace)


def parse_label(label: str | None) -> LanguageMap | None:
    """A text without a language. Raises InvalidValueError."""
    if label is not None and "\0" in label:
        raise InvalidValueError("label", "The label holds a NUL character.")
    return {"none": [label]} if label else None


def parse_access(access: str | None) -> Access | None:
    """Raises InvalidValueError for anything but `public` and `restricted`."""
    match access:
        case None | "public" | "restricted":
            return access
        case _:
            raise InvalidValueError("access", f"Access is public or restricted, not {access}.")
