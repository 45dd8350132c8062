import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation_store.http.iiif_addresses import (
    LayerAddress,
    LayerPageAddress,
    SearchAddress,
    is_iiif_path,
    layer_iri,
    layer_page_iri,
    parse_iiif_address,
    search_iri,
)

CANVAS = "https://example.org/iiif/presentation/3/a%2Fb/manifest/canvas/1"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/iiif/annotations/3/default/collection", LayerAddress("default")),
        ("/iiif/annotations/3/%D0%BB/page", LayerPageAddress("л")),
        ("/iiif/annotations/3/a%2Fb/page", None),
        ("/iiif/annotations/3/default/", None),
        ("/iiif/annotations/2/default/page", None),
        ("/iiif/search/2/default", SearchAddress(2, "default")),
        ("/iiif/search/1/default/autocomplete", SearchAddress(1, "default", True)),
        ("/iiif/search/3/default", None),
        ("/iiif/search/2/a/b", None),
        ("/iiif/search/2/", None),
        ("/iiif/search/2/%ff", None),
        ("/iiif/search/2/x%3A%00", None),
        ("/iiif/search/2/https://example.org/m/autocomplete", SearchAddress(2, "https://example.org/m", True)),
        ("/iiif/search/2/https%3A%2F%2Fe.org%2Fautocomplete", SearchAddress(2, "https://e.org/autocomplete")),
        ("/iiif/3/leaf", None),
    ],
)
def test_paths(path, expected):
    assert parse_iiif_address(path) == expected
    if expected is not None:
        assert is_iiif_path(path)


@given(scope=st.text(max_size=40).map(lambda text: f"x:{text}"), completes=st.booleans())
def test_an_iri_comes_back_from_its_path(scope, completes):
    if "\0" not in scope:
        try:
            path = search_iri("", SearchAddress(2, scope, completes))
        except UnicodeEncodeError:  # no text that a request could hold
            return
        assert parse_iiif_address(path) == SearchAddress(2, scope, completes)


def test_iris_of_layers():
    assert layer_iri("https://e.org", "л") == "https://e.org/iiif/annotations/3/%D0%BB/collection"
    assert layer_page_iri("", "a", after=7) == "/iiif/annotations/3/a/page?after=7"
    assert layer_page_iri("", "a") == "/iiif/annotations/3/a/page?after=0"
    page = layer_page_iri("", "a", CANVAS)
    assert page.startswith("/iiif/annotations/3/a/page?canvas=https%3A%2F%2Fexample.org%2Fiiif")
    assert layer_page_iri("", "a", CANVAS, 9) == f"{page}&after=9"
