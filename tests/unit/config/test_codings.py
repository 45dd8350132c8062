import gzip

import pytest

from config.codings import accepts_gzip, gzip_document, is_json


@pytest.mark.parametrize(
    "header",
    ["gzip", "x-gzip", "GZIP", "br, gzip", "gzip;q=0.5", "gzip; q=1.0, identity; q=0.5", "*", "*;q=0.1", "br;q=1, *"],
)
def test_gzip_goes_to_whoever_takes_it(header: str) -> None:
    assert accepts_gzip(header)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "identity",
        "br",
        "gzip;q=0",
        "*;q=0",
        "gzip;q=0, *",
        "gzip;q=0.2, identity",
        "gzip;q=x",
        "gzip;q=nan",
    ],
)
def test_and_to_nobody_else(header: str | None) -> None:
    assert not accepts_gzip(header)


@pytest.mark.parametrize("size", [0, 600, 4096, 4097, 1_000_000])
def test_what_is_compressed_comes_out_as_it_was_and_is_always_the_same(size: int) -> None:
    body = (b"0123456789,abcdef" * (size // 17 + 1))[:size]
    assert gzip.decompress(gzip_document(body)) == body
    assert gzip_document(body) == gzip_document(body)


def test_json_is_known_by_its_media_type() -> None:
    for name in ("application/json", 'application/ld+json;profile="x"', "application/problem+json; charset=utf-8"):
        assert is_json(name)
    for name in ("image/jpeg", "text/html", "application/jsonp", ""):
        assert not is_json(name)
