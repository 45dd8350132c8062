"""The query parameters of a container → what is looked for. PURE."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from annotation_store.date_ranges import DateRange, parse_date_range
from annotation_store.errors import MalformedQueryError
from annotation_store.geometry import Region, TimeSpan
from annotation_store.media_fragments import parse_time
from annotation_store.query_regions import parse_region
from annotation_store.text_query import Phrase, Prefix, TextQuery, TextTerm, Word, parse_text
from annotation_store.vocabulary import normalise_tag, shorten

__all__ = [
    "DateRange",
    "Phrase",
    "Prefix",
    "Query",
    "ReviewState",
    "TextQuery",
    "TextTerm",
    "Word",
    "parse_query",
    "parse_text",
]

MAX_VALUES = 50
_MAX_LIMIT_DIGITS = 9


class ReviewState(StrEnum):
    """How far an annotation has come in review."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Query:
    """Every field must hold; within a field one of the values is enough; an empty tuple asks for nothing.

    `targets` match a target's source or its full IRI, `regions` and `times` what they touch. `tags` are normalised
    (`vocabulary.normalise_tag`), `motivations` and `body_types` are short names (`vocabulary.shorten`). `limit` is at
    least 1 and not bounded here. `cursor` is still opaque (`cursor.parse_cursor`).
    """

    targets: tuple[str, ...] = ()
    manifests: tuple[str, ...] = ()
    regions: tuple[Region, ...] = ()
    times: tuple[TimeSpan, ...] = ()
    texts: tuple[TextQuery, ...] = ()
    creators: tuple[str, ...] = ()
    motivations: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    body_types: tuple[str, ...] = ()
    created: tuple[DateRange, ...] = ()
    modified: tuple[DateRange, ...] = ()
    states: tuple[ReviewState, ...] = ()
    limit: int | None = None
    cursor: str | None = None


def parse_query(parameters: Sequence[tuple[str, str]]) -> Query:
    """The query of decoded name-value pairs. Raises MalformedQueryError, also for names that are not known."""
    values: dict[str, list[str]] = {}
    for name, value in parameters:
        if name not in _KNOWN:
            raise MalformedQueryError(
                name[:60], f"There is no parameter {name[:60]!r}; known are {', '.join(_KNOWN)}."
            )
        _refuse_unkeepable(name, value)
        values.setdefault(name, []).append(value)
    for name, given in values.items():
        if len(given) > (1 if name in _SINGLE else MAX_VALUES):
            raise MalformedQueryError(name, f"The parameter {name} is given too often.")

    return Query(
        targets=_each(values, "target", _parse_filled),
        manifests=_each(values, "manifest", _parse_filled),
        regions=_each(values, "region", parse_region),
        times=_each(values, "time", _parse_span),
        texts=_each(values, "text", parse_text),
        creators=_each(values, "creator", _parse_filled),
        motivations=_each(values, "motivation", _parse_name),
        tags=_each(values, "tag", _parse_tag),
        body_types=_each(values, "body_type", _parse_name),
        created=_each(values, "created", parse_date_range),
        modified=_each(values, "modified", parse_date_range),
        states=_each(values, "state", _parse_state),
        limit=_parse_limit(values["limit"][0]) if "limit" in values else None,
        cursor=values["cursor"][0] if "cursor" in values else None,
    )


_SINGLE = frozenset({"limit", "cursor"})
_KNOWN = (
    "target",
    "manifest",
    "region",
    "time",
    "text",
    "creator",
    "motivation",
    "tag",
    "body_type",
    "created",
    "modified",
    "state",
    "limit",
    "cursor",
)

_Value = TypeVar("_Value")


def _each(values: dict[str, list[str]], name: str, parse: Callable[[str, str], _Value]) -> tuple[_Value, ...]:
    """The values of a parameter, each once; `parse` takes a value and the parameter's name."""
    return tuple(parse(value, name) for value in dict.fromkeys(values.get(name, ())))


def _refuse_unkeepable(name: str, value: str) -> None:
    if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise MalformedQueryError(name, "The value holds U+0000 or is not UTF-8.")


def _parse_filled(value: str, parameter: str) -> str:
    if not value.strip():
        raise MalformedQueryError(parameter, f"The parameter {parameter} is empty.")
    return value.strip()


def _parse_name(value: str, parameter: str) -> str:
    return shorten(_parse_filled(value, parameter))


def _parse_tag(value: str, parameter: str) -> str:
    return normalise_tag(_parse_filled(value, parameter))


def _parse_span(value: str, parameter: str) -> TimeSpan:
    span = parse_time(value.strip().removeprefix("t=").removesuffix(","))
    if span is None:
        raise MalformedQueryError(parameter, "A time is start,end in seconds or hh:mm:ss; either may be left out.")
    return span


def _parse_state(value: str, parameter: str) -> ReviewState:
    try:
        return ReviewState(value)
    except ValueError as error:
        raise MalformedQueryError(parameter, f"A state is one of {', '.join(ReviewState)}.") from error


def _parse_limit(value: str) -> int:
    if not value.isascii() or not value.isdecimal() or len(value) > _MAX_LIMIT_DIGITS or int(value) < 1:
        raise MalformedQueryError("limit", "A limit is a whole number from 1 on.")
    return int(value)
