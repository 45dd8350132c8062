"""`token create`, `token list` and `token revoke`."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from config.access import Role
from pigture.catalog_views import TOKEN_TITLES, token_object, token_row
from pigture.commands.options import Data, Json, command_settings, stderr, stdout
from pigture.output import print_line, print_object, print_rows
from pigture.session import Session, with_session


def create_token(
    name: Annotated[str, typer.Option(help="What it is for; tokens are listed and revoked by it.")],
    role: Annotated[list[Role], typer.Option(help="What it may do; give it once for each role.")],
    expires_days: Annotated[
        int | None, typer.Option(min=1, max=36500, help="Days until it ends.", show_default="never")
    ] = None,
    data: Data = None,
    json_lines: Json = False,
) -> None:
    """Make a token and print it, this once."""

    def work(session: Session) -> None:
        from ingest.tokens import create_token as create

        expires = datetime.now(UTC) + timedelta(days=expires_days) if expires_days else None
        token = create(session.services, name, role, expires)
        if json_lines:
            print_object(stdout(), {"name": name, "roles": sorted(role), "expires": expires, "token": token})
            return
        print_line(stdout(), token)
        print_line(stderr(), "Keep it: it is not shown again. Use it as `Authorization: Bearer …`.")

    with_session(command_settings(data=data), os.environ, work)


def list_tokens(data: Data = None, json_lines: Json = False) -> None:
    """List the tokens in force: their names and roles."""

    def work(session: Session) -> None:
        from ingest.tokens import list_tokens as fetch

        tokens = fetch(session.services)
        if json_lines:
            for token in tokens:
                print_object(stdout(), token_object(token))
            return
        now = datetime.now(UTC)
        print_rows(stdout(), TOKEN_TITLES, [token_row(token, now) for token in tokens])

    with_session(command_settings(data=data), os.environ, work)


def revoke_token(
    name: Annotated[str, typer.Argument(help="The token's name.")],
    data: Data = None,
) -> None:
    """End a token, and the browser sessions that were opened with it."""

    def work(session: Session) -> None:
        from ingest.tokens import revoke_token as revoke

        revoke(session.services, name)
        print_line(stdout(), f"Revoked {name}.")

    with_session(command_settings(data=data), os.environ, work)
