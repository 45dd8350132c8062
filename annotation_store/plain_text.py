"""The text that a reader would see of a body. PURE.

This is for searching only: HTML is kept in the document as it came, and sanitised where a page shows it.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

_HTML_FORMATS = frozenset({"text/html", "application/xhtml+xml"})
_UNSEEN = frozenset({"script", "style", "template", "noscript", "head", "title"})
# Tags within a word, as `<b>W</b>ord`; all others part words.
_INLINE = frozenset(
    {
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "cite",
        "code",
        "em",
        "font",
        "i",
        "ins",
        "del",
        "kbd",
        "mark",
        "q",
        "s",
        "small",
    }
    | {"span", "strong", "sub", "sup", "u", "var", "wbr"}
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_SPACE = re.compile(r"[ \t\r\n\f\v]+")


def looks_like_html(value: str) -> bool:
    """Whether text without a media type has tags in it."""
    return "<" in value and _TAG.search(value) is not None


def read_text(value: str, media_type: str | None) -> str:
    """The plain text of `value`. Without a media type, text with tags in it is taken for HTML."""
    base = (media_type or "").partition(";")[0].strip().lower()
    if base in _HTML_FORMATS or (not base and looks_like_html(value)):
        reader = _TextReader()
        reader.feed(value)
        reader.close()
        return _SPACE.sub(" ", "".join(reader.parts)).strip()
    return value.strip()


class _TextReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._unseen is None and tag in _UNSEEN:
            self._unseen = tag
        self._part(tag)
        self.parts.extend(f" {value} " for name, value in attrs if name == "alt" and value and self._unseen is None)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._unseen:
            self._unseen = None
        self._part(tag)

    def handle_data(self, data: str) -> None:
        if self._unseen is None:
            self.parts.append(data)

    def _part(self, tag: str) -> None:
        if tag not in _INLINE:
            self.parts.append(" ")
