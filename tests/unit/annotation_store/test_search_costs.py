import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation_store.search_costs import Progress, Step, Term, next_step
from annotation_store.search_windows import MAX_SPAN

MILLION = 1_000_000
BEGUN = Progress(hits=0, seen=256, wanted=20, left=MILLION - 256, total=MILLION)


def word(rows, sql="word"):
    return Term(sql, (rows,))


def test_what_is_frequent_is_walked_through():
    progress = Progress(hits=12, seen=256, wanted=8, left=MILLION - 256, total=MILLION)
    step = next_step([[word(50_000)]], progress)
    assert 8 * 20 < step.walk < 8 * 20 * 2
    assert next_step([[word(500_000, "a"), word(100_000, "b")]], progress).walk > 0


def test_of_what_is_rare_all_is_asked_for_at_once():
    assert next_step([[word(30)]], BEGUN) == Step()
    assert next_step([[word(0)]], BEGUN) == Step()


def test_a_window_should_hold_what_is_wanted():
    step = next_step([[word(40_000, "a"), word(30_000, "b")]], BEGUN)
    expected = 20 / (0.04 * 0.03)
    assert expected < step.span < 2 * expected
    assert step.walk == 0
    assert step.broad == frozenset()


def test_a_frequent_term_is_tried_on_what_a_rare_one_finds():
    assert next_step([[word(300, "rare"), word(800_000, "frequent")]], BEGUN).broad == {"frequent"}
    assert next_step([[word(30_000, "a"), word(40_000, "b")]], BEGUN).broad == frozenset()
    listed = Term("wood*", (5_000.0,) * 60, is_listed=True)
    assert next_step([[word(400, "rare"), listed]], BEGUN).broad == {"wood*"}
    assert "qu*" not in next_step([[word(30_000, "a"), Term("qu*", (50.0,), is_listed=True)]], BEGUN).broad


def test_a_prefix_alone_is_always_asked_for():
    assert next_step([[Term("qu*", (900.0,) * 60, is_listed=True)]], BEGUN).broad == frozenset()


def test_what_was_found_corrects_what_was_expected():
    terms = [[word(40_000, "a"), word(30_000, "b")]]
    vain = Progress(hits=0, seen=100_000, wanted=20, left=900_000, total=MILLION)
    rich = Progress(hits=15, seen=1_000, wanted=5, left=999_000, total=MILLION)
    assert next_step(terms, vain).span == MAX_SPAN or next_step(terms, vain) == Step()
    assert 1_000 < next_step(terms, rich).span < 2_000


_terms = st.lists(
    st.lists(
        st.builds(
            Term,
            st.integers(0, 10**6).map(str),
            st.lists(st.integers(0, 10**7).map(float), max_size=5),
            is_listed=st.booleans(),
        ),
        min_size=1,
        max_size=4,
    ),
    min_size=1,
    max_size=3,
)


@given(_terms, st.integers(0, 50), st.integers(1, 10**6), st.integers(1, 1000), st.integers(1, 10**7))
def test_whatever_is_known_there_is_a_step_that_can_be_taken(texts, hits, seen, wanted, left):
    step = next_step(texts, Progress(hits, seen, wanted, left, seen + left))
    assert 0 <= step.span <= MAX_SPAN
    assert not (step.walk and step.span)
    assert all(any(term.sql not in step.broad for term in text) for text in texts)


@pytest.mark.parametrize("rows", [100, 10_000, 900_000])
def test_alternatives_find_what_each_of_them_finds(rows):
    once = next_step([[word(rows, "a")]], BEGUN)
    twice = next_step([[word(rows, "a")], [word(rows, "b")]], BEGUN)
    assert twice.walk <= once.walk or not once.walk
