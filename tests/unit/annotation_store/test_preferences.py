"""Prefer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation_store.preferences import parse_prefer
from annotation_store.serialisers.w3c import ContainedForm

MINIMAL = "http://www.w3.org/ns/ldp#PreferMinimalContainer"
IRIS = "http://www.w3.org/ns/oa#PreferContainedIRIs"
DESCRIPTIONS = "http://www.w3.org/ns/oa#PreferContainedDescriptions"


@pytest.mark.parametrize(
    ("header", "form"),
    [
        (f'return=representation;include="{MINIMAL}"', ContainedForm.MINIMAL),
        (f'return=representation; include="{IRIS}"', ContainedForm.IRIS),
        (f'Return="representation" ;Include={DESCRIPTIONS}', ContainedForm.DESCRIPTIONS),
        (f'wait=10, return=representation;include="{IRIS}";x=y', ContainedForm.IRIS),
        (f'return=representation;include="{MINIMAL} {IRIS}"', ContainedForm.IRIS),
        (f'return=representation;include="http://example.org/ {IRIS}"', ContainedForm.IRIS),
        (f'return=representation;omit="{IRIS}"', None),
        (f'return=minimal;include="{IRIS}"', None),
        (f'wait;include="{IRIS}"', None),
        ("return=representation", None),
        ("", None),
    ],
)
def test_what_is_preferred(header: str, form: ContainedForm | None) -> None:
    assert parse_prefer(header) is form


@given(st.text(st.characters(max_codepoint=255)))
def test_no_header_breaks_it(header: str) -> None:
    parse_prefer(header)
