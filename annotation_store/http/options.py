"""What the settings say about the store's HTTP service."""

from __future__ import annotations

from dataclasses import dataclass, field

from annotation_store.documents import DocumentLimits
from config.settings import Settings


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """`page_items` annotations are on a page, `canvas_items` on that of a canvas for viewers; each token may write
    `rate_per_s` times a second (0: any number); `bulk_processes` prepare bulk loads (0: a thread does).
    """

    limits: DocumentLimits = field(default_factory=DocumentLimits)
    page_items: int = 100
    canvas_items: int = 5000
    rate_per_s: float = 2000.0
    bulk_processes: int = 0
    version: str = "unknown"
    commit: str = "unknown"

    @classmethod
    def from_settings(cls, settings: Settings, *, version: str, commit: str) -> StoreOptions:
        """As they are set."""
        return cls(
            limits=DocumentLimits(settings.annotation_max_bytes, settings.annotation_max_depth),
            page_items=settings.annotation_page_items,
            canvas_items=settings.annotation_canvas_items,
            rate_per_s=settings.annotation_rate_per_s,
            bulk_processes=settings.annotation_bulk_processes,
            version=version,
            commit=commit,
        )
