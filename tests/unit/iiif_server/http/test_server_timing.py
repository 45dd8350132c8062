from iiif_server.http.messages import Response
from iiif_server.http.server_timing import format_short, format_timing
from iiif_server.renders import RenderTimes


def test_the_way_and_the_milliseconds_are_told() -> None:
    assert format_timing(Response(200, [], made="copy"), 0.0001234) == b"copy;dur=0.123"


def test_the_parts_of_what_was_computed_follow() -> None:
    times = RenderTimes(wait_s=0.001, read_s=0.002, render_s=0.25)
    expected = b"computed;dur=300.000, wait;dur=1.000, read;dur=2.000, render;dur=250.000"
    assert format_timing(Response(200, [], times=times), 0.3) == expected


def test_parts_that_never_came_are_left_out() -> None:
    times = RenderTimes(kept=True)
    assert format_timing(Response(200, [], made="cache", times=times), 0.001) == b"cache;dur=1.000"


def test_304_and_errors_have_words_of_their_own() -> None:
    assert format_timing(Response(304, [], made="copy"), 0.001) == b"revalidated;dur=1.000"
    assert format_timing(Response(503, []), 0.001) == b"error;dur=1.000"


def test_short_durations_are_written_as_long_ones_are() -> None:
    for microseconds in (0, 1, 9.6, 12.4, 999.4, 999.6, 1000, 12345.4):
        assert format_short(microseconds / 1e6) == b"%.3f" % (microseconds / 1000)
