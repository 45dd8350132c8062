"""Accept and Content-Type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation_store.negotiation import Format, choose_format, parse_content_type

PROFILED = 'application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"'


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", Format.JSON_LD),
        ("*/*", Format.JSON_LD),
        (PROFILED, Format.JSON_LD),
        (f"text/turtle;q=0.5,{PROFILED};q=0.6", Format.JSON_LD),
        (f"{PROFILED};q=0.1, application/json", Format.JSON),
        ("application/ld+json;q=0.2, */*;q=0.1", Format.JSON_LD),
        ("text/turtle", Format.TURTLE),
        ("TEXT/TURTLE;Q=1", Format.TURTLE),
        ("text/*, application/json;q=0.9", Format.TURTLE),
        ('application/ld+json;profile="http://iiif.io/api/presentation/3/context.json"', Format.JSON_LD),
        ('application/ld+json; profile="a, b; q=0", text/turtle;q=0.5', Format.JSON_LD),
        ("*/*;q=0.5, application/ld+json;q=0, application/json;q=0", Format.TURTLE),
        ("text/html", None),
        ("*/*;q=0", None),
        ("text/turtle;q=x", None),
    ],
)
def test_the_best_format_is_chosen(accept: str, chosen: Format | None) -> None:
    assert choose_format(accept) is chosen


@given(st.text(st.characters(max_codepoint=255)))
def test_no_header_breaks_it(header: str) -> None:
    choose_format(header)
    parse_content_type(header)


@pytest.mark.parametrize(
    ("header", "read_as"),
    [
        (PROFILED, Format.JSON_LD),
        ("Application/JSON; charset=UTF-8", Format.JSON),
        ('text/turtle;charset="utf-8"', Format.TURTLE),
        ("application/json; charset=latin-1", None),
        ("application/xml", None),
        ("", None),
        (None, None),
    ],
)
def test_content_types(header: str | None, read_as: Format | None) -> None:
    assert parse_content_type(header) is read_as
