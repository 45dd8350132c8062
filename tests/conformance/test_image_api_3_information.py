"""Image API 3.0, §5 and 6, in its order. Each test stands under the sentence that it is about."""

import json

import numpy as np
import pytest
from PIL import Image

CONTEXT = "http://iiif.io/api/image/3/context.json"
LD_JSON = f'application/ld+json;profile="{CONTEXT}"'
W, H = 1303, 907

# --- 5.1 Image Information Request ----------------------------------------------------------------


# §5.1: "If the request does not include an Accept header, the HTTP Content-Type header of the response SHOULD have
# the value application/ld+json (JSON-LD) with the profile parameter given as the context document".
def test_without_accept_info_json_is_json_ld_with_a_profile(site):
    status, headers, body = site.raw("GET", "/iiif/3/grid/info.json")
    assert status == 200
    assert headers["content-type"] == LD_JSON
    assert json.loads(body)["type"] == "ImageService3"


# §5.1: "If the server receives a request with an Accept header, it SHOULD respond following the rules of content
# negotiation. Note that content types provided in the Accept header [...] MAY include parameters".
@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", LD_JSON),
        ("application/json", "application/json"),
        ("application/ld+json", LD_JSON),
        (LD_JSON, LD_JSON),
        ("application/ld+json;q=0.4, application/json;q=0.9", "application/json"),
        ("application/json;q=0.4, application/ld+json;q=0.9", LD_JSON),
        ("application/json;charset=utf-8, */*;q=0.1", "application/json"),
        ("text/html, application/xhtml+xml, */*;q=0.8", LD_JSON),
        ("application/ld+json;q=0, application/*", "application/json"),
    ],
)
def test_info_json_is_negotiated(site, accept, content_type):
    response = site.get("3/grid/info.json", accept=accept)
    assert response.headers["content-type"] == content_type
    assert "accept" in response.headers["vary"].lower()
    assert response.json()["@context"] == CONTEXT


# --- 5.2 Technical Properties ---------------------------------------------------------------------


# §5.2: "The @context property SHOULD appear as the very first key-value pair", and the required properties.
def test_required_properties(site):
    info = site.info(3)
    assert next(iter(info)) == "@context"
    assert info["@context"] == CONTEXT
    assert info["id"] == f"{site.url}/iiif/3/grid"
    assert info["type"] == "ImageService3"
    assert info["protocol"] == "http://iiif.io/api/image"
    assert info["profile"] == "level2"
    assert (info["width"], info["height"]) == (W, H)


# §5.2: "The width in pixels of the full image": after the EXIF orientation, which no output repeats.
def test_an_exif_orientation_is_gone(site, assert_shows):
    info = site.info(3, "turned")
    assert (info["width"], info["height"]) == (300, 400)
    for path in (
        "full/max/0/default.jpg",
        "full/max/0/default.png",
        "full/150,/0/default.tif",
        "full/150,/0/gray.webp",
    ):
        image = site.image(f"3/turned/{path}")
        assert 0x0112 not in image.getexif() or image.getexif()[0x0112] == 1
        assert image.width < image.height
    assert_shows(site.image("3/turned/full/max/0/default.png"), site.pictures["turned"])


# §5.2: "maxWidth MUST be specified if maxHeight is specified."
def test_limits_are_advertised(site, small_site):
    assert site.info(3)["maxArea"] == 4096 * 4096
    info = small_site.info(3)
    assert (info["maxWidth"], info["maxHeight"]) == (600, 400)


# --- 5.3 Sizes, 5.4 Tiles -------------------------------------------------------------------------


# §5.3: "A request constructed with the w,h syntax using these sizes MUST be supported by the server".
def test_every_listed_size_works(site, assert_shows):
    sizes = site.info(3)["sizes"]
    assert sizes == [{"width": 326, "height": 227}, {"width": 652, "height": 454}, {"width": W, "height": H}]
    for size in sizes:
        image = site.image(f"3/grid/full/{size['width']},{size['height']}/0/default.jpg")
        assert image.size == (size["width"], size["height"])
        assert_shows(image, site.pictures["grid"], mean=4)


# §5.2: "Servers MUST ensure that sizes specified by any sizes or tiles properties are within any size limits".
def test_sizes_and_tiles_stay_within_the_limits(small_site):
    info = small_site.info(3)
    assert info["sizes"] == [{"width": 326, "height": 227}]
    assert "tiles" not in info


def tile_requests(info: dict):
    """Region and size of every tile (Implementation Notes; 2.1 appendix A)."""
    tile = info["tiles"][0]
    side = tile["width"]
    for scale in tile["scaleFactors"]:
        for x in range(0, info["width"], side * scale):
            for y in range(0, info["height"], side * scale):
                width, height = min(side * scale, info["width"] - x), min(side * scale, info["height"] - y)
                yield (x, y, width, height), (-(-width // scale), -(-height // scale))


# §5.4: "a set of image regions that have a consistent height and width, over a series of resolutions, that can be
# stitched together visually."
@pytest.mark.parametrize("name", ["grid", "gray", "turned"])
def test_every_tile_of_every_level_works_and_fits(site, assert_shows, name):
    for region, size in tile_requests(site.info(3, name)):
        box = ",".join(map(str, region))
        image = site.image(f"3/{name}/{box}/{size[0]},{size[1]}/0/default.jpg")
        assert image.size == size
        assert_shows(image, site.pictures[name], region, mean=4)
        for short in (f"{size[0]},", f",{size[1]}"):
            assert site.image(f"3/{name}/{box}/{short}/0/default.jpg").size == size


def test_stitched_tiles_are_the_picture(site):
    stitched = Image.new("RGB", (W, H))
    for region, size in tile_requests(site.info(3)):
        if region[2:] == size:
            box = ",".join(map(str, region))
            stitched.paste(site.image(f"3/grid/{box}/{size[0]},{size[1]}/0/default.jpg"), region[:2])
    difference = np.abs(np.asarray(stitched).astype(int) - np.asarray(site.pictures["grid"]).astype(int))
    assert difference.mean() < 1
    assert difference[:, -1].mean() < 3
    assert difference[-1].mean() < 3


# --- 5.5 Preferred Formats, 5.6 Rights, 5.7 Extra Functionality -----------------------------------


# §5.5: "The format parameter values listed MUST be among those specified in the referenced profile or listed in the
# extraFormats property".
def test_preferred_formats_are_offered(site):
    info = site.info(3)
    assert set(info["preferredFormats"]) <= {"jpg", "png", *info["extraFormats"]}


# §5.6: "A string that identifies a license or rights statement that applies to the content of this image."
def test_rights(site):
    assert site.info(3)["rights"] == "http://creativecommons.org/publicdomain/zero/1.0/"
    assert "rights" not in site.info(3, "gray")


# §5.7: "an array of strings that can be used as the quality parameter, in addition to default", the same for
# formats.
def test_every_listed_quality_and_format_works(site):
    info = site.info(3)
    for quality in ["default", *info["extraQualities"]]:
        for extension in ["jpg", "png", *info["extraFormats"]]:
            assert site.image(f"3/grid/0,0,64,64/max/0/{quality}.{extension}").size == (64, 64)


# §5.7: "If a feature is not present in either the profile document or the extraFeatures property, then a client
# MUST assume that the feature is not supported." Each of these is shown to work above or below.
def test_every_feature_beyond_level_2_is_listed(site, small_site):
    features = {"canonicalLinkHeader", "mirroring", "profileLinkHeader", "rotationArbitrary"}
    assert set(site.info(3)["extraFeatures"]) == features | {"sizeUpscaling"}
    assert set(small_site.info(3)["extraFeatures"]) == features


# §5.7: "A server that supports sizeUpscaling MUST specify maxWidth or maxArea".
def test_upscaling_comes_with_a_limit(site):
    assert {"maxWidth", "maxArea"} & set(site.info(3))


# --- 6. Compliance Level --------------------------------------------------------------------------


# §6: "The compliance level MAY also be given in a HTTP Link header (RFC5988), using the profile document URI with
# the parameter rel="profile"".
@pytest.mark.parametrize("path", ["full/max/0/default.jpg", "0,0,512,512/512,512/0/default.jpg"])
def test_the_profile_link(site, path):
    assert '<http://iiif.io/api/image/3/level2.json>;rel="profile"' in site.get(f"3/grid/{path}").headers["link"]
