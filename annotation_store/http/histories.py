"""Versions of an annotation, their comparison, undeletion and purge.

A deleted annotation's versions are there for whoever might have changed it; those that were drafts always are.
"""

from __future__ import annotations

from email.utils import format_datetime

from annotation_store.comparing import MEDIA_TYPE, compare_documents
from annotation_store.documents import JsonObject, JsonValue, format_document, parse_document
from annotation_store.errors import MalformedQueryError
from annotation_store.etags import format_tag
from annotation_store.extraction import extract_entry
from annotation_store.history_repository import MAX_VERSIONS, Remains, VersionRecord
from annotation_store.http.access import may_edit, require, require_editor, require_readable, require_visible
from annotation_store.http.addresses import AnnotationPart, annotation_iri, part_iri
from annotation_store.http.annotations import Annotations, cache_control, now
from annotation_store.http.conditions import is_known
from annotation_store.http.exchange import Answer, Exchange
from annotation_store.http.json_answers import json_answer
from annotation_store.http.representations import accepted_format, encode
from annotation_store.http.service import StoreService
from annotation_store.negotiation import Format
from annotation_store.query import ReviewState
from annotation_store.records import ContainerRecord, Draft
from annotation_store.splicing import splice_iri
from annotation_store.stamping import format_moment, iris_of, one_or_many
from annotation_store.store_errors import DeletedAnnotationError, NameTakenError, UnknownVersionError
from config.access import Action, Principal


class Histories:
    """The endpoints."""

    def __init__(self, service: StoreService, annotations: Annotations) -> None:
        self._service = service
        self._annotations = annotations

    async def list(self, exchange: Exchange, address: AnnotationPart) -> Answer:
        """GET of `versions`: number, who, when, what; `?after=` leads on."""
        container, remains, principal = await self._find(exchange, address)
        after = _parse_number(exchange, "after") or 0
        edits = may_edit(remains.annotation, principal)
        found = await self._service.history.list_versions(remains.annotation.id, after, with_drafts=edits)
        iri = _iri(exchange, address)
        items: list[JsonValue] = [_describe(item, iri) for item in found[:MAX_VERSIONS]]
        document: JsonObject = {"id": iri, "annotation": _annotation(exchange, address), "items": items}
        if len(found) > MAX_VERSIONS:
            document["next"] = f"{iri}?after={found[MAX_VERSIONS - 1].number}"
        return json_answer(exchange, document, cache_control(container, principal))

    async def read(self, exchange: Exchange, address: AnnotationPart) -> Answer:
        """GET of a version as it was; with `?against=` the JSON Patch that leads to it from another version."""
        container, remains, principal = await self._find(exchange, address)
        version = await self._version(remains, address.number or 0, principal)
        against = _parse_number(exchange, "against")
        headers = {"cache-control": cache_control(container, principal)}
        if against is not None:
            other = await self._version(remains, against, principal)
            patch = compare_documents(other.document, version.document)
            return Answer(200, {"content-type": MEDIA_TYPE, **headers}, patch.encode())
        chosen = accepted_format(exchange)
        tag = f"{remains.annotation.id}-{version.number}-{chosen.mark}"
        headers |= {"etag": format_tag(tag), "memento-datetime": format_datetime(version.made, usegmt=True)}
        headers |= {"link": _links(exchange, address, version.number, remains.annotation.version)}
        if is_known(exchange, tag):
            return Answer(304, headers)
        return await self._answer(exchange, address, version, chosen, headers)

    async def undelete(self, exchange: Exchange, address: AnnotationPart) -> Answer:
        """POST to `undelete`: 201 with a new annotation, whose `via` leads to the deleted one."""
        container, principal = await self._annotations.begin_write(exchange, address.container)
        chosen = accepted_format(exchange)
        remains = await self._service.history.read(container, address.name)
        before = remains.annotation
        require_visible(before, principal)
        require_editor(before, principal)
        if not remains.is_deleted:
            raise NameTakenError(address.name)
        document = parse_document(before.document.encode(), self._service.options.limits)
        moment = now()
        via = [*iris_of(document.get("via")), _annotation(exchange, address)]
        document |= {"via": one_or_many(list(dict.fromkeys(via))), "modified": format_moment(moment)}
        draft = Draft(
            format_document(document).decode(),
            str(principal.name),
            moment,
            before.state,
            creator=before.creator,
            created=before.created,
            action="undelete",
        )
        made = await self._service.annotations.create(container, draft, extract_entry(document))
        return await self._annotations.created(exchange, container, made, chosen)

    async def purge(self, exchange: Exchange, address: AnnotationPart) -> Answer:
        """DELETE of `versions`: 204; nothing of the annotation is left but that its IRI answers 410."""
        container, principal = await self._annotations.begin_write(exchange, address.container)
        require(principal, Action.ADMINISTER_ANNOTATIONS)
        remains = await self._service.history.read(container, address.name)
        await self._service.history.purge(container, remains, str(principal.name), now())
        return Answer(204, {"cache-control": "no-store"})

    async def _find(self, exchange: Exchange, address: AnnotationPart) -> tuple[ContainerRecord, Remains, Principal]:
        principal = await self._service.callers.identify(exchange.scope, writing=False)
        container = await self._service.container(address.container)
        require_readable(container, principal)
        remains = await self._service.history.read(container, address.name)
        require_visible(remains.annotation, principal)
        if remains.is_deleted and not may_edit(remains.annotation, principal):
            raise DeletedAnnotationError(address.name)
        return container, remains, principal

    async def _version(self, remains: Remains, number: int, principal: Principal) -> VersionRecord:
        found = await self._service.history.read_version(remains.annotation.id, number)
        if found is None or (found.state is ReviewState.DRAFT and not may_edit(remains.annotation, principal)):
            raise UnknownVersionError(number)
        return found

    @staticmethod
    async def _answer(
        exchange: Exchange, address: AnnotationPart, version: VersionRecord, chosen: Format, headers: dict[str, str]
    ) -> Answer:
        body = await encode(splice_iri(version.document, _annotation(exchange, address)), chosen)
        own = {"content-type": chosen.value, "review-state": version.state.value}
        return Answer(200, {**own, **headers}, body)


def _iri(exchange: Exchange, address: AnnotationPart) -> str:
    return part_iri(exchange.base_url, address.container, address.name, "versions")


def _annotation(exchange: Exchange, address: AnnotationPart) -> str:
    return annotation_iri(exchange.base_url, address.container, address.name)


def _describe(version: VersionRecord, iri: str) -> JsonObject:
    return {
        "id": f"{iri}/{version.number}",
        "number": version.number,
        "editor": version.editor,
        "action": version.action,
        "state": version.state.value,
        "made": format_moment(version.made),
    }


def _links(exchange: Exchange, address: AnnotationPart, number: int, latest: int) -> str:
    """RFC 5829 and RFC 7089 §2.2.1."""
    iri = _iri(exchange, address)
    links = [f'<{_annotation(exchange, address)}>; rel="latest-version original"', f'<{iri}>; rel="version-history"']
    if number > 1:
        links.append(f'<{iri}/{number - 1}>; rel="predecessor-version"')
    if number < latest:
        links.append(f'<{iri}/{number + 1}>; rel="successor-version"')
    return ", ".join(links)


def _parse_number(exchange: Exchange, name: str) -> int | None:
    """The one parameter that is known. Raises MalformedQueryError."""
    fields = exchange.query()
    if not fields:
        return None
    [(given, text), *others] = fields
    if given != name or others or not (text.isascii() and text.isdigit() and len(text) < 10):
        raise MalformedQueryError(name, f"Known here is {name} alone, which is the number of a version.")
    return int(text)
