"""`adopt PATH|URL…`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pigture.commands.ingest import Access, take_in
from pigture.commands.options import Data, Json, command_settings
from pigture.errors import CommandError
from pigture.ingesting import Watcher, Wishes
from pigture.session import Session, with_session
from pigture.sources import SourceFile, find_adoptable, name_of

if TYPE_CHECKING:
    from ingest.submit import Submitted


def adopt(
    names: Annotated[
        list[str],
        typer.Argument(metavar="PATH|URL…", help="Image files, folders with such, or s3:// URLs of such."),
    ],
    identifier: Annotated[
        str | None, typer.Option("--id", help="Identifier for a single file.", show_default="the file's name")
    ] = None,
    label: Annotated[str | None, typer.Option(help="Title that viewers show.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Make a new revision of what is there.")] = False,
    access: Annotated[Access | None, typer.Option(help="Who may see it.", show_default="public")] = None,
    rights: Annotated[str | None, typer.Option(help="URI of a licence or rights statement.")] = None,
    no_checksums: Annotated[
        bool, typer.Option("--no-checksums", help="Do not read the tiles; damage to them is not noticed then.")
    ] = False,
    data: Data = None,
    json_lines: Json = False,
) -> None:
    """Serve images where they lie, without copying them: best pyramidal TIFFs (see the setting adopt_roots)."""
    if identifier is not None and (len(names) != 1 or Path(names[0]).is_dir()):
        raise typer.BadParameter("needs a single file", param_hint="--id")
    sources = list(find_adoptable(names, identifier))
    if not sources:
        raise CommandError(f"There are no images that can be adopted in {', '.join(names)}.")

    def submit(session: Session, source: SourceFile, wishes: Wishes, watcher: Watcher) -> Submitted:
        from ingest.adoption.submit_adoption import submit_adoption

        del watcher  # there is nothing to copy
        return submit_adoption(
            session.services,
            name_of(source.path),
            identifier=source.identifier,
            label=wishes.label,
            replace=wishes.replace,
            access=wishes.access,
            rights=wishes.rights,
            checksums=not no_checksums,
        )

    wishes = Wishes(label, replace, access, rights)
    settings = command_settings(data=data)
    if not with_session(
        settings, os.environ, lambda session: take_in(session, sources, wishes, json_lines, submit), worker=True
    ):
        raise typer.Exit(1)
