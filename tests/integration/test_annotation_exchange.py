"""Import and export in every format over HTTP: what goes out comes back in."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

pytestmark = pytest.mark.integration
Site = Any
CANVAS = "https://e.org/canvas/1"


@pytest.fixture(scope="module")
def site(annotation_site: Site) -> Site:
    return annotation_site


def sent(site: Site, container: str, content: bytes, media_type: str, query: str = "", **headers: Any) -> list[Any]:
    """The lines of the report, the summary last."""
    answer = site.request("POST", f"{container}/bulk{query}", content=content, content_type=media_type, **headers)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def exported(site: Site, container: str, form: str, **headers: Any) -> Any:
    answer = site.get(f"{container}/export?format={form}", **headers)
    assert answer.status_code == 200, answer.text
    return answer


def contents(site: Site, container: str) -> list[dict[str, Any]]:
    """The annotations without what is new in each store."""
    lines = exported(site, container, "ndjson").text.splitlines()
    own = {"id", "via", "modified"}
    return [{k: v for k, v in json.loads(line).items() if k not in own} for line in lines]


@pytest.fixture(scope="module")
def filled(site: Site) -> str:
    """A container with more annotations than a page has, of several kinds."""
    name = site.container()
    for number in range(4):
        site.made(name, site.annotation(body={"type": "TextualBody", "value": f'"Ё", {number}\nи "так"'}))
    site.made(
        name,
        site.annotation(**{"@context": ["http://www.w3.org/ns/anno.jsonld", {"x": "urn:x"}], "x": [1, 2.5, None]}),
    )
    tagged = {"type": "TextualBody", "purpose": "tagging", "value": "leaf"}
    site.made(name, site.annotation(body=[tagged], target=f"{CANVAS}#xywh=1,2,3,4.5", motivation="tagging"))
    site.made(name, review_state="draft", token="boris")
    return name


FORMATS = {"ndjson": "application/x-ndjson", "jsonld": "application/ld+json", "csv": "text/csv"}


@pytest.mark.parametrize("form", FORMATS)
def test_what_is_exported_comes_back_equal(site: Site, filled: str, form: str) -> None:
    answer = exported(site, filled, form)
    assert answer.headers["content-type"].startswith(FORMATS[form])
    assert answer.headers["content-disposition"].startswith("attachment")
    other = site.container()
    *_, summary = sent(site, other, answer.content, FORMATS[form], authorization="Bearer importer")
    assert summary["summary"] == {"created": 6, "updated": 0, "deleted": 0, "failed": 0}
    assert contents(site, other) == contents(site, filled)
    originals = [json.loads(line)["id"] for line in exported(site, filled, "ndjson").text.splitlines()]
    copies = [json.loads(line)["via"] for line in exported(site, other, "ndjson").text.splitlines()]
    assert copies == originals


def test_an_exported_collection_is_json_ld(site: Site, filled: str) -> None:
    document = exported(site, filled, "jsonld").json()
    assert document["type"] == "AnnotationCollection"
    items = document["first"]["items"]
    assert [site.get(item["id"]).json() for item in items] == [
        {"@context": "http://www.w3.org/ns/anno.jsonld", **item} for item in items
    ]
    empty = site.container()
    assert exported(site, empty, "jsonld").json()["first"]["items"] == []
    assert exported(site, empty, "ndjson").text == ""


def test_drafts_are_exported_for_those_who_see_them(site: Site, filled: str) -> None:
    counts = {
        token: len(exported(site, filled, "ndjson", token=token).text.splitlines())
        for token in (None, "anna", "boris", "curator")
    }
    assert counts == {None: 6, "anna": 6, "boris": 7, "curator": 7}
    private = site.container(visibility="private")
    assert site.get(f"{private}/export", token="boris").status_code == 403


def test_a_table_shows_what_it_holds_and_can_be_written_by_hand(site: Site, filled: str) -> None:
    rows = list(csv.DictReader(io.StringIO(exported(site, filled, "csv").text)))
    last = rows[-1]
    assert [last[name] for name in ("target", "x", "y", "width", "height", "tags")] == [
        CANVAS,
        "1",
        "2",
        "3",
        "4.5",
        "leaf",
    ]
    assert rows[0]["body"] == '"Ё", 0\nи "так"'
    name = site.container()
    table = (
        "target,x,y,width,height,body,language,tags,motivation\r\n"
        f"{CANVAS},1,2,3,4,Жёлтый,ru,a|b,commenting|tagging\r\n"
        f"{CANVAS},1,,3,4,,,,\r\n"
        ",,,,,text,,,\r\n"
        f"{CANVAS},,,,,,,,painting by numbers\r\n"
    )
    lines = sent(site, name, table.encode("utf-8-sig"), "text/csv")
    assert [line["status"] for line in lines[:-1]] == [201, 422, 422, 201]
    made = site.get(lines[0]["id"]).json()
    assert made["motivation"] == ["commenting", "tagging"]
    assert [body["value"] for body in made["body"]] == ["Жёлтый", "a", "b"]
    assert made["target"]["selector"]["value"] == "xywh=1,2,3,4"


def feature(kind: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": f"0b4ee6a8-0000-4000-8000-{abs(hash(str(coordinates))) % 10**12:012}",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": {"objectType": "annotation", **properties},
    }


HOLED = [[[0, 0], [100, 0], [120, 90.5], [0, 100], [0, 0]], [[10, 10], [10, 20], [20, 15], [10, 10]]]
FEATURES = [
    feature("Polygon", HOLED, classification={"name": "Tumor", "color": [200, 0, 0]}, name="Ёлка & <co>"),
    feature("Polygon", [[[1, 2], [31, 2], [31, 42.5], [1, 42.5], [1, 2]]], color=[1, 2, 3]),
    feature("MultiPolygon", [[[[0, 0], [9, 0], [5, 9], [0, 0]]], [[[20, 20], [29, 20], [25, 29], [20, 20]]]]),
    feature("LineString", [[0, 0], [5, 5.25], [10, 0]], classification={"name": "Stroma", "colorRGB": -3670016}),
    feature("MultiLineString", [[[0, 0], [5, 5]], [[10, 10], [20, 10]]]),
    feature("Point", [7.5, 8], measurements={"Area µm^2": 1.5}),
    feature("MultiPoint", [[1, 1], [2, 2]]),
]


def test_shapes_of_qupath_come_back(site: Site) -> None:
    from shapely.geometry import shape

    name = site.container()
    collection = json.dumps({"type": "FeatureCollection", "features": FEATURES}).encode()
    lines = sent(site, name, collection, "application/geo+json", f"?canvas={CANVAS}")
    assert lines[-1]["summary"] == {"created": 7, "updated": 0, "deleted": 0, "failed": 0}
    kept = [site.get(line["id"]).json() for line in lines[:-1]]
    assert kept[0]["via"] == f"urn:uuid:{FEATURES[0]['id']}"
    assert [body["value"] for body in kept[0]["body"]] == ["Ёлка & <co>", "Tumor"]
    assert "rgb(200, 0, 0)" in kept[0]["stylesheet"]["value"]
    assert kept[1]["target"]["selector"]["value"] == "xywh=pixel:1,2,30,40.5"
    assert kept[2]["target"]["selector"]["type"] == "SvgSelector"
    assert len(kept[6]["target"]) == 2
    back = site.get(f"{name}/export?format=geojson&canvas={CANVAS}").json()["features"]
    assert len(back) == len(FEATURES)
    for before, after in zip(FEATURES, back, strict=True):
        assert after["geometry"]["type"] == before["geometry"]["type"]
        assert shape(after["geometry"]).equals(shape(before["geometry"]))
        for member in ("name", "measurements"):
            assert after["properties"].get(member) == before["properties"].get(member)
    assert back[0]["properties"]["classification"] == {"name": "Tumor", "color": [200, 0, 0]}
    assert back[1]["properties"]["color"] == [1, 2, 3]
    assert back[3]["properties"]["color"] == [200, 0, 0]
    nothing = site.get(f"{name}/export?format=geojson&canvas=https://e.org/other").json()
    assert nothing == {"type": "FeatureCollection", "features": []}


def test_features_that_cannot_be_read_are_told_by_line(site: Site) -> None:
    odd = [
        feature("Polygon", [[[0, 0]]]),
        feature("Circle", [0, 0]),
        feature("Point", [1e300, 0]),
        feature("Point", "x"),
        {"type": "Feature", "geometry": None},
        7,
        feature("Point", [1, 1]),
    ]
    lines = sent(site, site.container(), json.dumps(odd).encode(), "application/geo+json", f"?canvas={CANVAS}")
    assert [line["status"] for line in lines[:-1]] == [422] * 6 + [201]


def test_too_many_shapes_and_no_canvas_are_refused_clearly(site: Site) -> None:
    many = b"[" + b",".join([b"{}"] * 100_001) + b"]"
    for body, query, words in (
        (many, f"?canvas={CANVAS}", "at most 100000 shapes"),
        (b"[]", "", "canvas"),
        (b"{}", f"?canvas={CANVAS}", "FeatureCollection"),
        (b"nonsense", f"?canvas={CANVAS}", "not JSON"),
        (b"[" * 100_000, f"?canvas={CANVAS}", "not JSON"),
    ):
        answer = site.request("POST", f"default/bulk{query}", content=body, content_type="application/geo+json")
        assert words in site.problem(answer, 422, "unusable-import")["detail"]


@pytest.mark.parametrize("query", ["format=docx", "format=csv&format=csv", "x=1", "format=geojson", "canvas="])
def test_exports_that_cannot_be_made_are_refused(site: Site, query: str) -> None:
    site.problem(site.get(f"default/export?{query}"), 400, "invalid-request")


def test_a_page_of_annotations_is_imported_with_its_context(site: Site) -> None:
    name = site.container()
    item = {"id": "urn:1", "type": "Annotation", "target": "https://e.org/1"}
    page = {
        "@context": "http://iiif.io/api/presentation/3/context.json",
        "type": "AnnotationPage",
        "items": [item, 7],
    }
    lines = sent(site, name, json.dumps(page).encode(), "application/ld+json")
    assert [line["status"] for line in lines[:-1]] == [201, 400]
    assert site.get(lines[0]["id"]).json()["@context"] == ["http://www.w3.org/ns/anno.jsonld", page["@context"]]
