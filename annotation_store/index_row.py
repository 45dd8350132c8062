"""An index entry as parameters of SQL: bounded to what PostgreSQL can index, regions folded. PURE."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import shapely

from annotation_store.array_literal import array_literal
from annotation_store.extraction import IndexEntry, TargetEntry
from annotation_store.folding import fold_box
from annotation_store.geometry import TimeSpan
from annotation_store.iris import digest_iri

# A key of a GIN index has at most 2,704 bytes, a tsvector 1 MiB.
MAX_KEY_CHARACTERS = 600
MAX_TEXT_CHARACTERS = 200_000

_WORD = re.compile(r"\w+")
_ONLY_WORDS = re.compile(r"[\w \n]*")

_KEY_COLUMNS = ("tags", "motivations", "body_types", "creators", "within")


@dataclass(frozen=True, slots=True)
class IndexRow:
    """The index columns of `annotation`, and its rows of `target` in their order, with the names that `statements`
    has for them.
    """

    columns: dict[str, Any]
    targets: list[dict[str, Any]]

    def parameters(self) -> dict[str, Any]:
        """For one annotation that is changed."""
        arrays = {name: array_literal(self.columns[name]) for name in _KEY_COLUMNS}
        return {**self.columns, **arrays, "targets": format_rows(self.targets)}


def format_rows(rows: Sequence[Mapping[str, Any]]) -> str:
    """JSON, of which PostgreSQL makes rows by one function: to put them together of an array for each column takes it
    longer than to write them.

    Raises TypeError where a text holds half of a surrogate pair.
    """
    return orjson.dumps(rows).decode()


def mentioned_iris(entry: IndexEntry) -> set[str]:
    """Every IRI that has to be interned before `build_index_row`."""
    found = {target.source for target in entry.targets}
    found.update(iri for target in entry.targets for iri in target.part_of)
    return found


def build_index_row(entry: IndexEntry, numbers: Mapping[str, int]) -> IndexRow:
    """`numbers` are those of the interned IRIs."""
    answered = answered_iri(entry)
    columns = {
        "words": index_text(entry.text),
        "tags": index_keys(entry.tag_keys),
        "motivations": index_keys(entry.motivations),
        "body_types": index_keys(entry.body_types),
        "creators": index_keys(entry.creators),
        "within": sorted({numbers[iri] for target in entry.targets for iri in target.part_of}),
        "reply_to": None if answered is None else numbers[answered],
    }
    targets = [_target_row(position, target, numbers) for position, target in enumerate(entry.targets, 1)]
    return IndexRow(columns, targets)


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


def _target_row(position: int, target: TargetEntry, numbers: Mapping[str, int]) -> dict[str, Any]:
    source, region = numbers[target.source], target.region
    row: dict[str, Any] = {"position": position, "source": source}
    if target.iri != target.source:
        row["iri"] = digest_iri(target.iri)
    if region is not None:
        row["x0"], row["y0"], row["x1"], row["y1"] = fold_box(source, region.box)
        if region.shape is not None:
            row["shape"] = f"\\x{shapely.to_wkb(region.shape).hex()}"
    if target.time is not None:
        row["starts"], row["ends"] = time_bounds(target.time)
    return row


def time_bounds(time: TimeSpan | None) -> tuple[float | None, float | None]:
    """What PostgreSQL takes as the bounds of a range; a span that ends before it begins is none."""
    if time is None or not math.isfinite(time.start_s):
        return None, None
    end = time.end_s if time.end_s is not None and math.isfinite(time.end_s) else None
    return (None, None) if end is not None and end < time.start_s else (time.start_s, end)
