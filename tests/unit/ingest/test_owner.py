from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest

from ingest.owner import Owner, is_known_dead, this_process

pytestmark = pytest.mark.skipif(not this_process().realm, reason="nothing can be told about processes without /proc")


def test_this_process_is_not_dead() -> None:
    here = this_process()
    assert not is_known_dead(str(here), here)


def test_a_process_that_has_ended_is_dead() -> None:
    code = "from ingest.owner import this_process; print(this_process())"
    text = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert is_known_dead(text, this_process())


def test_another_process_under_a_pid_used_again_does_not_count_as_the_owner() -> None:
    here = this_process()
    assert is_known_dead(str(dataclasses.replace(here, started="1")), here)


@pytest.mark.parametrize("text", ["", "garbage", "other-machine/pid:[1] 1 1", " 1 1"])
def test_nothing_is_told_of_processes_elsewhere(text: str) -> None:
    assert not is_known_dead(text, this_process())


def test_without_a_realm_nobody_is_thought_dead() -> None:
    assert not is_known_dead(str(Owner("", 1, "1")), Owner("", 2, "2"))
