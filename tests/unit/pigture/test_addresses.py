"""Printed addresses hold the identifier as one segment."""

from __future__ import annotations

from pigture.addresses import manifest_url, viewer_url


def test_slashes_and_reserved_signs_are_escaped() -> None:
    assert manifest_url("http://h", "a/b@c;d") == "http://h/iiif/presentation/3/a%2Fb%40c%3Bd/manifest"
    assert viewer_url("http://h/p", "Ёлка") == "http://h/p/view/%D0%81%D0%BB%D0%BA%D0%B0"
