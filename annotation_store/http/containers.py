"""Containers: their description, their pages, and their own creation, change and deletion (Protocol §4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from annotation_store.container_documents import (
    add_own_members,
    build_root,
    build_root_entry,
    describe_container,
    parse_container,
)
from annotation_store.documents import JsonObject, format_document
from annotation_store.errors import MalformedQueryError
from annotation_store.etags import format_tag
from annotation_store.http.access import require, require_creator_of, require_manager, require_readable
from annotation_store.http.addresses import annotation_iri, container_iri, root_iri
from annotation_store.http.annotations import cache_control
from annotation_store.http.bodies import read_container
from annotation_store.http.conditions import (
    container_tag,
    container_tags,
    creates_only,
    is_known,
    require_match,
)
from annotation_store.http.exchange import Answer, Exchange
from annotation_store.http.headers import PAGE_HEADERS
from annotation_store.http.representations import PLACEHOLDER, accepted_format, encode, fill_page
from annotation_store.http.service import StoreService
from annotation_store.names import parse_slug
from annotation_store.naming import new_name
from annotation_store.negotiation import Format
from annotation_store.preferences import parse_prefer
from annotation_store.records import ContainerRecord, ContainerWish, Listing
from annotation_store.serialisers.w3c import ContainedForm, Container, Page, build_container, build_page
from annotation_store.splicing import splice_item
from annotation_store.store_errors import (
    DeletedContainerError,
    MethodNotAllowedError,
    NameTakenError,
    UnknownContainerError,
)
from config.access import Action, Principal

MAX_LISTED = 1000
_FORMS = {"1": ContainedForm.IRIS, "0": ContainedForm.DESCRIPTIONS}


class Containers:
    """The endpoints."""

    def __init__(self, service: StoreService) -> None:
        self._service = service

    async def read(self, exchange: Exchange, name: str) -> Answer:
        """GET and HEAD of a container, in one of three forms, or of one of its pages."""
        principal = await self._service.callers.identify(exchange.scope, writing=False)
        container = await self._service.containers.read(name)
        require_readable(container, principal)
        form, page = _parse_query(exchange)
        chosen = accepted_format(exchange)
        preferred = parse_prefer(exchange.header("prefer") or "") if page is None else None
        shown = form or preferred or ContainedForm.DESCRIPTIONS
        tag = container_tag(container, shown, chosen, page)
        headers = {"etag": format_tag(tag), "cache-control": cache_control(container, principal)}
        if preferred is not None and preferred is shown:
            headers["preference-applied"] = "return=representation"
        if page is None and shown is not ContainedForm.MINIMAL:
            headers["content-location"] = _collection_iri(exchange, container, shown)
        if page is not None:
            headers |= PAGE_HEADERS
        if is_known(exchange, tag):
            return Answer(304, headers)
        text = await self._describe(exchange, container, principal, shown, page)
        return Answer(200, {"content-type": chosen.value, **headers}, await encode(text, chosen))

    async def replace(self, exchange: Exchange, name: str) -> Answer:
        """PUT: 200 with the new description; with `If-None-Match: *` 201 for a name that was never used."""
        _refuse_page(exchange)
        principal = await self._begin_write(exchange)
        chosen = accepted_format(exchange)
        if creates_only(exchange):
            wish = await self._read_wish(exchange, name, principal)
            made = await self._service.containers.create(name, wish, str(principal.name))
            return await self._answer(exchange, 201, made, chosen)
        container = await self._manageable(exchange, name, principal)
        wish = parse_container(await read_container(exchange, self._service), name)
        if wish.visibility is not container.visibility:
            require_creator_of(wish.visibility, principal)
        changed = await self._service.containers.update(container, wish)
        return await self._answer(exchange, 200, changed, chosen)

    async def delete(self, exchange: Exchange, name: str) -> Answer:
        """DELETE: 204; the container and all in it answer 410 for ever after."""
        _refuse_page(exchange)
        principal = await self._begin_write(exchange)
        container = await self._manageable(exchange, name, principal)
        await self._service.containers.delete(container)
        self._service.forget(name)
        return Answer(204, {"cache-control": "no-store"})

    async def list_all(self, exchange: Exchange) -> Answer:
        """GET and HEAD of the root: the containers that the caller may read."""
        principal = await self._service.callers.identify(exchange.scope, writing=False)
        chosen = accepted_format(exchange)
        after = _parse_after(exchange)
        found = await self._service.containers.visible(principal, MAX_LISTED + 1, after)
        entries = [build_root_entry(item, container_iri(exchange.base_url, item.name)) for item in found]
        iri = root_iri(exchange.base_url)
        body = await encode(format_document(build_root(iri, entries[:MAX_LISTED])).decode(), chosen)
        private = "" if principal.name is None else "private, "
        headers = {"content-type": chosen.value, "cache-control": f"{private}no-cache"}
        if len(found) > MAX_LISTED:
            headers["link"] = f'<{iri}?after={found[MAX_LISTED - 1].name}>; rel="next"'
        return Answer(200, headers, body)

    async def create(self, exchange: Exchange) -> Answer:
        """POST to the root: 201 with the new container."""
        principal = await self._begin_write(exchange)
        chosen = accepted_format(exchange)
        name = parse_slug(exchange.header("slug")) or new_name()
        wish = await self._read_wish(exchange, name, principal)
        try:
            made = await self._service.containers.create(name, wish, str(principal.name))
        except NameTakenError:
            made = await self._service.containers.create(new_name(), wish, str(principal.name))
        return await self._answer(exchange, 201, made, chosen)

    async def tag_for_anybody(self, name: str) -> str | None:
        """The ETag that OPTIONS tells: whoever asks has no token yet."""
        try:
            container = await self._service.containers.read(name)
        except (UnknownContainerError, DeletedContainerError):
            return None
        return container_tag(container, ContainedForm.DESCRIPTIONS, Format.JSON_LD)

    async def _describe(
        self,
        exchange: Exchange,
        container: ContainerRecord,
        principal: Principal,
        form: ContainedForm,
        after: int | None,
    ) -> str:
        service, limit = self._service, self._service.options.page_items
        hidden = await service.annotations.count_hidden(container, principal)
        container = replace(container, total=container.total - hidden)
        described = describe_container(container, container_iri(exchange.base_url, container.name))
        if after is not None:
            listing = await service.annotations.list_page(container, principal, after, limit)
            page = _page(exchange, container, form, listing)
            return fill_page(build_page(described, form, page), form, _items(exchange, container, form, listing))
        last = await service.annotations.last_page_after(container, principal, limit)
        last_iri = _page_iri(exchange, container, form, last)
        if form is ContainedForm.MINIMAL:
            first_iri = _page_iri(exchange, container, form, 0)
            return format_document(_minimal(described, container, first_iri, last_iri)).decode()
        listing = await service.annotations.list_page(container, principal, 0, limit)
        page = _page(exchange, container, form, listing)
        document = build_container(described, form, page, last_iri)
        add_own_members(document, container)
        return fill_page(document, form, _items(exchange, container, form, listing))

    async def _begin_write(self, exchange: Exchange) -> Principal:
        principal = await self._service.callers.identify(exchange.scope, writing=True)
        require(principal, Action.ANNOTATE)
        self._service.rates.take(str(principal.name))
        return principal

    async def _read_wish(self, exchange: Exchange, name: str, principal: Principal) -> ContainerWish:
        wish = parse_container(await read_container(exchange, self._service), name)
        require_creator_of(wish.visibility, principal)
        return wish

    async def _manageable(self, exchange: Exchange, name: str, principal: Principal) -> ContainerRecord:
        container = await self._service.containers.read(name)
        require_manager(container, principal)
        require_match(exchange, container_tags(container))
        return container

    async def _answer(self, exchange: Exchange, status: int, container: ContainerRecord, chosen: Format) -> Answer:
        """The description without annotations."""
        self._service.remember(container)
        iri = container_iri(exchange.base_url, container.name)
        described = describe_container(container, iri)
        form = ContainedForm.MINIMAL
        pages = [_page_iri(exchange, container, form, 0)] * 2
        body = await encode(format_document(_minimal(described, container, *pages)).decode(), chosen)
        headers = {
            "content-type": chosen.value,
            "etag": format_tag(container_tag(container, form, chosen)),
            "content-location": iri,
            "cache-control": "no-store",
        }
        if status == 201:
            headers["location"] = iri
        return Answer(status, headers, body)


def _minimal(described: Container, container: ContainerRecord, first_iri: str, last_iri: str) -> JsonObject:
    page = Page(first_iri, ())
    document = build_container(described, ContainedForm.MINIMAL, page, last_iri)
    add_own_members(document, container)
    return document


def _items(exchange: Exchange, container: ContainerRecord, form: ContainedForm, listing: Listing) -> Sequence[str]:
    iris = [annotation_iri(exchange.base_url, container.name, item.name) for item in listing.items]
    if form is ContainedForm.IRIS:
        return [f'"{iri}"' for iri in iris]
    return [splice_item(item.document, iri) for item, iri in zip(listing.items, iris, strict=True)]


def _page(exchange: Exchange, container: ContainerRecord, form: ContainedForm, listing: Listing) -> Page:
    def iri(after: int | None) -> str | None:
        return None if after is None else _page_iri(exchange, container, form, after)

    here = _page_iri(exchange, container, form, listing.after)
    return Page(here, [PLACEHOLDER], next=iri(listing.next_after), prev=iri(listing.prev_after))


def _collection_iri(exchange: Exchange, container: ContainerRecord, form: ContainedForm) -> str:
    """The container's IRI with what tells its forms apart (Web Annotation Protocol §4.2)."""
    return f"{container_iri(exchange.base_url, container.name)}?iris={int(form is ContainedForm.IRIS)}"


def _page_iri(exchange: Exchange, container: ContainerRecord, form: ContainedForm, after: int) -> str:
    return f"{_collection_iri(exchange, container, form)}&page={after}"


def _parse_query(exchange: Exchange) -> tuple[ContainedForm | None, int | None]:
    """The form and the page that the query names. Raises MalformedQueryError."""
    fields = exchange.query()
    values = dict(fields)
    unknown = next((name for name in values if name not in ("iris", "page")), None)
    if unknown is not None or len(values) < len(fields):
        name = unknown or "page"
        raise MalformedQueryError(name, f"The parameter {name} is not known here, or stands twice.")
    iris, page = values.get("iris"), values.get("page")
    if iris is not None and iris not in _FORMS:
        raise MalformedQueryError("iris", "iris is 1 for IRIs alone, 0 for whole annotations.")
    if page is not None and not (page.isascii() and page.isdigit() and len(page) <= 18):
        raise MalformedQueryError("page", "The page must come from a link of another answer.")
    return _FORMS.get(iris or ""), None if page is None else int(page)


def _parse_after(exchange: Exchange) -> str:
    fields = dict(exchange.query())
    if not fields.keys() <= {"after"} or "\0" in fields.get("after", ""):
        raise MalformedQueryError("after", "The list of containers knows the parameter after alone.")
    return fields.get("after", "")


def _refuse_page(exchange: Exchange) -> None:
    """Pages are read only (Web Annotation Protocol §6, 405). Raises MethodNotAllowedError."""
    if exchange.scope["query_string"]:
        raise MethodNotAllowedError(exchange.method)
