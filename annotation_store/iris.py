"""IRIs as they are looked up. PURE."""

from __future__ import annotations

import hashlib
import uuid


def digest_iri(iri: str) -> uuid.UUID:
    """The first half of its SHA-256: what it is looked up by."""
    return uuid.UUID(bytes=hashlib.sha256(iri.encode()).digest()[:16])
