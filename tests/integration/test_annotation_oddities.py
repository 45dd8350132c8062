"""Odd requests and documents: each is taken or refused, and none makes the store fail."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.integration

CANVAS = "http://example.org/canvas/1"


def selected(selector: Any) -> dict[str, Any]:
    return {"target": {"type": "SpecificResource", "source": CANVAS, "selector": selector}}


def fragment(value: str) -> dict[str, Any]:
    return selected({"type": "FragmentSelector", "value": value})


def svg(value: str) -> dict[str, Any]:
    return selected({"type": "SvgSelector", "value": value})


ODD: list[dict[str, Any]] = [
    fragment("xywh=1e308,1e308,1e308,1e308"),
    fragment("xywh=-5,-5,10,10"),
    fragment("xywh=percent:0,0,100,100"),
    fragment("xywh=pixel:1.5,2.25,3.125,4"),
    fragment("t=10,5"),
    fragment("t=npt:1e400,2"),
    fragment("xywh=" + "9" * 500 + ",1,1,1"),
    fragment("%00%ff&xywh=&t="),
    svg("<svg xmlns='http://www.w3.org/2000/svg'><path d='M0,0 L1e308,1e308 L-1e308,1e308 Z'/></svg>"),
    svg("<svg><polygon points='0,0 1,1 0,1 1,0'/></svg>"),
    svg("<svg"),
    svg("<!DOCTYPE svg [<!ENTITY a 'b'>]><svg>&a;</svg>"),
    svg("<svg><path d='" + "M0,0L1,1" * 2000 + "'/></svg>"),
    {"target": CANVAS + "#" + "x" * 5000},
    {"target": [f"{CANVAS}/{n}" for n in range(500)]},
    {"target": {"type": "List", "items": [CANVAS]}},
    {"body": []},
    {"body": {"type": "TextualBody", "value": "ё" * 8000, "purpose": "tagging"}},
    {"body": {"type": "TextualBody", "value": "<script>&#0;\u2028</script>", "format": "text/html"}},
    {"motivation": "x" * 9000},
    {"creator": {"id": "urn:x", "name": ["a", {"b": None}]}},
    {"created": "not a date"},
    {"id": ""},
    {"id": 5},
    {"id": "x" * 15_000},
    {"via": {"a": "b"}},
    {"@context": []},
    {"type": []},
    {"\ufeff": {"": {"": [[[[]]]]}}},
]


@pytest.mark.parametrize("members", ODD, ids=range(len(ODD)))
def test_odd_documents_are_taken_or_refused(annotation_site: Any, members: dict[str, Any]) -> None:
    document = annotation_site.annotation(**members)
    made = annotation_site.post("default", document)
    assert made.status_code in (201, 400, 422), made.text
    if made.status_code == 201:
        iri = made.headers["location"]
        assert annotation_site.get(iri).json() == made.json()
        assert annotation_site.get(iri, accept="text/turtle").status_code in (200, 406)
        put = annotation_site.request("PUT", iri, json=annotation_site.annotation(), if_match="*")
        assert put.status_code == 200, put.text
        assert annotation_site.request("DELETE", iri, if_match="*").status_code == 204
    elif made.status_code == 422:
        assert made.json()["errors"]


@pytest.mark.parametrize(
    ("method", "target", "headers"),
    [
        ("GET", "/annotations/default/?" + "a=1&" * 200, {}),
        ("GET", "/annotations/default/?page=%00", {}),
        ("GET", "/annotations/?after=%00", {}),
        ("GET", "/annotations/?after=%F0%9F%8C%BF", {}),
        ("GET", "/annotations/default/\x7f".encode("unicode_escape").decode(), {}),
        ("GET", "/annotations/%F0%9F%8C%BF/", {}),
        ("GET", "/annotations/default/", {"Accept": ";;,=q,\xff", "Prefer": '=";', "If-None-Match": '"\xff'}),
        ("BREW", "/annotations/default/", {}),
        ("OPTIONS", "/annotations/default/a/b", {}),
        ("POST", "/annotations/default/", {"Authorization": "Bearer anna", "Content-Length": "0"}),
        ("PUT", "/annotations/default/x", {"Authorization": "Bearer \xff"}),
        ("GET", "/annotations/default/?iris=1&page=999999999999999999", {}),
    ],
)
def test_odd_requests_are_answered_or_refused(
    annotation_site: Any, method: str, target: str, headers: dict[str, str]
) -> None:
    status, found = annotation_site.raw(method, target, headers)
    assert 200 <= status < 500
    assert status < 400 or found["content-type"] == "application/problem+json"


def test_what_cannot_be_answered_is_not_made(annotation_site: Any) -> None:
    site = annotation_site
    for method, path, conditions in (
        ("POST", "", {"slug": "unwanted"}),
        ("PUT", "unwanted/", {"if_none_match": "*"}),
    ):
        answer = site.request(method, path, token="curator", json={"label": "x"}, accept="image/png", **conditions)
        site.problem(answer, 406, "not-acceptable")
        site.problem(site.get("unwanted/"), 404, "unknown-container")


def test_a_state_that_is_none_is_refused_where_nothing_is_made_too(annotation_site: Any) -> None:
    site = annotation_site
    made = site.made()
    iri = made.headers["location"]
    answer = site.request("PUT", iri, json=site.annotation(), if_match="*", review_state="perfect")
    site.problem(answer, 400, "invalid-request")
    assert site.get(iri).headers["etag"] == made.headers["etag"]
