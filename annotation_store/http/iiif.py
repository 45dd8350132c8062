"""All that viewers read of the store: pages of annotations, layers, searches."""

from __future__ import annotations

from annotation_store.http.exchange import Answer, Exchange
from annotation_store.http.iiif_addresses import IiifAddress, LayerAddress, LayerPageAddress, SearchAddress
from annotation_store.http.iiif_pages import IiifPages
from annotation_store.http.iiif_search import IiifSearches
from annotation_store.http.service import StoreService
from annotation_store.store_errors import MethodNotAllowedError


class Iiif:
    """The endpoints; all of them are only read."""

    def __init__(self, service: StoreService) -> None:
        self._pages = IiifPages(service)
        self._searches = IiifSearches(service)

    async def answer(self, exchange: Exchange, address: IiifAddress) -> Answer:
        """GET and HEAD."""
        if not exchange.reads:
            raise MethodNotAllowedError(exchange.method)
        match address:
            case LayerAddress():
                return await self._pages.collection(exchange, address)
            case LayerPageAddress():
                return await self._pages.page(exchange, address)
            case SearchAddress():
                return await self._searches.answer(exchange, address)
