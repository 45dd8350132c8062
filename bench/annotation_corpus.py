"""Annotations that are always the same: number n lies where it lies and says what it says.

One large canvas has 100,000 of them, or nine in ten where there are too few for that, spread evenly among the others,
which lie fifty by fifty on canvases of their own. Words are as frequent as in texts: the k-th most frequent one comes
with a weight of 1/k.
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator
from typing import Any

BIG = "https://bench.example/iiif/presentation/3/big/manifest/canvas/1"
SIDE = 100_000
"""Width and height of the large canvas."""
LARGE = 100_000
"""So many annotations lie on it, where there are enough."""
EACH = 50
_SYLLABLES = (("ka", "ro", "mi", "tu", "sen", "ber"), ("лес", "ве", "то", "ра", "на", "ли"))


def _vocabulary() -> list[str]:
    """10,000 words, half of them Latin and half Cyrillic."""
    found = ["".join(parts) for script in _SYLLABLES for parts in list(itertools.product(script, repeat=5))[:5000]]
    random.Random(1).shuffle(found)
    return found


WORDS = _vocabulary()
_WEIGHTS = list(itertools.accumulate(1 / rank for rank in range(1, len(WORDS) + 1)))
_MOTIVATIONS = ("commenting", "describing", "classifying", "tagging")


def canvas_iri(number: int) -> str:
    """Of one of the canvases with fifty annotations."""
    return f"https://bench.example/iiif/presentation/3/image-{number}/manifest/canvas/1"


def canvas_count(total: int) -> int:
    """How many canvases have fifty annotations (the last may have fewer) when there are `total` annotations."""
    return -(-(total - _large(total)) // EACH)


def canvas_of(number: int, total: int) -> str:
    """Where annotation `number` of `total` lies; the first has the number 1."""
    large = _large(total)
    before, count = (number - 1) * large // total, number * large // total
    return BIG if count > before else canvas_iri((number - count - 1) // EACH)


def _large(total: int) -> int:
    return min(LARGE, total * 9 // 10)


def document(number: int, canvas: str) -> dict[str, Any]:
    """Annotation `number`, on this canvas."""
    rng = random.Random(number)
    width, height = rng.uniform(20, 800), rng.uniform(20, 800)
    x, y = rng.uniform(0, SIDE - width), rng.uniform(0, SIDE - height)
    body = [{"type": "TextualBody", "value": words(rng, 15), "format": "text/plain", "purpose": "commenting"}]
    if number % 3 == 0:
        body.append({"type": "TextualBody", "value": words(rng, 1), "purpose": "tagging"})
    return {
        "@context": "http://www.w3.org/ns/anno.jsonld",
        "type": "Annotation",
        "motivation": _MOTIVATIONS[number % 4],
        "body": body if len(body) > 1 else body[0],
        "target": {"type": "SpecificResource", "source": canvas, "selector": _selector(rng, x, y, width, height)},
    }


def _selector(rng: random.Random, x: float, y: float, width: float, height: float) -> dict[str, str]:
    """A box; for one in five a polygon of a dozen points."""
    if rng.random() < 0.8:
        value = f"xywh=pixel:{x:.2f},{y:.2f},{width:.2f},{height:.2f}"
        return {"type": "FragmentSelector", "conformsTo": "http://www.w3.org/TR/media-frags/", "value": value}
    points = sorted((rng.random() * width, rng.random() * height) for _ in range(6))
    ring = [*points, (width, height), (0.0, height)]
    path = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in ring)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><polygon points="{path}"/></svg>'
    return {"type": "SvgSelector", "value": svg}


def words(rng: random.Random, count: int) -> str:
    """So many words."""
    return " ".join(rng.choices(WORDS, cum_weights=_WEIGHTS, k=count))


def lines(start: int, stop: int, total: int) -> Iterator[bytes]:
    """The annotations from `start` to before `stop` of `total`, each a line of NDJSON."""
    for number in range(start, stop):
        yield json.dumps(document(number, canvas_of(number, total)), ensure_ascii=False).encode() + b"\n"
