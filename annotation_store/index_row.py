"""An index entry as parameters of SQL: bounded to what PostgreSQL can index, regions folded. PURE."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import shapely

from annotation_store.array_literal import Element, array_literal
from annotation_store.extraction import IndexEntry, TargetEntry
from annotation_store.folding import fold_box
from annotation_store.geometry import TimeSpan
from annotation_store.iris import digest_iri

# A key of a GIN index has at most 2,704 bytes, a tsvector 1 MiB.
MAX_KEY_CHARACTERS = 600
MAX_TEXT_CHARACTERS = 200_000

_WORD = re.compile(r"\w+")
_ONLY_WORDS = re.compile(r"[\w \n]*")

TARGET_COLUMNS = ("sources", "iris", "lefts", "tops", "rights", "bottoms", "shapes", "starts", "ends")


@dataclass(frozen=True, slots=True)
class IndexRow:
    """The index columns of `annotation` and, as equally long lists, those of its rows of `target`."""

    words: str
    reply_to: int | None
    arrays: Mapping[str, Sequence[Element]]

    def parameters(self) -> dict[str, str | int | None]:
        """All of them by name."""
        arrays = {name: array_literal(values) for name, values in self.arrays.items()}
        return {"words": self.words, "reply_to": self.reply_to, **arrays}


def mentioned_iris(entry: IndexEntry) -> set[str]:
    """Every IRI that has to be interned before `build_index_row`."""
    found = {target.source for target in entry.targets}
    found.update(iri for target in entry.targets for iri in target.part_of)
    return found


def build_index_row(entry: IndexEntry, numbers: Mapping[str, int]) -> IndexRow:
    """`numbers` are those of the interned IRIs."""
    within = {numbers[iri] for target in entry.targets for iri in target.part_of}
    rows = [target_row(target, numbers) for target in entry.targets]
    arrays: dict[str, Sequence[Element]] = {
        "tags": index_keys(entry.tag_keys),
        "motivations": index_keys(entry.motivations),
        "body_types": index_keys(entry.body_types),
        "creators": index_keys(entry.creators),
        "within": sorted(within),
        **{name: [row[place] for row in rows] for place, name in enumerate(TARGET_COLUMNS)},
    }
    answered = answered_iri(entry)
    reply_to = None if answered is None else numbers[answered]
    return IndexRow(index_text(entry.text), reply_to, arrays)


def index_text(text: str) -> str:
    """The words of a text one by one, parted as `text_query` parts them.

    PostgreSQL would keep `user@host.org` or `3.14` in one piece, which none of their parts finds.
    """
    text = unicodedata.normalize("NFC", text)[:MAX_TEXT_CHARACTERS]
    return " ".join(text.split() if _ONLY_WORDS.fullmatch(text) else _WORD.findall(text))


def answered_iri(entry: IndexEntry) -> str | None:
    """What a reply answers: its first target, without a fragment."""
    return entry.targets[0].source if entry.targets and "replying" in entry.motivations else None


def index_keys(texts: Iterable[str]) -> list[str]:
    """The texts as the index has them, each once: searching must cut its own the same way."""
    return list(dict.fromkeys(text[:MAX_KEY_CHARACTERS] for text in texts))


def target_row(target: TargetEntry, numbers: Mapping[str, int]) -> tuple[Element, ...]:
    """In the order of TARGET_COLUMNS."""
    source = numbers[target.source]
    iri = digest_iri(target.iri) if target.iri != target.source else None
    left = top = right = bottom = shape = None
    if target.region is not None:
        left, top, right, bottom = fold_box(source, target.region.box)
        shape = shapely.to_wkb(target.region.shape) if target.region.shape is not None else None
    start, end = time_bounds(target.time)
    return source, iri, left, top, right, bottom, shape, start, end


def time_bounds(time: TimeSpan | None) -> tuple[float | None, float | None]:
    """What PostgreSQL takes as the bounds of a range; a span that ends before it begins is none."""
    if time is None or not math.isfinite(time.start_s):
        return None, None
    end = time.end_s if time.end_s is not None and math.isfinite(time.end_s) else None
    return (None, None) if end is not None and end < time.start_s else (time.start_s, end)
