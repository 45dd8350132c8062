"""Which entity tags a request knows already. Pure: RFC 9110 §8.8.3, §13.1.2."""

from __future__ import annotations

import re

_ENTITY_TAG = re.compile(r'(?:W/)?("[^"]*")')


def knows_tag(if_none_match: str, etag: str) -> bool:
    """Whether the client has this already: weak comparison, lists and `*` (RFC 9110 §13.1.2)."""
    return if_none_match.strip() == "*" or etag in _ENTITY_TAG.findall(if_none_match)
