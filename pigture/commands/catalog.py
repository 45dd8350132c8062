"""`list`, `show`, `delete` and `republish`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pigture.catalog_views import IMAGE_TITLES, image_details, image_facts, image_object, image_row
from pigture.commands.options import Data, Identifier, Json, command_settings, stdout
from pigture.errors import CommandError
from pigture.output import print_facts, print_line, print_object, print_rows
from pigture.session import Session, with_session

if TYPE_CHECKING:
    from ingest.services import Services
    from ingest.views import ImageSummary

PAGE = 500


def list_images(data: Data = None, json_lines: Json = False) -> None:
    """List the images, the newest first."""

    def work(session: Session) -> None:
        console, images = stdout(), _all_images(session.services)
        if json_lines:
            for image in images:
                print_object(console, image_object(image, session.base_url))
            return
        now = datetime.now(UTC)
        print_rows(console, IMAGE_TITLES, (image_row(image, now) for image in images))

    with_session(command_settings(data=data), os.environ, work)


def show_image(identifier: Identifier, data: Data = None, json_lines: Json = False) -> None:
    """Show everything about an image: its sizes, addresses, revisions and jobs."""

    def work(session: Session) -> None:
        view = session.services.catalog.image(identifier)
        if view is None:
            raise CommandError(f"There is no image {identifier}.")
        if json_lines:
            print_object(stdout(), image_details(view, session.base_url))
        else:
            print_facts(stdout(), image_facts(view, session.base_url, datetime.now(UTC)))

    with_session(command_settings(data=data), os.environ, work)


def delete_image(
    identifier: Identifier,
    purge: Annotated[bool, typer.Option("--purge", help="Also remove its originals and pyramids.")] = False,
    data: Data = None,
) -> None:
    """Delete an image: its addresses answer 410 from now on, and its identifier is not used again."""

    def work(session: Session) -> None:
        from ingest.delete import delete_image as delete

        delete(session.services, identifier, purge)
        print_line(stdout(), f"Deleted {identifier}.")

    with_session(command_settings(data=data), os.environ, work)


def republish(data: Data = None) -> None:
    """Rebuild the published records and tokens in storage from the catalog."""

    def work(session: Session) -> None:
        from ingest.republish import republish as run

        count = run(session.services)
        print_line(stdout(), f"Put {count} record{'' if count == 1 else 's'}; the others were as they should be.")

    with_session(command_settings(data=data), os.environ, work)


def _all_images(services: Services) -> Iterator[ImageSummary]:
    after: int | None = None
    while True:
        page = services.catalog.images(limit=PAGE, after=after)
        yield from page.items
        if page.next is None:
            return
        after = page.next
