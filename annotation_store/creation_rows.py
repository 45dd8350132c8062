"""New annotations as the parameters of one statement that writes all of them (`statements.CREATE`). PURE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotation_store.extraction import IndexEntry
from annotation_store.index_row import build_index_row, format_rows
from annotation_store.iris import digest_iri
from annotation_store.records import Draft


@dataclass(frozen=True, slots=True)
class Creation:
    """An annotation that is to be written under that name, in the container of that number."""

    container: int
    name: str
    draft: Draft
    entry: IndexEntry


def creation_parameters(creations: Sequence[Creation], numbers: Mapping[str, int]) -> dict[str, str]:
    """`place` is that of a creation, from 1 on. `numbers` are those of the interned IRIs.

    Raises TypeError where a text holds half of a surrogate pair.
    """
    rows: list[dict[str, Any]] = []
    targets: list[dict[str, Any]] = []
    aliases: list[dict[str, Any]] = []
    for place, creation in enumerate(creations, 1):
        draft, indexed = creation.draft, build_index_row(creation.entry, numbers)
        rows.append(
            {
                "place": place,
                "container": creation.container,
                "name": creation.name,
                "state": draft.state,
                "creator": draft.made_by,
                "editor": draft.editor,
                "action": draft.action,
                "created": draft.made_at,
                "modified": draft.moment,
                "document": draft.document,
                **indexed.columns,
            }
        )
        targets += [{"place": place, **target} for target in indexed.targets]
        aliases += [{"place": place, "digest": digest_iri(alias), "value": alias} for alias in draft.aliases]
    found = {"creations": rows, "targets": targets, "aliases": aliases}
    return {name: format_rows(values) for name, values in found.items()}
