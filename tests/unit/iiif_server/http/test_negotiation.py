import pytest
from hypothesis import given
from hypothesis import strategies as st

from iiif_server.http.negotiation import JSON, JSON_LD, choose_media_type

OFFERS = (JSON_LD, JSON)


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, JSON_LD),
        ("", JSON_LD),
        ("*/*", JSON_LD),
        ("application/*", JSON_LD),
        ("application/json", JSON),
        ("APPLICATION/JSON", JSON),
        ("application/ld+json", JSON_LD),
        ('application/ld+json;profile="http://iiif.io/api/image/3/context.json"', JSON_LD),
        ("application/json, application/ld+json", JSON_LD),
        ("application/json;q=0.9, application/ld+json;q=0.8", JSON),
        ("application/json; q=0.5, */*;q=0.1", JSON),
        ("application/ld+json;q=0, */*", JSON),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON_LD),
        ("text/html", JSON_LD),
        ("application/json;q=x", JSON_LD),
        ("nonsense,,;;", JSON_LD),
    ],
)
def test_the_offer_that_is_liked_best_is_chosen(accept: str | None, chosen: str) -> None:
    assert choose_media_type(accept, OFFERS) == chosen


@given(st.text())
def test_no_header_breaks_it(accept: str) -> None:
    assert choose_media_type(accept, OFFERS) in OFFERS
