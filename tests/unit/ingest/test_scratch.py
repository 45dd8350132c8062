from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.scratch import open_scratch, sweep_scratch


def _folders(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir() if path.is_dir())


def test_the_folder_is_there_while_it_is_used_and_gone_afterwards(tmp_path: Path) -> None:
    with open_scratch(tmp_path / "scratch", "one") as folder:
        (folder / "file").write_bytes(b"bytes")
        assert folder == tmp_path / "scratch" / "one"
    assert _folders(tmp_path / "scratch") == []


def test_the_folder_is_gone_after_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(KeyError), open_scratch(tmp_path, "one"):
        raise KeyError
    assert _folders(tmp_path) == []


def test_a_sweep_leaves_what_is_in_use(tmp_path: Path) -> None:
    with open_scratch(tmp_path, "one"):
        assert sweep_scratch(tmp_path) == 0
        assert _folders(tmp_path) == ["one"]


def test_a_sweep_removes_what_a_killed_process_left(tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib; from ingest.scratch import open_scratch\n"
        "with open_scratch(pathlib.Path(sys.argv[1]), 'one') as folder:\n"
        "    (folder / 'file').write_text('x'); os.kill(os.getpid(), 9)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert _folders(tmp_path) == ["one"]
    assert sweep_scratch(tmp_path) == 1
    assert _folders(tmp_path) == []


def test_a_sweep_of_nothing_makes_nothing(tmp_path: Path) -> None:
    assert sweep_scratch(tmp_path / "none") == 0
    assert not (tmp_path / "none").exists()
