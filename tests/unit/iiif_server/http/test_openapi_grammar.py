"""The patterns in /openapi.json say the same as the parser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iiif_server.errors import InvalidRequestError
from iiif_server.http.openapi_grammar import REGION, ROTATION, SIZE
from iiif_server.parameters import MAX_NUMBER_CHARACTERS, parse_region, parse_rotation, parse_size
from iiif_server.request import Version

PARSERS: list[tuple[str, Callable[[str], object]]] = [
    (REGION, parse_region),
    (SIZE[Version.V2], lambda text: parse_size(Version.V2, text)),
    (SIZE[Version.V3], lambda text: parse_size(Version.V3, text)),
    (ROTATION, parse_rotation),
]
PIECES = (
    "full",
    "square",
    "max",
    "pct:",
    "!",
    "^",
    ",",
    ".",
    "0",
    "1",
    "36",
    "359",
    "360",
    "361",
    "007",
    "-",
    "٣",
    " ",
)


def accepts(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except InvalidRequestError:
        return False
    return True


@pytest.mark.parametrize(("pattern", "parse"), PARSERS)
@given(data=st.data())
def test_what_fits_a_pattern_is_parsed(pattern: str, parse: Callable[[str], object], data: st.DataObject) -> None:
    text = data.draw(st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True))
    longest = max(map(len, re.findall(r"[0-9.]+", text)), default=0)
    assert accepts(parse, text) == (longest <= MAX_NUMBER_CHARACTERS)


@pytest.mark.parametrize(("pattern", "parse"), PARSERS)
@given(text=st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
def test_what_is_parsed_fits_the_pattern(pattern: str, parse: Callable[[str], object], text: str) -> None:
    assert accepts(parse, text) == bool(re.fullmatch(pattern, text))
