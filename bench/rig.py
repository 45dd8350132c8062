"""Where benches run: a temporary folder, processors for servers apart from those for clients, processes that end."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(slots=True)
class Rig:
    """A context: on leaving, processes are stopped and the folder is removed."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="pigture-bench-")))
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __enter__(self) -> Rig:
        # Servers of other users (nginx's workers) must get to the files.
        self.folder.chmod(0o755)
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self.processes):
            stop(process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        descriptors: Sequence[int] = (),
        pinned: bool = True,
    ) -> subprocess.Popen[bytes]:
        """A process on the servers' processors; what it says goes to a log in the folder."""
        cores = server_cores() if pinned else os.sched_getaffinity(0)
        with (self.folder / f"{len(self.processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                ["taskset", "--cpu-list", ",".join(map(str, sorted(cores))), *argv],
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=tuple(descriptors),
                start_new_session=True,
            )
        self.processes.append(process)
        return process


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends a process and its descendants."""
    with suppress(ProcessLookupError):
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def server_cores() -> set[int]:
    """The first half of the processors."""
    cores = sorted(os.sched_getaffinity(0))
    return set(cores[: max(len(cores) // 2, 1)])


def client_cores() -> set[int]:
    """The other half; the same where there is one only."""
    return os.sched_getaffinity(0) - server_cores() or server_cores()


def listen_tcp() -> socket.socket:
    """A listening socket on a free port of this machine."""
    return socket.create_server(("127.0.0.1", 0), backlog=2048)


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for_port(port: int, within_s: float = 60) -> None:
    """Returns when somebody listens there."""
    deadline = time.monotonic() + within_s
    while True:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        if time.monotonic() > deadline:
            raise SystemExit(f"nobody listens on port {port}")
        time.sleep(0.05)


def family(pid: int) -> list[int]:
    """The process and its descendants."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in family(int(child)))]


def cpu_s(pids: Sequence[int]) -> float:
    """Seconds of processor time, in user and in system mode, that the processes have used so far."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / _TICKS_PER_S


def resident_mib(pid: int) -> float:
    """Memory of the process, in MiB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES / 2**20
