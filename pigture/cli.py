"""The command line: which commands there are, and how errors end."""

from __future__ import annotations

import logging
import sys
from typing import Annotated

import typer

from config.version import read_version
from pigture.commands import adopt, catalog, ingest, services, tokens
from pigture.commands import annotations as annotation_commands
from pigture.errors import sentence_of
from pigture.output import complain
from pigture.supervisor import InterruptedBySignalError

log = logging.getLogger(__name__)

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130


def main() -> None:
    """The entry point: every failure is one sentence on standard error and status 1 (wrong usage: 2)."""
    try:
        build_app()()
    except (KeyboardInterrupt, InterruptedBySignalError):
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        sys.exit(EXIT_FAILED)
    except Exception as exc:
        sentence = sentence_of(exc)
        log.log(logging.DEBUG if sentence else logging.ERROR, "the command failed", exc_info=exc)
        complain(sentence or f"Pigture failed unexpectedly: {type(exc).__name__}: {exc}")
        sys.exit(EXIT_FAILED)


def build_app() -> typer.Typer:
    """All commands."""
    app = typer.Typer(
        name="pigture",
        help="Very large images, viewable in any IIIF viewer.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_options)
    app.command("serve")(services.serve)
    app.command("ingest")(ingest.ingest)
    app.command("adopt")(adopt.adopt)
    app.command("list")(catalog.list_images)
    app.command("show")(catalog.show_image)
    app.command("delete")(catalog.delete_image)
    app.add_typer(_token_app(), name="token")
    app.add_typer(_annotations_app(), name="annotations")
    app.command("republish")(catalog.republish)
    app.command("migrate")(services.migrate)
    for name, command in (
        ("image-server", services.image_server),
        ("api", services.api),
        ("annotation-store", services.annotation_store),
        ("worker", services.worker),
    ):
        app.command(name, rich_help_panel="Single services")(command)
    return app


def _token_app() -> typer.Typer:
    app = typer.Typer(help="API tokens: what programs and browsers may write with.", no_args_is_help=True)
    app.command("create")(tokens.create_token)
    app.command("list")(tokens.list_tokens)
    app.command("revoke")(tokens.revoke_token)
    return app


def _annotations_app() -> typer.Typer:
    app = typer.Typer(help="Annotations in and out, their index, and their end.", no_args_is_help=True)
    app.command("import")(annotation_commands.import_annotations)
    app.command("export")(annotation_commands.export_annotations)
    app.command("reindex")(annotation_commands.reindex_annotations)
    app.command("purge")(annotation_commands.purge_annotation)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        known = read_version()
        typer.echo(f"pigture {known.version} ({known.commit})")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print version and commit.")
    ] = False,
) -> None:
    """Very large images, viewable in any IIIF viewer."""
    del version
