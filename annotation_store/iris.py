"""IRIs as they are looked up. PURE."""

from __future__ import annotations

import hashlib
import uuid
from functools import lru_cache

_SHORT = 500
"""Characters up to which digests are remembered: canvases come again and again."""


def digest_iri(iri: str) -> uuid.UUID:
    """The first half of its SHA-256: what it is looked up by."""
    return _remembered(iri) if len(iri) <= _SHORT else _digest(iri)


def _digest(iri: str) -> uuid.UUID:
    return uuid.UUID(bytes=hashlib.sha256(iri.encode()).digest()[:16])


_remembered = lru_cache(20_000)(_digest)
