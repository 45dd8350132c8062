"""What a server can be told, apart from where the settings come from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from config.base_url import NO_TRUST, ProxyTrust
from config.settings import MEBIBYTE, Settings
from iiif_server.geometry import Limits
from iiif_server.manifest_annotations import AnnotationLinks

_LIMITS = Limits(max_area=4096 * 4096)


@dataclass(frozen=True, slots=True)
class DiskCache:
    """A folder for what was read from storage, and how large it may grow; `name` tells storages apart."""

    folder: Path
    capacity_bytes: int
    name: str


@dataclass(frozen=True, slots=True)
class AnnotationStore:
    """Where manifests send viewers for annotations: `url` None is the server's own. `layers` are its containers."""

    url: str | None
    layers: tuple[str, ...]

    @classmethod
    def from_settings(cls, settings: Settings, *, beside: bool) -> AnnotationStore | None:
        """None where there is no store."""
        url = settings.annotations_url
        return cls(url, settings.annotation_layers) if url is not None or beside else None

    def links(self, base_url: str) -> AnnotationLinks:
        """As they stand in the manifests of a server with that base URL."""
        return AnnotationLinks(self.url or base_url, self.layers)


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Everything that shapes an image server; the defaults suit tests and small installations."""

    limits: Limits = _LIMITS
    public_url: str | None = None
    trust: ProxyTrust = NO_TRUST
    record_ttl_s: float = 2.0
    cache_max_age_s: int = 60
    render_threads: int = 2
    render_queue: int = 64
    render_memory_bytes: int = 768 * MEBIBYTE
    tile_cache_bytes: int = 0
    whole_cache_bytes: int = 256 * MEBIBYTE
    index_cache_bytes: int = 32 * MEBIBYTE
    record_cache_entries: int = 4096
    known_kinds: int = 16384
    render_cache_bytes: int = 16 * MEBIBYTE
    disk_cache: DiskCache | None = None
    annotations: AnnotationStore | None = None
    version: str = "0"
    commit: str = "unknown"

    @classmethod
    def from_settings(
        cls, settings: Settings, *, version: str = "0", commit: str = "unknown", store_beside: bool = False
    ) -> ServerOptions:
        """The options that the settings mean. Tiles are kept in memory only where storage is far away.

        `store_beside`: an annotation store answers under the same URL, which `annotations_url` overrules.
        """
        is_remote = not settings.storage_url.startswith("file:")
        disk_cache = None
        if settings.cache_folder is not None and is_remote:
            # Two endpoints may have buckets of the same name.
            name = f"{settings.s3_endpoint or ''} {settings.storage_url}"
            disk_cache = DiskCache(settings.cache_folder, settings.cache_folder_mb * MEBIBYTE, name)
        return cls(
            limits=Limits(settings.max_width, settings.max_height, settings.max_area, settings.upscaling),
            public_url=settings.public_url,
            trust=ProxyTrust.parse(settings.trusted_proxies, unix_sockets=True),
            record_ttl_s=settings.record_ttl_s,
            cache_max_age_s=settings.cache_max_age_s,
            render_threads=settings.render_threads,
            render_queue=settings.render_queue,
            render_memory_bytes=settings.render_memory_mb * MEBIBYTE,
            whole_cache_bytes=settings.whole_cache_mb * MEBIBYTE,
            tile_cache_bytes=settings.tile_cache_mb * MEBIBYTE if is_remote else 0,
            disk_cache=disk_cache,
            annotations=AnnotationStore.from_settings(settings, beside=store_beside),
            version=version,
            commit=commit,
        )
