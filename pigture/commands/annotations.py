"""`annotations import`, `export`, `reindex` and `purge`."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated
from urllib.parse import quote, urlencode

import typer

from annotation_store.file_formats import ExportFormat
from pigture.commands.options import Data, command_settings, stderr, stdout
from pigture.errors import CommandError
from pigture.output import print_line
from pigture.session import Session, with_session

if TYPE_CHECKING:
    from annotation_store.http.app import AnnotationsApp
    from pigture.annotation_calls import Outcome

Container = Annotated[str, typer.Argument(metavar="CONTAINER", help="The container's name.")]
As = Annotated[str, typer.Option("--as", help="Name that is noted where a document names no creator.")]
Canvas = Annotated[str | None, typer.Option(help="IRI of the canvas that shapes lie on; GeoJSON needs it.")]

_MEDIA_TYPES = {
    ".ndjson": "application/x-ndjson",
    ".jsonl": "application/x-ndjson",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".csv": "text/csv",
    ".geojson": "application/geo+json",
}
_SUFFIXES = {ExportFormat.NDJSON: ".ndjson", ExportFormat.JSON_LD: ".jsonld", ExportFormat.CSV: ".csv"}


def import_annotations(
    container: Container,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="NDJSON, JSON-LD, CSV or GeoJSON.")],
    canvas: Canvas = None,
    file_format: Annotated[
        ExportFormat | None, typer.Option("--format", help="How it is written.", show_default="by its name")
    ] = None,
    transaction: Annotated[bool, typer.Option("--transaction", help="All lines or none.")] = False,
    name: As = "import",
    data: Data = None,
) -> None:
    """Read annotations into a container; creators and times of creation stay as they are in the file."""
    suffix = _suffix(file_format) if file_format else file.suffix.lower()
    media_type = _MEDIA_TYPES.get(suffix)
    if media_type is None:
        raise CommandError(f"Name the format of {file.name} by --format.")
    query = {"mode": "transaction" if transaction else "lines", **({"canvas": canvas} if canvas else {})}
    target = f"/annotations/{quote(container, safe='')}/bulk?{urlencode(query)}"
    report = _Report()

    async def work(app: AnnotationsApp) -> None:
        from pigture.annotation_calls import call

        with file.open("rb") as body:
            outcome = await call(
                app, "POST", target, headers={"content-type": media_type}, body=body, write=report.write
            )
        _require(outcome)

    _with_store(data, name, work)
    print_line(stdout(), ", ".join(f"{count} {what}" for what, count in report.summary.items()))
    if report.summary.get("failed"):
        raise CommandError("Some lines failed; standard error tells which.")


def export_annotations(
    container: Container,
    file_format: Annotated[ExportFormat, typer.Option("--format", help="How to write it.")] = ExportFormat.NDJSON,
    output: Annotated[Path | None, typer.Option(help="File to write.", show_default="standard output")] = None,
    canvas: Canvas = None,
    data: Data = None,
) -> None:
    """Write all annotations of a container, drafts too."""
    query = {"format": file_format.value, **({"canvas": canvas} if canvas else {})}
    target = f"/annotations/{quote(container, safe='')}/export?{urlencode(query)}"

    async def work(app: AnnotationsApp) -> None:
        from pigture.annotation_calls import call

        with _opened(output) as file:
            _require(await call(app, "GET", target, write=file.write))

    _with_store(data, "export", work)


def reindex_annotations(
    container: Annotated[str | None, typer.Argument(help="One container only.", show_default="all")] = None,
    data: Data = None,
) -> None:
    """Make everything that annotations are found by anew, from the documents; the store may be in use."""

    async def work(app: AnnotationsApp) -> None:
        from annotation_store.interning import Interner
        from annotation_store.reindexing import Reindexer

        done = await Reindexer(app.service.database, Interner()).run(container, _say_nothing)
        print_line(stdout(), f"Reindexed {done}.")

    _with_store(data, "reindex", work)


def purge_annotation(
    container: Container,
    annotation: Annotated[str, typer.Argument(metavar="NAME", help="The annotation's name: the end of its IRI.")],
    name: Annotated[str, typer.Option("--as", help="Name that is noted in the book of purges.")] = "purge",
    data: Data = None,
) -> None:
    """Remove an annotation with all its versions, for ever."""
    target = f"/annotations/{quote(container, safe='')}/{quote(annotation, safe='')}/versions"

    async def work(app: AnnotationsApp) -> None:
        from pigture.annotation_calls import call

        _require(await call(app, "DELETE", target))
        print_line(stdout(), f"Purged {container}/{annotation}.")

    _with_store(data, name, work)


class _Report:
    """Tells lines that failed as they come; keeps the summary."""

    def __init__(self) -> None:
        self.summary: dict[str, int] = {}
        self._rest = b""

    def write(self, piece: bytes) -> None:
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            told = json.loads(line)
            if "summary" in told:
                self.summary = told["summary"]
            elif told["status"] >= 300:
                print_line(stderr(), f"Line {told['line']}: {told['detail']} {json.dumps(told.get('errors', []))}")


def _with_store(data: Path | None, name: str, work: Callable[[AnnotationsApp], Awaitable[None]]) -> None:
    def body(session: Session) -> None:
        from pigture.annotation_calls import open_store

        app = open_store(session.services, name, session.base_url)
        asyncio.run(_opened_store(app, work))

    with_session(command_settings(data=data), os.environ, body)


async def _opened_store(app: AnnotationsApp, work: Callable[[AnnotationsApp], Awaitable[None]]) -> None:
    await app.service.open()
    try:
        await work(app)
    finally:
        await app.service.close()


def _require(outcome: Outcome) -> None:
    """Raises CommandError with the sentence of a refusal."""
    if outcome.status < 300:
        return
    problem = json.loads(bytes(outcome.body) or b"{}")
    lines = "".join(f"\nLine {line['line']}: {line['detail']}" for line in problem.get("lines", ()))
    raise CommandError(f"{problem.get('detail') or problem.get('title') or outcome.status}{lines}")


def _suffix(file_format: ExportFormat) -> str:
    return _SUFFIXES.get(file_format, ".geojson")


@contextmanager
def _opened(output: Path | None) -> Iterator[IO[bytes]]:
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with output.open("wb") as file:
        yield file


def _say_nothing(_done: int) -> None:
    pass
