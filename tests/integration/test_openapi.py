"""/openapi.json: it is OpenAPI, and what it describes is there and never answers 5xx."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis.checks import not_a_server_error

from annotation_store.http.addresses import ANNOTATION_PARTS
from annotation_store.http.openapi import PATHS
from annotation_store.names import CONTAINER_PARTS
from config.openapi import PATH

pytestmark = pytest.mark.integration
Site = Any


def paths_of(document: dict[str, Any], tag: str) -> list[tuple[str, str]]:
    return [
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if tag in operation["tags"]
    ]


@pytest.mark.filterwarnings("ignore")
def test_whatever_is_asked_as_described_is_no_fault_of_the_store(
    store_url: str, serve_store: Callable[..., Any]
) -> None:
    with serve_store(store_url) as site:
        schema = schemathesis.openapi.from_url(f"{site.url}{PATH}")
        made = site.made(slug="kept")
        names = {"container": "default", "annotation": "kept", "number": 1, "version": 2, "scope": "default"}
        failures: list[str] = []
        for result in schema.get_all_operations():
            operation = result.ok()
            if operation.path.endswith("/events"):  # it has no end
                continue

            @hypothesis.settings(
                max_examples=8, deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck)
            )
            @hypothesis.seed(7)
            @hypothesis.given(case=operation.as_strategy())
            def ask(case: Any) -> None:
                for mine in (False, True):
                    if mine:
                        case.path_parameters = {name: names[name] for name in case.path_parameters or {}}
                    headers = {"authorization": "Bearer admin", "connection": "close"}
                    if case.method in ("PUT", "DELETE") and made is not None:
                        headers["if-match"] = "*" if case.operation.path.count("{") > 1 else '"x"'
                    case.call_and_validate(headers=headers, checks=[not_a_server_error])

            try:
                ask()
            except Exception as exc:
                failures.append(f"{operation.method} {operation.path}: {exc}")
        assert failures == []


def test_every_part_of_the_store_is_described() -> None:
    described = {path.rpartition("/")[2] for path in PATHS}
    assert described >= ANNOTATION_PARTS | CONTAINER_PARTS


def test_a_server_describes_all_its_services(pigture_server: Any) -> None:
    answer = pigture_server.get(PATH)
    assert answer.status_code == 200
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    for tag in ("images", "annotations", "catalog"):
        assert paths_of(document, tag)
    for method, path in paths_of(document, "catalog"):
        if method == "GET" and "{" not in path:
            assert pigture_server.get(path).status_code in (200, 401, 403), path
