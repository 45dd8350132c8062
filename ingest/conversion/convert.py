"""The conversion process (`python -m ingest.conversion.convert`): an Order on standard input, Messages on its output.

It knows no database, no queue and no storage; whatever a hostile file does to it ends here.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from errno import EDQUOT, EFBIG, ENOSPC
from pathlib import Path
from typing import TextIO

import pyvips

from ingest.conversion.checksums import file_sha256, write_index
from ingest.conversion.colour import build_picture
from ingest.conversion.confinement import die_with_parent, limit_memory
from ingest.conversion.edges import place_tiles
from ingest.conversion.halving import halve_pyramid
from ingest.conversion.levels import LevelSize, build_levels
from ingest.conversion.messages import (
    MESSAGE,
    ORDER,
    InterruptedMessage,
    Message,
    Order,
    ProgressMessage,
    ResultMessage,
    UnusableMessage,
)
from ingest.conversion.progress import Progress, part_of
from ingest.conversion.pyramid import stream_bytes, stream_pyramid, streams
from ingest.conversion.readers.opening import block_other_loaders, decoding, read_source
from ingest.conversion.readers.problems import MEBIBYTE, SourceProblemError, too_many_pixels, too_much_memory
from ingest.conversion.readers.source import Source
from ingest.conversion.spill import needs_spill, spill, turn

PYRAMID, INDEX = "pyramid.tif", "index"
_BASE_BYTES = 192 * MEBIBYTE
"""The process itself, its threads and the strips of a picture of usual width."""
_REPORT_EVERY_S = 0.2
_DISK_IS_FULL = (ENOSPC, EDQUOT, EFBIG)


@dataclass(frozen=True, slots=True)
class _Upright:
    """The picture as it is to be seen; `spilled`: it can be read in any order."""

    image: pyvips.Image
    spilled: bool
    losses: tuple[str, ...]


def convert(order: Order, progress: Progress) -> ResultMessage:
    """Writes `pyramid.tif` and `index` into the output folder.

    Raises SourceProblemError, MemoryError, OSError (disk), pyvips.Error (a fault of our own).
    """
    path, output = Path(order.source), Path(order.output)
    source = read_source(path)
    check_limits(source, order)
    pyramid = output / PYRAMID
    with decoding(source, path):
        upright = _stand_up(source, output, part_of(progress, 0, 0.4))
        image, losses = upright.image, upright.losses
        levels = build_levels(image.width, image.height)
        step = part_of(progress, 0.4 if upright.spilled else 0, 0.9)
        if streams(levels, image.bands):
            stream_pyramid(image, levels, pyramid, order.jpeg_quality, step)
        else:
            halve_pyramid(image, levels, pyramid, order.jpeg_quality, order.threads, step)
    return _finish(order, image.bands, levels, losses, progress)


def check_limits(source: Source, order: Order) -> None:
    """Raises SourceProblemError where the header alone says that it cannot be done."""
    if source.width * source.height > order.max_pixels:
        raise too_many_pixels(source.width, source.height, order.max_pixels)
    levels = build_levels(source.width, source.height)
    rows = stream_bytes(levels, 3) if streams(levels, 3) else 0
    needed = _BASE_BYTES + rows + source.held_bytes
    if needed > order.memory_mb * MEBIBYTE:
        cause = source.held_because if source.held_bytes > rows else "it is very wide"
        raise too_much_memory(cause, needed, order.memory_mb)


def _stand_up(source: Source, output: Path, progress: Progress) -> _Upright:
    picture = build_picture(source, output)
    image = picture.image
    orientation = image.get("orientation") if image.get_typeof("orientation") else 1
    if not needs_spill(orientation):
        return _Upright(turn(image, orientation), False, picture.losses)
    flat = spill(image, output / "turned.spill", progress)
    return _Upright(turn(flat, orientation), True, picture.losses)


def _finish(
    order: Order, bands: int, levels: tuple[LevelSize, ...], losses: tuple[str, ...], progress: Progress
) -> ResultMessage:
    output = Path(order.output)
    pyramid = output / PYRAMID
    for leftover in (*output.glob("*.spill"), output / "profile.icc"):
        leftover.unlink(missing_ok=True)
    prefix, tiles = place_tiles(pyramid, levels, order.jpeg_quality, order.threads)
    progress(0.95)
    write_index(pyramid, tiles, output / INDEX)
    return ResultMessage(
        channels="gray" if bands == 1 else "rgb",
        levels=tuple((level.scale, level.width, level.height) for level in levels),
        jpeg_prefix=prefix,
        losses=losses,
        pyramid_sha256=file_sha256(pyramid),
        pyramid_size_bytes=pyramid.stat().st_size,
    )


def main() -> int:
    """Exit status 0: the last message says how it went."""
    order = ORDER.validate_json(sys.stdin.buffer.read())
    die_with_parent(order.parent)
    limit_memory(order.memory_mb, order.threads)
    block_other_loaders()
    pyvips.cache_set_max(0)
    send = _open_channel()
    try:
        send(convert(order, _throttled(send)))
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
