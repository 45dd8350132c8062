"""Image API 3.0, §7 to 9, in its order. Each test stands under the sentence that it is about."""

import io
import json

import httpx
import pytest
from PIL import Image

# --- 7. Server Responses --------------------------------------------------------------------------

EVERY_KIND = ["3/grid/info.json", "3/grid/0,0,512,512/512,512/0/default.jpg", "3/grid/full/300,/0/default.png"]


# §7: "it is RECOMMENDED that implementations also support the HTTP HEAD method."
@pytest.mark.parametrize("path", [*EVERY_KIND, "3/grid", "3/nothing/info.json"])
def test_head_is_get_without_the_body(site, path):
    get, head = site.get(path), site.request("HEAD", path)
    assert head.status_code == get.status_code
    assert head.content == b""
    for answer in (get, head):
        for name in ("date", "server-timing"):
            del answer.headers[name]
    assert dict(head.headers) == dict(get.headers)


# §7: "Servers SHOULD support the HTTP OPTIONS method as part of the CORS preflight request pattern".
def test_options_answers_a_preflight(site):
    response = site.request(
        "OPTIONS",
        "3/grid/info.json",
        origin="https://viewer.example",
        access_control_request_method="GET",
        access_control_request_headers="authorization",
    )
    assert response.status_code in (200, 204)
    assert response.headers["access-control-allow-origin"] == "*"
    assert "GET" in response.headers["access-control-allow-methods"]
    assert "authorization" in response.headers["access-control-allow-headers"].lower()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_not_allowed(site, method):
    response = site.request(method, "3/grid/info.json")
    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert response.headers["content-type"] == "application/problem+json"


# §7.1: "Servers SHOULD support reuse of Image API resources by following the relevant requirements of the CORS
# specification, including the Access-Control-Allow-Origin header": on errors too, so that viewers can read them.
@pytest.mark.parametrize(
    "path", [*EVERY_KIND, "3/grid", "3/nothing/info.json", "3/gone/info.json", "3/grid/x/y/z/a.b"]
)
def test_cors(site, path):
    response = site.get(path, origin="https://viewer.example")
    assert response.headers["access-control-allow-origin"] == "*"
    exposed = {name.strip().lower() for name in response.headers["access-control-expose-headers"].split(",")}
    assert {"link", "etag", "location"} <= exposed


# §7.2: "Status code 304 is handled exactly as per the HTTP specification." RFC 9110 §13.1.2, §15.4.5.
@pytest.mark.parametrize("path", EVERY_KIND)
def test_not_modified(site, path):
    response = site.get(path)
    etag = response.headers["etag"]
    assert etag.startswith('"')
    for condition in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        again = site.get(path, if_none_match=condition)
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == etag
        assert again.headers["cache-control"] == response.headers["cache-control"]
        assert again.headers["access-control-allow-origin"] == "*"
    assert site.get(path, if_none_match='"other"').status_code == 200


def test_every_answer_has_an_etag_of_its_own(site):
    paths = [
        *EVERY_KIND,
        "2/grid/info.json",
        "3/gray/info.json",
        "3/grid/full/300,/0/default.jpg",
        "3/grid/full/300,/0/gray.png",
        "3/grid/full/300,/180/default.png",
        "3/grid/full/300,/!0/default.png",
        "3/grid/full/300,300/0/default.png",
        "3/gray/full/300,/0/default.png",
    ]
    assert len({site.get(path).headers["etag"] for path in paths}) == len(paths)
    negotiated = {
        site.get(EVERY_KIND[0], accept=a).headers["etag"] for a in ("application/json", "application/ld+json")
    }
    assert len(negotiated) == 2


# RFC 9111 §5.2.2, RFC 5861, RFC 8246: what is current may change, what is pinned never does.
def test_the_current_revision_is_kept_for_a_while(site):
    for path in EVERY_KIND:
        assert site.get(path).headers["cache-control"] == "public, max-age=77, stale-while-revalidate=77"


@pytest.mark.parametrize("path", ["0,0,512,512/512,512/0/default.jpg", "full/300,/0/default.png"])
def test_a_pinned_revision_is_kept_for_ever(site, pinned, path):
    response = site.get(f"3/{pinned}/{path}")
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.content == site.get(f"3/grid/{path}").content


def test_an_older_revision_stays_readable(site):
    info = site.info(3, "grid@01k00000000000000000000001")
    assert info["id"] == f"{site.url}/iiif/3/grid@01k00000000000000000000001"
    site.problem("3/grid@01k00000000000000000000009/info.json", 404)


def test_errors_are_not_kept(site):
    for path in ("3/nothing/info.json", "3/gone/info.json", "3/grid/full/0,/0/default.jpg"):
        assert "no-store" in site.get(path).headers["cache-control"]


# §7.3: "404 Not Found: The image resource specified by identifier does not exist".
@pytest.mark.parametrize("path", ["", "/info.json", "/full/max/0/default.jpg"])
@pytest.mark.parametrize("name", ["nothing", "a%2Fb", "..", "Grid", "grid%20", "[frob]"])
def test_an_unknown_image_is_not_found(site, name, path):
    status, headers, body = site.raw("GET", f"/iiif/3/{name}{path}")
    assert status == 404
    assert headers["content-type"] == "application/problem+json"
    assert json.loads(body)["status"] == 404


# RFC 9110 §15.5.11: "access to the target resource is no longer available [...] and [...] this condition is likely
# to be permanent."
@pytest.mark.parametrize("path", ["", "/info.json", "/full/max/0/default.jpg"])
def test_a_deleted_image_is_gone(site, path):
    site.problem(f"3/gone{path}", 410)


# §7.3: "401 Unauthorized: Authentication is required and not provided." "403 Forbidden".
@pytest.mark.parametrize("path", ["info.json", "full/max/0/default.jpg", "0,0,512,512/512,512/0/default.jpg"])
def test_a_restricted_image_wants_a_token(site, path):
    site.problem(f"3/secret/{path}", 401)
    assert site.get(f"3/secret/{path}").headers["www-authenticate"].startswith("Bearer")
    assert site.get(f"3/secret/{path}", authorization="Bearer wrong").status_code == 401
    assert site.get(f"3/secret/{path}", authorization="Bearer pigture_no_role").status_code == 403
    response = site.get(f"3/secret/{path}", authorization="Bearer pigture_reader")
    assert response.status_code == 200
    assert response.headers["cache-control"] == "private, no-store"
    # Access is decided before the validator is.
    assert site.get(f"3/secret/{path}", if_none_match=response.headers["etag"]).status_code == 401


# §7.3: "500 Internal Server Error" is for what the server does not expect: bad requests are never that, nor a 422.
@pytest.mark.parametrize(
    "path",
    [
        "%00/info.json",
        "%ff/info.json",
        "%zz/info.json",
        "a;b/info.json",
        "a" * 1025 + "/info.json",
        "grid@@/info.json",
        "grid/" + "9" * 8000 + ",0,1,1/max/0/default.jpg",
        "grid/full/" + "9" * 4000 + ",/0/default.jpg",
        "grid/%00/max/0/default.jpg",
        "grid/full/max/0/%ff.jpg",
        "grid/full/max/0/default.jpg%00",
        "grid/pct:1e999,0,1,1/max/0/default.jpg",
        "grid/full/^pct:99999999999999999999/0/default.jpg",
        "grid/full/max/../default.jpg",
        "grid//max/0/default.jpg",
    ],
)
def test_junk_is_a_bad_request(site, path):
    status, headers, body = site.raw("GET", f"/iiif/3/{path}")
    assert status == 400
    assert headers["content-type"] == "application/problem+json"
    assert json.loads(body)["parameter"]


# --- 9. URI Encoding and Decoding -----------------------------------------------------------------


# §9: "Percent-encoding other characters introduces no ambiguity but is unnecessary."
def test_characters_that_are_encoded_without_need_mean_themselves(site):
    plain = site.raw("GET", "/iiif/3/grid/0,0,100,100/^200,/!90/gray.png")
    encoded = site.raw("GET", "/iiif/3/%67rid/0%2C0%2C100%2C100/%5E200%2c/%2190/gr%61y%2Epng")
    assert plain[0] == 200
    assert encoded[2] == plain[2]
    assert encoded[1]["etag"] == plain[1]["etag"]


def test_a_query_changes_nothing(site):
    assert site.get("3/grid/info.json?x=1").json()["id"] == f"{site.url}/iiif/3/grid"


# §5.2: "id: The base URI of the image as defined in URI Syntax, including scheme, server, prefix": as the client
# sees them, but never as a stranger's header tells.
def test_forwarding_headers_of_strangers_are_not_believed(site):
    info = site.get(
        "3/grid/info.json", x_forwarded_host="evil.example", forwarded="host=evil.example;proto=https"
    ).json()
    assert info["id"] == f"{site.url}/iiif/3/grid"


def test_many_at_once_are_all_right(site, assert_shows):
    with httpx.Client(trust_env=False, timeout=30) as client:
        answers = [client.get(f"{site.url}/iiif/3/grid/0,0,{n},100/max/0/default.png") for n in range(100, 110)]
    assert [Image.open(io.BytesIO(answer.content)).width for answer in answers] == list(range(100, 110))
