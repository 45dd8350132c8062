"""Keyset cursors: where a page of results ended. Opaque to clients, checked when they come back. PURE.

A cursor is base64url without padding of `version | digest | JSON`: the digest binds it to what is paged through
and finds cursors that were cut or patched up. It is no signature: a cursor gives access to nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass

from annotation_store.errors import MalformedQueryError

_VERSION = b"\x01"
_DIGEST_BYTES = 8
_MAX_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Cursor:
    """The sort key and id of the last item that was seen; `backwards` asks for the items before it."""

    key: str | int
    id: str | int
    backwards: bool = False


def format_cursor(cursor: Cursor, scope: str) -> str:
    """`scope` names what is paged through (container, query): a cursor is good for no other."""
    payload = json.dumps([cursor.key, cursor.id, int(cursor.backwards)], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_VERSION + _digest(payload, scope) + payload).rstrip(b"=").decode()


def parse_cursor(text: str, scope: str) -> Cursor:
    """Raises MalformedQueryError("cursor", …) if it was not made for `scope`, or not made here."""
    payload = _open(text, scope)
    if payload is None:
        raise MalformedQueryError("cursor", "The cursor does not belong to this query; start again without it.")
    key, identity, backwards = json.loads(payload)
    return Cursor(key, identity, bool(backwards))


def _open(text: str, scope: str) -> bytes | None:
    if len(text) > _MAX_CHARACTERS or not text.isascii():
        return None
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    head, payload = data[: 1 + _DIGEST_BYTES], data[1 + _DIGEST_BYTES :]
    return payload if head == _VERSION + _digest(payload, scope) else None


def _digest(payload: bytes, scope: str) -> bytes:
    return hashlib.blake2b(scope.encode() + b"\x00" + payload, digest_size=_DIGEST_BYTES).digest()
