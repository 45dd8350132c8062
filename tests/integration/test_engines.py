"""The embedded engines: start, crash, start again. They survive kill -9 and leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from pigture.engines import EmbeddedPostgres, EmbeddedValkey, EngineError, new_run_folder

pytestmark = pytest.mark.integration


@pytest.fixture
def run_folder() -> Iterator[Path]:
    folder = new_run_folder()
    yield folder
    subprocess.run(["rm", "-rf", str(folder)], check=True)


@pytest.fixture
def postgres(tmp_path: Path, run_folder: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path / "postgres", run_folder)
    server.start()
    yield server
    server.stop()


def processes_about(folder: Path) -> set[int]:
    """Every process with `folder` in its command line, or in it."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            about = str(folder).encode() in (entry / "cmdline").read_bytes()
            about |= str(folder) in str((entry / "cwd").readlink())
        except OSError:
            continue
        if about:
            found.add(int(entry.name))
    return found - {os.getpid()}


def wait_until_none(folder: Path) -> None:
    deadline = time.monotonic() + 20
    while processes_about(folder) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert processes_about(folder) == set()


def test_postgres_keeps_what_was_committed_over_a_kill(postgres: EmbeddedPostgres) -> None:
    with psycopg.connect(postgres.url) as connection:
        connection.execute("create table kept (word text)")
        connection.execute("insert into kept values ('Ёлка')")
    assert postgres.process is not None
    postgres.process.kill()
    postgres.process.wait()
    postgres.start()
    with psycopg.connect(postgres.url) as connection:
        assert connection.execute("select lower(word) from kept").fetchall() == [("ёлка",)]


def test_postgres_starts_although_its_old_process_number_is_taken(postgres: EmbeddedPostgres) -> None:
    lock = postgres.folder / "postmaster.pid"
    before = lock.read_text()
    postgres.stop()
    lock.write_text("\n".join([str(os.getpid()), *before.splitlines()[1:]]) + "\n")
    postgres.start()
    assert postgres.is_ready()


def test_postgres_that_cannot_start_says_why(tmp_path: Path, run_folder: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(EngineError, match=r"PostgreSQL cannot start: .*postgresql\.conf"):
        EmbeddedPostgres(tmp_path / "postgres", run_folder).start()


def test_valkey_keeps_what_was_acknowledged_over_a_kill(tmp_path: Path, run_folder: Path) -> None:
    server = EmbeddedValkey(tmp_path / "valkey", run_folder)
    server.start()
    client = redis.Redis.from_url(server.url)
    client.rpush("queue", *range(2000))
    assert server.process is not None
    server.process.kill()
    server.process.wait()
    server.start()
    assert client.llen("queue") == 2000
    client.close()
    server.stop()


def test_engines_end_when_whoever_started_them_is_killed(tmp_path: Path, run_folder: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from pigture.engines import *\n"
        "EmbeddedPostgres(Path(sys.argv[1]) / 'postgres', Path(sys.argv[2])).start()\n"
        "EmbeddedValkey(Path(sys.argv[1]) / 'valkey', Path(sys.argv[2])).start()\n"
        "print('started', flush=True); time.sleep(100)"
    )
    argv = [sys.executable, "-c", script, str(tmp_path), str(run_folder)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == b"started\n"
        assert len(processes_about(tmp_path)) > 3
        starter.send_signal(signal.SIGKILL)
    wait_until_none(tmp_path)
