"""Keyset cursors: where a page of results ended. Opaque to clients, checked when they come back. PURE."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cursor:
    """The sort key and id of the last item that was seen; `backwards` asks for the items before it."""

    key: str | int
    id: str | int
    backwards: bool = False


def format_cursor(cursor: Cursor, scope: str) -> str:
    """base64url without padding. `scope` names what is paged through (container, query): a cursor is good for no other."""
    raise NotImplementedError


def parse_cursor(text: str, scope: str) -> Cursor:
    """Raises MalformedQueryError("cursor", …) if it was not made for `scope`, or not made here."""
    raise NotImplementedError
