"""JSON-LD ⇄ Turtle by rdflib, with the contexts that are shipped; nothing is ever fetched. PURE."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from rdflib import RDF, XSD, Graph, Literal, Namespace, URIRef
from rdflib.exceptions import Error as RdfError
from rdflib.plugins.parsers.jsonld import to_rdf
from rdflib.plugins.parsers.notation3 import BadSyntax

from annotation_store.contexts import load_contexts
from annotation_store.documents import JsonObject, JsonValue
from annotation_store.errors import MalformedTurtleError, UnknownContextError
from annotation_store.rdf_framing import PRESENTATION_CLASSES, Framer

OA = Namespace("http://www.w3.org/ns/oa#")
MAX_TRIPLES = 20_000
# rdflib's parser meets some malformed texts with whatever error comes of it.
_PARSING_ERRORS = (
    BadSyntax,
    RdfError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    RecursionError,
)
# Where relative IRIs lead.
_NOWHERE = "https://relative.invalid/"
_PREFIXES = {
    "oa": "http://www.w3.org/ns/oa#",
    "ldp": "http://www.w3.org/ns/ldp#",
    "as": "http://www.w3.org/ns/activitystreams#",
    "dcterms": "http://purl.org/dc/terms/",
    "dctypes": "http://purl.org/dc/dcmitype/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "iiif_prezi": "http://iiif.io/api/presentation/3#",
}


def format_turtle(document: JsonObject) -> bytes:
    """The graph of an annotation, page or container. Raises UnknownContextError."""
    contexts = load_contexts()
    expanded = _put_contexts_in(document, contexts)
    if isinstance(expanded, dict):
        expanded["@context"] = [dict(PRESENTATION_CLASSES), expanded.get("@context", [])]
    graph = Graph(bind_namespaces="none")
    to_rdf(expanded, graph, base=_NOWHERE)
    for triple in list(graph):
        # Names that no context knows are relative IRIs; they mean nothing outside of the JSON.
        if any(str(node).startswith(_NOWHERE) for node in triple):
            graph.remove(triple)
    _write_in_utc(graph)
    for prefix, namespace in _PREFIXES.items():
        graph.bind(prefix, namespace)
    return graph.serialize(format="turtle", encoding="utf-8")


def parse_turtle(data: bytes, base_iri: str) -> JsonObject:
    """The one annotation of the graph, as JSON-LD with anno.jsonld; `<>` is `base_iri`.

    Raises MalformedTurtleError.
    """
    graph = Graph(bind_namespaces="none")
    try:
        graph.parse(data=data, format="turtle", publicID=base_iri)
    except _PARSING_ERRORS as error:
        raise MalformedTurtleError("The document is not Turtle.") from error
    if len(graph) > MAX_TRIPLES:
        raise MalformedTurtleError(f"The document has more than {MAX_TRIPLES} statements.")
    _write_in_utc(graph)
    # What is annotated may be an annotation itself: the one that is meant is the target of none.
    found = set(graph.subjects(RDF.type, OA.Annotation))
    roots = [node for node in found if not any(other in found for other in graph.subjects(OA.hasTarget, node))]
    if len(roots) > 1:
        roots = [node for node in roots if node == URIRef(base_iri)]
    if len(roots) != 1:
        raise MalformedTurtleError("The document must hold exactly one oa:Annotation.")
    return Framer(graph, load_contexts()).frame(roots[0])


def _put_contexts_in(value: JsonValue, contexts: Mapping[str, JsonValue]) -> JsonValue:
    """The document with each context in the place of its address."""
    if isinstance(value, list):
        return [_put_contexts_in(member, contexts) for member in value]
    if isinstance(value, dict):
        return {
            name: _find(member, contexts) if name == "@context" else _put_contexts_in(member, contexts)
            for name, member in value.items()
        }
    return value


def _write_in_utc(graph: Graph) -> None:
    """Dates as the model wants them (§3.3.1): in UTC, expressed as "Z". rdflib writes them otherwise."""
    for subject, predicate, value in list(graph):
        if isinstance(value, Literal) and value.datatype == XSD.dateTime:
            moment = value.toPython()
            if isinstance(moment, datetime) and moment.tzinfo is not None:
                text = moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
                graph.remove((subject, predicate, value))
                graph.add((subject, predicate, Literal(text, datatype=XSD.dateTime, normalize=False)))


def _find(context: JsonValue, contexts: Mapping[str, JsonValue]) -> JsonValue:
    if isinstance(context, list):
        return [_find(member, contexts) for member in context]
    if isinstance(context, str):
        if context not in contexts:
            raise UnknownContextError(context)
        return contexts[context]
    if isinstance(context, dict):
        if "@import" in context:
            raise UnknownContextError(str(context["@import"]))
        # A term's own context would be fetched as well.
        return {name: _put_contexts_in(member, contexts) for name, member in context.items()}
    return context
