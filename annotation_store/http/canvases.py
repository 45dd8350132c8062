"""What canvases show: looked up by whatever this store runs beside, so that it need not know images."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from annotation_store.measures import Scales
from config.access import Principal


class CanvasSource(Protocol):
    """What the store asks about canvases."""

    async def scales(self, canvases: Collection[str], base_url: str, viewer: Principal) -> Scales:
        """Of those of the IRIs that are canvases of the server at `base_url`, that the viewer may see, and whose
        scale is known. Of an IRI that pins no revision, the current one's. Raises StoreUnavailableError.
        """
        ...


class NoCanvases:
    """For a store that runs beside no images."""

    async def scales(self, canvases: Collection[str], base_url: str, viewer: Principal) -> Scales:
        """None is known."""
        del canvases, base_url, viewer
        return {}
