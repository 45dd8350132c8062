"""The servers that are compared: our image server, nginx with the same bytes, iipsrv behind nginx."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.rig import Rig, family, free_port, listen_tcp, server_cores, wait_for_port

DEBIAN_IIPSRV = Path("/usr/lib/iipimage-server/iipsrv.fcgi")

_NGINX = """
daemon off; worker_processes {processes}; pid {folder}/nginx.pid; error_log {folder}/nginx.err; {user}
events {{ worker_connections 4096; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; types {{ image/jpeg jpg; }}
  open_file_cache max=100000; client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2;
  fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  upstream ours {{ server unix:{folder}/ours.sock; keepalive 64; }}
  upstream iipsrv {{ {iipsrv} keepalive 64; }}
  server {{
    listen 127.0.0.1:{port};
    location /static/ {{ root {folder}; }}
    location /iiif/ {{ proxy_pass http://ours; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $host; proxy_buffers 16 64k; }}
    location /fcgi {{ fastcgi_pass iipsrv; fastcgi_keep_conn on; fastcgi_buffers 16 64k;
      fastcgi_param QUERY_STRING $query_string; fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param REQUEST_URI $request_uri; fastcgi_param SERVER_PROTOCOL $server_protocol;
      fastcgi_param HTTP_HOST $http_host; }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Running:
    """A server: the port it answers on (0 for a unix socket) and its processes."""

    port: int
    pids: tuple[int, ...]


def processes() -> int:
    """How many processes each server gets: one for each processor that it runs on."""
    return len(server_cores())


def start_image_server(
    rig: Rig, storage: str, *, count: int | None = None, unix: bool = False, **settings: str
) -> Running:
    """`pigture image-server`, as `pigture serve` runs it: `count` processes on one socket."""
    if unix:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(rig.folder / "ours.sock"))
        (rig.folder / "ours.sock").chmod(0o666)
        listener.listen(2048)
    else:
        listener = listen_tcp()
    environment = {"PIGTURE_STORAGE": storage, "PIGTURE_DATA": str(rig.folder / "data")}
    environment |= {f"PIGTURE_{name.upper()}": value for name, value in settings.items()}
    descriptor = listener.fileno()
    argv = [sys.executable, "-m", "pigture", "image-server", "--fd", str(descriptor)]
    started = [
        rig.start(argv, environment=environment, descriptors=(descriptor,)) for _ in range(count or processes())
    ]
    port = 0 if unix else int(listener.getsockname()[1])
    if port:
        wait_for_health(port)
    return Running(port, tuple(process.pid for process in started))


def wait_for_health(port: int, within_s: float = 60) -> None:
    """Returns when the server answers; its socket takes connections before it does."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=within_s) as answer:
        assert answer.status == 200


def find_iipsrv() -> tuple[Path, str] | None:
    """The peer's binary and its name for the table, or None where there is none."""
    given = os.environ.get("IIPSRV")
    if given:
        return Path(given), "iipsrv as given by IIPSRV"
    if not DEBIAN_IIPSRV.exists():
        return None
    query = ["dpkg-query", "--show", "--showformat", "${Version}", "iipimage-server"]
    version = subprocess.run(query, capture_output=True, text=True, check=False).stdout
    return DEBIAN_IIPSRV, f"iipsrv {version} (Debian's iipimage-server)"


def start_iipsrv(rig: Rig, binary: Path, cache_mb: int, quality: int = 88) -> dict[int, int]:
    """Port and process of each of its processes; `cache_mb` is for all of them together, `quality` that of JPEGs."""
    cache = max(cache_mb // processes(), 1)
    environment: Mapping[str, str] = {
        "FILESYSTEM_PREFIX": f"{rig.folder}/pyramids/",
        "MAX_IMAGE_CACHE_SIZE": str(cache),
        "JPEG_QUALITY": str(quality),
        "MAX_CVT": "100000",
        "VERBOSITY": "0",
        "LOGFILE": "/dev/null",
        "OMP_NUM_THREADS": "1",
    }
    started = {}
    for _ in range(processes()):
        port = free_port()
        argv = [str(binary), "--bind", f"127.0.0.1:{port}", "--backlog", "1024"]
        started[port] = rig.start(argv, environment=environment).pid
        wait_for_port(port)
    return started


def start_nginx(rig: Rig, iipsrv_ports: list[int]) -> Running | None:
    """nginx in front of everything; None where it is not installed."""
    binary = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if binary is None:
        return None
    port = free_port()
    ports = " ".join(f"server 127.0.0.1:{each};" for each in iipsrv_ports or [free_port()])
    user = "user root;" if os.geteuid() == 0 else ""
    path = rig.folder / "nginx.conf"
    path.write_text(
        _NGINX.format(processes=processes(), folder=rig.folder, port=port, iipsrv=ports, user=user), encoding="utf-8"
    )
    process = rig.start([binary, "-c", str(path), "-p", str(rig.folder)])
    wait_for_port(port)
    return Running(port, tuple(family(process.pid)))
