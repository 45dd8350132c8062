"""Accept and Content-Type: JSON-LD with the annotation profile, JSON, Turtle (RFC 9110 §12.5.1, RFC 6906). PURE."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

ANNOTATION_PROFILE = "http://www.w3.org/ns/anno.jsonld"
_PARAMETER = re.compile(r';\s*([\w!#$&^.+*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*))')
_RANGE = re.compile(r'\s*((?:[^,"]|"(?:[^"\\]|\\.)*")+)\s*(?:,|$)')


class Format(Enum):
    """The representations, in the order of our preference; the value is the Content-Type."""

    JSON_LD = f'application/ld+json; profile="{ANNOTATION_PROFILE}"'
    JSON = "application/json"
    TURTLE = "text/turtle; charset=utf-8"

    @property
    def media_type(self) -> str:
        """Without parameters."""
        return self.value.partition(";")[0]

    @property
    def mark(self) -> str:
        """What tells the ETags of the representations apart: JSON-LD and JSON are the same bytes."""
        return "t" if self is Format.TURTLE else "j"


ACCEPTABLE = ", ".join((Format.JSON_LD.value, Format.JSON_LD.media_type, Format.JSON.value, "text/turtle"))
"""The value of Accept-Post."""


@dataclass(frozen=True, slots=True)
class _Range:
    media_type: str
    profiles: frozenset[str]
    weight: float


def choose_format(accept: str) -> Format | None:
    """What to send; None where nothing of it is accepted. An empty header accepts everything.

    Other profiles of JSON-LD are not made here; who asks for one gets ours rather than nothing.
    """
    ranges = _parse_accept(accept)
    if not ranges:
        return Format.JSON_LD
    weighed = [(_weight(ranges, candidate), candidate) for candidate in Format]
    best = max(weight for weight, _ in weighed)
    return next(candidate for weight, candidate in weighed if weight == best) if best > 0 else None


def parse_content_type(header: str | None) -> Format | None:
    """How a body is written; None where it cannot be read here."""
    media_type, _, rest = (header or "").partition(";")
    charset = dict(_parameters(";" + rest)).get("charset", "utf-8").lower()
    if charset not in ("utf-8", "utf8", "us-ascii"):
        return None
    known = {candidate.media_type: candidate for candidate in Format}
    return known.get(media_type.strip().lower())


def _parse_accept(accept: str) -> list[_Range]:
    found = []
    for text in _RANGE.findall(accept):
        media_type, _, rest = text.partition(";")
        parameters = dict(_parameters(";" + rest))
        profiles = frozenset(parameters.get("profile", "").split())
        found.append(_Range(media_type.strip().lower(), profiles, _parse_weight(parameters.get("q"))))
    return [item for item in found if item.media_type]


def _parameters(text: str) -> list[tuple[str, str]]:
    return [(name.lower(), quoted or bare) for name, quoted, bare in _PARAMETER.findall(text)]


def _parse_weight(text: str | None) -> float:
    try:
        return min(max(float(text or "1"), 0.0), 1.0)
    except ValueError:
        return 0.0


def _weight(ranges: list[_Range], candidate: Format) -> float:
    """The weight that the most precise range gives it (RFC 9110 §12.5.1)."""
    fitting = [(_precision(item, candidate), item.weight) for item in ranges]
    precision, weight = max(fitting)
    return weight if precision >= 0 else 0.0


def _precision(item: _Range, candidate: Format) -> int:
    """How closely the range describes the format; -1 where it does not."""
    kind = candidate.media_type.partition("/")[0]
    if item.media_type == candidate.media_type:
        return 3 if candidate is Format.JSON_LD and ANNOTATION_PROFILE in item.profiles else 2
    if item.media_type == f"{kind}/*":
        return 1
    return 0 if item.media_type in ("*/*", "*") else -1
