from __future__ import annotations

from pathlib import Path

import pytest

from config.metrics import Family, Samples, series
from pigture.published_numbers import publishing, read_published

COUNTER = Family("pigture_things", "counter", "Things.")
GAUGE = Family("pigture_room", "gauge", "Room.")


def counted(things: float, room: float = 1.0) -> Samples:
    return {series(COUNTER): things, series(GAUGE): room}


def test_the_sum_of_all_processes_is_read(tmp_path: Path) -> None:
    with (
        publishing(tmp_path / "a.json", lambda: counted(2)),
        publishing(tmp_path / "b.json", lambda: counted(3)),
    ):
        assert read_published(tmp_path) == counted(5, 2)


def test_what_was_counted_last_is_told_at_the_end(tmp_path: Path) -> None:
    value = [1.0]
    with publishing(tmp_path / "a.json", lambda: counted(value[0])):
        value[0] = 7.0
    assert read_published(tmp_path)[series(COUNTER)] == 7.0


def test_a_process_that_is_started_again_goes_on_counting_but_its_gauges_begin_anew(tmp_path: Path) -> None:
    for _ in range(2):
        with publishing(tmp_path / "a.json", lambda: counted(2)):
            pass
    assert read_published(tmp_path) == counted(4, 1)


def test_a_damaged_file_counts_for_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "a.json").write_bytes(b'[["a"')
    with publishing(tmp_path / "b.json", lambda: counted(1)):
        assert read_published(tmp_path) == counted(1)
    assert "a.json cannot be read" in caplog.text


def test_a_folder_that_is_gone_stops_nobody(tmp_path: Path) -> None:
    with publishing(tmp_path / "gone" / "a.json", lambda: counted(1)):
        pass
    assert read_published(tmp_path / "gone") == {}
    assert read_published(None) == {}


def test_without_a_file_nothing_is_asked() -> None:
    def collect() -> Samples:
        raise AssertionError

    with publishing(None, collect):
        pass
