from hypothesis import given
from hypothesis import strategies as st

from annotation_store.search_windows import FEW, KEY_BITS, MAX_SPAN, Window, is_dense, next_span

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
    span = next_span(seen=1000, hits=10, wanted=10, left=10**9)
    assert 1000 < span < 1500
