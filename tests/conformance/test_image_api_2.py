"""Image API 2.1 where it differs from 3.0, in its order. Each test stands under the sentence that it is about."""

import json

import pytest
from PIL import Image

CONTEXT = "http://iiif.io/api/image/2/context.json"
W, H = 1303, 907


# §2: "When the base URI is dereferenced, the interaction should result in the image information document."
def test_the_base_uri_redirects_to_info_json(site):
    response = site.get("2/grid")
    assert response.status_code == 303
    assert response.headers["location"] == f"{site.url}/iiif/2/grid/info.json"


# §4.1: "square: The region is defined as an area where the width and height are both equal to the length of the
# shorter dimension of the complete image."
def test_region_square(site, assert_shows):
    image = site.image("2/grid/square/full/0/default.png")
    assert_shows(image, site.pictures["grid"], (198, 0, H, H), mean=0.5)


# §4.1: "If the requested region's height or width is zero, or if the region is entirely outside the bounds of the
# reported dimensions, then the server SHOULD return a 400 status code."
@pytest.mark.parametrize("region", ["0,0,0,1", "1303,0,1,1", "pct:100,0,1,1", "0,0,1"])
def test_an_empty_region_is_refused(site, region):
    site.problem(f"2/grid/{region}/full/0/default.jpg", 400, "region")


# §4.2: "full: The image or region is not scaled, and is returned at its full size."
def test_size_full(site, small_site, assert_shows):
    assert_shows(site.image("2/grid/full/full/0/default.png"), site.pictures["grid"], mean=0.5)
    small_site.problem("2/grid/full/full/0/default.png", 400, "size")


# §4.2: "max: The image or region is returned at the maximum size available, as indicated by maxWidth, maxHeight,
# maxArea in the profile description."
def test_size_max(site, small_site):
    assert site.image("2/grid/full/max/0/default.jpg").size == (W, H)
    assert small_site.image("2/grid/full/max/0/default.jpg").size == (575, 400)


# §4.2: "The image server MAY support scaling above the full size of the extracted region." It does: sizeAboveFull.
@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ("652,", (652, 454)),
        ("1500,", (1500, 1044)),
        (",1000", (1437, 1000)),
        ("pct:120", (1564, 1088)),
        ("1400,100", (1400, 100)),
        ("!600,600", (600, 418)),
        ("!5000,5000", (W, H)),
    ],
)
def test_sizes(site, assert_shows, size, expected):
    image = site.image(f"2/grid/full/{size}/0/default.png")
    assert image.size == expected
    assert_shows(image, site.pictures["grid"], mean=3)


def test_enlarging_that_is_not_offered_is_not_implemented(small_site):
    small_site.problem("2/grid/0,0,100,100/200,/0/default.jpg", 501, "size")


# §4.2: "If the resulting height or width is zero, then the server SHOULD return a 400 (bad request) status code."
@pytest.mark.parametrize("size", ["0,", ",0", "pct:0", "pct:0.0001", "5000,", "^100,", "^max", "", "10"])
def test_sizes_of_nothing_beyond_the_limits_or_of_version_3_are_refused(site, size):
    site.problem(f"2/grid/full/{size}/0/default.jpg", 400, "size")


# §4.3: "A rotation value that is out of range or unsupported SHOULD result in a 400 status code."
def test_rotation(site, assert_shows):
    expected = site.pictures["grid"].transpose(Image.Transpose.FLIP_LEFT_RIGHT).transpose(Image.Transpose.ROTATE_270)
    assert_shows(site.image("2/grid/full/full/!90/default.png"), expected, mean=0.5)
    for rotation in ("-90", "+90", "361"):
        site.problem(f"2/grid/full/full/{rotation}/default.jpg", 400, "rotation")


# §4.4: "A quality value that is unsupported SHOULD result in a 400 status code." §4.5: the same for formats.
def test_qualities_and_formats(site):
    site.problem("2/grid/full/full/0/native.jpg", 400, "quality")
    site.problem("2/grid/full/full/0/default.xyz", 400, "format")


# §4.7: "full if the default size is requested, the w, syntax for images that should be scaled maintaining the aspect
# ratio, and the w,h syntax for explicit sizes that change the aspect ratio."
@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("full/max/0/default.jpg", "full/full/0/default.jpg"),
        ("0,0,1303,907/652,454/0/default.jpg", "full/652,/0/default.jpg"),
        ("full/652,453/0/default.jpg", "full/652,453/0/default.jpg"),
        ("square/!100,100/022.50/gray.png", "198,0,907,907/100,/22.5/gray.png"),
        ("512,0,791,907/396,454/0/default.jpg", "512,0,791,907/396,/0/default.jpg"),
    ],
)
def test_the_canonical_link(site, path, canonical):
    response = site.get(f"2/grid/{path}")
    assert f'<{site.url}/iiif/2/grid/{canonical}>;rel="canonical"' in response.headers["link"]
    assert site.get(f"2/grid/{canonical}").content == response.content


# §5.1: "If the client explicitly wants the JSON-LD content-type, then it MUST specify this in an Accept header,
# otherwise the server MUST return the regular JSON content-type."
@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("application/ld+json", "application/ld+json"),
        ("application/ld+json;q=0.9, */*;q=0.1", "application/ld+json"),
        ("text/html, */*;q=0.8", "application/json"),
    ],
)
def test_info_json_is_negotiated(site, accept, content_type):
    response = site.get("2/grid/info.json", accept=accept)
    assert response.headers["content-type"] == content_type
    assert "accept" in response.headers["vary"].lower()
    assert response.headers["access-control-allow-origin"] == "*"


def test_without_accept_info_json_is_plain_json(site):
    status, headers, body = site.raw("GET", "/iiif/2/grid/info.json")
    assert (status, headers["content-type"]) == (200, "application/json")
    assert json.loads(body)["@context"] == CONTEXT


# §5.2: the required technical properties, and "The first entry in the list MUST be a compliance level URI."
def test_required_properties(site):
    info = site.info(2)
    assert info["@context"] == CONTEXT
    assert info["@id"] == f"{site.url}/iiif/2/grid"
    assert info["protocol"] == "http://iiif.io/api/image"
    assert (info["width"], info["height"]) == (W, H)
    assert info["profile"][0] == "http://iiif.io/api/image/2/level2.json"


# §5.2: "For maximum compatibility, servers SHOULD support both the w, and w,h forms of the size parameter for values
# in sizes that maintain the aspect ratio."
def test_every_listed_size_works_in_both_forms(site):
    for size in site.info(2)["sizes"]:
        width, height = size["width"], size["height"]
        for form in (f"{width},", f"{width},{height}"):
            assert site.image(f"2/grid/full/{form}/0/default.jpg").size == (width, height)


# Appendix A: "ws = (width - xr + s - 1) / s  # +s-1 in numerator to round up", the same for heights.
@pytest.mark.parametrize("name", ["grid", "gray", "turned"])
def test_every_tile_by_its_width_has_its_height(site, assert_shows, name):
    info = site.info(2, name)
    side = info["tiles"][0]["width"]
    for scale in info["tiles"][0]["scaleFactors"]:
        for x in range(0, info["width"], side * scale):
            for y in range(0, info["height"], side * scale):
                width, height = min(side * scale, info["width"] - x), min(side * scale, info["height"] - y)
                tile = -(-width // scale), -(-height // scale)
                path = f"{x},{y},{width},{height}/{tile[0]},/0/default.jpg"
                image = site.image(f"2/{name}/{path}")
                assert image.size == tile
                assert_shows(image, site.pictures[name], (x, y, width, height), mean=4)
                # The stored tile itself, in both versions of the API.
                version_3 = f"{x},{y},{width},{height}/{tile[0]},{tile[1]}/0/default.jpg"
                assert site.get(f"3/{name}/{version_3}").content == site.get(f"2/{name}/{path}").content


# §5.3: "formats", "qualities", "supports" and the limits. Everything that is listed works.
def test_the_profile_description(site, small_site):
    profile = site.info(2)["profile"][1]
    assert profile["maxArea"] == 4096 * 4096
    assert set(profile["supports"]) == {
        "canonicalLinkHeader",
        "mirroring",
        "profileLinkHeader",
        "regionSquare",
        "rotationArbitrary",
        "sizeAboveFull",
    }
    for quality in profile["qualities"]:
        for extension in profile["formats"]:
            assert site.image(f"2/grid/0,0,64,64/full/0/{quality}.{extension}").size == (64, 64)
    profile = small_site.info(2)["profile"][1]
    assert (profile["maxWidth"], profile["maxHeight"]) == (600, 400)
    assert "sizeAboveFull" not in profile["supports"]


# §5.4: "license: A link to an external resource that describes the license or rights statement".
def test_license(site):
    assert site.info(2)["license"] == "http://creativecommons.org/publicdomain/zero/1.0/"
    assert "rights" not in site.info(2)


# §6: "The compliance level URI MAY also be given in the HTTP Link header with the parameter rel="profile"".
def test_the_profile_link(site):
    link = site.get("2/grid/full/full/0/default.jpg").headers["link"]
    assert '<http://iiif.io/api/image/2/level2.json>;rel="profile"' in link


# §7.2: "404 Not Found: The image resource specified by identifier does not exist". RFC 9110 §15.5.11: 410.
def test_unknown_and_deleted_images(site):
    site.problem("2/nothing/info.json", 404)
    site.problem("2/a/b/full/full/0/default.jpg", 404)
    site.problem("2/gone/full/full/0/default.jpg", 410)
    site.problem("2/secret/full/full/0/default.jpg", 401)


# §9: "any slashes within the identifier part of the URI MUST be percent-encoded."
def test_an_identifier_with_a_slash_in_cyrillic(site):
    name = "%D0%96%D1%83%D0%BA%D0%B8%2F%E2%84%96%201"
    assert site.info(2, name)["@id"] == f"{site.url}/iiif/2/{name}"
    assert site.image(f"2/{name}/full/100,/0/default.jpg").size == (100, 70)
