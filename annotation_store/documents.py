"""Bytes ⇄ JSON objects that come back equal, value by value. PURE.

Refused are documents that PostgreSQL, another JSON parser or we ourselves could not give back as they came:
`\\u0000`, lone surrogates, NaN and Infinity, numbers beyond I-JSON (RFC 7493 §2.2), repeated names (RFC 7493 §2.3).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

import orjson

from annotation_store.errors import DocumentTooLargeError, MalformedJsonError
from annotation_store.violations import PathItem, format_pointer

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = dict[str, JsonValue]

# The greatest integer that every JSON parser keeps exactly (RFC 7493 §2.2).
_MAX_INTEGER = 2**53 - 1
_MAX_INTEGER_DIGITS = 17
# Made once: json.dumps would make one for each document.
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """`max_depth` counts nested objects and arrays, the outermost as 1."""

    max_bytes: int = 1_048_576
    max_depth: int = 32


def parse_document(data: bytes, limits: DocumentLimits) -> JsonObject:
    """The JSON object in `data`, which is UTF-8 (RFC 8259 §8.1; a byte order mark is ignored).

    Raises DocumentTooLargeError, MalformedJsonError.
    """
    if len(data) > limits.max_bytes:
        raise DocumentTooLargeError(limits.max_bytes)
    document = _load_usual(data) or _load(_decode(data))
    if not isinstance(document, dict):
        raise MalformedJsonError("The document must be a JSON object.")
    # Both can be told from the bytes in nearly every case; only the others are walked through.
    if data.count(b"{") + data.count(b"[") > limits.max_depth:
        _refuse_depth(document, limits.max_depth)
    if b"\\u" in data:
        _refuse_characters(document)
    return document


def format_document(document: JsonObject) -> bytes:
    """Compact UTF-8 with the keys in their order; `parse_document` gives an equal object back."""
    return format_text(document).encode()


def format_text(document: JsonObject) -> str:
    """The same before it is encoded."""
    try:
        data = orjson.dumps(document)
    except (
        orjson.JSONEncodeError
    ):  # a lone surrogate, an integer beyond 64 bits: ours alone is to say what comes of it
        return _ENCODER.encode(document)
    # orjson writes NaN and Infinity as null, which ours refuses.
    return _ENCODER.encode(document) if b"null" in data else data.decode()


def iter_strings(value: JsonValue, path: tuple[PathItem, ...] = ()) -> Iterator[tuple[tuple[PathItem, ...], str]]:
    """Every string value and every name within `value`, with the path to it."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield path, name
            yield from iter_strings(member, (*path, name))
    elif isinstance(value, list):
        for place, member in enumerate(value):
            yield from iter_strings(member, (*path, place))


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8").removeprefix(_BYTE_ORDER_MARK)
    except UnicodeDecodeError as error:
        raise MalformedJsonError(f"The document is not UTF-8: byte {error.start} cannot be read.") from error


def _load_usual(data: bytes) -> JsonObject | None:
    """What `_load` gives, in half the time; None where it may differ, or the text is refused.

    orjson keeps the last of repeated names, so that strings are missing; it makes doubles of large integers, and
    zeros of small numbers.
    """
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    if type(document) is not dict:
        return None
    quotes = data.count(b'"')
    if b"\\" in data:
        if b"\\\\" in data:  # the quote behind them may be escaped or not
            return None
        quotes -= data.count(b'\\"')
    return document if quotes == 2 * _count_strings(document) else None


def _count_strings(document: JsonObject) -> int:
    """The names and string values in it; -1 where it has a number that may not be the one that was written."""
    count = 0
    layer: list[JsonObject | list[JsonValue]] = [document]
    for value in layer:  # grows on the way
        count += len(value)
        members: Iterable[JsonValue] = value
        if type(value) is dict:
            count += len(value)
            members = value.values()
        for member in members:
            kind = type(member)
            if kind is str:
                continue
            count -= 1
            if kind is dict or kind is list:
                layer.append(member)  # type: ignore[arg-type]  # its type was just looked at
            elif kind is float or (kind is int and not -_MAX_INTEGER <= member <= _MAX_INTEGER):  # type: ignore[operator]
                return -1
    return count


def _load(text: str) -> object:
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise MalformedJsonError(
            f"The document is not JSON: {error.msg.lower()} at line {error.lineno}, column {error.colno}."
        ) from error
    except RecursionError as error:
        raise MalformedJsonError("The document is nested too deeply.") from error


def _unique_names(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise MalformedJsonError(f"The name {json.dumps(name)} stands twice in one object.")
            seen.add(name)
    return members


def _refuse_constant(text: str) -> NoReturn:
    raise MalformedJsonError(f"{text} is not a JSON number.")


def _exact_integer(text: str) -> int:
    if len(text) <= _MAX_INTEGER_DIGITS:
        value = int(text)
        if -_MAX_INTEGER <= value <= _MAX_INTEGER:
            return value
    raise MalformedJsonError(
        f"The integer {text[:40]} is beyond ±(2^53 - 1), so that other programs would change it."
    )


def _finite_float(text: str) -> float:
    value = float(text)
    mantissa = text.lower().partition("e")[0]
    if math.isinf(value) or (value == 0 and mantissa.strip("-0.")):
        raise MalformedJsonError(f"The number {text[:40]} is beyond what a double can hold.")
    return value


# Made once, as the encoder is.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique_names,
    parse_constant=_refuse_constant,
    parse_int=_exact_integer,
    parse_float=_finite_float,
)


def _refuse_depth(document: JsonObject, max_depth: int) -> None:
    layer: list[JsonValue] = [document]
    for _ in range(max_depth):
        layer = [member for value in layer for member in _members(value) if isinstance(member, dict | list)]
        if not layer:
            return
    raise MalformedJsonError(f"The document is nested more than {max_depth} deep.")


def _members(value: JsonValue) -> list[JsonValue]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _refuse_characters(document: JsonObject) -> None:
    for path, text in iter_strings(document):
        if "\x00" in text:
            raise MalformedJsonError(f"The character U+0000 cannot be kept (at {format_pointer(path) or 'the top'}).")
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise MalformedJsonError(f"A surrogate stands alone (at {format_pointer(path) or 'the top'}).")
