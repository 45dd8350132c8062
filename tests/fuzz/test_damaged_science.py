"""Scientific images whose stored objects are changed: right pixels or a clean refusal, never anything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from iiif_server.layout import part_object_key, record_key
from iiif_server.parts import AssociatedImage, Page
from iiif_server.record import Record
from iiif_server.samples_record import Channel
from tests.fixtures.pyramids import REVISION
from tests.fuzz.damage import broken_entries, cut_off, flipped_bits
from tests.fuzz.damaged_scene import AttacksOnDescriptions, MeasuringStore, Scene, ask, check

PROBES = tuple(
    f"/iiif/{path}"
    for path in (
        "3/s;c1;c3=g2/0,0,300,200/150,100/0/default.png",
        "3/s;c2=inv,viridis/10,10,90,90/max/0/default.jpg",
        "2/s;c3/info.json",
        "3/s;page=2/0,0,128,128/128,128/0/default.jpg",
        "3/s;page=2;c=hot/full/50,/0/default.png",
        "3/s;image=label/info.json",
        "presentation/3/s/manifest",
        "presentation/3/s;page=2/manifest",
    )
)


@pytest.fixture(scope="module")
def scene(publish_science: Callable[..., Record], photograph: Callable[..., Any]) -> Scene:
    store, noise = MeasuringStore(), np.random.default_rng(5)
    values = noise.integers(0, 5000, (3, 200, 300)).astype(np.uint16)
    channels = [Channel(name, "00ff00", 0, 5000, 0, 5000) for name in "abc"]
    parts = {Page(2): photograph(200, 200), AssociatedImage("label"): photograph(90, 40)}
    publish_science(
        store, photograph(300, 200), "s", samples=(values, channels), parts=parts, tile=128, pixel_size_mm=(0.1, 0.1)
    )
    answers = ask(store, PROBES)
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(PROBES, 200)
    return Scene(store, answers)


def science_key(name: str, part: Page | None = None) -> str:
    return part_object_key("s", REVISION, part, name)


@pytest.mark.parametrize("step", [pytest.param(61, id="some"), pytest.param(3, id="many", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "key",
    [record_key("s"), science_key("parts.json"), science_key("revision.json", Page(2))],
    ids=["record", "parts", "part"],
)
class TestScientificDescriptions(AttacksOnDescriptions):
    pass


@pytest.mark.parametrize("step", [pytest.param(19, id="some"), pytest.param(3, id="many", marks=pytest.mark.slow)])
def test_an_index_of_samples_that_lies_shows_no_wrong_pixels(scene: Scene, step: int) -> None:
    key = science_key("samples.index")
    data = scene.store.read(key).data
    damage = [*broken_entries(data, step), *flipped_bits(data, step), *cut_off(data, step)]
    assert scene.survive(key, damage) > len(damage) // 4


@pytest.mark.parametrize(
    "step", [pytest.param(12011, id="some"), pytest.param(1009, id="many", marks=pytest.mark.slow)]
)
def test_samples_that_are_changed_or_cut_show_no_wrong_pixels(scene: Scene, step: int) -> None:
    key = science_key("samples.tif")
    data = scene.store.read(key).data
    damage = [*flipped_bits(data, step), *cut_off(data, 3 * step)]
    assert scene.survive(key, damage) > len(damage) // 4


def test_scientific_objects_that_are_missing_are_missed(scene: Scene) -> None:
    for name in ("parts.json", "samples.tif", "samples.index"):
        data = scene.store.read(science_key(name)).data
        scene.store.delete(science_key(name))
        answers = ask(scene.store, PROBES)
        scene.store.put(science_key(name), data)
        refused = [check(f"{name}: {path}", answers[path], scene.answers[path].content) for path in answers]
        assert any(refused)
