import pytest

from annotation_store.canvas_iris import manifest_of, unpin
from annotation_store.extraction import extract_entry

BASE = "https://images.example/x/iiif"
MANIFEST = f"{BASE}/presentation/3/a%40b/manifest"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (f"{BASE}/presentation/3/leaf@r1/manifest/canvas/1", f"{BASE}/presentation/3/leaf/manifest/canvas/1"),
        (f"{BASE}/presentation/3/leaf@r1;page=2/manifest", f"{BASE}/presentation/3/leaf;page=2/manifest"),
        (f"{BASE}/3/leaf@r1", f"{BASE}/3/leaf"),
        (f"{BASE}/2/leaf@r1/full/max/0/default.jpg", f"{BASE}/2/leaf/full/max/0/default.jpg"),
        (MANIFEST, MANIFEST),
        ("mailto:somebody@example.org", "mailto:somebody@example.org"),
        ("https://user@example.org/iiif/3/leaf", "https://user@example.org/iiif/3/leaf"),
        ("https://example.org/iiif/presentation/4/leaf@r1", "https://example.org/iiif/presentation/4/leaf@r1"),
        ("https://example.org/canvas/a@b", "https://example.org/canvas/a@b"),
    ],
)
def test_revisions_are_pinned_by_our_own_servers_only(given, expected):
    assert unpin(given) == expected


def test_canvases_of_ours_tell_their_manifest():
    assert manifest_of(f"{MANIFEST}/canvas/1") == MANIFEST
    assert manifest_of(MANIFEST) is None
    assert manifest_of("https://example.org/manifest/canvas/1") is None


def test_what_points_at_a_pinned_canvas_is_kept_under_the_unpinned_one():
    pinned = f"{BASE}/presentation/3/leaf@r1/manifest/canvas/1"
    [target] = extract_entry({"target": f"{pinned}#xywh=1,2,3,4"}).targets
    assert target.source == pinned.replace("@r1", "")
    assert target.iri == f"{pinned}#xywh=1,2,3,4"
    assert target.part_of == (f"{BASE}/presentation/3/leaf/manifest",)
