"""What the settings say about the store's HTTP service."""

from __future__ import annotations

from dataclasses import dataclass, field

from annotation_store.documents import DocumentLimits
from config.settings import Settings


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """`page_items` annotations are on a page; each token may write `rate_per_s` times a second (0: any number)."""

    limits: DocumentLimits = field(default_factory=DocumentLimits)
    page_items: int = 100
    rate_per_s: float = 2000.0
    version: str = "unknown"
    commit: str = "unknown"

    @classmethod
    def from_settings(cls, settings: Settings, *, version: str, commit: str) -> StoreOptions:
        """As they are set."""
        return cls(
            limits=DocumentLimits(settings.annotation_max_bytes, settings.annotation_max_depth),
            page_items=settings.annotation_page_items,
            rate_per_s=settings.annotation_rate_per_s,
            version=version,
            commit=commit,
        )
