import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation_store.documents import DocumentLimits, format_document, parse_document
from annotation_store.errors import DocumentTooLargeError, MalformedJsonError

LIMITS = DocumentLimits(max_bytes=10_000, max_depth=8)
TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=12
)


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_every_document_comes_back_equal_with_its_names_in_order(document):
    data = format_document(document)
    again = parse_document(data, DocumentLimits(max_depth=64))
    assert again == document
    assert json.dumps(again) == json.dumps(document)


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_parser(data):
    with suppress(MalformedJsonError):
        parse_document(data, LIMITS)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The document is not JSON: expecting value at line 1, column 1."),
        (b"[]", "The document must be a JSON object."),
        (b'"text"', "The document must be a JSON object."),
        (b'{"a":1,}', "not JSON"),
        (b"{'a':1}", "not JSON"),
        (b'{"a":"\xff"}', "not UTF-8: byte 6"),
        ('{"a":1}'.encode("utf-16"), "not UTF-8"),
        (b'{"a":"\\u0000"}', "U+0000 cannot be kept (at /a)"),
        (b'{"a":[{"\\u0000":1}]}', "U+0000 cannot be kept (at /a/0)"),
        (b'{"a":"\x00"}', "not JSON"),
        (b'{"a":"\\ud800"}', "A surrogate stands alone (at /a)."),
        (b'{"a":"\\udc00\\ud800"}', "A surrogate stands alone (at /a)."),
        (b'{"a":NaN}', "NaN is not a JSON number."),
        (b'{"a":-Infinity}', "-Infinity is not a JSON number."),
        (b'{"a":1e400}', "beyond what a double can hold"),
        (b'{"a":1e-400}', "beyond what a double can hold"),
        (b'{"a":9007199254740992}', "beyond"),
        (b'{"a":-9007199254740992}', "beyond"),
        (b'{"a":' + b"9" * 6000 + b"}", "beyond"),
        (b'{"a":1,"b":2,"a":1}', 'The name "a" stands twice in one object.'),
        (b'{"x":{"a":1,"\\u0061":1}}', 'The name "a" stands twice in one object.'),
        (b'{"a":' * 9 + b"1" + b"}" * 9, "nested more than 8 deep"),
        (b'{"a":' + b"[" * 8 + b"]" * 8 + b"}", "nested more than 8 deep"),
        (b'{"a":' + b"[" * 4900 + b"]" * 4900 + b"}", "nested"),
    ],
)
def test_what_could_not_be_kept_is_refused_in_a_sentence(data, sentence):
    with pytest.raises(MalformedJsonError) as caught:
        parse_document(data, LIMITS)
    assert sentence in caught.value.sentence


def test_nesting_so_deep_that_the_parser_gives_up_is_refused():
    data = b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    with pytest.raises(MalformedJsonError, match="nested too deeply"):
        parse_document(data, DocumentLimits(max_bytes=1_000_000))


def test_a_document_beyond_the_limit_tells_the_limit():
    with pytest.raises(DocumentTooLargeError) as caught:
        parse_document(b'{"a":"' + b"x" * 10_000 + b'"}', LIMITS)
    assert caught.value.limit_bytes == 10_000


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b'{"a":"\\ud83d\\ude00"}', {"a": "\U0001f600"}),
        (b'{"a":0e-999}', {"a": 0.0}),
        (b'{"a":9007199254740991,"b":-0.0,"c":1.5e300}', {"a": 2**53 - 1, "b": -0.0, "c": 1.5e300}),
        (b'{"a":' * 7 + b"[]" + b"}" * 7, None),
        (b'{"a":"[[[[[[[[[[{{{{{{"}', {"a": "[[[[[[[[[[{{{{{{"}),
    ],
)
def test_what_can_be_kept_is_taken(data, expected):
    document = parse_document(data, LIMITS)
    assert expected is None or document == expected
