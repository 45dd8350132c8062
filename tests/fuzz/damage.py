"""Ways in which stored objects go wrong, one at a time."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator
from typing import Any

from iiif_server.index import ENTRY_BYTES, HEADER_BYTES
from iiif_server.sealing import seal, unseal

Damage = Iterable[tuple[str, bytes]]
"""What was done to the bytes of an object, and what became of them."""

_NUMBERS = (0, -1, 1, 2, 7, 2**31, 2**32 - 1, 2**63, 10**12, -(10**12), 10**30, 1.5, 1e308)
_OTHERS = (None, True, "", "x", "1", [], {}, [[]], "\u0000", "9" * 5000, [1] * 1000, {"a": {"b": []}})


def broken_fields(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The JSON document with one field missing or replaced, by what was done to it; its seal is made anew."""
    document = json.loads(unseal(data))
    for path, value in _walk(document, ()):
        yield f"{path} missing", _seal(_without(document, path))
        for other in (*_NUMBERS, *_OTHERS, *_near(value)):
            if other != value or type(other) is not type(value):
                yield f"{path} = {str(other)[:40]!r}", _seal(_with(document, path, other))


def unsealed_fields(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The same with the seal of the sound document, as damage leaves it."""
    end = data[data.rindex(b',"crc32"') :]
    for what, broken in broken_fields(data):
        if b',"crc32"' not in broken:  # nothing is left to be sealed
            continue
        yield what, broken[: broken.rindex(b',"crc32"')] + end


def flipped_bits(data: bytes, step: int) -> Iterator[tuple[str, bytes]]:
    """One bit of every `step`-th byte changed."""
    for place in range(0, len(data), step):
        broken = bytearray(data)
        broken[place] ^= 1 << place // step % 8
        yield f"bit {place}.{place // step % 8}", bytes(broken)


def cut_off(data: bytes, step: int) -> Iterator[tuple[str, bytes]]:
    """Cut after every `step`-th byte."""
    for length in range(0, len(data), step):
        yield f"cut at {length}", data[:length]


def broken_entries(index: bytes, step: int) -> Iterator[tuple[str, bytes]]:
    """Every `step`-th field of the entries set to what it must not be, and entries that changed places."""
    count = (len(index) - HEADER_BYTES) // ENTRY_BYTES
    fields = [(number, field) for number in range(count) for field in range(3)]
    for number, field in fields[::step]:
        place = HEADER_BYTES + number * ENTRY_BYTES
        values = list(struct.unpack_from("<QII", index, place))
        for value in (0, 1, values[field] + 1, values[field] ^ 1 << 31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1):
            changed = [*values[:field], value & (2**64 - 1 if field == 0 else 2**32 - 1), *values[field + 1 :]]
            if changed != values:
                entry = struct.pack("<QII", *changed)
                yield f"entry {number} {changed}", index[:place] + entry + index[place + ENTRY_BYTES :]
    for first in range(0, count - 1, step):
        one, two = (HEADER_BYTES + number * ENTRY_BYTES for number in (first, first + 1))
        swapped = index[two : two + ENTRY_BYTES] + index[one : one + ENTRY_BYTES]
        yield f"entries {first} and {first + 1} swapped", index[:one] + swapped + index[two + ENTRY_BYTES :]


def strided(damage: Damage, step: int) -> Iterator[tuple[str, bytes]]:
    """Every `step`-th of them."""
    return (one for number, one in enumerate(damage) if number % step == 0)


def _walk(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if path:
        yield path, value
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from _walk(inner, (*path, key))


def _with(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    copy = json.loads(json.dumps(document))
    place = copy
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return copy


def _without(document: Any, path: tuple[Any, ...]) -> Any:
    copy = json.loads(json.dumps(document))
    place = copy
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    return copy


def _near(value: Any) -> tuple[Any, ...]:
    """Wrong, but only just."""
    if isinstance(value, int):
        return value + 1, value - 1, 2 * value, value * 2**20
    if isinstance(value, str):
        return value + "x", value[:-1], value.upper(), value[::-1]
    if isinstance(value, list):
        return value[::-1], value[1:], value + value[:1]
    return ()


def _seal(document: Any) -> bytes:
    return seal(json.dumps(document).encode()) if document else b"{}"
