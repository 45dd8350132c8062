import pytest

from iiif_server.geometry import Limits
from iiif_server.manifest import build_manifest

AREA = Limits(max_area=4096 * 4096)
BASE = "https://example.org/iiif"
MANIFEST = f"{BASE}/presentation/3/a/manifest"
SERVICE_3, SERVICE_2 = f"{BASE}/3/a@01", f"{BASE}/2/a@01"


def build(record, limits=AREA):
    return build_manifest(record, MANIFEST, SERVICE_3, SERVICE_2, limits)


def body_of(manifest):
    return manifest["items"][0]["items"][0]["items"][0]["body"]


def test_a_manifest_in_full(record_of):
    services = [
        {"id": SERVICE_3, "type": "ImageService3", "profile": "level2"},
        {"@id": SERVICE_2, "@type": "ImageService2", "profile": "http://iiif.io/api/image/2/level2.json"},
    ]
    assert build(record_of(rights="http://creativecommons.org/licenses/by/4.0/")) == {
        "@context": "http://iiif.io/api/presentation/3/context.json",
        "id": MANIFEST,
        "type": "Manifest",
        "label": {"ru": ["Жук"]},
        "metadata": [{"label": {"en": ["Dimensions"]}, "value": {"en": ["4003 × 2999 pixels"]}}],
        "thumbnail": [
            {
                "id": f"{SERVICE_3}/full/501,375/0/default.jpg",
                "type": "Image",
                "format": "image/jpeg",
                "width": 501,
                "height": 375,
                "service": services,
            }
        ],
        "items": [
            {
                "id": f"{MANIFEST}/canvas/1",
                "type": "Canvas",
                "width": 4003,
                "height": 2999,
                "items": [
                    {
                        "id": f"{MANIFEST}/canvas/1/page",
                        "type": "AnnotationPage",
                        "items": [
                            {
                                "id": f"{MANIFEST}/canvas/1/page/annotation",
                                "type": "Annotation",
                                "motivation": "painting",
                                "body": {
                                    "id": f"{SERVICE_3}/full/max/0/default.jpg",
                                    "type": "Image",
                                    "format": "image/jpeg",
                                    "width": 4003,
                                    "height": 2999,
                                    "service": services,
                                },
                                "target": f"{MANIFEST}/canvas/1",
                            }
                        ],
                    }
                ],
            }
        ],
        "rights": "http://creativecommons.org/licenses/by/4.0/",
    }


def test_the_body_has_the_size_that_max_really_returns(record_of):
    body = body_of(build(record_of(), Limits(max_width=1000)))
    assert (body["width"], body["height"]) == (1000, 749)


def test_the_thumbnail_stays_within_the_limits(record_of):
    thumbnail = build(record_of(), Limits(max_width=100))["thumbnail"][0]
    assert (thumbnail["width"], thumbnail["height"]) == (100, 75)
    assert thumbnail["id"].endswith("/full/100,75/0/default.jpg")


def test_an_image_without_a_label_is_called_by_its_identifier(record_of):
    assert build(record_of(label={}))["label"] == {"none": ["Жук/1"]}


def test_without_rights_there_is_no_such_key(record_of):
    assert "rights" not in build(record_of())


def test_a_deleted_image_has_no_manifest(record_of):
    with pytest.raises(ValueError, match="deleted"):
        build(record_of(state="deleted", revision=None))
