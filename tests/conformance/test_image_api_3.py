"""Image API 3.0, §2 to 4, in its order. Each test stands under the sentence that it is about."""

import io
import math

import numpy as np
import pytest
from PIL import Image

W, H = 1303, 907

# --- 2. URI Syntax --------------------------------------------------------------------------------


# §2: "When the base URI is dereferenced, the interaction SHOULD result in the image information document. It is
# RECOMMENDED that the response be a 303 status redirection to the image information document's URI."
@pytest.mark.parametrize("name", ["grid", "a%40b%3Bc", "%D0%96%D1%83%D0%BA%D0%B8%2F%E2%84%96%201"])
def test_the_base_uri_redirects_to_info_json(site, name):
    response = site.get(f"3/{name}")
    assert response.status_code == 303
    assert response.headers["location"] == f"{site.url}/iiif/3/{name}/info.json"
    assert response.content == b""
    assert site.client.get(response.headers["location"]).json()["id"] == f"{site.url}/iiif/3/{name}"


# §2: "this specification does not define the server behavior when it receives requests that do not match either the
# base URI or one of the described URI syntaxes": a plain refusal, never a server error.
@pytest.mark.parametrize("path", ["3/grid/", "3/grid/full", "3/grid/full/max/0", "3/grid/info.xml", "3/"])
def test_what_fits_no_syntax_is_refused(site, path):
    assert site.get(path).status_code == 400


# --- 3. Identifier --------------------------------------------------------------------------------


# §3: "The URI syntax relies upon slash (/) separators so any slashes in the identifier MUST be URI encoded".
def test_an_identifier_with_a_slash_in_cyrillic_is_one_segment(site, assert_shows):
    name = "%D0%96%D1%83%D0%BA%D0%B8%2F%E2%84%96%201"
    assert_shows(site.image(f"3/{name}/full/max/0/default.jpg"), site.pictures["grid"])
    assert site.info(3, name)["id"] == f"{site.url}/iiif/3/{name}"
    status, _, _ = site.raw("GET", f"/iiif/3/{name.lower()}/info.json")
    assert status == 200


def test_a_slash_that_is_not_encoded_names_nothing(site):
    site.problem("3/a/b/full/max/0/default.jpg", 404)
    site.problem("3/%D0%96%D1%83%D0%BA%D0%B8/%E2%84%96%201/info.json", 404)


# --- 4.1 Region -----------------------------------------------------------------------------------


# §4.1: "full: The full image is returned, without any cropping."
def test_region_full(site, assert_shows):
    image = site.image("3/grid/full/max/0/default.png")
    assert image.size == (W, H)
    assert_shows(image, site.pictures["grid"], mean=0.5)


# §4.1: "square: The region is defined as an area where the width and height are both equal to the length of the
# shorter dimension of the full image. [...] centered is often a reasonable default."
def test_region_square(site, assert_shows):
    image = site.image("3/grid/square/max/0/default.png")
    assert image.size == (H, H)
    assert_shows(image, site.pictures["grid"], (198, 0, H, H), mean=0.5)


# §4.1: "Thus the x,y position 0,0 is the upper left-most pixel of the image. w represents the width of the region
# and h represents the height of the region in pixels."
@pytest.mark.parametrize("region", [(0, 0, 1, 1), (125, 15, 120, 140), (513, 511, 300, 200), (1250, 850, 1, 1)])
def test_region_in_pixels(site, assert_shows, region):
    image = site.image(f"3/grid/{','.join(map(str, region))}/max/0/default.png")
    assert image.size == region[2:]
    assert_shows(image, site.pictures["grid"], region, mean=1)


# §4.1: "The region to be returned is specified as a sequence of percentages of the full image's dimensions".
@pytest.mark.parametrize(
    ("percent", "region"),
    [("25,50,50,25", (326, 454, 652, 227)), ("0,0,100,100", (0, 0, W, H)), ("41.6,7.5,10,70", (542, 68, 130, 635))],
)
def test_region_in_percent(site, assert_shows, percent, region):
    image = site.image(f"3/grid/pct:{percent}/max/0/default.png")
    assert image.size == region[2:]
    assert_shows(image, site.pictures["grid"], region, mean=0.8)


# §4.1: "If the request specifies a region which extends beyond the dimensions of the full image [...], then the
# service SHOULD return an image cropped at the image's edge, rather than adding empty space."
@pytest.mark.parametrize("text", ["1203,807,200,200", "pct:92.325,88.975,66,99", "1203,807,99999999999,99999999999"])
def test_a_region_over_the_edge_is_cropped(site, assert_shows, text):
    image = site.image(f"3/grid/{text}/max/0/default.png")
    assert image.size == (100, 100)
    assert_shows(image, site.pictures["grid"], (1203, 807, 100, 100), mean=1)


# §4.1: "If the requested region's height or width is zero, or if the region is entirely outside the bounds of the
# reported dimensions, then the server SHOULD return a 400 (Bad Request) status code."
@pytest.mark.parametrize(
    "region",
    ["0,0,0,10", "0,0,10,0", "1303,0,1,1", "0,907,1,1", "pct:0,0,0,1", "pct:100,0,1,1", "pct:0,0,0.0000001,1"],
)
def test_an_empty_region_or_one_outside_is_refused(site, region):
    site.problem(f"3/grid/{region}/max/0/default.jpg", 400, "region")


# §4: "Size and region parameters in pixels MUST be non-negative integers."
@pytest.mark.parametrize("region", ["-1,0,1,1", "0.5,0,1,1", "1,2,3", "a,b,c,d", "FULL", "%D9%A1,0,1,1"])
def test_a_region_that_is_none_is_refused(site, region):
    site.problem(f"3/grid/{region}/max/0/default.jpg", 400, "region")


# --- 4.2 Size -------------------------------------------------------------------------------------


# §4.2: "max: [...] The resulting image will have the pixel dimensions of the extracted region, unless it is
# constrained to a smaller size by maxWidth, maxHeight, or maxArea".
def test_size_max(site, small_site, assert_shows):
    assert site.image("3/grid/10,10,300,200/max/0/default.jpg").size == (300, 200)
    image = small_site.image("3/grid/full/max/0/default.png")
    assert image.size == (575, 400)
    assert_shows(image, site.pictures["grid"])


# §4.2: "^max: The extracted region is scaled to the maximum size permitted by maxWidth, maxHeight, or maxArea".
def test_size_caret_max(site):
    image = site.image("3/grid/100,200,100,100/^max/0/default.jpg")
    assert image.size == (4096, 4096)
    assert image.getpixel((2048, 2048)) == pytest.approx(site.pictures["grid"].getpixel((150, 250)), abs=4)


# §4.2: "w,: The extracted region should be scaled so that the width of the returned image is exactly equal to w."
# And "the returned image maintains the aspect ratio of the extracted region as closely as possible."
@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ("652,", (652, 454)),
        ("1000,", (1000, 696)),
        ("^1000,", (1000, 696)),
        ("^1500,", (1500, 1044)),
        (",454", (652, 454)),
        (",700", (1006, 700)),
        ("^,1000", (1437, 1000)),
        ("pct:50", (652, 454)),
        ("pct:33.3", (434, 302)),
        ("^pct:120", (1564, 1088)),
        ("225,700", (225, 700)),
        ("1303,1", (1303, 1)),
        ("^1400,100", (1400, 100)),
        ("!600,600", (600, 418)),
        ("!2000,302", (434, 302)),
        ("^!1500,9999", (1500, 1044)),
        ("^!500,500", (500, 348)),
    ],
)
def test_sizes(site, assert_shows, size, expected):
    image = site.image(f"3/grid/full/{size}/0/default.png")
    assert image.size == expected
    assert_shows(image, site.pictures["grid"], mean=3)


# §4.2: "The returned image MUST be as large as possible but not larger than the extracted region, w or h, or
# server-imposed limits."
def test_a_box_around_the_region_does_not_enlarge_it(site, small_site):
    assert site.image("3/grid/full/!2000,3000/0/default.jpg").size == (W, H)
    assert small_site.image("3/grid/full/!2000,3000/0/default.jpg").size == (575, 400)


# §4.2: "^!w,h: [...] as large as possible but not larger than w, h, or server-imposed limits."
def test_a_caret_box_fills_the_limits_at_the_most(site):
    assert site.image("3/grid/0,0,100,100/^!9000,9000/0/default.jpg").size == (4096, 4096)


# §4.2: "Requests for sizes not prefixed with ^ that result in a scaled region with pixel dimensions greater than
# the pixel dimensions of the extracted region are errors that SHOULD result in a 400 (Bad Request) status code."
@pytest.mark.parametrize("size", ["1304,", ",908", "1304,10", "10,908", "pct:101", "99999999999999999999,"])
def test_enlarging_without_a_caret_is_refused(site, size):
    site.problem(f"3/grid/full/{size}/0/default.jpg", 400, "size")


# §4.2: "Requests for sizes prefixed with ^ that require upscaling SHOULD result in a 501 (Not Implemented) status
# code if the server does not support upscaling [...]. For example, a request for the size ^pct:120".
@pytest.mark.parametrize("size", ["^pct:120", "^101,", "^,101", "^101,10", "^!200,200", "^max"])
def test_enlarging_that_is_not_offered_is_not_implemented(small_site, size):
    small_site.problem(f"3/grid/0,0,100,100/{size}/0/default.jpg", 501, "size")


def test_a_caret_that_enlarges_nothing_works_everywhere(small_site):
    assert small_site.image("3/grid/0,0,100,100/^50,/0/default.jpg").size == (50, 50)


# §4.2: "For all requests the pixel dimensions of the scaled region MUST NOT be less than 1 pixel or greater than
# the server-imposed limits. Requests that would generate images of these sizes are errors that SHOULD result in a
# 400".
@pytest.mark.parametrize("size", ["0,", ",0", "0,0", "pct:0", "pct:0.0001", "601,", ",401", "600,401", "pct:99"])
def test_sizes_of_nothing_and_beyond_the_limits_are_refused(small_site, size):
    small_site.problem(f"3/grid/full/{size}/0/default.jpg", 400, "size")


@pytest.mark.parametrize("size", ["^5000,", "^4096,4097", "^pct:9999999"])
def test_enlarging_beyond_the_limits_is_refused(site, size):
    site.problem(f"3/grid/full/{size}/0/default.jpg", 400, "size")


# §4.2 knows no `full`: it is of version 2.
@pytest.mark.parametrize("size", ["full", "^full", "10", "10,10,10", "!10,", "!^10,10", "-1,", "1.5,", ""])
def test_a_size_that_is_none_is_refused(site, size):
    site.problem(f"3/grid/full/{size}/0/default.jpg", 400, "size")


# --- 4.3 Rotation ---------------------------------------------------------------------------------

TURNS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}


# §4.3: "The numerical value represents the number of degrees of clockwise rotation".
@pytest.mark.parametrize("angle", TURNS)
def test_rotation_is_clockwise(site, assert_shows, angle):
    image = site.image(f"3/grid/full/652,454/{angle}/default.png")
    assert_shows(image, site.pictures["grid"].transpose(TURNS[angle]))


# §4.3: "may be any floating point number from 0 to 360."
def test_a_full_turn_is_none(site, assert_shows):
    assert_shows(site.image("3/grid/full/max/360/default.png"), site.pictures["grid"], mean=0.5)


# §4.3: "A leading exclamation mark ("!") indicates that the image should be mirrored by reflection on the vertical
# axis before any rotation is applied."
@pytest.mark.parametrize("angle", [0, *TURNS])
def test_mirroring_comes_before_rotation(site, assert_shows, angle):
    expected = site.pictures["grid"].transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    expected = expected.transpose(TURNS[angle]) if angle else expected
    assert_shows(site.image(f"3/grid/full/max/!{angle}/default.png"), expected, mean=0.5)


# §4.3: "A rotation value that is out of range or unsupported SHOULD result in a 400 (Bad Request) status code."
@pytest.mark.parametrize("rotation", ["-90", "+90", "361", "360.001", "!", "90!", "abc", "1e2", "", "nan"])
def test_a_rotation_out_of_range_is_refused(site, rotation):
    site.problem(f"3/grid/full/max/{rotation}/default.jpg", 400, "rotation")


# §4.3: "The image contents SHOULD NOT be scaled as a result of the rotation, and there SHOULD be no additional
# space between the corners of the rotated image contents and the bounding box of the returned image."
@pytest.mark.parametrize("angle", [22.5, 45, 135, 359])
def test_a_rotated_image_fits_its_box(site, angle):
    image = site.image(f"3/grid/100,100,400,300/max/{angle}/default.png")
    sine, cosine = abs(math.sin(math.radians(angle))), abs(math.cos(math.radians(angle)))
    expected = (400 * cosine + 300 * sine, 400 * sine + 300 * cosine)
    assert image.size == pytest.approx(expected, abs=2)


def test_a_rotation_keeps_the_centre_in_place(site):
    image = site.image("3/grid/100,100,300,300/max/45/default.png").convert("RGB")
    middle = image.getpixel((image.width // 2, image.height // 2))
    assert middle == pytest.approx(site.pictures["grid"].getpixel((250, 250)), abs=4)


# §4.3: "it is RECOMMENDED that the client request the image in a format that supports transparency, such as png,
# and that the server return the image with a transparent background."
@pytest.mark.parametrize("extension", ["png", "webp", "avif"])
def test_the_corners_of_a_rotated_image_are_transparent(site, extension):
    image = site.image(f"3/grid/100,100,300,300/max/45/default.{extension}").convert("RGBA")
    assert image.getpixel((0, 0))[3] == 0
    assert image.getpixel((image.width // 2, image.height // 2))[3] == 255


# --- 4.4 Quality ----------------------------------------------------------------------------------


# §4.4: "gray: The image is returned in grayscale"; "bitonal: The image returned is bitonal, where each pixel is
# either black or white."
def test_qualities(site, assert_shows):
    picture = site.pictures["grid"]
    for quality in ("default", "color"):
        assert_shows(site.image(f"3/grid/full/max/0/{quality}.png"), picture, mean=0.5)
    gray = np.asarray(site.image("3/grid/full/max/0/gray.png").convert("RGB")).astype(int)
    assert (gray.max(2) == gray.min(2)).all()
    assert np.abs(gray[..., 0] - np.asarray(picture.convert("L")).astype(int)).mean() < 8  # another luma
    for extension in ("png", "tif", "gif", "webp", "avif"):
        bitonal = np.asarray(site.image(f"3/grid/full/max/0/bitonal.{extension}").convert("L"))
        assert set(np.unique(bitonal)) == {0, 255}, extension


# §4.4: "A request for an image with an unsupported quality value SHOULD return a 400 (Bad Request) status code."
@pytest.mark.parametrize("quality", ["grey", "native", "Default", "colour", "default%20"])
def test_a_quality_that_is_none_is_refused(site, quality):
    site.problem(f"3/grid/full/max/0/{quality}.jpg", 400, "quality")


# §4.4: "A request for the color quality of an image MUST return an image. [...] The server SHOULD NOT include color
# in the extraQualities list in such cases, but a request for the color quality MUST NOT result in an error."
def test_color_of_a_gray_image_works_but_is_not_listed(site, assert_shows):
    assert_shows(site.image("3/gray/full/max/0/color.jpg"), site.pictures["gray"])
    assert_shows(site.image("3/gray/0,0,512,512/512,512/0/color.jpg"), site.pictures["gray"], (0, 0, 512, 512))
    assert site.info(3, "gray")["extraQualities"] == ["gray", "bitonal"]


# --- 4.5 Format -----------------------------------------------------------------------------------


# §4.5, the table of extensions and MIME types.
@pytest.mark.parametrize(
    ("extension", "mime", "name"),
    [
        ("jpg", "image/jpeg", "JPEG"),
        ("tif", "image/tiff", "TIFF"),
        ("png", "image/png", "PNG"),
        ("gif", "image/gif", "GIF"),
        ("webp", "image/webp", "WEBP"),
        ("avif", "image/avif", "AVIF"),
    ],
)
def test_formats(site, assert_shows, extension, mime, name):
    response = site.get(f"3/grid/100,100,300,300/max/0/default.{extension}")
    assert response.headers["content-type"] == mime
    image = Image.open(io.BytesIO(response.content))
    assert image.format == name
    assert_shows(image, site.pictures["grid"], (100, 100, 300, 300))


# §4.5: "A format value that is unsupported SHOULD result in a 400 (Bad Request) status code."
@pytest.mark.parametrize("extension", ["xyz", "JPG", "jpeg", "jpg.png", "", "svg", "jp2", "pdf"])
def test_a_format_that_is_none_is_refused(site, extension):
    site.problem(f"3/grid/full/max/0/default.{extension}", 400, "format")
    site.problem("3/grid/full/max/0/default", 400, "format")


# --- 4.6 Order of Implementation ------------------------------------------------------------------


# §4.6: "Region THEN Size THEN Rotation THEN Quality THEN Format".
def test_the_order_of_operations(site):
    image = site.image("3/grid/125,15,400,200/200,/!90/gray.jpg")
    assert image.size == (100, 200)
    expected = site.pictures["grid"].crop((125, 15, 525, 215)).resize((200, 100), Image.Resampling.BOX)
    expected = expected.transpose(Image.Transpose.FLIP_LEFT_RIGHT).transpose(Image.Transpose.ROTATE_270).convert("L")
    difference = np.abs(np.asarray(image.convert("L")).astype(int) - np.asarray(expected).astype(int))
    assert difference.mean() < 8


# --- 4.7 Floating Point Values --------------------------------------------------------------------


# §4.7: "they MUST consist only of decimal digits and "." (e.g. 0.9 not +0.9)".
@pytest.mark.parametrize("number", ["+0.9", "%2B0.9", "9e-1", "0,9", "0x1", "1_0"])
def test_numbers_are_digits_and_a_point(site, number):
    site.problem(f"3/grid/full/pct:{number}/0/default.jpg", 400, "size")
    site.problem(f"3/grid/full/max/{number}/default.jpg", 400, "rotation")


def test_other_spellings_of_a_number_mean_the_same(site):
    links = {site.get(f"3/grid/full/max/{angle}/default.png").headers["link"] for angle in ("0.5", ".5", "0.50")}
    assert len(links) == 1


# --- 4.8 Canonical URI Syntax ---------------------------------------------------------------------


# §4.8, the table of canonical values, and: "the server MAY add a link header to the response that indicates the
# canonical URI for that request".
@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("full/max/0/default.jpg", "full/max/0/default.jpg"),
        ("full/1303,/0/color.jpg", "full/max/0/default.jpg"),
        ("square/!100,100/360/default.png", "198,0,907,907/100,100/0/default.png"),
        ("pct:0,0,50,50/^max/!090/gray.tif", "0,0,652,454/^max/!90/gray.tif"),
        ("0,0,200,200/^400,/22.50/default.webp", "0,0,200,200/^400,400/22.5/default.webp"),
        ("0,0,9999,9999/pct:50/0/default.gif", "full/652,454/0/default.gif"),
        ("512,0,791,907/396,/0/default.jpg", "512,0,791,907/396,454/0/default.jpg"),
    ],
)
def test_the_canonical_link(site, path, canonical):
    response = site.get(f"3/grid/{path}")
    assert response.status_code == 200
    assert f'<{site.url}/iiif/3/grid/{canonical}>;rel="canonical"' in response.headers["link"]
    assert site.get(f"3/grid/{canonical}").content == response.content


def test_the_canonical_uri_of_a_pinned_revision_stays_pinned(site, pinned):
    link = site.get(f"3/{pinned}/full/max/0/color.jpg").headers["link"]
    assert f"/iiif/3/{pinned}/full/max/0/default.jpg>" in link
