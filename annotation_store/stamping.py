"""What the server says itself in an annotation that is written: via, creator, created, modified. PURE.

Web Annotation Protocol §5.1, §5.3. The result is what is stored: `@context` first, without `id`, which depends on the
address that the store is asked under.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from annotation_store.documents import JsonObject, JsonValue
from annotation_store.store_errors import ProtectedValueError


def stamp_new(document: JsonObject, creator: str, moment: datetime, *, keeps_others: bool = False) -> JsonObject:
    """A new annotation. An id that it came with goes to `via`; `canonical` stays as it is.

    `keeps_others`: so do a creator and a time of creation that it came with.
    """
    stamped = _without_id(document)
    alias = document.get("id")
    if isinstance(alias, str) and alias:
        via = iris_of(document.get("via"))
        if alias not in via:
            stamped["via"] = one_or_many([*via, alias])
    if not (keeps_others and "creator" in stamped):
        stamped["creator"] = {"type": "Person", "name": creator}
    if not (keeps_others and "created" in stamped):
        stamped["created"] = format_moment(moment)
    stamped["modified"] = format_moment(moment)
    return stamped


def stamp_changed(document: JsonObject, before: JsonObject, moment: datetime) -> JsonObject:
    """The new state of an annotation. What only the server sets stays as it was in `before`.

    Raises ProtectedValueError where `via` or `canonical` differ from what they were.
    """
    stamped = _without_id(document)
    for name in ("via", "canonical"):
        if name not in before:
            continue
        if name in stamped and iris_of(stamped[name]) != iris_of(before[name]):
            raise ProtectedValueError(f"An update cannot change {name}.", f"/{name}")
        stamped[name] = before[name]
    for name in ("creator", "created"):
        if name in before:
            stamped[name] = before[name]
        else:
            stamped.pop(name, None)
    stamped["modified"] = format_moment(moment)
    return stamped


def iris_of(value: JsonValue) -> list[str]:
    """The IRIs in a property that has one or several."""
    values: Sequence[JsonValue] = value if isinstance(value, list) else [value]
    return [item for item in values if isinstance(item, str)]


# A moment is written several times: as created, as modified, and for all lines of a batch.
@lru_cache(16)
def format_moment(moment: datetime) -> str:
    """xsd:dateTime in UTC, to the millisecond."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _without_id(document: JsonObject) -> JsonObject:
    first: JsonObject = {"@context": document["@context"]} if "@context" in document else {}
    return {**first, **{name: value for name, value in document.items() if name not in ("@context", "id")}}


def one_or_many(values: list[str]) -> JsonValue:
    """Inverse of iris_of."""
    return values[0] if len(values) == 1 else list(values)
