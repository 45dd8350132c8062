from pathlib import Path

import pytest

from config.settings import MEBIBYTE, load_settings
from iiif_server.geometry import Limits
from iiif_server.http.options import DiskCache, ServerOptions


def test_options_follow_the_settings() -> None:
    settings = load_settings(
        max_width=700, max_area=None, upscaling=False, render_memory_mb=100, trusted_proxies="10.0.0.1"
    )
    options = ServerOptions.from_settings(settings, version="1", commit="c")
    assert options.limits == Limits(700, None, settings.max_area, False)
    assert options.render_memory_bytes == 100 * 1024 * 1024
    assert options.trust.trusts("10.0.0.1")
    assert options.trust.trusts(None)
    assert (options.version, options.commit) == ("1", "c")


@pytest.mark.parametrize(("storage", "kept"), [("file:///x", 0), ("s3://bucket", 5 * 1024 * 1024)])
def test_tiles_are_kept_in_memory_only_where_storage_is_far_away(storage: str, kept: int) -> None:
    settings = load_settings(storage=storage, tile_cache_mb=5)
    assert ServerOptions.from_settings(settings).tile_cache_bytes == kept


def test_tiles_are_kept_on_disk_where_a_folder_is_named_and_storage_is_far_away(tmp_path: Path) -> None:
    cache = {"cache_folder": tmp_path, "cache_folder_mb": 100}
    far = ServerOptions.from_settings(
        load_settings(storage="s3://bucket/x", s3_endpoint="http://s3", **cache)
    ).disk_cache
    assert far == DiskCache(tmp_path, 100 * MEBIBYTE, "http://s3 s3://bucket/x")
    assert ServerOptions.from_settings(load_settings(storage="file:///x", **cache)).disk_cache is None
    assert ServerOptions.from_settings(load_settings(storage="s3://bucket/x")).disk_cache is None
