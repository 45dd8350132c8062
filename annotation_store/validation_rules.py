"""Rules of the model that a JSON Schema cannot say. PURE.

They look only at values of the right type: the others are the schemas' business.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator

from annotation_store.documents import JsonObject, JsonValue
from annotation_store.errors import MalformedSvgError
from annotation_store.media_fragments import parse_media_fragment
from annotation_store.svg_document import parse_svg, plain_polygon
from annotation_store.violations import PathItem, Violation, format_pointer, model_section

Path = tuple[PathItem, ...]

_DATE = re.compile(r"(-?)([0-9]{4,})-([0-9]{2})-([0-9]{2})T")
_DATE_SECTIONS = {
    "created": "3.3.1",
    "modified": "3.3.1",
    "generated": "3.3.1",
    "sourceDate": "4.3.1",
    "sourceDateStart": "4.3.1",
    "sourceDateEnd": "4.3.1",
}
_MEDIA_FRAGMENTS = re.compile(r"https?://www\.w3\.org/TR/(?:[0-9]+/REC-)?media-frags(?:-[0-9]+)?/?")
# Members whose values are resources of the model; others are extensions and none of our business.
_NESTED = frozenset(
    {
        "body",
        "target",
        "source",
        "items",
        "selector",
        "state",
        "refinedBy",
        "startSelector",
        "endSelector",
        "creator",
        "generator",
        "audience",
    }
)


def find_violations(document: JsonObject) -> list[Violation]:
    """The violations in an annotation, in no particular order."""
    found: list[Violation] = []
    _visit(document, (), found)
    return found


def _visit(value: JsonValue, path: Path, found: list[Violation]) -> None:
    if isinstance(value, list):
        for place, member in enumerate(value):
            _visit(member, (*path, place), found)
    elif isinstance(value, dict):
        kind = value.get("type")
        check = _CHECKS.get(kind if isinstance(kind, str) else _only(kind))
        if check is not None:
            found.extend(check(value, path))
        for name, member in value.items():
            if isinstance(member, (dict, list)) and name in _NESTED:
                _visit(member, (*path, name), found)
            elif name in _DATE_SECTIONS:
                found.extend(_check_dates(member, (*path, name), _DATE_SECTIONS[name]))


def _only(kind: JsonValue) -> str:
    """The one type of a selector."""
    if isinstance(kind, list) and len(kind) == 1:
        kind = kind[0]
    return kind if isinstance(kind, str) else ""


def _violation(path: Path, rule: str, section: str) -> Violation:
    return Violation(format_pointer(path), rule, model_section(section))


def _check_dates(value: JsonValue, path: Path, section: str) -> Iterator[Violation]:
    if isinstance(value, list):
        for place, member in enumerate(value):
            yield from _check_dates(member, (*path, place), section)
    elif isinstance(value, str) and (match := _DATE.match(value)) and not _is_date(match):
        yield _violation(path, "The datetime MUST be a xsd:dateTime: there is no such day.", section)


def _is_date(match: re.Match[str]) -> bool:
    year, month, day = int(match.group(2)), int(match.group(3)), int(match.group(4))
    if not 1 <= month <= 12:
        return True
    # 2000 and 2001 stand for leap and common years, as calendar knows no years beyond 9999.
    known = 2000 if calendar.isleap(year) else 2001
    return day <= calendar.monthrange(known, month)[1]


def _check_fragment(selector: JsonObject, path: Path) -> Iterator[Violation]:
    value, specification = selector.get("value"), selector.get("conformsTo")
    if not isinstance(value, str) or not isinstance(specification, str):
        return
    if _MEDIA_FRAGMENTS.fullmatch(specification):
        media = parse_media_fragment(value)
        if media.faults or not media.known:
            rule = "The value of a FragmentSelector follows the specification that conformsTo names: Media Fragments."
            yield _violation((*path, "value"), rule, "4.2.1")


def _check_svg(selector: JsonObject, path: Path) -> Iterator[Violation]:
    value = selector.get("value")
    if not isinstance(value, str) or plain_polygon(value) is not None:
        return
    try:
        root = parse_svg(value)
    except MalformedSvgError as error:
        yield _violation((*path, "value"), f"The value MUST be well-formed SVG XML. {error.detail}", "4.2.7")
        return
    if root.name not in _SVG_ROOTS:
        rule = f"The value MUST be well-formed SVG XML, but its root is the element {root.name[:40]}."
        yield _violation((*path, "value"), rule, "4.2.7")


_SVG_ROOTS = frozenset({"svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon"})


def _check_positions(selector: JsonObject, path: Path) -> Iterator[Violation]:
    start, end = selector.get("start"), selector.get("end")
    if isinstance(start, int) and isinstance(end, int) and 0 <= end < start:
        section = "4.2.5" if _only(selector["type"]) == "TextPositionSelector" else "4.2.6"
        yield _violation((*path, "end"), "The end position does not lie before the start position.", section)


_CHECKS = {
    "FragmentSelector": _check_fragment,
    "SvgSelector": _check_svg,
    "TextPositionSelector": _check_positions,
    "DataPositionSelector": _check_positions,
}
