"""An RDF graph → the JSON of one annotation, nested and in the terms of anno.jsonld. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rdflib import RDF, XSD, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from annotation_store.contexts import ANNO_CONTEXT
from annotation_store.documents import JsonObject, JsonValue
from annotation_store.errors import MalformedTurtleError

# Classes of IIIF that targets have; anno.jsonld does not know them.
PRESENTATION_CLASSES = {
    name: f"http://iiif.io/api/presentation/3#{name}" for name in ("Canvas", "Manifest", "Range", "Collection")
}
_MAX_NESTING = 24
# Descriptions in the JSON; a resource that is referred to twice is described twice.
_MAX_DESCRIPTIONS = 20_000
_NUMBERS = frozenset({XSD.integer, XSD.nonNegativeInteger, XSD.int, XSD.long})
_DECIMALS = frozenset({XSD.decimal, XSD.double, XSD.float})
# Members that come first in the JSON, in this order.
_FIRST = ("@context", "id", "type", "motivation", "creator", "created", "modified", "generator", "generated")
# And these come last.
_LAST = ("body", "target")


@dataclass(frozen=True, slots=True)
class _Term:
    """How the context writes a property: its name, the type of its values, and whether they are an ordered list."""

    name: str
    coercion: str | None
    is_list: bool


class Framer:
    """Frames the resources of one graph. On its way down an IRI is described once, then named."""

    def __init__(self, graph: Graph, contexts: Mapping[str, JsonValue]) -> None:
        context = contexts[ANNO_CONTEXT]
        if not isinstance(context, dict):
            raise TypeError("anno.jsonld has one context")
        self._graph = graph
        self._left = _MAX_DESCRIPTIONS
        self._prefixes = {name: iri for name, iri in context.items() if isinstance(iri, str) and _is_prefix(iri)}
        self._terms: dict[str, _Term] = {}
        self._names: dict[str, str] = {}
        for name, definition in context.items():
            self._learn(name, definition)
        self._names |= {iri: name for name, iri in PRESENTATION_CLASSES.items()}

    def frame(self, root: Node) -> JsonObject:
        """The annotation at `root` with its @context. Raises MalformedTurtleError: a ring of unnamed resources."""
        described = self._describe(root, frozenset())
        ordered = sorted(described, key=_rank)
        return {"@context": ANNO_CONTEXT, **{name: described[name] for name in ordered}}

    def _learn(self, name: str, definition: JsonValue) -> None:
        if isinstance(definition, str) and not _is_prefix(definition):
            iri = self._expand(definition)
            # Names of properties begin small; the others are classes, motivations and directions.
            self._names.setdefault(iri, name)
            self._terms.setdefault(iri, _Term(name, None, is_list=False))
        elif isinstance(definition, dict) and not str(definition["@id"]).startswith("@"):
            coercion = definition.get("@type")
            is_list = definition.get("@container") == "@list"
            iri = self._expand(str(definition["@id"]))
            self._terms[iri] = _Term(name, self._coercion(coercion), is_list)

    def _coercion(self, value: JsonValue) -> str | None:
        if not isinstance(value, str):
            return None
        return value if value.startswith("@") else self._expand(value)

    def _expand(self, name: str) -> str:
        prefix, _, local = name.partition(":")
        return f"{self._prefixes[prefix]}{local}"

    def _shorten(self, iri: str) -> str:
        if iri in self._names:
            return self._names[iri]
        for prefix, namespace in self._prefixes.items():
            if iri.startswith(namespace) and len(iri) > len(namespace):
                return f"{prefix}:{iri[len(namespace) :]}"
        return iri

    def _describe(self, node: Node, above: frozenset[Node]) -> JsonObject:
        self._left -= 1
        if self._left < 0:
            raise MalformedTurtleError(f"The annotation has more than {_MAX_DESCRIPTIONS} resources in it.")
        document: JsonObject = {}
        if isinstance(node, URIRef):
            document["id"] = str(node)
        types = sorted(self._shorten(str(kind)) for kind in self._graph.objects(node, RDF.type))
        if types:
            document["type"] = types[0] if len(types) == 1 else list(types)
        for predicate in sorted(set(self._graph.predicates(node)) - {RDF.type}, key=str):
            term = self._terms.get(str(predicate), _Term(self._shorten(str(predicate)), None, is_list=False))
            objects = list(self._graph.objects(node, predicate))
            document[term.name] = self._values(term, objects, above | {node})
        return document

    def _values(self, term: _Term, objects: list[Node], above: frozenset[Node]) -> JsonValue:
        if term.is_list and len(objects) == 1:
            return [self._value(term, member, above) for member in self._members(objects[0])]
        values = [self._value(term, member, above) for member in sorted(objects, key=str)]
        return values[0] if len(values) == 1 else values

    def _members(self, node: Node) -> list[Node]:
        try:
            return list(Collection(self._graph, node))
        except ValueError as error:
            raise MalformedTurtleError("A list runs in a ring.") from error

    def _value(self, term: _Term, node: Node, above: frozenset[Node]) -> JsonValue:
        if isinstance(node, Literal):
            return _literal(term, node)
        if isinstance(node, URIRef):
            return self._reference(term, node, above)
        if node in above or len(above) > _MAX_NESTING:
            raise MalformedTurtleError("Resources without an IRI form a ring, or are nested too deeply.")
        return self._describe(node, above)

    def _reference(self, term: _Term, node: URIRef, above: frozenset[Node]) -> JsonValue:
        if term.coercion == "@vocab":
            return self._shorten(str(node))
        has_more = (node, None, None) in self._graph
        if has_more and node not in above and len(above) <= _MAX_NESTING:
            return self._describe(node, above)
        return str(node) if term.coercion == "@id" else {"id": str(node)}


def _literal(term: _Term, literal: Literal) -> JsonValue:
    datatype = str(literal.datatype) if literal.datatype is not None else None
    if term.coercion == datatype or datatype in (None, str(XSD.string)):
        value: JsonValue = str(literal)
        if literal.language:
            return {"@value": value, "@language": literal.language}
        return _number(literal) if literal.datatype in _NUMBERS else value
    if literal.datatype in _NUMBERS or literal.datatype in _DECIMALS or literal.datatype == XSD.boolean:
        return _number(literal)
    return {"@value": str(literal), "@type": datatype}


def _number(literal: Literal) -> JsonValue:
    value = literal.toPython()
    if isinstance(value, bool | int):
        return value
    try:
        return float(str(literal))
    except ValueError:
        return str(literal)


def _is_prefix(iri: str) -> bool:
    return iri.startswith("http") and iri.endswith(("#", "/"))


def _rank(name: str) -> tuple[int, int]:
    if name in _FIRST:
        return 0, _FIRST.index(name)
    return (2, _LAST.index(name)) if name in _LAST else (1, 0)
