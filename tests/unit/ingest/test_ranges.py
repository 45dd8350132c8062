"""RFC 9110 §14, in its order. Each test stands under the sentence that it is about."""

from __future__ import annotations

import pytest

from ingest.http.ranges import MAX_RANGES, ByteRange, RangeNotSatisfiableError, is_range_in_force, parse_ranges

SIZE = 10_000


def ranges(*pairs: tuple[int, int]) -> list[ByteRange]:
    return [ByteRange(start, end) for start, end in pairs]


# §14.1.2: the examples for "a representation of length 10000".
@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-499", ranges((0, 500))),
        ("bytes=500-999", ranges((500, 1000))),
        ("bytes=-500", ranges((9500, 10_000))),
        ("bytes=9500-", ranges((9500, 10_000))),
        ("bytes=0-0,-1", ranges((0, 1), (9999, 10_000))),
        ("bytes= 0-999, 4500-5499, -1000", ranges((0, 1000), (4500, 5500), (9000, 10_000))),
        ("bytes=500-600,601-999", ranges((500, 601), (601, 1000))),
        ("Bytes=1-1", ranges((1, 2))),
    ],
)
def test_the_examples_of_the_specification(header: str, expected: list[ByteRange]) -> None:
    assert parse_ranges(header, SIZE) == expected


# §14.1.2: "An int-range is invalid if the last-pos value is present and less than first-pos"; §14.2: "An origin
# server MUST ignore a Range header field that contains a range unit it does not understand";
# invalid ones it MAY ignore.
@pytest.mark.parametrize(
    "header",
    [None, "", "bytes", "bytes=", "lines=0-1", "bytes=5-4", "bytes=a-b", "bytes=-", "bytes=0-1;2-3", "bytes=1-2,x"],
)
def test_what_is_invalid_is_ignored(header: str | None) -> None:
    assert parse_ranges(header, SIZE) is None


# §14.1.2: "If the selected representation is shorter than the specified suffix-length, the entire representation is
# used"; "if the last-pos value is … greater than or equal to the current length …, the byte range is interpreted as
# the remainder of the representation".
@pytest.mark.parametrize("header", ["bytes=-99999", "bytes=0-99999", "bytes=0-"])
def test_more_than_there_is_means_the_rest(header: str) -> None:
    assert parse_ranges(header, SIZE) == ranges((0, SIZE))


# §14.1.2: "an int-range is satisfiable if it contains a first-pos that is less than the current length"; "a
# suffix-range is satisfiable if the suffix-length is non-zero".
@pytest.mark.parametrize("header", ["bytes=10000-", "bytes=20000-30000", "bytes=-0", "bytes=-0,10000-10001"])
def test_without_a_byte_that_exists_nothing_can_be_sent(header: str) -> None:
    with pytest.raises(RangeNotSatisfiableError):
        parse_ranges(header, SIZE)


def test_one_that_exists_is_enough() -> None:
    assert parse_ranges("bytes=10000-,5-5", SIZE) == ranges((5, 6))


def test_nothing_of_an_empty_file_can_be_sent() -> None:
    with pytest.raises(RangeNotSatisfiableError):
        parse_ranges("bytes=0-", 0)


# §15.3.7.2: "a server that generates a multipart response … MAY coalesce any of the ranges that overlap";
# "SHOULD send the parts in the same order".
def test_ranges_that_overlap_become_one_and_others_keep_their_order() -> None:
    assert parse_ranges("bytes=100-200,0-150", SIZE) == ranges((0, 201))
    assert parse_ranges("bytes=500-600,0-10", SIZE) == ranges((500, 601), (0, 11))


# §14.2: "A server … MAY ignore or reject a Range header field that contains … many small ranges".
def test_too_many_ranges_get_the_whole_file() -> None:
    assert parse_ranges("bytes=" + ",".join(f"{n * 10}-{n * 10}" for n in range(MAX_RANGES + 1)), SIZE) is None


# §13.1.5: "the client's If-Range … exactly matches … using the strong comparison function".
@pytest.mark.parametrize(
    ("if_range", "holds"),
    [(None, True), ('"a"', True), (' "a"', True), ('W/"a"', False), ('"b"', False), ("Tue, 24 Nov 2026", False)],
)
def test_a_range_counts_only_of_the_file_that_the_client_has(if_range: str | None, *, holds: bool) -> None:
    assert is_range_in_force(if_range, '"a"') is holds
