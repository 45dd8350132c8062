from __future__ import annotations

from datetime import UTC, datetime

from iiif_server.samples_record import Channel
from ingest.http.documents import build_details, build_item, label_text
from ingest.job import JobState
from ingest.views import (
    ImageSummary,
    ImageView,
    JobView,
    MasterView,
    PartView,
    RevisionView,
    SamplesView,
    image_state,
)

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
JOB = JobView("01j", "a/Ж", JobState.RUNNING, 0.25, None, 1, "secret.tif", MOMENT, MOMENT)
LIVE = ImageSummary("a/Ж", "live", {"none": ["Leaf", "other"]}, None, "public", MOMENT, 1, "01r", 700, 500, JOB)
NEW = ImageSummary("b", "converting", {}, None, "public", MOMENT, 0, None, None, None, JOB)


def test_a_live_image_has_absolute_addresses() -> None:
    item = build_item(LIVE, "https://example.org/iiif", with_job=False)
    assert item["manifest"] == "https://example.org/iiif/iiif/presentation/3/a%2F%D0%96/manifest"
    assert item["service"] == "https://example.org/iiif/iiif/3/a%2F%D0%96"
    assert item["thumbnail"] == "https://example.org/iiif/iiif/3/a%2F%D0%96@01r/full/!400,400/0/default.jpg"
    assert item["view"] == "https://example.org/iiif/view/a%2F%D0%96"
    assert (item["label"], item["labels"]) == ("Leaf", {"none": ["Leaf", "other"]})
    assert (item["width"], item["height"], item["updated"]) == (700, 500, "2026-01-02T03:04:05+00:00")


def test_an_unpublished_image_has_no_addresses_of_what_is_not_there() -> None:
    item = build_item(NEW, "http://h", with_job=True)
    assert [item[key] for key in ("manifest", "service", "thumbnail", "view", "label")] == [None] * 5
    assert item["progress"] == 0.25


def test_jobs_and_file_names_are_for_those_who_may_see_jobs() -> None:
    view = ImageView(
        LIVE,
        MasterView("ab", 5, "secret.tif", "published"),
        (RevisionView("01r", 700, 500, MOMENT, ("Alpha was dropped.",), 9, "secret.tif", "ab", 5),),
        (JOB,),
    )
    public = build_details(view, "http://h", with_job=False)
    assert "secret" not in str(public)
    assert public["progress"] is None
    assert public["losses"] == ["Alpha was dropped."]
    full = build_details(view, "http://h", with_job=True)
    assert full["master"] == {"sha256": "ab", "size_bytes": 5, "file_name": "secret.tif", "state": "published"}
    assert full["jobs"][0]["url"] == "http://h/jobs/01j"


def test_channels_scale_and_parts_are_told() -> None:
    channel = Channel("DAPI", "0000ff", 100, 4000, 3, 60_000, True)
    samples = SamplesView("uint16", (channel,), 77)
    revision = RevisionView("01r", 7, 5, MOMENT, (), 9, "s.tif", "ab", 5, samples, 1, (0.00025, 0.0005))
    view = ImageView(LIVE, None, (revision,), (), (PartView("z=2;t=3", "z 2, t 3", 7, 5),))
    document = build_details(view, "http://h", with_job=False)
    assert document["samples"]["channels"][0]["name"] == "DAPI"
    assert document["pixel_size_mm"] == (0.00025, 0.0005)
    assert document["parts"] == [
        {
            "name": "z=2;t=3",
            "label": "z 2, t 3",
            "width": 7,
            "height": 5,
            "service": "http://h/iiif/3/a%2F%D0%96;z=2;t=3",
        }
    ]


def test_the_state_of_an_image_follows_from_its_row_and_its_newest_job() -> None:
    assert image_state("live", JobState.FAILED) == "live"
    assert image_state("deleted", None) == "deleted"
    assert image_state("new", JobState.QUEUED) == "converting"
    assert image_state("new", JobState.FAILED) == "failed"
    assert image_state("new", None) == "failed"


def test_a_label_is_its_first_text() -> None:
    assert label_text({"en": [], "ru": ["Лист"]}) == "Лист"
    assert label_text({}) is None
