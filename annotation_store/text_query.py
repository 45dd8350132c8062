"""What is looked for in texts: words, "phrases" and prefix*, in any language. PURE."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from annotation_store.errors import MalformedQueryError

MAX_TERMS = 32
MAX_CHARACTERS = 1_000

_TERM = re.compile(r'"([^"]*)"|([^\s"]+)')
# A word: letters, marks and digits of any script, with apostrophes and hyphens inside left to the text search.
_WORD = re.compile(r"\w+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Word:
    text: str


@dataclass(frozen=True, slots=True)
class Prefix:
    """Words that begin with `text`."""

    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that follow one another."""

    words: tuple[str, ...]


TextTerm = Word | Prefix | Phrase
# All terms of one text must be there.
TextQuery = tuple[TextTerm, ...]


def parse_text(text: str, parameter: str = "text") -> TextQuery:
    """The terms of a text, all of which must be found. Raises MalformedQueryError.

    What parts words in a term (`well-known`, `user@host`) makes it a phrase. A quotation mark without its partner is
    taken for a space.
    """
    if len(text) > MAX_CHARACTERS:
        raise MalformedQueryError(parameter, f"A text has at most {MAX_CHARACTERS} characters.")
    if text.count('"') % 2:
        text = " ".join(text.rsplit('"', 1))
    terms = tuple(_iter_terms(unicodedata.normalize("NFC", text)))
    if not terms:
        raise MalformedQueryError(parameter, "The text has no word to look for.")
    if len(terms) > MAX_TERMS:
        raise MalformedQueryError(parameter, f"A text has at most {MAX_TERMS} terms.")
    return terms


def _iter_terms(text: str) -> Iterator[TextTerm]:
    for match in _TERM.finditer(text):
        quoted, bare = match.groups()
        words = _WORD.findall(bare if quoted is None else quoted)
        if not words:
            continue
        if quoted is None and bare.endswith("*"):
            # The stem of a compound prefix is looked for as words, its last part as a prefix.
            yield from map(Word, words[:-1])
            yield Prefix(words[-1])
        elif len(words) > 1:
            yield Phrase(tuple(words))
        else:
            yield Word(words[0])
