"""SVG text → a tree of elements, without entities, without anything fetched. PURE.

expat is used without name spaces: the model's own example has an unbound prefix (§4.2.7), and names matter here
only by their local part.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NoReturn
from xml.parsers import expat

from annotation_store.errors import MalformedSvgError

MAX_ELEMENTS = 20_000
MAX_DEPTH = 64
_SHORT = 1000
"""Characters up to which trees are remembered."""
_PLAIN_POLYGON = re.compile(
    r'<svg(?: xmlns="http://www\.w3\.org/2000/svg")?><polygon points="([0-9., -]*)"(?:/>|></polygon>)</svg>'
)


@dataclass(frozen=True, slots=True)
class SvgElement:
    """`name` and the names of attributes are local: without a prefix."""

    name: str
    attributes: dict[str, str]
    children: list[SvgElement] = field(default_factory=list)


def plain_polygon(text: str) -> str | None:
    """The points of an SVG that is one polygon and nothing else, as most clients write it: well-formed for sure.

    None for all others, which are to be parsed.
    """
    match = _PLAIN_POLYGON.fullmatch(text)
    return None if match is None else match.group(1)


def parse_svg(text: str) -> SvgElement:
    """The root element, not to be changed. Raises MalformedSvgError: not well-formed, with entities, or too large."""
    return _remembered(text) if len(text) <= _SHORT else _parse(text)


def _parse(text: str) -> SvgElement:
    builder = _TreeBuilder()
    # Entities would be declared in a document type; expat itself knows only the five of XML.
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.EntityDeclHandler = _refuse_entities
    try:
        parser.Parse(text.strip().encode(), True)
    except expat.ExpatError as error:
        sentence = f"The SVG is not well-formed: {expat.errors.messages[error.code]} at line {error.lineno}."
        raise MalformedSvgError(sentence) from error
    except UnicodeEncodeError as error:
        raise MalformedSvgError("The SVG holds a lone surrogate.") from error
    return builder.finish()


# A bulk load validates some hundred documents and then extracts from them: each SVG is asked for twice.
_remembered = lru_cache(256)(_parse)


def _refuse_entities(*_: object) -> NoReturn:
    raise MalformedSvgError("The SVG declares entities, which are not taken.")


class _TreeBuilder:
    def __init__(self) -> None:
        self._open: list[SvgElement] = []
        self._root: SvgElement | None = None
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS or len(self._open) >= MAX_DEPTH:
            raise MalformedSvgError(
                f"The SVG has more than {MAX_ELEMENTS} elements or is nested over {MAX_DEPTH} deep."
            )
        element = SvgElement(_local(name), {_local(key): value for key, value in attributes.items()})
        if self._open:
            self._open[-1].children.append(element)
        else:
            self._root = element
        self._open.append(element)

    def end(self, _: str) -> None:
        self._open.pop()

    def finish(self) -> SvgElement:
        if self._root is None:
            raise MalformedSvgError("The SVG is empty.")
        return self._root


def _local(name: str) -> str:
    return name.rpartition(":")[2]
