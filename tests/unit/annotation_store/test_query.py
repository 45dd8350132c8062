from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation_store.date_ranges import DateRange, parse_date_range
from annotation_store.errors import MalformedQueryError
from annotation_store.geometry import Region, TimeSpan
from annotation_store.query import Phrase, Prefix, Query, ReviewState, Word, parse_query, parse_text


def day(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_without_parameters_nothing_is_asked_for():
    assert parse_query([]) == Query()


def test_all_parameters_together():
    query = parse_query(
        [
            ("target", "http://example.org/canvas/1"),
            ("target", "http://example.org/canvas/2"),
            ("manifest", "http://example.org/m"),
            ("region", "1,2,3,4"),
            ("time", "10,20"),
            ("text", 'blue "red bird" wing*'),
            ("creator", "http://example.org/u"),
            ("motivation", "oa:commenting"),
            ("tag", "Größe "),
            ("body_type", "http://www.w3.org/ns/oa#TextualBody"),
            ("created", "2024"),
            ("modified", "../2024-05-01"),
            ("state", "in_review"),
            ("limit", "100"),
            ("cursor", "abc"),
        ]
    )
    assert query == Query(
        targets=("http://example.org/canvas/1", "http://example.org/canvas/2"),
        manifests=("http://example.org/m",),
        regions=(Region((1, 2, 4, 6)),),
        times=(TimeSpan(10, 20),),
        texts=((Word("blue"), Phrase(("red", "bird")), Prefix("wing")),),
        creators=("http://example.org/u",),
        motivations=("commenting",),
        tags=("grösse",),
        body_types=("TextualBody",),
        created=(DateRange(day(2024, 1, 1), day(2025, 1, 1)),),
        modified=(DateRange(None, day(2024, 5, 2)),),
        states=(ReviewState.IN_REVIEW,),
        limit=100,
        cursor="abc",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("colour", "red"),
        ("Target", "http://example.org/1"),
        ("target", " "),
        ("region", ""),
        ("region", "1,2,3"),
        ("region", "percent:1,2,3,4"),
        ("region", "<svg/>"),
        ("region", "<svg"),
        ("region", "POLYGON((0 0, 1 1"),
        ("region", "POLYGON((0 0, 2 2, 2 0, 0 2, 0 0))"),
        ("region", "POLYGON EMPTY"),
        ("region", "POINT(1e300 1)"),
        ("region", "POINT(nan 1)"),
        ("region", "GEOMETRYCOLLECTION(POINT(1 1))"),
        ("region", "1," * 150_000),
        ("time", "20,10"),
        ("text", ""),
        ("text", '"" * -'),
        ("text", "x" * 1001),
        ("text", "a " * 40),
        ("created", "yesterday"),
        ("created", "2024-13"),
        ("created", "2024-02-30"),
        ("created", "2024-05/2024-04"),
        ("created", "0000"),
        ("created", "2024-01-01T25:00Z"),
        ("created", "9999"),
        ("modified", "2024-01-01T00:00+99:00"),
        ("modified", "2024/2025/2026"),
        ("state", "done"),
        ("limit", "0"),
        ("limit", "-1"),
        ("limit", "１"),
        ("limit", "9" * 50),
        ("tag", "a\x00b"),
        ("creator", "a\ud800b"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_name(name, value):
    with pytest.raises(MalformedQueryError) as caught:
        parse_query([(name, value)])
    assert caught.value.parameter == name
    assert caught.value.sentence.endswith(".")


@pytest.mark.parametrize("name", ["limit", "cursor"])
def test_a_single_value_is_not_given_twice(name):
    with pytest.raises(MalformedQueryError, match="too often"):
        parse_query([(name, "1"), (name, "2")])


def test_no_parameter_is_given_without_end():
    with pytest.raises(MalformedQueryError, match="too often"):
        parse_query([("tag", str(number)) for number in range(51)])


@pytest.mark.parametrize(
    ("value", "box", "area"),
    [
        ("xywh=1,2,3,4", (1, 2, 4, 6), None),
        ("POLYGON((0 0, 10 0, 10 10, 0 10, 0 0), (2 2, 8 2, 8 8, 2 8, 2 2))", (0, 0, 10, 10), 64),
        ("multipoint((1 2),(3 4))", (1, 2, 3, 4), 0),
        ('<svg><rect x="1" y="2" width="3" height="4"/></svg>', (1, 2, 4, 6), 12),
    ],
)
def test_regions_come_as_box_as_svg_or_as_well_known_text(value, box, area):
    (region,) = parse_query([("region", value)]).regions
    assert region.box == pytest.approx(box)
    assert (region.shape is None) if area is None else region.shape.area == pytest.approx(area)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("bird", (Word("bird"),)),
        ("a  b", (Word("a"), Word("b"))),
        ('"a bird"', (Phrase(("a", "bird")),)),
        ('"bird"', (Word("bird"),)),
        ("bir*", (Prefix("bir"),)),
        ("well-known", (Phrase(("well", "known")),)),
        ("well-kno*", (Word("well"), Prefix("kno"))),
        ("Птица пт*", (Word("Птица"), Prefix("пт"))),
        ('"unfinished phrase', (Word("unfinished"), Word("phrase"))),
        ("& | ! bird :*", (Word("bird"),)),
        ("鳥", (Word("鳥"),)),
    ],
)
def test_texts(text, terms):
    assert parse_text(text) == terms


@given(st.text(max_size=80))
def test_terms_hold_only_characters_of_words(text):
    try:
        terms = parse_text(text)
    except MalformedQueryError:
        return
    for term in terms:
        for word in term.words if isinstance(term, Phrase) else (term.text,):
            assert word
            assert all(character.isalnum() or character == "_" for character in word)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2024", day(2024, 1, 1), day(2025, 1, 1)),
        ("2024-12", day(2024, 12, 1), day(2025, 1, 1)),
        ("2024-02-29", day(2024, 2, 29), day(2024, 3, 1)),
        ("2024-05-01T12:30", day(2024, 5, 1, 12, 30), day(2024, 5, 1, 12, 31)),
        ("2024-05-01T12:30:15Z", day(2024, 5, 1, 12, 30, 15), day(2024, 5, 1, 12, 30, 16)),
        ("2024-05-01T12:30:15.5Z", day(2024, 5, 1, 12, 30, 15, 500_000), day(2024, 5, 1, 12, 30, 15, 500_001)),
        ("2024-05-01T00:30:00+02:00", day(2024, 4, 30, 22, 30), day(2024, 4, 30, 22, 30, 1)),
        ("2024-05-01T00:30:00-02:30", day(2024, 5, 1, 3, 0), day(2024, 5, 1, 3, 0, 1)),
        ("2024-01/2024-03", day(2024, 1, 1), day(2024, 4, 1)),
        ("2024-01/..", day(2024, 1, 1), None),
        ("../2024-01", None, day(2024, 2, 1)),
        ("/2024-01", None, day(2024, 2, 1)),
        ("2024-01/", day(2024, 1, 1), None),
        ("../..", None, None),
    ],
)
def test_date_ranges_are_half_open(text, start, end):
    assert parse_date_range(text, "created") == DateRange(start, end)


@given(
    st.lists(
        st.tuples(st.sampled_from(["region", "time", "text", "created", "limit", "state"]), st.text(max_size=30))
    )
)
def test_no_query_crashes(parameters):
    try:
        parse_query(parameters)
    except MalformedQueryError as error:
        assert error.parameter in {name for name, _ in parameters}  # noqa: PT017  # either outcome is right
