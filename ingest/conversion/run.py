"""Runs a conversion in a process of its own, within limits of memory and time, and takes its result."""

from __future__ import annotations

import contextlib
import logging
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from ingest.conversion.converted import Converted, build_converted
from ingest.conversion.messages import (
    MESSAGE,
    ORDER,
    InterruptedMessage,
    Message,
    Order,
    PartMessage,
    ProgressMessage,
    ResultMessage,
    UnusableMessage,
)
from ingest.errors import ConversionInterruptedError, InterruptionReason, UnusableSourceError

logger = logging.getLogger(__name__)

_READ_BYTES = 65536
_MAX_LINE_BYTES = 16 * 1024 * 1024
_MAX_LOGGED_LINES = 50
_MEMORY_WORDS = ("failed to allocate", "memory", "std::bad_alloc", "creating thread")
_ABORTS = (signal.SIGABRT, signal.SIGTRAP, signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE)


@dataclass(frozen=True, slots=True)
class ConversionRequest:
    """One conversion. `output` is an existing empty folder, which gets `pyramid.tif`, `index` and what else is due
    (samples, folders of parts), and while it lasts anything that does not fit into memory. `file_name` stands in
    sentences about the file."""

    source: Path
    output: Path
    file_name: str
    jpeg_quality: int
    threads: int
    max_pixels: int
    memory_mb: int
    timeout_s: int


def run_conversion(request: ConversionRequest, on_progress: Callable[[float], None]) -> Converted:
    """Converts, calling `on_progress` with numbers from 0 to 1 in this thread.

    Raises UnusableSourceError for good, ConversionInterruptedError where another try may succeed. Whatever
    `on_progress` raises passes through. In every case no process is left behind.
    """
    deadline = time.monotonic() + request.timeout_s
    with _process(request) as child:
        log = _Log()
        result, parts = None, list[PartMessage]()
        for line in _lines(child, log, deadline, request):
            match _parse(line):
                case ProgressMessage(done=done):
                    on_progress(done)
                case PartMessage() as part:
                    parts.append(part)
                case ResultMessage() as message:
                    result = build_converted(message, parts)
                case UnusableMessage(detail=detail):
                    raise UnusableSourceError(detail)
                case InterruptedMessage(reason=reason):
                    raise _interrupted(request, reason)
        status = child.wait()
    if result is None or status != 0:
        raise _interrupted(request, _reason(status, log))
    return result


@contextlib.contextmanager
def _process(request: ConversionRequest) -> Iterator[subprocess.Popen[bytes]]:
    """The running child, given its order. It is killed and reaped on leaving, however that happens."""
    child = subprocess.Popen(
        [sys.executable, "-m", "ingest.conversion.convert"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env=_environment(request),
    )
    try:
        _give_order(child, request)
        yield child
    finally:
        if child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        for stream in (child.stdin, child.stdout, child.stderr):
            if stream is not None:
                stream.close()


def _environment(request: ConversionRequest) -> dict[str, str]:
    """This process's own, and what libraries read before any code of ours runs in the child."""
    return {
        **os.environ,
        "PYTHONSAFEPATH": "1",
        "VIPS_CONCURRENCY": str(request.threads),
        "TMPDIR": str(request.output),
        "MALLOC_ARENA_MAX": "2",
        "OPENBLAS_NUM_THREADS": "1",
    }


def _give_order(child: subprocess.Popen[bytes], request: ConversionRequest) -> None:
    stdin = _pipe(child.stdin)
    with contextlib.suppress(BrokenPipeError):  # it died already: its exit status tells
        stdin.write(ORDER.dump_json(build_order(request)))
        stdin.close()


def build_order(request: ConversionRequest) -> Order:
    """What the child is told, with this process as its parent."""
    return Order(
        source=str(request.source),
        output=str(request.output),
        file_name=request.file_name,
        jpeg_quality=request.jpeg_quality,
        threads=request.threads,
        max_pixels=request.max_pixels,
        memory_mb=request.memory_mb,
        parent=os.getpid(),
    )


class _Log:
    """Passes on what the child writes to standard error, up to a limit, and keeps it to tell why it died."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, line: bytes) -> None:
        text = line.decode(errors="replace").strip()[:500]
        if text and len(self.lines) < _MAX_LOGGED_LINES:
            self.lines.append(text)
            logger.info("conversion: %s", text)

    def mentions(self, words: tuple[str, ...]) -> bool:
        return any(word in line.lower() for line in self.lines for word in words)


def _lines(child: subprocess.Popen[bytes], log: _Log, deadline: float, request: ConversionRequest) -> Iterator[bytes]:
    """The lines of standard output, until both streams end. Raises ConversionInterruptedError at the deadline."""
    stdout, stderr = _pipe(child.stdout), _pipe(child.stderr)
    rests = {stdout: b"", stderr: b""}
    with selectors.DefaultSelector() as selector:
        selector.register(stdout, selectors.EVENT_READ)
        selector.register(stderr, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            if not ready and time.monotonic() >= deadline:
                raise _interrupted(request, "timeout")
            for key, _ in ready:
                stream = stdout if key.fileobj is stdout else stderr
                data = os.read(stream.fileno(), _READ_BYTES)
                if not data or len(rests[stream]) > _MAX_LINE_BYTES:
                    selector.unregister(stream)
                *lines, rests[stream] = (rests[stream] + data).split(b"\n")
                if stream is stdout:
                    yield from lines
                else:
                    for line in lines:
                        log.add(line)
    log.add(rests[stderr])


def _parse(line: bytes) -> Message | None:
    try:
        return MESSAGE.validate_json(line)
    except ValidationError:
        logger.warning("conversion: a line that is no message: %r", line[:200])
        return None


def _reason(status: int, log: _Log) -> InterruptionReason:
    if status >= 0 or -status in _ABORTS:
        return "memory" if log.mentions(_MEMORY_WORDS) else "crashed"
    return "killed"


def _interrupted(request: ConversionRequest, reason: InterruptionReason) -> ConversionInterruptedError:
    name = request.file_name
    details: dict[InterruptionReason, str] = {
        "killed": f"The conversion of {name} was killed from outside.",
        "crashed": f"The conversion of {name} crashed; the log says more.",
        "memory": f"The conversion of {name} ran out of memory: {request.memory_mb:,} MiB are allowed"
        " (setting conversion_memory_mb).",
        "timeout": f"The conversion of {name} took longer than {request.timeout_s:,} s"
        " (setting conversion_timeout_s).",
        "disk": f"The conversion of {name} found no room on the disk.",
    }
    return ConversionInterruptedError(details[reason], reason)


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise ValueError("the child was started without pipes")
    return stream
