"""Millimetres of annotations: from a file that knows its scale, through ingest and catalog, to search and export."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import tifffile
from shapely.geometry import shape

pytestmark = pytest.mark.integration

CONTEXT = {"@context": "http://www.w3.org/ns/anno.jsonld", "type": "Annotation"}
PREFIX = "/iiif/presentation/3"
TRIANGLE = '<svg xmlns="http://www.w3.org/2000/svg"><polygon points="0,0 40,0 0,20"/></svg>'


def ingest(server: Any, path: Path, scale_um: tuple[float, float], *options: str) -> str:
    """The name of the revision."""
    metadata = {"axes": "YX"} | {f"PhysicalSize{axis}": size for axis, size in zip("XY", scale_um, strict=True)}
    tifffile.imwrite(path, np.zeros((64, 64), np.uint8), metadata=metadata, ome=True)
    done = server.command("ingest", path, "--id", "scaled/лист", *options)
    assert done.returncode == 0, done.stderr
    return str(server.get("/images/scaled%2F%D0%BB%D0%B8%D1%81%D1%82").json()["revision"])


@pytest.fixture(scope="module")
def container(pigture_server: Any) -> Iterator[httpx.Client]:
    """A client of a container of its own."""
    headers = {"authorization": f"Bearer {pigture_server.token()}", "content-type": "application/ld+json"}
    base = f"{pigture_server.url}/annotations/measured/"
    with httpx.Client(base_url=base, headers=headers, trust_env=False) as client:
        assert client.put("", json={"label": "Measured"}, headers={"if-none-match": "*"}).status_code == 201
        yield client


@pytest.fixture(scope="module")
def canvases(
    pigture_server: Any, container: httpx.Client, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The current canvas and the one pinned to the first revision, whose pixels were twice as large."""
    path = tmp_path_factory.mktemp("scaled") / "leaf.ome.tif"
    first = ingest(pigture_server, path, (0.5, 1))
    second = ingest(pigture_server, path, (0.25, 0.5), "--replace")
    base = f"{pigture_server.url}{PREFIX}/scaled%2F%D0%BB%D0%B8%D1%81%D1%82"
    named = {"current": f"{base}/manifest/canvas/1", "pinned": f"{base}@{first}/manifest/canvas/1"}
    targets = [
        f"{named['current']}#xywh=40,20,8,4",
        {"source": named["current"], "selector": {"type": "SvgSelector", "value": TRIANGLE}},
        f"{named['pinned']}#xywh=40,20,8,4",
        {
            "source": named["current"],
            "selector": {"type": "FragmentSelector", "value": "xywh=40,20,8,4"},
            "state": {"type": "TimeState", "cached": named["pinned"]},
        },
        named["current"],
        f"{named['current'].replace(pigture_server.url, 'https://other.example')}#xywh=40,20,8,4",
    ]
    for number, target in enumerate(targets):
        made = container.post("", json={**CONTEXT, "target": target}, headers={"slug": str(number)})
        assert made.status_code == 201, made.text
    return {**named, "first": first, "second": second}


BOX = (0.01, 0.01, 0.002, 0.002, 0.000004)
EXPECTED = {
    "0": ("second", *BOX),
    "1": ("second", 0, 0, 0.01, 0.01, 0.00005),
    "2": ("first", *(2 * side for side in BOX[:4]), 4 * BOX[4]),
    "3": ("first", *(2 * side for side in BOX[:4]), 4 * BOX[4]),
}
COLUMNS = ("x_mm", "y_mm", "width_mm", "height_mm", "area_mm2")


def test_a_search_tells_millimetres_where_they_are_asked_for(
    container: httpx.Client, canvases: dict[str, str]
) -> None:
    page = container.get("", params={"measures": 1}).json()
    plain = container.get("", params={"measures": 0}).json()
    assert page["items"] == plain["items"]
    assert "pigture:measures" not in plain
    for told in page["pigture:measures"]:
        revision, *numbers = EXPECTED[told["pigture:annotation"].rpartition("/")[2]]
        assert told["pigture:revision"] == canvases[revision]
        assert told["pigture:canvas"] == canvases["current" if revision == "second" else "pinned"]
        assert [told[f"pigture:{name}"] for name in COLUMNS] == numbers
    assert len(page["pigture:measures"]) == len(EXPECTED)
    iris = container.get("", params={"measures": 1, "iris": 1, "target": canvases["current"]}).json()
    assert [iri.rpartition("/")[2] for iri in iris["items"]] == ["0", "1", "2", "3", "4"]
    assert iris["pigture:measures"] == page["pigture:measures"]
    assert container.get("", params={"measures": "yes"}).json()["parameter"] == "measures"


def test_measures_are_json_ld(container: httpx.Client, canvases: dict[str, str]) -> None:
    del canvases
    turtle = container.get("", params={"measures": 1}, headers={"accept": "text/turtle"})
    assert turtle.status_code == 200
    import rdflib

    graph = rdflib.Graph().parse(data=turtle.text, format="turtle")
    vocabulary = rdflib.Namespace("urn:pigture:")
    areas = {str(iri).rpartition("/")[2]: graph.value(node, vocabulary.area_mm2).toPython()
             for node, iri in graph.subject_objects(vocabulary.annotation)}  # fmt: skip
    assert areas == {name: pytest.approx(numbers[-1]) for name, numbers in EXPECTED.items()}


def test_a_table_has_millimetres(container: httpx.Client, canvases: dict[str, str]) -> None:
    rows = list(csv.DictReader(io.StringIO(container.get("export", params={"format": "csv"}).text)))
    for name, (revision, *numbers) in EXPECTED.items():
        row = rows[int(name)]
        assert row["revision"] == canvases[revision]
        assert [float(row[column]) for column in COLUMNS] == numbers
    for row in rows[4:]:
        assert {row[column] for column in ("revision", *COLUMNS)} == {""}


def test_features_have_millimetres(container: httpx.Client, canvases: dict[str, str]) -> None:
    query = {"format": "geojson", "canvas": canvases["current"]}
    features = container.get("export", params=query).json()["features"]
    assert [feature["id"].rpartition("/")[2] for feature in features] == list(EXPECTED)
    for feature, (revision, *numbers) in zip(features, EXPECTED.values(), strict=True):
        properties = feature["properties"]
        assert (properties["revision"], *(properties[name] for name in COLUMNS)) == (canvases[revision], *numbers)
    assert shape(features[1]["geometry"]).area == 400


def test_the_command_line_exports_the_same(
    pigture_server: Any, container: httpx.Client, canvases: dict[str, str]
) -> None:
    del canvases
    done = pigture_server.command("annotations", "export", "measured", "--format", "csv")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == container.get("export", params={"format": "csv"}).text.splitlines()


def test_the_scale_of_a_restricted_image_is_for_those_who_may_see_it(
    pigture_server: Any, container: httpx.Client, canvases: dict[str, str]
) -> None:
    del canvases
    image = "/images/scaled%2F%D0%BB%D0%B8%D1%81%D1%82"
    token = {"authorization": f"Bearer {pigture_server.token()}"}

    def made(access: str) -> None:
        etag = pigture_server.get(image, headers=token).headers["etag"]
        headers = {**token, "if-match": etag}
        url = f"{pigture_server.url}{image}"
        answer = httpx.patch(url, json={"access": access}, headers=headers, trust_env=False)
        assert answer.status_code == 200, answer.text

    before = container.get("", params={"measures": 1}).headers["etag"]
    made("restricted")
    try:
        stranger = httpx.get(f"{container.base_url}?measures=1", trust_env=False)
        assert stranger.json()["pigture:measures"] == []
        assert stranger.headers["etag"] != before
        assert len(container.get("", params={"measures": 1}).json()["pigture:measures"]) == len(EXPECTED)
    finally:
        made("public")
