"""Entity tags and the conditions that name them (RFC 9110 §8.8.3, §13.1). PURE."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
# What servers in front append to the tags of what they compress.
_CODING = re.compile(r"(?:-|;)(?:gzip|br|zstd)$")


@dataclass(frozen=True, slots=True)
class Condition:
    """The value of If-Match or If-None-Match: `anything` is `*`."""

    anything: bool
    strong: frozenset[str]
    weak: frozenset[str]

    def matches_strongly(self, tag: str) -> bool:
        """For If-Match: weak tags match nothing (RFC 9110 §13.1.1)."""
        return self.anything or tag in self.strong

    def matches_weakly(self, tag: str) -> bool:
        """For If-None-Match (RFC 9110 §13.1.2)."""
        return self.anything or tag in self.strong or tag in self.weak


def parse_condition(header: str | None) -> Condition | None:
    """None without the header. Tags stand without their quotes."""
    if header is None:
        return None
    if header.strip() == "*":
        return Condition(anything=True, strong=frozenset(), weak=frozenset())
    tags = [(bool(weak), _CODING.sub("", tag)) for weak, tag in _TAG.findall(header)]
    return Condition(
        anything=False,
        strong=frozenset(tag for weak, tag in tags if not weak),
        weak=frozenset(tag for weak, tag in tags if weak),
    )


def format_tag(tag: str) -> str:
    """A strong tag as it stands in the ETag header."""
    return f'"{tag}"'
