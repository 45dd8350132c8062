"""The conversion process (`python -m ingest.conversion.convert`): an Order on standard input, Messages on its output.

It knows no database, no queue and no storage; whatever a hostile file does to it ends here.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from errno import EDQUOT, EFBIG, ENOSPC
from pathlib import Path
from typing import TextIO

import pyvips

from iiif_server.parts import format_part_name
from ingest.conversion.channels import plan_samples
from ingest.conversion.confinement import die_with_parent, limit_memory
from ingest.conversion.levels import build_levels
from ingest.conversion.messages import (
    MESSAGE,
    ORDER,
    InterruptedMessage,
    Message,
    Order,
    PartMessage,
    PictureMessage,
    ProgressMessage,
    ResultMessage,
    UnusableMessage,
)
from ingest.conversion.pictures import convert_group, naming
from ingest.conversion.progress import Progress, part_of
from ingest.conversion.pyramid import stream_bytes, streams
from ingest.conversion.readers.document import Document, PartSource
from ingest.conversion.readers.opening import block_other_loaders, read_document
from ingest.conversion.readers.problems import (
    MEBIBYTE,
    SourceProblemError,
    too_many_pixels,
    too_many_pixels_together,
    too_much_memory,
)
from ingest.conversion.samples import samples_bytes

_BASE_BYTES = 192 * MEBIBYTE
"""The process itself, its threads and the strips of a picture of usual width."""
_REPORT_EVERY_S = 0.2
_DISK_IS_FULL = (ENOSPC, EDQUOT, EFBIG)


def convert(order: Order, progress: Progress, send_part: Callable[[PartMessage], None]) -> ResultMessage:
    """Writes `pyramid.tif`, `index` and what else is due into the output folder, parts into folders of their own.

    Raises SourceProblemError, MemoryError, OSError (disk), pyvips.Error (a fault of our own).
    """
    document = read_document(Path(order.source), order.file_name)
    check_limits(document, order)
    first: PictureMessage | None = None
    done = 0
    for parts in document.groups():
        start = done
        done += sum(part.source.width * part.source.height for part in parts)
        step = part_of(progress, start / document.pixels, done / document.pixels)
        for part, picture in zip(parts, convert_group(order, parts, step), strict=True):
            if part.name is None:
                first = picture
            else:
                send_part(PartMessage(format_part_name(part.name), picture))
    if first is None:
        raise ValueError("a document begins with its first picture")
    return ResultMessage(first, document.pixel_size_mm)


def check_limits(document: Document, order: Order) -> None:
    """Raises SourceProblemError where the headers alone say that it cannot be done."""
    first = document.parts[0].source
    if len(document.parts) == 1 and document.pixels > order.max_pixels:
        raise too_many_pixels(first.width, first.height, order.max_pixels)
    if document.pixels > order.max_pixels:
        raise too_many_pixels_together(len(document.parts), document.pixels, order.max_pixels)
    # Planes of a stack are alike: opening thousands of headers would tell nothing new.
    for group in document.groups():
        _check_memory(group[0], max(part.source.held_bytes for part in group), order)


def _check_memory(part: PartSource, held_bytes: int, order: Order) -> None:
    source = part.source
    needed, cause = _BASE_BYTES + held_bytes, source.held_because
    with naming(part):
        plan = plan_samples(source.open_image(), source) if source.opens_quickly else None
    levels = build_levels(source.width, source.height)
    if plan is not None:
        own = samples_bytes(plan, source.width, order.threads)
        own_cause = "it has many channels or is very wide"
    else:
        own = stream_bytes(levels, 3) if streams(levels, 3) else 0
        own_cause = "it is very wide"
    if needed + own > order.memory_mb * MEBIBYTE:
        raise too_much_memory(cause if held_bytes > own else own_cause, needed + own, order.memory_mb)


def main() -> int:
    """Exit status 0: the last message says how it went."""
    order = ORDER.validate_json(sys.stdin.buffer.read())
    die_with_parent(order.parent)
    limit_memory(order.memory_mb, order.threads)
    block_other_loaders()
    pyvips.cache_set_max(0)
    send = _open_channel()
    try:
        send(convert(order, _throttled(send), send))
    except SourceProblemError as exc:
        send(UnusableMessage(f"{_printable(order.file_name)} {exc.predicate}."))
    except MemoryError:
        send(InterruptedMessage("memory"))
    except OSError as exc:
        if exc.errno not in _DISK_IS_FULL:
            raise
        sys.stderr.write(f"{exc}\n")
        send(InterruptedMessage("disk"))
    return 0


def _open_channel() -> Callable[[Message], None]:
    """Sends messages to where standard output was; what libraries print there goes to standard error."""
    channel: TextIO = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def send(message: Message) -> None:
        channel.write(MESSAGE.dump_json(message).decode() + "\n")
        channel.flush()

    return send


def _throttled(send: Callable[[Message], None]) -> Progress:
    last = time.monotonic()

    def report(done: float) -> None:
        nonlocal last
        if time.monotonic() - last >= _REPORT_EVERY_S:
            last = time.monotonic()
            send(ProgressMessage(done))

    return report


def _printable(name: str) -> str:
    return "".join(letter if letter.isprintable() else "�" for letter in name)


if __name__ == "__main__":
    sys.exit(main())
