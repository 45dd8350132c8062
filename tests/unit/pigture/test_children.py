"""How a child's end is told, and how long the next start waits."""

from __future__ import annotations

from pigture.children import LONGEST_DELAY_S, describe_exit, restart_delay_s


def test_the_first_crash_is_mended_at_once_and_later_ones_more_slowly() -> None:
    delays = [restart_delay_s(failures) for failures in range(1, 12)]
    assert delays[0] <= 0.1
    assert delays == sorted(delays)
    assert delays[-1] == LONGEST_DELAY_S


def test_a_very_long_crash_loop_keeps_its_delay() -> None:
    assert restart_delay_s(5000) == LONGEST_DELAY_S


def test_the_end_of_a_child_is_told_in_words() -> None:
    assert describe_exit(0) == "ended with status 0"
    assert describe_exit(3) == "ended with status 3"
    assert describe_exit(-9) == "was ended by SIGKILL"
    assert describe_exit(-999) == "was ended by signal 999"
