"""The services of compose.yaml as they are run there: same commands, same variables, behind the same nginx.

Only addresses differ: the engines are those of the tests, and every service has a port of its own on loopback.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
import pyvips
import yaml

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
IDENTIFIER, QUOTED = "box 1/лист", "box%201%2F%D0%BB%D0%B8%D1%81%D1%82"
PUBLIC_URL = "http://localhost:8080"


class Site(NamedTuple):
    """The edge's address, and how to run a command in the container of a service."""

    client: httpx.Client
    run: Callable[..., subprocess.CompletedProcess[str]]


def free_port() -> int:
    with socket.socket() as each:
        each.bind(("127.0.0.1", 0))
        return int(each.getsockname()[1])


def wait_for(url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            if httpx.get(url, trust_env=False).status_code == 200:
                return
        time.sleep(0.1)
    pytest.fail(f"{url} does not come up")


@pytest.fixture
def site(tmp_path: Path, postgres_url: str, valkey_url: str, seaweedfs: Any) -> Iterator[Site]:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("no nginx on this machine")
    ports = {name: free_port() for name in ("image-server", "api", "annotation-store", "edge")}
    options = seaweedfs.options()

    def environment(service: str) -> dict[str, str]:
        given = {
            name: re.sub(r"\$\{\w+(?::[-?]([^}]*))?\}", r"\1", value)
            for name, value in SERVICES[service]["environment"].items()
        }
        here = {
            "PIGTURE_STORAGE": f"s3://{seaweedfs.bucket}/production",
            "PIGTURE_S3_ENDPOINT": options.endpoint,
            "PIGTURE_S3_ACCESS_KEY": options.access_key,
            "PIGTURE_S3_SECRET_KEY": options.secret_key,
            "PIGTURE_DATABASE_URL": postgres_url,
            "PIGTURE_REDIS_URL": valkey_url,
            "PIGTURE_TRUSTED_PROXIES": "127.0.0.1",
            "PIGTURE_HOST": "127.0.0.1",
            "PIGTURE_PORT": str(ports.get(service, 0)),
            # In containers each has the port to itself.
            "PIGTURE_METRICS_LISTEN": f"127.0.0.1:{free_port()}",
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PIGTURE_")}
        changed = {name: here.get(name, value) for name, value in given.items()}
        return inherited | changed | {"PIGTURE_DATA": str(tmp_path / service), "PYTHONSAFEPATH": "1"}

    def run(service: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "pigture", *map(str, arguments)]
        return subprocess.run(
            argv, env=environment(service), capture_output=True, text=True, timeout=120, check=False
        )

    with ExitStack() as stack:
        migrated = run("migrate", *SERVICES["migrate"]["command"])
        assert migrated.returncode == 0, migrated.stderr
        for service in ("api", "worker", "image-server", "annotation-store"):
            argv = [sys.executable, "-m", "pigture", *SERVICES[service]["command"]]
            process = subprocess.Popen(argv, env=environment(service))
            stack.callback(process.wait, 30)
            stack.callback(process.terminate)
        config = write_nginx_config(tmp_path, ports)
        edge = subprocess.Popen([nginx, "-c", str(config), "-p", str(tmp_path), "-g", "daemon off;"])
        stack.callback(edge.wait, 30)
        stack.callback(edge.terminate)
        for name in ports:
            wait_for(f"http://127.0.0.1:{ports[name]}/health")
        client = httpx.Client(base_url=f"http://127.0.0.1:{ports['edge']}", trust_env=False, timeout=30)
        stack.callback(client.close)
        yield Site(client, run)


def write_nginx_config(folder: Path, ports: dict[str, int]) -> Path:
    """Our nginx.conf with these ports in place of the containers' names, inside a minimal main configuration."""
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    for name in ("image-server", "api", "annotation-store"):
        text = text.replace(f"server {name}:8000;", f"server 127.0.0.1:{ports[name]};")
    text = text.replace("listen 8080;", f"listen 127.0.0.1:{ports['edge']};")
    temporary = "".join(
        f"{kind}_temp_path {folder}/nginx-{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    path = folder / "nginx.conf"
    user = "" if os.geteuid() else "user root;\n"
    path.write_text(
        f"pid {folder}/nginx.pid;\nerror_log stderr warn;\n{user}events {{}}\n"
        f"http {{\naccess_log off;\n{temporary}{text}}}\n"
    )
    return path


def write_image(path: Path) -> Path:
    (pyvips.Image.black(1500, 1100, bands=3) + 170).cast("uchar").jpegsave(str(path))
    return path


def test_annotations_go_to_their_store_behind_nginx(site: Site) -> None:
    made = site.run("api", "token", "create", "--name", "anna", "--role", "annotate")
    [token] = re.findall(r"pigture_[\w-]+", made.stdout)
    document = {
        "@context": "http://www.w3.org/ns/anno.jsonld",
        "type": "Annotation",
        "target": "http://example.org/canvas/1",
    }
    headers = {"Authorization": f"Bearer {token}", "Slug": "first", "X-Forwarded-Host": "evil.example"}
    answer = site.client.post("/annotations/default/", json=document, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"{PUBLIC_URL}/annotations/default/first"
    got = site.client.get("/annotations/default/first")
    assert got.json() == answer.json()
    headers |= {"If-Match": got.headers["etag"]}
    assert site.client.delete("/annotations/default/first", headers=headers).status_code == 204
    assert site.client.get("/annotations/default/first").status_code == 410


def test_the_production_form_takes_an_image_in_and_shows_it_behind_nginx(site: Site, tmp_path: Path) -> None:
    made = site.run("api", "token", "create", "--name", "me", "--role", "curate")
    assert made.returncode == 0, made.stderr
    [token] = re.findall(r"pigture_[\w-]+", made.stdout)

    done = site.run("worker", "ingest", write_image(tmp_path / "a.jpg"), "--id", IDENTIFIER, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["manifest"] == f"{PUBLIC_URL}/iiif/presentation/3/{QUOTED}/manifest"

    forged = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example", "X-Forwarded-Prefix": "/evil"}
    info = site.client.get(f"/iiif/3/{QUOTED}/info.json", headers=forged).json()
    assert info["id"] == f"{PUBLIC_URL}/iiif/3/{QUOTED}"
    tile = site.client.get(f"/iiif/3/{QUOTED}/0,0,512,512/512,512/0/default.jpg")
    assert (tile.status_code, tile.headers["content-type"]) == (200, "image/jpeg")

    # Signed in by nobody, nothing can be written; with a token, an upload streams through.
    body = write_image(tmp_path / "b.jpg").read_bytes() + b"other bytes"
    assert site.client.post("/uploads?identifier=b&filename=b.jpg", content=body).status_code == 401
    answer = site.client.post(
        "/uploads?identifier=b&filename=b.jpg", content=body, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 202, answer.text
    deadline = time.monotonic() + 60
    while site.client.get("/iiif/3/b/info.json").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert {item["identifier"] for item in site.client.get("/images").json()["items"]} == {IDENTIFIER, "b"}
