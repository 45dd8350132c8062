import pytest

from config.metrics import Family, Histogram, format_samples, merge_samples, only_counters, parse_samples, series

COUNTER = Family("pigture_things", "counter", "Things.")
GAUGE = Family("pigture_room", "gauge", "Room.")
TIMES = Family("pigture_seconds", "histogram", "Seconds.")


def test_a_bucket_holds_all_below_its_bound_and_the_bound_itself() -> None:
    histogram = Histogram((0.1, 1.0))
    for value in (0.05, 0.1, 0.5, 1.0, 7.0):
        histogram.observe(value)
    lines = {(key.suffix, dict(key.labels).get("le")): value for key, value in histogram.samples(TIMES).items()}
    assert lines[("_bucket", "0.1")] == 2
    assert lines[("_bucket", "1.0")] == 4
    assert lines[("_bucket", "+Inf")] == lines[("_count", None)] == 5
    assert lines[("_sum", None)] == pytest.approx(8.65)


def test_equal_series_add_up_and_others_stay_apart() -> None:
    one = {series(COUNTER, kind="a"): 1.0, series(GAUGE): 5.0}
    two = {series(COUNTER, kind="a"): 2.0, series(COUNTER, kind="b"): 3.0, series(GAUGE): 0.5}
    assert merge_samples((one, two)) == {
        series(COUNTER, kind="a"): 3.0,
        series(COUNTER, kind="b"): 3.0,
        series(GAUGE): 5.5,
    }


def test_samples_survive_the_way_to_another_process() -> None:
    samples = {series(COUNTER, kind='a "б"'): 1.0, series(GAUGE): 0.5} | Histogram((1.0,)).samples(TIMES)
    assert parse_samples(format_samples(samples)) == samples


def test_gauges_do_not_outlive_their_process() -> None:
    samples = {series(COUNTER): 1.0, series(GAUGE): 0.5} | Histogram((1.0,)).samples(TIMES)
    assert series(GAUGE) not in only_counters(samples)
    assert len(only_counters(samples)) == len(samples) - 1
