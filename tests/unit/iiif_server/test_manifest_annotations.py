from pathlib import Path

import iiif_prezi3
import jsonschema
import pytest

from config.settings import load_settings
from iiif_server.geometry import Limits
from iiif_server.http.options import ServerOptions
from iiif_server.manifest import ManifestPlace, build_manifest
from iiif_server.manifest_annotations import AnnotationLinks
from iiif_server.parts import Part, read_part_name
from iiif_server.request import ImageName

BASE = "https://example.org"
LINKS = AnnotationLinks("https://notes.example/x", ("default", "лист"))
WHOLE = "https%3A%2F%2Fexample.org%2Fiiif%2Fpresentation%2F3%2Fa%2Fmanifest"
PARTS = (Part("image=label", "Label", 600, 500, 300, 250),)


def manifest(record_of, name, links=LINKS, parts=()):
    return build_manifest(record_of(), ManifestPlace(name, BASE, Limits(max_area=10**7), links), parts)


def test_canvases_point_to_a_page_of_each_layer(record_of):
    first, second = manifest(record_of, ImageName("a"), parts=PARTS)["items"]
    place = "https://notes.example/x/iiif/annotations/3"
    assert first["annotations"] == [
        {"id": f"{place}/default/page?canvas={WHOLE}%2Fcanvas%2F1", "type": "AnnotationPage"},
        {"id": f"{place}/%D0%BB%D0%B8%D1%81%D1%82/page?canvas={WHOLE}%2Fcanvas%2F1", "type": "AnnotationPage"},
    ]
    assert second["annotations"][0]["id"].startswith(f"{place}/default/page?canvas={WHOLE}%2Fcanvas%2F")
    assert second["annotations"][0]["id"] != first["annotations"][0]["id"]


def test_the_manifest_lists_both_versions_of_the_search(record_of):
    search_2, search_1 = manifest(record_of, ImageName("a"))["service"]
    assert (search_2["id"], search_2["type"]) == (f"https://notes.example/x/iiif/search/2/{WHOLE}", "SearchService2")
    assert search_2["service"][0]["type"] == "AutoCompleteService2"
    assert search_1["@id"] == f"https://notes.example/x/iiif/search/1/{WHOLE}"
    assert search_1["@context"] == "http://iiif.io/api/search/1/context.json"
    assert search_1["profile"] == "http://iiif.io/api/search/1/search"
    assert search_1["service"][0]["@id"] == f"{search_1['@id']}/autocomplete"


def test_a_manifest_of_a_part_searches_its_canvas(record_of):
    part = read_part_name("image=label")
    found = manifest(record_of, ImageName("a", part=part))
    canvas = found["items"][0]["id"]
    assert found["service"][0]["id"].endswith(canvas.replace(":", "%3A").replace("/", "%2F").partition("example")[2])
    pinned = manifest(record_of, ImageName("a", "01j00000000000000000000000"))
    assert "a%4001j00000000000000000000000%2Fmanifest" in pinned["service"][0]["id"]


def test_it_is_valid_by_the_published_schema(record_of):
    found = manifest(record_of, ImageName("a"), parts=PARTS)
    iiif_prezi3.Manifest.model_validate(found, strict=False)
    jsonschema.validate(found, iiif_prezi3.Manifest.model_json_schema())


def test_without_a_store_there_is_none_of_it(record_of):
    found = manifest(record_of, ImageName("a"), None)
    assert "service" not in found
    assert all("annotations" not in canvas for canvas in found["items"])


@pytest.mark.parametrize(
    ("url", "beside", "expected"),
    [
        (None, False, None),
        (None, True, BASE),
        ("https://notes.example/", False, "https://notes.example"),
        ("https://notes.example", True, "https://notes.example"),
    ],
)
def test_the_store_is_the_one_that_is_set_or_the_one_beside(tmp_path: Path, url, beside, expected):
    settings = load_settings(data=tmp_path, annotations_url=url, annotation_layers="default, two")
    store = ServerOptions.from_settings(settings, store_beside=beside).annotations
    assert (store and store.links(BASE)) == (expected and AnnotationLinks(expected, ("default", "two")))
