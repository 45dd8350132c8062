"""The command line, end to end, with a server running and without one."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import pyvips

pytestmark = pytest.mark.integration

Pigture = Callable[..., subprocess.CompletedProcess[str]]


def write_image(path: Path, width: int = 600, height: int = 400, colour: int = 80) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pyvips.Image.black(width, height, bands=3).linear([1, 1, 1], [colour, 120, 200]).cast("uchar").write_to_file(
        str(path)
    )
    return path


def test_ingest_prints_identifier_size_and_manifest(pigture_server: Any, tmp_path: Path) -> None:
    done = pigture_server.command("ingest", write_image(tmp_path / "лист 1.png"), "--label", "Лист")
    assert (done.returncode, done.stderr) == (0, "")
    manifest = f"{pigture_server.url}/iiif/presentation/3/%D0%BB%D0%B8%D1%81%D1%82%201/manifest"
    assert done.stdout == f"лист 1\t600×400\t{manifest}\n"
    answer = pigture_server.get(manifest.removeprefix(pigture_server.url))
    assert answer.status_code == 200
    assert answer.json()["label"] == {"none": ["Лист"]}


def test_a_folder_is_searched_and_the_others_are_done_where_one_fails(pigture_server: Any, tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    write_image(folder / "box 1/a.png", colour=1)
    write_image(folder / "b.jpg", colour=2)
    (folder / "notes.txt").write_text("no image at all")
    write_image(folder / ".hidden.png", colour=3)
    done = pigture_server.command("ingest", folder, tmp_path / "missing.png", "--json")
    assert done.returncode == 1
    outcomes = {row["identifier"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert {name: row["state"] for name, row in outcomes.items()} == {
        "box 1/a": "done",
        "b": "done",
        "notes": "failed",
        "missing": "failed",
    }
    assert outcomes["b"]["width"] == 600
    assert pigture_server.get("/iiif/3/box%201%2Fa/info.json").status_code == 200
    reasons = done.stderr.splitlines()
    assert len(reasons) == 2
    assert any("notes.txt" in reason for reason in reasons)
    assert any("missing.png" in reason for reason in reasons)


def test_an_identifier_is_taken_once_and_replaced_on_demand(pigture_server: Any, tmp_path: Path) -> None:
    first, second = write_image(tmp_path / "1.png", colour=11), write_image(tmp_path / "2.png", 500, 300, colour=12)
    assert pigture_server.command("ingest", first, "--id", "once").returncode == 0
    refused = pigture_server.command("ingest", second, "--id", "once")
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "once" in refused.stderr
    old = json.loads(pigture_server.command("show", "once", "--json").stdout)["revision"]
    replaced = pigture_server.command("ingest", second, "--id", "once", "--replace")
    assert (replaced.returncode, replaced.stdout.split("\t")[1]) == (0, "500×300")
    assert pigture_server.get(f"/iiif/3/once@{old}/info.json").json()["width"] == 600


def test_delete_makes_the_address_gone_for_good(pigture_server: Any, tmp_path: Path) -> None:
    path = write_image(tmp_path / "gone.png", colour=21)
    assert pigture_server.command("ingest", path).returncode == 0
    assert pigture_server.get("/iiif/3/gone/info.json").status_code == 200
    deleted = pigture_server.command("delete", "gone")
    assert (deleted.returncode, deleted.stdout) == (0, "Deleted gone.\n")
    wait_for_status(pigture_server, "/iiif/3/gone/info.json", 410)
    again = pigture_server.command("ingest", path)
    assert again.returncode == 1
    assert "never used again" in again.stderr


def wait_for_status(server: Any, path: str, status: int) -> None:
    """Readers may be record_ttl_s late."""
    deadline = time.monotonic() + 10
    while server.get(path).status_code != status:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_list_and_show_tell_what_is_there(pigture_server: Any, tmp_path: Path) -> None:
    pigture_server.command("ingest", write_image(tmp_path / "told.png", colour=31), "--access", "restricted")
    row = next(line for line in pigture_server.command("list").stdout.splitlines() if line.startswith("told\t"))
    assert row.split("\t")[:4] == ["told", "600×400", "live", "restricted"]
    objects = map(json.loads, pigture_server.command("list", "--json").stdout.splitlines())
    told = next(item for item in objects if item["identifier"] == "told")
    assert told["manifest"].endswith("/iiif/presentation/3/told/manifest")
    shown = dict(line.split("\t", 1) for line in pigture_server.command("show", "told").stdout.splitlines())
    assert shown["size"] == "600×400"
    assert len(shown["SHA-256"]) == 64
    details = json.loads(pigture_server.command("show", "told", "--json").stdout)
    assert details["original"]["sha256"] == shown["SHA-256"]
    assert details["jobs"][0]["state"] == "done"


def test_what_is_unknown_is_one_sentence(pigture_server: Any) -> None:
    for arguments in (("show", "nobody"), ("delete", "nobody"), ("token", "revoke", "nobody")):
        done = pigture_server.command(*arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.count("\n") == 1
        assert "nobody" in done.stderr


def test_a_token_lets_write_until_it_is_revoked(pigture_server: Any) -> None:
    created = pigture_server.command("token", "create", "--name", "press", "--role", "curate", "--expires-days", 2)
    token = created.stdout.strip()
    assert created.returncode == 0
    headers = {"Authorization": f"Bearer {token}"}
    assert pigture_server.get("/jobs", headers=headers).status_code == 200
    assert "press\tcurate\t" in pigture_server.command("token", "list").stdout
    assert pigture_server.command("token", "revoke", "press").returncode == 0
    assert pigture_server.get("/jobs", headers=headers).status_code == 401


def test_republish_restores_a_record_that_was_lost(pigture_server: Any, tmp_path: Path) -> None:
    pigture_server.command("ingest", write_image(tmp_path / "lost.png", colour=41))
    records = {path: path.read_bytes() for path in (pigture_server.data / "storage").rglob("record.json")}
    lost = next(path for path, text in records.items() if b'"lost"' in text)
    lost.unlink()
    assert "Put 1 record;" in pigture_server.command("republish").stdout
    assert json.loads(lost.read_bytes())["revision"] == json.loads(records[lost])["revision"]


def test_wrong_usage_ends_with_2(pigture: Pigture, tmp_path: Path) -> None:
    for arguments in (("nonsense",), ("show",), ("ingest", "a", "b", "--id", "x"), ("serve", "--port", "x")):
        assert pigture(*arguments).returncode == 2


def test_a_setting_that_makes_no_sense_is_one_sentence(pigture: Pigture, tmp_path: Path) -> None:
    done = pigture("list", "--data", tmp_path, public_url="ftp://x")
    assert done.returncode == 1
    assert done.stderr.startswith("Setting public_url (PIGTURE_PUBLIC_URL)")
    assert "Traceback" not in done.stderr


def test_everything_works_without_a_server_too(pigture: Pigture, tmp_path: Path) -> None:
    data = tmp_path / "data"
    path = write_image(tmp_path / "alone.png")
    done = pigture("ingest", path, "--data", data)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "alone\t600×400\thttp://127.0.0.1:8000/iiif/presentation/3/alone/manifest\n"
    assert pigture("list", "--data", data).stdout.startswith("alone\t600×400\tlive")
    assert not (data / "run.json").exists()


def test_two_commands_at_once_share_their_engines(tmp_path: Path, pigture: Pigture) -> None:
    data = tmp_path / "data"
    paths = [write_image(tmp_path / f"{number}.png", colour=number) for number in range(3)]
    with ThreadPoolExecutor(3) as pool:
        runs = list(pool.map(lambda path: pigture("ingest", path, "--data", data), paths))
    assert [(run.returncode, run.stderr) for run in runs] == [(0, "")] * 3


def test_urls_in_the_settings_are_used_without_engines_of_its_own(
    pigture: Pigture, tmp_path: Path, postgres_url: str, valkey_url: str
) -> None:
    urls = {"database_url": postgres_url, "redis_url": valkey_url}
    assert pigture("migrate", "--data", tmp_path, **urls).returncode == 0
    done = pigture("token", "create", "--name", "x", "--role", "read", "--data", tmp_path, **urls)
    assert done.returncode == 0
    assert not (tmp_path / "postgres").exists()


def test_adopt_serves_pyramids_where_they_lie(
    new_server: Callable[..., Any], foreign: Any, photograph: Any, tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    (archive / "below").mkdir(parents=True)
    foreign.vips(archive / "below" / "one.tif", photograph(700, 500))
    path = foreign.vips(archive / "two.tif", photograph(600, 500))
    (archive / "notes.txt").write_text("no pyramid")
    server = new_server(adopt_roots=archive)
    server.start()
    done = server.command("adopt", archive, "--json")
    assert done.returncode == 0, done.stderr
    found = {line["identifier"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert sorted(found) == ["below/one", "two"]
    assert (found["two"]["file"], found["two"]["state"], found["two"]["width"]) == (str(path), "done", 600)
    assert server.get("/iiif/3/two/0,0,256,256/256,256/0/default.jpg").status_code == 200
    assert "adopted" in server.command("list").stdout
    shown = json.loads(server.command("show", "two", "--json").stdout)
    assert (shown["adopted"], shown["original"]["location"]) == (True, path.as_uri())
    assert path.as_uri() in server.command("show", "two").stdout.replace("\n", "")

    outside = foreign.vips(tmp_path / "outside.tif", photograph(600, 500))
    refused = server.command("adopt", outside, "--id", "x")
    assert refused.returncode == 1
    assert "lies outside of what may be adopted (setting adopt_roots)" in refused.stderr.replace("\n", " ")
    replaced = server.command("adopt", path, "--replace", "--no-checksums")
    assert replaced.returncode == 0
    assert "600×500" in replaced.stdout.replace(" ", "")
