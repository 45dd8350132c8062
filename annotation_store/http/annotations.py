"""One annotation: retrieval, update, deletion, and creation in a container (Web Annotation Protocol §3, §5)."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from annotation_store.creation import CreationPolicy
from annotation_store.documents import JsonObject, format_document
from annotation_store.etags import format_tag
from annotation_store.http.access import require, require_editor, require_readable, require_visible
from annotation_store.http.addresses import AnnotationAddress, annotation_iri, container_iri
from annotation_store.http.bodies import read_annotation
from annotation_store.http.conditions import (
    annotation_tag,
    annotation_tags,
    creates_only,
    is_known,
    require_match,
)
from annotation_store.http.exchange import Answer, Exchange
from annotation_store.http.headers import CONTAINER_HEADERS, REVIEW_STATE
from annotation_store.http.representations import accepted_format, encode
from annotation_store.http.service import StoreService
from annotation_store.names import parse_slug
from annotation_store.negotiation import Format
from annotation_store.records import AnnotationRecord, ContainerRecord, Draft, Visibility
from annotation_store.review import parse_state
from annotation_store.splicing import splice_iri
from annotation_store.stamping import iris_of, stamp_changed
from annotation_store.store_errors import (
    NameTakenError,
    NotAcceptableError,
    ProtectedValueError,
    UnknownAnnotationError,
)
from annotation_store.usual_extraction import extract
from config.access import Action, Principal


class Annotations:
    """The endpoints."""

    def __init__(self, service: StoreService) -> None:
        self._service = service

    async def read(self, exchange: Exchange, address: AnnotationAddress) -> Answer:
        """GET and HEAD of an annotation: 200, or 304 where the client has it."""
        principal = await self._service.callers.identify(exchange.scope, writing=False)
        container, annotation = await self.find(address, principal)
        chosen = accepted_format(exchange)
        tag = annotation_tag(annotation, chosen)
        headers = {"cache-control": cache_control(container, principal)}
        if is_known(exchange, tag):
            return Answer(304, {"etag": format_tag(tag), **headers})
        return await self._answer(exchange, 200, container, annotation, chosen, headers)

    async def create(self, exchange: Exchange, container_name: str) -> Answer:
        """POST to a container: 201 with the annotation as it is kept."""
        container, principal = await self.begin_write(exchange, container_name)
        chosen = accepted_format(exchange)
        iri = container_iri(exchange.base_url, container.name)
        document = await read_annotation(exchange, self._service, f"{iri}new")
        draft, stamped = _draft_new(exchange, document, container, principal)
        made = await self._service.annotations.create(
            container, draft, extract(stamped), parse_slug(exchange.header("slug"))
        )
        return await self.created(exchange, container, made, chosen)

    async def replace(self, exchange: Exchange, address: AnnotationAddress) -> Answer:
        """PUT: 200 with the new state; with `If-None-Match: *` 201 for a name that was never used."""
        container, principal = await self.begin_write(exchange, address.container)
        chosen = accepted_format(exchange)
        if creates_only(exchange):
            return await self._create_named(exchange, container, principal, address.name, chosen)
        wish = exchange.header(REVIEW_STATE)
        if wish is not None:  # it is for what is created; of what is there `review` decides
            parse_state(wish)
        before = await self.editable(container, principal, address.name)
        require_match(exchange, annotation_tags(before))
        iri = annotation_iri(exchange.base_url, container.name, address.name)
        document = await read_annotation(exchange, self._service, iri)
        old = json.loads(before.document)
        require_same_id(document, old, iri)
        moment = now()
        stamped = stamp_changed(document, old, moment)
        draft = Draft(format_document(stamped).decode(), str(principal.name), moment, before.state)
        after = await self._service.annotations.update(container, before, draft, extract(stamped))
        return await self._written(exchange, 200, container, after, chosen, {"cache-control": "no-store"})

    async def delete(self, exchange: Exchange, address: AnnotationAddress) -> Answer:
        """DELETE: 204, and 410 for ever after."""
        container, principal = await self.begin_write(exchange, address.container)
        before = await self.editable(container, principal, address.name)
        require_match(exchange, annotation_tags(before))
        await self._service.annotations.delete(container, before, str(principal.name), now())
        return Answer(204, {"cache-control": "no-store"})

    async def find(
        self, address: AnnotationAddress, principal: Principal
    ) -> tuple[ContainerRecord, AnnotationRecord]:
        container = await self._service.container(address.container)
        require_readable(container, principal)
        annotation = await self._service.annotations.read(container, address.name)
        require_visible(annotation, principal)
        return container, annotation

    async def begin_write(self, exchange: Exchange, container_name: str) -> tuple[ContainerRecord, Principal]:
        principal = await self._service.callers.identify(exchange.scope, writing=True)
        require(principal, Action.ANNOTATE)
        self._service.rates.take(str(principal.name))
        container = await self._service.container(container_name)
        require_readable(container, principal)
        return container, principal

    async def editable(self, container: ContainerRecord, principal: Principal, name: str) -> AnnotationRecord:
        annotation = await self._service.annotations.read(container, name)
        require_visible(annotation, principal)
        require_editor(annotation, principal)
        return annotation

    async def _create_named(
        self, exchange: Exchange, container: ContainerRecord, principal: Principal, name: str, chosen: Format
    ) -> Answer:
        try:
            await self._service.annotations.read(container, name)
        except UnknownAnnotationError:
            pass
        else:
            raise NameTakenError(name)
        iri = annotation_iri(exchange.base_url, container.name, name)
        document = await read_annotation(exchange, self._service, iri)
        if document.get("id") == iri:
            del document["id"]
        draft, stamped = _draft_new(exchange, document, container, principal)
        made = await self._service.annotations.create_named(container, draft, extract(stamped), name)
        return await self.created(exchange, container, made, chosen)

    async def created(
        self, exchange: Exchange, container: ContainerRecord, made: AnnotationRecord, chosen: Format
    ) -> Answer:
        iri = annotation_iri(exchange.base_url, container.name, made.name)
        headers = {
            "location": iri,
            "content-location": iri,
            "cache-control": "no-store",
            "vary": CONTAINER_HEADERS["vary"],
        }
        return await self._written(exchange, 201, container, made, chosen, headers)

    async def _written(
        self,
        exchange: Exchange,
        status: int,
        container: ContainerRecord,
        annotation: AnnotationRecord,
        chosen: Format,
        headers: dict[str, str],
    ) -> Answer:
        """What is kept now; as JSON-LD where `chosen` cannot tell it: a refusal would say that nothing was done."""
        try:
            return await self._answer(exchange, status, container, annotation, chosen, headers)
        except NotAcceptableError:
            return await self._answer(exchange, status, container, annotation, Format.JSON_LD, headers)

    @staticmethod
    async def _answer(
        exchange: Exchange,
        status: int,
        container: ContainerRecord,
        annotation: AnnotationRecord,
        chosen: Format,
        headers: dict[str, str],
    ) -> Answer:
        iri = annotation_iri(exchange.base_url, container.name, annotation.name)
        body = await encode(splice_iri(annotation.document, iri), chosen)
        own = {
            "content-type": chosen.value,
            REVIEW_STATE: annotation.state.value,
            "etag": format_tag(annotation_tag(annotation, chosen)),
        }
        return Answer(status, {**own, **headers}, body)


def cache_control(container: ContainerRecord, principal: Principal) -> str:
    """Kept by caches only to be asked about again; what not everybody may see is kept by none."""
    if container.visibility is not Visibility.PUBLIC:
        return "private, no-store"
    return "no-cache" if principal.name is None else "private, no-cache"


def _draft_new(
    exchange: Exchange, document: JsonObject, container: ContainerRecord, principal: Principal
) -> tuple[Draft, JsonObject]:
    policy = CreationPolicy.of(container, principal, exchange.header(REVIEW_STATE))
    return policy.draft(document, now())


def require_same_id(document: JsonObject, before: JsonObject, iri: str) -> None:
    """An update may name the annotation by its IRI, under any of the server's addresses, or as its client calls it.

    Raises ProtectedValueError.
    """
    given = document.get("id")
    path = iri[iri.index("/annotations/") :]
    if given is None or given in iris_of(before.get("via")) or (isinstance(given, str) and given.endswith(path)):
        return
    raise ProtectedValueError("An update cannot change the annotation's id.", "/id")


def now() -> datetime:
    """To the millisecond, as it stands in the document."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
