"""One broken rule of the Web Annotation Data Model. PURE."""

from __future__ import annotations

from dataclasses import dataclass

PathItem = str | int


@dataclass(frozen=True, slots=True)
class Violation:
    """`pointer` (RFC 6901; "" is the whole document), `rule` (one sentence), and the `section` that it stands in."""

    pointer: str
    rule: str
    section: str


def format_pointer(path: tuple[PathItem, ...]) -> str:
    """RFC 6901 §5: `~` and `/` within a name are escaped."""
    return "".join("/" + str(item).replace("~", "~0").replace("/", "~1") for item in path)


def model_section(number: str) -> str:
    """The way a section of the model is named in every violation."""
    return f"Web Annotation Data Model §{number}"
