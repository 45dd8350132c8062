"""The review of an annotation: its state, who brought it there and when, and the steps before."""

from __future__ import annotations

from annotation_store.documents import JsonObject, JsonValue, parse_document
from annotation_store.etags import format_tag
from annotation_store.history_repository import VersionRecord
from annotation_store.http.access import require_editor
from annotation_store.http.addresses import AnnotationAddress, AnnotationPart, annotation_iri, part_iri
from annotation_store.http.annotations import Annotations, cache_control, now
from annotation_store.http.bodies import require_json
from annotation_store.http.conditions import require_match
from annotation_store.http.exchange import Answer, Exchange
from annotation_store.http.json_answers import json_answer
from annotation_store.http.service import StoreService
from annotation_store.records import AnnotationRecord, ContainerRecord
from annotation_store.review import parse_state, require_step
from annotation_store.stamping import format_moment
from config.access import Action

MAX_STEPS = 100


class Reviews:
    """The endpoints."""

    def __init__(self, service: StoreService, annotations: Annotations) -> None:
        self._service = service
        self._annotations = annotations

    async def read(self, exchange: Exchange, address: AnnotationPart) -> Answer:
        """GET and HEAD: state, by, when, and the latest steps."""
        principal = await self._service.callers.identify(exchange.scope, writing=False)
        container, annotation = await self._annotations.find(_annotation(address), principal)
        document = await self._describe(exchange, container, annotation)
        return json_answer(exchange, document, cache_control(container, principal), _tag(annotation))

    async def step(self, exchange: Exchange, address: AnnotationPart) -> Answer:
        """PUT of `{"state": …}` with If-Match: 200 with the review as it is then. The document stays as it is."""
        container, principal = await self._annotations.begin_write(exchange, address.container)
        before = await self._annotations.editable(container, principal, address.name)
        require_match(exchange, [_tag(before)])
        require_json(exchange)
        wish = parse_document(await exchange.body(10_000), self._service.options.limits)
        state = parse_state(wish.get("state"))
        require_editor(before, principal)
        require_step(before.state, state, curates=principal.may(Action.CURATE_ANNOTATIONS))
        if state is not before.state:
            await self._service.history.review(container, before, state, str(principal.name), now())
        after = await self._service.annotations.read(container, address.name)
        document = await self._describe(exchange, container, after)
        answer = json_answer(exchange, document, "no-store", _tag(after))
        return Answer(200, {**answer.headers, "etag": format_tag(_tag(after))}, answer.body)

    async def _describe(
        self, exchange: Exchange, container: ContainerRecord, annotation: AnnotationRecord
    ) -> JsonObject:
        steps = await self._service.history.list_reviews(annotation.id, MAX_STEPS)
        by, when = (steps[0].editor, steps[0].made) if steps else (annotation.creator, annotation.created)
        made: list[JsonValue] = [_describe_step(step) for step in steps]
        return {
            "id": part_iri(exchange.base_url, container.name, annotation.name, "review"),
            "annotation": annotation_iri(exchange.base_url, container.name, annotation.name),
            "state": annotation.state.value,
            "by": by,
            "when": format_moment(when),
            "steps": made,
        }


def _tag(annotation: AnnotationRecord) -> str:
    return f"{annotation.id}-{annotation.version}-r"


def _annotation(address: AnnotationPart) -> AnnotationAddress:
    return AnnotationAddress(address.container, address.name)


def _describe_step(step: VersionRecord) -> JsonObject:
    return {"state": step.state.value, "by": step.editor, "when": format_moment(step.made), "version": step.number}
