"""`ingest PATH…`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pigture.addresses import manifest_url
from pigture.commands.options import Data, Json, command_settings, stderr, stdout
from pigture.errors import CommandError
from pigture.ingesting import Outcome, Published, Refused, Submit, Watcher, Wishes, ingest_files, submit_copy
from pigture.output import complain, json_line
from pigture.session import Session, with_session
from pigture.sources import SourceFile, find_sources, name_of
from pigture.supervisor import InterruptedBySignalError
from pigture.watching import watching
from pigture.words import dimensions_words


class Access(StrEnum):
    """Who may see an image."""

    PUBLIC = "public"
    RESTRICTED = "restricted"


def ingest(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Files, or folders to look through.")],
    identifier: Annotated[
        str | None, typer.Option("--id", help="Identifier for a single file.", show_default="the file's name")
    ] = None,
    label: Annotated[str | None, typer.Option(help="Title that viewers show.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Make a new revision of what is there.")] = False,
    access: Annotated[Access | None, typer.Option(help="Who may see it.", show_default="public")] = None,
    rights: Annotated[str | None, typer.Option(help="URI of a licence or rights statement.")] = None,
    data: Data = None,
    json_lines: Json = False,
) -> None:
    """Queue images and wait until they can be viewed. Prints identifier, width×height and manifest URL of each."""
    if identifier is not None and (len(paths) != 1 or paths[0].is_dir()):
        raise typer.BadParameter("needs a single file", param_hint="--id")
    sources = list(find_sources(paths, identifier))
    if not sources:
        raise CommandError(f"There are no files in {', '.join(map(str, paths))}.")
    wishes = Wishes(label, replace, access, rights)
    settings = command_settings(data=data)
    if not with_session(
        settings, os.environ, lambda session: take_in(session, sources, wishes, json_lines), worker=True
    ):
        raise typer.Exit(1)


def take_in(
    session: Session,
    sources: Sequence[SourceFile],
    wishes: Wishes,
    json_lines: bool,
    submit: Submit = submit_copy,
) -> bool:
    """Tells of each how it ended; whether all have been published."""
    done = published = 0
    try:
        with watching(stderr()) as watcher:
            for outcome in ingest_files(session, sources, wishes, watcher, submit):
                done += 1
                published += isinstance(outcome, Published)
                _report(outcome, session.base_url, watcher, json_lines)
    except KeyboardInterrupt:
        complain(_words_on_leaving(session, len(sources) - done))
        raise
    if session.stopped.is_set():
        complain(_words_on_leaving(session, len(sources) - done))
        raise InterruptedBySignalError
    return published == len(sources)


def _report(outcome: Outcome, base_url: str, watcher: Watcher, json_lines: bool) -> None:
    if isinstance(outcome, Refused):
        watcher.complain(outcome.reason)
    elif outcome.hint is not None:
        watcher.complain(f"{outcome.path.name}: {outcome.hint}")
    if json_lines:
        watcher.say(json_line(outcome_object(outcome, base_url)))
    elif isinstance(outcome, Published):
        size = dimensions_words(outcome.width, outcome.height)
        gap = "  " if stdout().is_terminal else "\t"
        watcher.say(gap.join((outcome.identifier, size, manifest_url(base_url, outcome.identifier))))


def outcome_object(outcome: Outcome, base_url: str) -> dict[str, object]:
    """An outcome as JSON."""
    common = {"file": name_of(outcome.path), "identifier": outcome.identifier, "job": outcome.job_id}
    match outcome:
        case Published():
            manifest = manifest_url(base_url, outcome.identifier)
            done = {"state": "done", "width": outcome.width, "height": outcome.height, "manifest": manifest}
            return {**common, **done, **({"hint": outcome.hint} if outcome.hint else {})}
        case Refused():
            return {**common, "state": "failed", "error": outcome.reason}


def _words_on_leaving(session: Session, left: int) -> str:
    files = "one file" if left == 1 else f"{left} files"
    if session.is_supervisor:
        return f"Stopped, with {files} not finished. What was queued goes on when Pigture starts again."
    return f"Not waiting any longer for {files}. What was queued goes on; `pigture list` shows it."
