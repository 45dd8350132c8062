"""The command that ties a child to its parent."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from pigture.launch import launch_argv


def test_the_command_names_parent_signal_folders_and_program() -> None:
    argv = launch_argv(["/bin/x", "-y"], 7, signal.SIGQUIT, [Path("/data/postgres")])
    assert argv[0] == sys.executable
    assert argv[4:] == ["7", "3", "/data/postgres", "--", "/bin/x", "-y"]


def test_the_launcher_needs_nothing_but_the_standard_library() -> None:
    argv = launch_argv(["/bin/x"], 7, signal.SIGKILL)
    assert argv[1:3] == ["-I", "-S"]
    assert Path(argv[3]).name == "launch.py"
