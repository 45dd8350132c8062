import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation_store.search_windows import FEW, KEY_BITS, MAX_SPAN, Guess, Window, is_dense, next_span

KEY = 1 << KEY_BITS


@given(place=st.integers(1, 10**9), span=st.integers(1, MAX_SPAN), backwards=st.booleans())
def test_a_window_has_its_span_and_ends_with_a_key(place, span, backwards):
    window = Window.open(place, span, backwards=backwards)
    assert abs(window.until - place) >= span
    assert window.until % KEY == (0 if backwards else KEY - 1)
    within = range(window.until, place) if backwards else range(place + 1, window.until + 1)
    numbers = [number for number in (within[0], within[-1]) if number > 0]
    assert {number >> KEY_BITS for number in numbers} <= set(window.keys())
    assert len(window.keys()) <= span // KEY + 3


def test_numbers_lie_close_together_where_most_are_of_the_searched_containers():
    assert is_dense(1, 256, 256)
    assert is_dense(900, 101, 256)
    assert not is_dense(1, 256 * 50, 256)


def test_what_is_rare_is_asked_for_at_once():
    assert next_span(seen=256, hits=0, wanted=20, left=100) is None
    assert next_span(seen=256, hits=0, wanted=20, left=256 * 301) is not None
    assert next_span(seen=1000, hits=1, wanted=20, left=1000 * FEW) is None
    assert next_span(seen=5000, hits=0, wanted=20, left=1_000_000) is None


def test_windows_grow_by_degrees_where_nobody_knows_how_frequent_something_is():
    first = next_span(seen=256, hits=0, wanted=20, left=10**9)
    assert first == 256 * 16
    assert next_span(seen=1 << 30, hits=1, wanted=20, left=1 << 40) == MAX_SPAN


def test_a_window_should_hold_what_is_wanted():
    span = next_span(seen=1000, hits=10, wanted=20, left=10**9)
    assert 1000 < span < 1500


def test_what_was_found_corrects_what_was_expected():
    expected = next_span(seen=256, hits=3, wanted=20, left=10**6, rate=0.01)
    assert 1500 < expected < 2500
    assert next_span(seen=10_000, hits=10, wanted=20, left=10**6, rate=0.01) > expected


def test_a_frequent_prefix_is_tried_on_what_other_words_find():
    guess = Guess(together=100, others=5_000, prefixes={"wood*": 100_000, "qu*": 50})
    assert guess.broad(20, 1_000_000) == {"wood*"}
    assert guess.too_broad() == {"wood*"}
    assert Guess(together=100, others=50_000, prefixes={"wood*": 10_000}).too_broad() == set()


@pytest.mark.parametrize("rows", [1.0, 100_000.0])
def test_prefixes_alone_are_left_to_the_index_or_walked_for(rows):
    guess = Guess(together=rows, others=None, prefixes={"wood*": rows})
    assert guess.broad(20, 1_000_000) == guess.too_broad() == set()
    steps = guess.steps(20, 1_000_000)
    assert steps == (0 if rows == 1 else 400)


def test_without_a_guess_nothing_is_expected():
    assert Guess().steps(20, 1000) == 0
    assert Guess().rate(1000) == 0
