"""`pigture serve` as a whole: starting, refusing to start twice, mending children, stopping in order."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.integration

PARTS = {
    "image workers": "pigture image-server",
    "API": "pigture api",
    "worker": "pigture worker",
    "Valkey": "valkey-server",
    "PostgreSQL": "bin/postgres -D",
}


def part_of(processes: dict[int, str], part: str) -> list[int]:
    return [pid for pid, command in processes.items() if PARTS[part] in command]


def wait_for(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_health_tells_version_and_commit_on_the_one_port(pigture_server: Any) -> None:
    answer = pigture_server.get("/health")
    assert answer.status_code == 200
    assert answer.json()["version"] == "0.1.0"
    assert len(answer.json()["commit"]) == 40
    assert pigture_server.get("/iiif/3/nobody/info.json").status_code == 404
    assert pigture_server.get("/images").json()["items"] is not None


def test_every_part_runs_in_a_session_of_its_own(pigture_server: Any) -> None:
    processes = pigture_server.processes()
    sessions = {part: {os.getsid(pid) for pid in part_of(processes, part)} for part in PARTS}
    assert all(sessions.values())
    assert len(set.union(*sessions.values())) == len(PARTS) + 1  # two image workers
    assert os.getsid(pigture_server.pid) not in set.union(*sessions.values())


def test_engines_cannot_be_reached_from_outside(pigture_server: Any) -> None:
    run_folder = Path(read_run(pigture_server)["run_folder"])
    assert stat.S_IMODE((run_folder / "valkey").stat().st_mode) == 0o700
    assert stat.S_IMODE((run_folder / "api").stat().st_mode) == 0o600
    assert stat.S_IMODE((run_folder / "postgres").stat().st_mode) == 0o700
    assert stat.S_IMODE((pigture_server.data / "run.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((pigture_server.data / "token").stat().st_mode) == 0o600


def read_run(server: Any) -> Any:
    return json.loads((server.data / "run.json").read_bytes())


def test_the_printed_link_signs_in_once(pigture_server: Any) -> None:
    link = re.search(r"once: (http\S+/session\?code=\S+)", pigture_server.log())
    assert link is not None
    with httpx.Client(trust_env=False) as browser:
        assert browser.get(link[1]).status_code in (302, 303)
        assert browser.get(f"{pigture_server.url}/session").json()["roles"] == ["administer"]
    with httpx.Client(trust_env=False) as other:
        assert other.get(link[1]).status_code >= 400


def test_a_second_start_on_the_same_folder_says_so(pigture_server: Any) -> None:
    second = pigture_server.command("serve", "--port", "0")
    assert second.returncode == 1
    expected = f"already running in {pigture_server.data}: {pigture_server.url} (process {pigture_server.pid})."
    assert expected in second.stderr
    assert second.stderr.count("\n") == 1


def test_a_port_that_is_taken_is_one_sentence(pigture: Any, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = pigture("serve", "--data", tmp_path / "data", "--port", port)
    assert done.returncode == 1
    assert done.stderr == f"Port {port} on 127.0.0.1 is in use by another program. Choose another one with --port.\n"


def test_postgres_that_cannot_start_says_why(pigture: Any, tmp_path: Path) -> None:
    cluster = tmp_path / "data/postgres"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("9.6\n")
    done = pigture("serve", "--data", tmp_path / "data", "--port", 0)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("PostgreSQL cannot start")
    assert "postgresql.conf" in last


def test_stops_in_order_and_starts_again_on_the_same_port(new_server: Any) -> None:
    server = new_server(image_workers=1)
    server.start()
    server.process.send_signal(signal.SIGINT)  # Ctrl-C
    last_seen: dict[str, int] = {}
    step = 0
    while server.process.poll() is None:
        step += 1
        processes = server.processes()
        last_seen |= {part: step for part in PARTS if part_of(processes, part)}
    assert server.process.returncode == 0, server.log()
    assert list(PARTS) == sorted(PARTS, key=lambda part: last_seen[part])
    assert last_seen["PostgreSQL"] > last_seen["image workers"]
    server.wait_until_nothing_runs()
    assert not (server.data / "run.json").exists()
    assert "database system is shut down" in (server.data / "postgres.log").read_text()
    server.start()
    assert server.stop(signal.SIGTERM) == 0


def test_twice_ctrl_c_ends_at_once(new_server: Any) -> None:
    server = new_server(image_workers=1)
    server.start()
    worker = part_of(server.processes(), "worker")[0]
    os.kill(worker, signal.SIGSTOP)  # one that would use up all its time
    server.process.send_signal(signal.SIGINT)
    wait_for(lambda: not part_of(server.processes(), "API"))
    time.sleep(0.6)  # two at once count as one
    server.process.send_signal(signal.SIGINT)
    server.process.wait(10)
    server.wait_until_nothing_runs()


def test_an_empty_folder_gets_the_samples_once(new_server: Any) -> None:
    server = new_server(image_workers=1)
    (server.data / "samples-ingested").unlink()
    server.start()
    wait_for(lambda: [item["state"] for item in server.get("/images").json()["items"]].count("live") >= 2)
    assert server.command("delete", server.get("/images").json()["items"][0]["identifier"]).returncode == 0
    count = len(server.get("/images").json()["items"])
    server.stop()
    server.start()
    assert len(server.get("/images").json()["items"]) == count
    assert server.stop() == 0
