"""A line of a bulk request → what is to be done. PURE.

A line is an annotation, which is to be made, or `{"op": "create" | "update" | "delete", …}`: `annotation` is the
document, `id` the name or the IRI of what is changed, `etag` its ETag as a GET gives it, or `*` for any.
"""

from __future__ import annotations

from dataclasses import dataclass

from annotation_store.documents import DocumentLimits, JsonObject, parse_document
from annotation_store.errors import AnnotationStoreError
from annotation_store.etags import parse_condition
from annotation_store.names import parse_segment

MEMBERS = frozenset({"op", "id", "etag", "annotation"})


class MalformedOperationError(AnnotationStoreError):
    """The line is JSON, but neither an annotation nor an operation; `pointer` (RFC 6901) tells where."""

    def __init__(self, detail: str, pointer: str) -> None:
        super().__init__(detail)
        self.pointer = pointer


@dataclass(frozen=True, slots=True)
class Creation:
    """A new annotation."""

    document: JsonObject


@dataclass(frozen=True, slots=True)
class Change:
    """A new state of the annotation `name`; `tag` is that of the state before, None for whatever it is."""

    name: str
    tag: str | None
    document: JsonObject


@dataclass(frozen=True, slots=True)
class Removal:
    """The annotation `name` is to be deleted."""

    name: str
    tag: str | None


Operation = Creation | Change | Removal


def parse_operation(line: bytes, limits: DocumentLimits) -> Operation:
    """Raises MalformedJsonError, DocumentTooLargeError, MalformedOperationError."""
    document = parse_document(line, limits)
    match document.get("op"):
        case None:
            return Creation(document)
        case "create":
            _require_members(document)
            return Creation(_annotation(document))
        case "update":
            _require_members(document)
            return Change(_name(document), _tag(document), _annotation(document))
        case "delete":
            _require_members(document)
            return Removal(_name(document), _tag(document))
        case "refused":  # by an importer, which says why
            raise MalformedOperationError(str(document.get("annotation")), "")
        case _:
            raise MalformedOperationError("op is create, update or delete.", "/op")


def _require_members(document: JsonObject) -> None:
    unknown = next((name for name in document if name not in MEMBERS), None)
    if unknown is not None:
        raise MalformedOperationError("An operation has op, id, etag and annotation.", f"/{unknown}")


def _annotation(document: JsonObject) -> JsonObject:
    annotation = document.get("annotation")
    if not isinstance(annotation, dict):
        raise MalformedOperationError("annotation is an object.", "/annotation")
    return annotation


def _name(document: JsonObject) -> str:
    given = document.get("id")
    name = parse_segment(given.rpartition("/")[2]) if isinstance(given, str) else None
    if name is None:
        raise MalformedOperationError("id is the name or the IRI of an annotation of this container.", "/id")
    return name


def _tag(document: JsonObject) -> str | None:
    given = document.get("etag")
    condition = parse_condition(given) if isinstance(given, str) else None
    if condition is not None and condition.anything:
        return None
    if condition is None or len(condition.strong) != 1:
        raise MalformedOperationError('etag is the ETag that was read, with its quotes, or "*".', "/etag")
    return next(iter(condition.strong))
