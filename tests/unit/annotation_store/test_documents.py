import json
import math
from contextlib import suppress
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation_store import documents
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


# Texts that parsers might take differently, and the parts that they are put together of.
NAMES = st.sampled_from(['"a"', '"\\u0061"', '"b"', '"\\"b"', '""', '"\\\\"', '"é"', '"a\\u0000"', '"\\ud800"'])
SPACES = st.sampled_from(["", "", "", " ", "\t", "\r\n", "\x0c"])
NUMBERS = ["0", "-0", "-0.0", "0.0", "1", "-1", "1.5", "1e5", "1E400", "1e-400", "0e-999", "01", "1.", ".5", "+1"]
LARGE = ["9007199254740991", "9007199254740992", "-9007199254740992", "18446744073709551616", "9" * 400]
WORDS = ["NaN", "Infinity", "-Infinity", "null", "true", "nul"]
STRINGS = [
    r'""',
    r'"a\": b"',
    r'" :"',
    r'"x\u0000"',
    r'"\ud83d\ude00"',
    r'"\udc00"',
    '"\x7f"',
    '"\t"',
    r'"\/"',
    r'"\\"',
]
ATOMS = st.sampled_from([*NUMBERS, *LARGE, *WORDS, *STRINGS, '"\ufeff"'])


def listed(parts, opening, closing):
    return st.tuples(st.lists(parts, max_size=3), SPACES).map(
        lambda x: opening + x[1] + ",".join(x[0]) + x[1] + closing
    )


JSON_TEXTS = st.recursive(
    ATOMS,
    lambda inner: (
        listed(inner, "[", "]")
        | listed(
            st.tuples(NAMES, SPACES, inner).map(lambda member: f"{member[0]}{member[1]}:{member[1]}{member[2]}"),
            "{",
            "}",
        )
    ),
    max_leaves=8,
)
MEMBERS = listed(st.tuples(NAMES, SPACES, JSON_TEXTS).map(lambda x: f"{x[0]}{x[1]}:{x[2]}"), "{", "}")


def outcome(data):
    """What comes of it, exactly: `==` takes 1 for 1.0, and -0.0 for 0."""
    try:
        return repr(parse_document(data, LIMITS))
    except MalformedJsonError as error:
        return error.sentence


@settings(max_examples=500)
@given(st.tuples(st.sampled_from(["", "", " ", "\ufeff"]), MEMBERS, SPACES).map("".join))
def test_the_fast_parser_says_what_the_strict_one_says(text):
    data = text.encode("utf-8", "surrogatepass")
    fast = outcome(data)
    with patch.object(documents, "_load_usual", return_value=None):
        assert outcome(data) == fast


@pytest.mark.parametrize(
    "text",
    ['{"a":"b"}', '{"a" : [1, true, null, {"b": -0}]}', '{"a":"\\"b\\"","é":"\\u00e9 : \\n"}', '{"a":"\\"\\":{\\""}'],
)
def test_usual_documents_take_the_fast_parser(text):
    assert documents._load_usual(text.encode()) == json.loads(text)


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_documents_are_written_as_the_library_writes_them_but_for_exponents(document):
    written = format_document(document).decode()
    expected = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    assert written == expected or "e" in written
    assert repr(json.loads(written)) == repr(json.loads(expected))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_not_written(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        format_document({"a": [value]})


def test_integers_of_any_size_are_written():
    assert format_document({"a": 2**80}) == b'{"a":%d}' % 2**80


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
        (rb'{"a":"\\","b":"\\","c":1,"c":2}', 'The name "c" stands twice in one object.'),
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
