"""IRIs of canvases as names of pictures."""

import pytest

from iiif_server.canvas_names import format_canvas, parse_canvas
from iiif_server.parts import AssociatedImage, Page, Plane
from iiif_server.request import ImageName

BASE = "https://h/p"
CANVAS = f"{BASE}/iiif/presentation/3/a%2F%D0%B6/manifest/canvas"


@pytest.mark.parametrize("revision", [None, "01j"])
@pytest.mark.parametrize("part", [None, Page(3), Plane(2, 1), Plane(1, 12), AssociatedImage("label-2")])
def test_parsing_is_the_inverse_of_formatting(revision, part):
    name = ImageName("a/ж@;", revision, part)
    assert parse_canvas(format_canvas(name, BASE), BASE) == name


@pytest.mark.parametrize(
    "iri",
    [
        "",
        CANVAS.replace("https://h/p", "https://evil.example"),
        CANVAS.replace("https://h/p", "https://h"),
        *(
            f"{CANVAS}/{folder}"
            for folder in ("", "2", "page-1", "page-03", "z-1-t-1", "z-02-t-1", "image-", "1/x", "١")
        ),
        f"{CANVAS}/1".replace("/a%2F", "/a/"),
        f"{CANVAS}/1".replace("/manifest", ";page=2/manifest"),
        f"{CANVAS}/1".replace("/manifest", "@A/manifest"),
        f"{CANVAS}/1".replace("%D0%B6", "%D0"),
        f"{CANVAS}/1".replace("/manifest/canvas", ""),
    ],
)
def test_what_is_no_canvas_of_ours_names_nothing(iri):
    assert parse_canvas(iri, BASE) is None
