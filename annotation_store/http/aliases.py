"""Ids that clients have made up: whoever asks for one is sent on to the annotation that got it."""

from __future__ import annotations

from annotation_store.http.access import require_readable
from annotation_store.http.addresses import annotation_iri
from annotation_store.http.exchange import Answer, Exchange
from annotation_store.http.service import StoreService
from annotation_store.store_errors import UnknownAnnotationError


async def follow_alias(exchange: Exchange, service: StoreService, container_name: str, alias: str) -> Answer:
    """307 to the annotation, for every method alike (RFC 9110 §15.4.8). Raises UnknownAnnotationError."""
    principal = await service.callers.identify(exchange.scope, writing=not exchange.reads)
    container = await service.container(container_name)
    require_readable(container, principal)
    name = await service.searches.aliased(container, principal, alias)
    if name is None:
        raise UnknownAnnotationError(alias[:200])
    iri = annotation_iri(exchange.base_url, container.name, name)
    return Answer(307, {"location": iri, "cache-control": "no-store"})
