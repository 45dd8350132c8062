"""What the annotation store is told of our own canvases: from the catalog, which knows all images.

Nothing is fetched, so that no address that a client made up is ever followed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from annotation_store.measures import CanvasScale, Scales
from annotation_store.store_errors import StoreUnavailableError
from config.access import Action, Principal
from iiif_server.canvas_names import parse_canvas
from iiif_server.parts import Plane
from ingest.catalog import Catalog
from ingest.errors import CatalogUnavailableError
from ingest.scales import RevisionName, read_pixel_sizes


class CatalogCanvases:
    """Implements annotation_store.http.canvases.CanvasSource."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    async def scales(self, canvases: Collection[str], base_url: str, viewer: Principal) -> Scales:
        """See CanvasSource. Planes have the scale of the first picture, other parts none."""
        names: dict[str, RevisionName] = {}
        for canvas in canvases:
            name = parse_canvas(canvas, base_url)
            if name is not None and (name.part is None or isinstance(name.part, Plane)):
                names[canvas] = RevisionName(name.identifier, name.revision)
        if not names:
            return {}
        restricted = viewer.may(Action.READ_RESTRICTED)
        try:
            sizes = await asyncio.to_thread(
                read_pixel_sizes, self._catalog, set(names.values()), restricted=restricted
            )
        except CatalogUnavailableError as exc:
            raise StoreUnavailableError from exc
        return {
            canvas: CanvasScale(size.revision, size.across_mm, size.down_mm)
            for canvas, name in names.items()
            if (size := sizes.get(name))
        }
