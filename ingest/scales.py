"""How large the pixels of images are, for many images at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlmodel import col

from ingest.catalog import Catalog
from ingest.tables import Image, PublishedRevision


@dataclass(frozen=True, slots=True)
class RevisionName:
    """An image's identifier, in NFC; without `revision` the current one is meant."""

    identifier: str
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class PixelSize:
    """A pixel of the first picture of `revision`, and of its planes, measures `across_mm` x `down_mm`."""

    revision: str
    across_mm: float
    down_mm: float


def read_pixel_sizes(
    catalog: Catalog, names: Collection[RevisionName], *, restricted: bool
) -> Mapping[RevisionName, PixelSize]:
    """Those that are known, of live images: the public ones, and with `restricted` all.

    Raises CatalogUnavailableError.
    """
    size = col(PublishedRevision.document)["pixel_size_mm"]
    is_current = col(PublishedRevision.name) == col(Image.revision)
    statement = (
        select(col(Image.identifier), col(PublishedRevision.name), is_current, size)
        .join(PublishedRevision, col(PublishedRevision.image_id) == col(Image.id))
        .where(col(Image.identifier).in_({name.identifier for name in names}), col(Image.state) == "live")
        .where(or_(is_current, col(PublishedRevision.name).in_({name.revision for name in names if name.revision})))
    )
    if not restricted:
        statement = statement.where(col(Image.access) == "public")
    found: dict[RevisionName, PixelSize] = {}
    with catalog.begin() as session:
        for identifier, revision, current, pair in session.execute(statement):
            if pair is not None:
                told = PixelSize(revision, *pair)
                found[RevisionName(identifier, revision)] = told
                if current:
                    found[RevisionName(identifier)] = told
    return found
