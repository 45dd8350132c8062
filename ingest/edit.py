"""Changing what is said about an image, without touching its pixels."""

from __future__ import annotations

from dataclasses import dataclass

from iiif_server.layout import normalize_identifier
from iiif_server.record import LanguageMap
from ingest.catalog import lock_image
from ingest.errors import IdentifierDeletedError, UnknownImageError
from ingest.projection import project
from ingest.services import Services
from ingest.submission import Access


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to change; None leaves a value as it is. Empty `rights` take the statement away."""

    label: LanguageMap | None = None
    rights: str | None = None
    access: Access | None = None


def edit_image(services: Services, identifier: str, changes: Changes) -> None:
    """Changes the catalog, and the record of a published image.

    Raises UnknownImageError, IdentifierDeletedError, PublishConflictError, StorageAwayError, CatalogUnavailableError.
    """
    with services.catalog.begin() as session:
        image = lock_image(session, identifier)
        if image is None:
            raise UnknownImageError(normalize_identifier(identifier))
        if image.state == "deleted":
            raise IdentifierDeletedError(image.identifier)
        image.label = changes.label if changes.label is not None else image.label
        image.rights = (changes.rights or None) if changes.rights is not None else image.rights
        image.access = changes.access if changes.access is not None else image.access
        session.add(image)
        if image.state == "live":
            project(session, services.store, image)
