"""The Server-Timing header: how an answer was made, and how long that took (W3C Server Timing §3).

`copy`: stored bytes as they are; `cache`: out of memory; `computed`: made for this answer; `revalidated`: the client
has it already; `error`. Of what was computed, `wait`, `read` and `render` tell the parts.
"""

from __future__ import annotations

from iiif_server.http.messages import Response
from iiif_server.renders import RenderTimes

NAME = b"server-timing"

TILE_LINE = b"server-timing: %b;dur=%b\r\n"
"""The header of a tile as it goes over the wire: how it was made, and milliseconds as `format_short` writes them."""

_SHORT = tuple(b"0.%03d" % microseconds for microseconds in range(1000))


def format_short(duration_s: float) -> bytes:
    """Milliseconds with three digits behind the point; looked up where it is less than one."""
    microseconds = int(duration_s * 1e6 + 0.5)
    return _SHORT[microseconds] if microseconds < 1000 else b"%.3f" % (microseconds / 1000)


def made_of(response: Response) -> str:
    """The first word of the header."""
    if response.status == 304:
        return "revalidated"
    return "error" if response.status >= 400 else response.made


def format_timing(response: Response, duration_s: float) -> bytes:
    """The header's value; durations are milliseconds in it."""
    total = f"{made_of(response)};dur={duration_s * 1000:.3f}"
    return ", ".join([total, *_parts(response.times)]).encode()


def _parts(times: RenderTimes | None) -> list[str]:
    if times is None:
        return []
    parts = (("wait", times.wait_s), ("read", times.read_s), ("render", times.render_s))
    return [f"{name};dur={seconds * 1000:.3f}" for name, seconds in parts if seconds is not None]
