"""The parameters of IIIF Content Search (2.0 §4.1, §5.1; 1.0 §3.2, §4.2) → a query. PURE.

What is not known is ignored and told; a parameter that is empty restricts nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from annotation_store.date_ranges import parse_date_range
from annotation_store.errors import MalformedQueryError
from annotation_store.query import MAX_VALUES, Query
from annotation_store.text_query import TextQuery, parse_text
from annotation_store.vocabulary import shorten

_KNOWN = ("q", "motivation", "date", "user")
_NON_PAINTING = "non-painting"
_MAX_MINIMUM_DIGITS = 9


@dataclass(frozen=True, slots=True)
class IiifQuery:
    """`query` has no cursor yet. `excluded` are motivations that are not wanted, `ignored` names of parameters.

    `minimum` is how often a term must occur (autocompletion of version 1), `fields` what was asked for, without the
    cursor and without what is ignored.
    """

    query: Query
    excluded: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    cursor: str | None = None
    minimum: int = 1
    fields: tuple[tuple[str, str], ...] = ()


def parse_search(parameters: Sequence[tuple[str, str]]) -> IiifQuery:
    """Of a search. Raises MalformedQueryError."""
    values, ignored = _sort_out(parameters, (*_KNOWN, "cursor"))
    return _build(values, ignored)


def parse_completion(parameters: Sequence[tuple[str, str]], version: int) -> IiifQuery:
    """Of an autocompletion; `q` holds the letters as they are. Raises MalformedQueryError."""
    known = (*_KNOWN, "min") if version == 1 else _KNOWN
    values, ignored = _sort_out(parameters, known)
    if not values.get("q", "").strip():
        raise MalformedQueryError("q", "Autocompletion needs q, the letters that terms begin with.")
    return _build(values, ignored)


def _sort_out(parameters: Sequence[tuple[str, str]], known: Sequence[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    values: dict[str, str] = {}
    for name, value in parameters:
        if name in known:
            if name in values:
                raise MalformedQueryError(name, f"The parameter {name} is given twice.")
            if "\0" in value:
                raise MalformedQueryError(name, "The value holds U+0000.")
            values[name] = value
    return values, tuple(dict.fromkeys(name for name, _ in parameters if name not in known))


def _build(values: dict[str, str], ignored: tuple[str, ...]) -> IiifQuery:
    wanted = [shorten(name) for name in _split(values, "motivation")]
    motivations = () if _NON_PAINTING in wanted else tuple(wanted)
    return IiifQuery(
        Query(
            texts=_texts(values.get("q", "")),
            motivations=motivations,
            creators=tuple(_split(values, "user")),
            created=tuple(parse_date_range(each, "date") for each in _split(values, "date")),
        ),
        excluded=("painting",) if _NON_PAINTING in wanted else (),
        ignored=ignored,
        cursor=values.get("cursor"),
        minimum=_minimum(values.get("min", "")),
        fields=tuple((name, value) for name, value in values.items() if name != "cursor"),
    )


def _texts(text: str) -> tuple[TextQuery, ...]:
    return (parse_text(text, "q"),) if text.strip() else ()


def _split(values: dict[str, str], name: str) -> list[str]:
    found = list(dict.fromkeys(values.get(name, "").split()))
    if len(found) > MAX_VALUES:
        raise MalformedQueryError(name, f"The parameter {name} has at most {MAX_VALUES} values.")
    return found


def _minimum(text: str) -> int:
    if not text.strip():
        return 1
    if not text.isascii() or not text.isdecimal() or len(text) > _MAX_MINIMUM_DIGITS:
        raise MalformedQueryError("min", "The least number of occurrences is a whole number.")
    return max(1, int(text))
