import dataclasses

import pytest

from iiif_server.geometry import Limits
from iiif_server.manifest import MAX_CHOICES, ManifestPlace, build_manifest
from iiif_server.parts import AssociatedImage, Page, Part
from iiif_server.rendering import Look, Rendering
from iiif_server.request import ImageName
from iiif_server.samples_record import Channel, Samples

AREA = Limits(max_area=4096 * 4096)
BASE = "https://example.org/iiif"
MANIFEST = f"{BASE}/presentation/3/a/manifest"
PINNED = "a@01j00000000000000000000000"
SERVICE_3, SERVICE_2 = f"{BASE}/3/{PINNED}", f"{BASE}/2/{PINNED}"
MICROSCOPE = Samples(
    "uint16",
    (Channel("DAPI", "0000ff", 0, 4000, 0, 4095), Channel("", "00ff00", 0, 4000, 0, 4095, visible=False)),
    1,
    "0" * 64,
)
NAME = ImageName("a")
PARTS = (Part("z=2", "z 2", 4003, 2999, 501, 375), Part("image=label", "Label", 600, 500, 300, 250))


def build(record, limits=AREA, name=NAME, parts=()):
    return build_manifest(record, ManifestPlace(name, "https://example.org", limits), parts)


def science(record_of, **changes):
    record = record_of()
    return dataclasses.replace(record, revision=dataclasses.replace(record.revision, **changes))


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
        "metadata": [
            {
                "label": {"en": ["Dimensions"], "ru": ["Размеры"]},
                "value": {"en": ["4003 × 2999 pixels"], "ru": ["4003 × 2999 пикс."]},
            }
        ],
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


def test_each_part_is_a_canvas_whose_name_does_not_depend_on_the_others(record_of):
    manifest = build(science(record_of, label="z 1", part_count=2), parts=PARTS)
    canvases = manifest["items"]
    assert [canvas["id"].removeprefix(MANIFEST) for canvas in canvases] == [
        "/canvas/1",
        "/canvas/z-2-t-1",
        "/canvas/image-label",
    ]
    assert [canvas["label"] for canvas in canvases] == [{"none": [label]} for label in ("z 1", "z 2", "Label")]
    label = canvases[2]
    assert (label["width"], label["height"]) == (600, 500)
    assert label["thumbnail"][0]["id"] == f"{SERVICE_3};image=label/full/300,250/0/default.jpg"
    assert label["items"][0]["items"][0]["body"]["id"] == f"{SERVICE_3};image=label/full/max/0/default.jpg"
    assert label["items"][0]["items"][0]["target"] == label["id"]


@pytest.mark.parametrize(("part", "folder"), [(Page(3), "page-3"), (AssociatedImage("macro"), "image-macro")])
def test_the_manifest_of_a_part_shows_the_canvas_that_the_whole_shows(record_of, part, folder):
    manifest = build(record_of(), name=ImageName("a", part=part))
    assert [canvas["id"] for canvas in manifest["items"]] == [f"{MANIFEST}/canvas/{folder}"]
    assert manifest["id"] != MANIFEST


def test_channels_are_a_choice_of_all_together_and_each_alone(record_of):
    canvases = build(science(record_of, samples=MICROSCOPE, part_count=2), parts=PARTS)["items"]
    bodies = [canvas["items"][0]["items"][0]["body"] for canvas in canvases]
    assert [body["type"] for body in bodies] == ["Choice", "Choice", "Image"]
    whole, first, second = bodies[1]["items"]
    assert whole["label"] == {"en": ["All channels"], "ru": ["Все каналы"]}
    assert (first["label"], second["label"]) == ({"none": ["DAPI"]}, {"none": ["2"]})
    assert whole["id"] == f"{SERVICE_3};z=2/full/max/0/default.jpg"
    assert second["service"][0]["id"] == f"{SERVICE_3};z=2;c2"
    assert second["service"][1]["@id"] == f"{SERVICE_2};z=2;c2"


def test_red_green_and_blue_of_16_bits_are_no_choice(record_of):
    assert body_of(build(science(record_of, samples=in_colours("Red", "Green", "Blue"))))["type"] == "Image"


def test_dyes_shown_in_red_green_and_blue_are_a_choice(record_of):
    body = body_of(build(science(record_of, samples=in_colours("mCherry", "GFP", "DAPI"))))
    assert [item["label"].get("none") for item in body["items"]] == [None, ["mCherry"], ["GFP"], ["DAPI"]]


def in_colours(*names):
    colours = ("ff0000", "00ff00", "0000ff")
    channels = tuple(Channel(name, colour, 0, 1, 0, 1) for name, colour in zip(names, colours, strict=True))
    return dataclasses.replace(MICROSCOPE, channels=channels)


def test_a_rendering_is_painted_as_it_is(record_of):
    name = ImageName("a", rendering=Rendering(channels=((2, Look()),)))
    manifest = build(science(record_of, samples=MICROSCOPE), name=name)
    assert body_of(manifest)["id"] == f"{SERVICE_3};c2/full/max/0/default.jpg"
    assert manifest["items"][0]["id"] == f"{MANIFEST}/canvas/1"


def test_a_manifest_stays_within_bounds(record_of):
    planes = [Part(f"z={z}", f"z {z}", 9, 9, 9, 9) for z in range(2, MAX_CHOICES // 2 + 2)]
    manifest = build(science(record_of, samples=MICROSCOPE, part_count=len(planes)), parts=planes)
    assert len(manifest["items"]) == MAX_CHOICES // 2 + 1
    assert body_of(manifest)["type"] == "Image"


def test_what_is_known_of_the_samples_is_told(record_of):
    metadata = build(science(record_of, samples=MICROSCOPE, pixel_size_mm=(0.0005, 0.0005)))["metadata"]
    assert [(entry["label"]["en"], entry["value"]) for entry in metadata[1:]] == [
        (["Physical size"], {"en": ["2.002 × 1.5 mm"], "ru": ["2.002 × 1.5 мм"]}),
        (["Channels"], {"none": ["DAPI", "2"]}),
        (
            ["Samples"],
            {"en": ["whole numbers of 16 bits, not negative"], "ru": ["неотрицательные целые числа, 16 бит"]},
        ),
    ]


def test_small_things_are_measured_in_micrometres(record_of):
    metadata = build(science(record_of, pixel_size_mm=(0.0001, 0.0001)))["metadata"]
    assert metadata[1]["value"]["en"] == ["400.3 × 299.9 µm"]


@pytest.mark.parametrize(("size", "scale"), [((0.25, 0.2501), 0.25005), ((0.25, 0.26), None), (None, None)])
def test_the_physical_scale_is_a_service_of_the_canvas(record_of, size, scale):
    canvas = build(science(record_of, pixel_size_mm=size))["items"][0]
    assert [service["physicalScale"] for service in canvas.get("service", [])] == ([] if scale is None else [scale])
