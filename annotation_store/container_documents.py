"""Containers as clients describe them, and as the protocol's serialiser wants them. PURE."""

from __future__ import annotations

from collections.abc import Iterator

from annotation_store.documents import JsonObject, JsonValue
from annotation_store.records import ContainerRecord, ContainerWish, Label, Visibility
from annotation_store.review import parse_settings
from annotation_store.serialisers.w3c import Container
from annotation_store.stamping import format_moment, iris_of
from annotation_store.store_errors import InvalidContainerError

MAX_LABEL_CHARACTERS = 10_000
_TYPES = frozenset({"BasicContainer", "Container", "AnnotationCollection"})
_NO_LANGUAGE = "none"


def parse_container(document: JsonObject, default_label: str) -> ContainerWish:
    """`label` (a text, texts, or texts by language), `visibility`, `settings`. Raises InvalidContainerError.

    Whatever else stands in it is set by the server, and may be sent back as it came.
    """
    types = iris_of(document.get("type", "BasicContainer"))
    if not _TYPES & set(types):
        raise InvalidContainerError("type", "A container's type is BasicContainer and AnnotationCollection.")
    label = _parse_label(document.get("label", default_label))
    try:
        visibility = Visibility(str(document.get("visibility", Visibility.PUBLIC)))
    except ValueError:
        known = ", ".join(Visibility)
        raise InvalidContainerError("visibility", f"The visibility is one of {known}.") from None
    return ContainerWish(label, visibility, parse_settings(document.get("settings", {})))


def describe_container(record: ContainerRecord, iri: str) -> Container:
    """For the serialiser; `iri` ends in `/`."""
    return Container(
        iri=iri,
        total=record.total,
        label=label_text(record.label) or record.name,
        modified=format_moment(record.modified),
        creator=record.owner,
    )


def build_root(iri: str, containers: list[JsonObject]) -> JsonObject:
    """The container of all containers; it is a plain one of LDP, since annotations cannot be made in it."""
    return {
        "@context": ["http://www.w3.org/ns/anno.jsonld", "http://www.w3.org/ns/ldp.jsonld"],
        "id": iri,
        "type": "BasicContainer",
        "label": "Annotation containers",
        "contains": list(containers),
    }


def build_root_entry(record: ContainerRecord, iri: str) -> JsonObject:
    """A container in the list of them."""
    return {
        "id": iri,
        "type": ["BasicContainer", "AnnotationCollection"],
        "label": label_text(record.label) or record.name,
        "total": record.total,
        "visibility": record.visibility.value,
    }


def add_own_members(document: JsonObject, record: ContainerRecord) -> None:
    """What the protocol does not know: who may read it, and its settings."""
    document["visibility"] = record.visibility.value
    document["settings"] = dict(record.settings)


def label_text(label: Label) -> str | None:
    """The first text in it."""
    return next((text for texts in label.values() for text in texts), None)


def _parse_label(value: JsonValue) -> Label:
    label: dict[str, list[str]] = {}
    for language, text in _texts(value):
        label.setdefault(language, []).append(text)
    if not 0 < sum(len(text) for texts in label.values() for text in texts) <= MAX_LABEL_CHARACTERS:
        raise InvalidContainerError("label", f"The label has 1 to {MAX_LABEL_CHARACTERS} characters of text.")
    return label


def _texts(value: JsonValue) -> Iterator[tuple[str, str]]:
    """(language, text) of a text, a JSON-LD value, a list of them, or texts by language as in Presentation 3."""
    match value:
        case str():
            yield _NO_LANGUAGE, value
        case {"@value": str(text), **rest}:
            yield str(rest.get("@language", _NO_LANGUAGE)), text
        case list():
            for item in value:
                yield from _texts(item)
        case dict() if "@value" not in value:
            for language, texts in value.items():
                yield from ((language, text) for _, text in _texts(texts))
        case _:
            raise InvalidContainerError("label", "The label is a text, or an object of texts by language.")
