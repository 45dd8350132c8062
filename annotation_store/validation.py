"""An annotation × the Web Annotation Data Model → all the rules it breaks. PURE.

Two validators read the same schemas: a compiled one that only says yes or no, on every document, and an exact one
that finds every violation, on those that failed. What a schema cannot say stands in `validation_rules`.

An annotation without an id is valid here: the server assigns it (Protocol §5.1). Its id may also be any string, as
clients make up ids of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from annotation_store.documents import JsonObject, JsonValue
from annotation_store.errors import InvalidAnnotationError
from annotation_store.schemas import ROOT, load_schemas
from annotation_store.validation_rules import find_violations
from annotation_store.violations import Violation, format_pointer, model_section

# In case that the two validators should ever disagree: a document that the compiled one refuses is not taken.
_UNEXPLAINED = Violation("", "The annotation follows the Web Annotation Data Model.", model_section("3"))


def _check_pattern(_: object, pattern: str, instance: object, __: object) -> Iterator[ValidationError]:
    """As ECMA 262 has it, and the compiled validator: `$` is the very end, not before a final line feed."""
    if isinstance(instance, str) and re.search(re.sub(r"\$$", r"\\Z", pattern), instance) is None:
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_ExactValidator = extend(  # type: ignore[no-untyped-call]  # its stub names no types of the arguments
    Draft202012Validator, {"pattern": _check_pattern}
)


class AnnotationValidator:
    """The model's schemas, compiled once (some 10 ms) and good for any number of documents and threads."""

    def __init__(self, schemas: Mapping[str, JsonObject]) -> None:
        self._schemas = schemas
        self._compiled = jsonschema_rs.validator_for(
            schemas[ROOT], registry=jsonschema_rs.Registry(list(schemas.items()))
        )
        resources = [(name, DRAFT202012.create_resource(schema)) for name, schema in schemas.items()]
        registry: Registry[Any] = Registry().with_resources(resources)
        self._exact = _ExactValidator(schemas[ROOT], registry=registry)

    @classmethod
    def load(cls) -> AnnotationValidator:
        """The validator of the schemas that are shipped."""
        return cls(load_schemas())

    def violations(self, document: JsonObject) -> list[Violation]:
        """See `validate_annotation`."""
        found = find_violations(document)
        if not self._compiled.is_valid(document):
            found = [*self._schema_violations(document), *found] or [_UNEXPLAINED]
        if not found:
            return []
        return sorted(dict.fromkeys(found), key=lambda violation: _place(document, violation.pointer))

    def _schema_violations(self, document: JsonObject) -> Iterator[Violation]:
        for error in self._exact.iter_errors(document):
            rule, section = self._explain(error)
            yield Violation(format_pointer(tuple(error.absolute_path)), rule, model_section(section))

    def _explain(self, error: ValidationError) -> tuple[str, str]:
        """The nearest `x-rule` and `x-section` on the way through the schemas to the failed keyword.

        jsonschema leaves `$ref` and `if` out of the path.
        """
        schema: JsonValue = self._schemas[ROOT]
        root, rule, section = schema, error.message, "3"
        for step in error.absolute_schema_path:
            while isinstance(schema, dict) and step not in schema and "$ref" in schema:
                rule, section = _say(schema, rule, section)
                root, schema = self._resolve(root, str(schema["$ref"]))
            if isinstance(schema, dict):
                rule, section = _say(schema, rule, section)
                schema = schema[str(step)]
            elif isinstance(schema, list):
                schema = schema[int(step)]
        return rule, section

    def _resolve(self, root: JsonValue, reference: str) -> tuple[JsonValue, JsonValue]:
        name, _, pointer = reference.partition("#")
        root = self._schemas[name] if name else root
        schema = root
        for step in pointer.strip("/").split("/"):
            schema = schema[step] if isinstance(schema, dict) else None
        return root, schema


def _say(schema: JsonObject, rule: str, section: str) -> tuple[str, str]:
    return str(schema.get("x-rule", rule)), str(schema.get("x-section", section))


def validate_annotation(document: JsonObject, validator: AnnotationValidator) -> list[Violation]:
    """All violations at once, in the document's order; empty if the annotation is valid."""
    return validator.violations(document)


def require_valid(document: JsonObject, validator: AnnotationValidator) -> None:
    """Raises InvalidAnnotationError with all violations."""
    violations = validator.violations(document)
    if violations:
        raise InvalidAnnotationError(violations)


def _place(document: JsonValue, pointer: str) -> tuple[int, ...]:
    """Where a pointer stands in the document, so that violations can be put in its order."""
    place: list[int] = []
    value = document
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            names = list(value)
            place.append(names.index(name) if name in value else len(names))
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal():
            place.append(int(name))
            value = value[int(name)] if int(name) < len(value) else None
    return tuple(place)
