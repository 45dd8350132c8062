"""What an image server counts, as samples: caches and admission; answers and reads stand where they are counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.metrics import Family, Samples, merge_samples, series
from iiif_server.admission import Admission
from iiif_server.caches import BoundedCache

_LOOKUPS = Family("pigture_cache_lookups", "counter", "Lookups in the caches of the image servers: hit or miss.")
_ENTRIES = Family("pigture_cache_entries", "gauge", "Entries in the caches of the image servers.")
_BYTES = Family(
    "pigture_cache_bytes", "gauge", "Bytes in those caches of the image servers that are bounded by bytes."
)
_WAITING = Family("pigture_renders_waiting", "gauge", "Computed images that wait to be admitted.")
_RUNNING = Family("pigture_renders_running", "gauge", "Computed images that are being made.")
_REJECTED = Family(
    "pigture_render_rejections", "counter", "Computed images that were refused: full (503) or too_large (413)."
)

Cache = BoundedCache[Any, Any]


def cache_samples(by_entries: Mapping[str, Cache], by_bytes: Mapping[str, Cache]) -> Samples:
    """Those of caches bounded by the number of their entries, and of those bounded by bytes."""
    found: Samples = {}
    for name, cache in (*by_entries.items(), *by_bytes.items()):
        found[series(_LOOKUPS, cache=name, result="hit")] = float(cache.hits)
        found[series(_LOOKUPS, cache=name, result="miss")] = float(cache.misses)
        found[series(_ENTRIES, cache=name)] = float(len(cache))
    sizes = {series(_BYTES, cache=name): float(cache.weight) for name, cache in by_bytes.items()}
    return merge_samples((found, sizes))


def admission_samples(admission: Admission) -> Samples:
    """The queue of computed images."""
    return {
        series(_WAITING): float(admission.waiting),
        series(_RUNNING): float(admission.running),
        series(_REJECTED, reason="full"): float(admission.refused),
        series(_REJECTED, reason="too_large"): float(admission.too_large),
    }
