"""/openapi.json: it is OpenAPI 3.1, and describes exactly the routes that there are."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
import schemathesis
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from starlette.routing import Route

from annotation_store.http import iiif_addresses
from annotation_store.http.addresses import (
    ANNOTATION_PARTS,
    Address,
    AliasAddress,
    AnnotationPart,
    ContainerPart,
    SlashMissing,
    parse_address,
)
from annotation_store.http.openapi import ALONE as STORE_ALONE
from annotation_store.http.openapi import DESCRIPTION as ANNOTATIONS
from annotation_store.names import CONTAINER_PARTS
from config.openapi import PATH, Description, build_description
from config.openapi_shared import Json
from iiif_server.grammar import parse_request
from iiif_server.http.app import create_app
from iiif_server.http.openapi import ALONE as IMAGES_ALONE
from iiif_server.http.openapi import DESCRIPTION as IMAGES
from iiif_server.http.options import ServerOptions
from iiif_server.request import Request, Version
from ingest.http.app import create_api
from ingest.http.openapi import DESCRIPTION as CATALOG
from ingest.http.openapi import ITSELF
from ingest.services import Services
from pigture.description import PAGES, description_route
from pigture.pages import page_routes
from storage.memory import MemoryStore

ROOT = Path(__file__).parents[2]
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
DESCRIPTIONS = {
    "everything": (IMAGES, ANNOTATIONS, CATALOG, PAGES, ITSELF),
    "image server": (IMAGES, IMAGES_ALONE),
    "annotation store": (ANNOTATIONS, STORE_ALONE),
}
# What fits into the segments of paths so that they can be parsed.
SAMPLES = {
    **{"region": "full", "size": "max", "rotation": "0", "quality": "default", "format": "jpg"},
    **{"id": "nothing", "revision": "1", "fields": ";page=2", "job_id": "nothing", "file": "nothing.js"},
    **{"container": "nothing", "annotation": "nothing", "number": "1", "scope": "nothing"},
}


@pytest.fixture(params=DESCRIPTIONS)
def document(request: pytest.FixtureRequest) -> Json:
    made: Json = json.loads(build_description("1.0", "", DESCRIPTIONS[request.param]))
    return made


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def described_methods(*parts: Description) -> dict[str, set[str]]:
    return {path: {method.upper() for method in methods} for part in parts for path, methods in part.paths.items()}


def concrete(path: str) -> str:
    return path.format(**SAMPLES)


def test_it_is_valid_openapi_3_1(document: Json) -> None:
    assert document["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(document).validate()
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))


def test_every_reference_leads_to_something(document: Json) -> None:
    resolver = Registry().with_resource("", Resource(document, DRAFT202012)).resolver()
    for reference in set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(document))):
        resolver.lookup(reference)


def test_schemas_are_schemas_and_examples_follow_them(document: Json) -> None:
    components = {"components": document["components"]}

    def check(schema: Json, *examples: Any) -> None:
        Draft202012Validator.check_schema(schema)
        for example in (*examples, *schema.get("examples", ())):
            Draft202012Validator(schema | components).validate(example)

    for schema in document["components"]["schemas"].values():
        check(schema)
    for _, _, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            check(parameter["schema"], *(item["value"] for item in parameter.get("examples", {}).values()))
        for body in operation.get("requestBody", {}).get("content", {}).values():
            check(body.get("schema", {}), *([body["example"]] if "example" in body else []))


def test_every_parameter_of_a_path_is_described_and_no_other(document: Json) -> None:
    for path, _, operation in operations(document):
        named = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "path"}
        assert named == set(re.findall(r"{(\w+)}", path)), path


@pytest.mark.integration
def test_the_api_has_exactly_the_described_routes(services: Services, tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    for name in ("index.html", "icon.svg", "assets/index-1.js"):
        (dist / name).write_text("")
    api = create_api(services, extra_routes=[description_route("1"), *page_routes(dist)])
    there_are = {
        (as_described(route.path), method)
        for route in api.routes
        if isinstance(route, Route)
        for method in (route.methods or ()) - {"HEAD"}
    }
    described = {
        (re.sub(r"{id}@{revision}", "{id}", path), method)
        for path, methods in described_methods(CATALOG, PAGES, ITSELF).items()
        for method in methods
    }
    assert fold_files(described) == there_are


def as_described(path: str) -> str:
    path = path.replace("{identifier:path}", "{id}")
    return "/assets/{file}" if path.startswith("/assets/") else path


def fold_files(described: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """One route answers for both files of an image."""
    return {(re.sub(r"/(original|pyramid)$", "/{which}", path), method) for path, method in described}


def test_every_address_of_the_store_is_described() -> None:
    found = [
        parse_address(concrete(path)) or iiif_addresses.parse_iiif_address(concrete(path))
        for path in ANNOTATIONS.paths
    ]
    # Ids that clients made up are described with the annotations; a slash that is missing leads to what is described.
    kinds = {*get_args(Address), *get_args(iiif_addresses.IiifAddress)} - {AliasAddress, SlashMissing}
    assert {type(address) for address in found} == kinds
    assert {address.part for address in found if isinstance(address, ContainerPart)} == CONTAINER_PARTS
    assert {address.part for address in found if isinstance(address, AnnotationPart)} == ANNOTATION_PARTS
    searches = [address for address in found if isinstance(address, iiif_addresses.SearchAddress)]
    assert {(address.version, address.completes) for address in searches} == {
        (version, completes) for version in (1, 2) for completes in (True, False)
    }


def test_every_request_of_the_image_server_is_described() -> None:
    found = set()
    for path in IMAGES.paths:
        match = re.fullmatch(r"/iiif/([23])/(.+)", concrete(path))
        if match:
            version = Version(int(match[1]))
            found.add((version, type(parse_request(version, match[2]))))
    assert found == {(version, kind) for version in Version for kind in get_args(Request)}


@pytest.mark.parametrize(
    ("package", "parts"),
    [
        ("iiif_server", (IMAGES, IMAGES_ALONE)),
        ("annotation_store", (ANNOTATIONS, STORE_ALONE)),
    ],
)
def test_every_path_that_the_code_names_is_described(package: str, parts: tuple[Description, ...]) -> None:
    """For applications without a router: their paths stand in the code as texts."""
    described = [*described_methods(*parts), *(f"{path}?" for path in described_methods(*parts))]
    pointers = {"/id"}  # RFC 6901
    for file in (ROOT / package / "http").glob("*.py"):
        for text in path_literals(file) - pointers:
            assert any(text.rstrip("/") in path for path in described), f"{file.name}: {text}"


def path_literals(file: Path) -> set[str]:
    texts = {
        node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    }
    return {text for text in texts if re.fullmatch(r"(/[a-z0-9_.]+)+[/?]?", text)}


@pytest.mark.integration
def test_other_methods_than_the_described_are_refused(pigture_server: Any) -> None:
    published = pigture_server.get(PATH).json()
    assert published["paths"].keys() == described_methods(*DESCRIPTIONS["everything"]).keys()
    with httpx.Client(base_url=pigture_server.url, trust_env=False) as client:
        for path, methods in described_methods(*DESCRIPTIONS["everything"]).items():
            if path == "/assets/{file}":  # each file has a route of its own
                continue
            for method in METHODS - {"GET"}:
                status = client.request(method, concrete(path)).status_code
                assert (status == 405) == (method not in methods), f"{method} {path}: {status}"
                if status == 405:
                    allowed = client.request(method, concrete(path)).headers["allow"].replace(" ", "").split(",")
                    assert set(allowed) - {"HEAD", "OPTIONS"} == methods, path


@pytest.mark.integration
def test_a_store_that_runs_by_itself_describes_itself(store_url: str, serve_store: Callable[..., Any]) -> None:
    with serve_store(store_url) as site:
        published = site.client.get(f"{site.url}{PATH}").json()
        assert published["servers"] == [{"url": site.url}]
        assert published["paths"].keys() == described_methods(ANNOTATIONS, STORE_ALONE).keys()
        for path in STORE_ALONE.paths:
            assert site.client.get(f"{site.url}{path}").status_code == 200


def test_an_image_server_that_stands_alone_describes_itself(open_client: Callable[..., httpx.Client]) -> None:
    client = open_client(create_app(MemoryStore(), ServerOptions()))
    answer = client.get(PATH)
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["paths"].keys() == described_methods(IMAGES, IMAGES_ALONE).keys()
    assert client.get("/health").status_code == 200
    assert client.get("/metrics").status_code == 401
