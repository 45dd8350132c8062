"""From the pictures of a document to their pyramids, each in the folder of its part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pyvips

from iiif_server.parts import part_folder
from iiif_server.samples_record import MAX_PROFILE_BYTES, SAMPLES, Channel, Samples
from ingest.conversion.channels import SamplesPlan, build_channels, plan_samples
from ingest.conversion.checksums import file_sha256, write_index
from ingest.conversion.colour import build_picture, convert_sentence, read_profile
from ingest.conversion.edges import place_tiles
from ingest.conversion.halving import halve_pyramid
from ingest.conversion.levels import LevelSize, build_levels
from ingest.conversion.look import build_look
from ingest.conversion.messages import Order, PictureMessage
from ingest.conversion.profiles import profile_is_srgb
from ingest.conversion.progress import Progress, part_of
from ingest.conversion.pyramid import stream_pyramid, streams
from ingest.conversion.readers.document import PartSource
from ingest.conversion.readers.opening import decoding
from ingest.conversion.readers.problems import SourceProblemError
from ingest.conversion.sample_statistics import SAMPLE_COUNT, ChannelStatistics
from ingest.conversion.samples import StoredSamples, write_samples
from ingest.conversion.shown import show_pyramid
from ingest.conversion.spill import needs_spill, spill, turn

PYRAMID, INDEX, PROFILE = "pyramid.tif", "index", "profile.icc"
_WRITTEN = 0.6
"""The share of the work after which the lossless pyramids are there."""


@dataclass(frozen=True, slots=True)
class _Upright:
    """The picture as it is to be seen; `spilled`: it can be read in any order."""

    image: pyvips.Image
    spilled: bool


@dataclass(frozen=True, slots=True)
class _Kept:
    """A part whose lossless pyramid is written. `profile`: the bytes of the one that its colours are meant in."""

    part: PartSource
    stored: StoredSamples
    profile: bytes
    losses: tuple[str, ...]


def part_path(order: Order, part: PartSource) -> Path:
    """The folder of the part's files."""
    return Path(order.output) if part.name is None else Path(order.output) / part_folder(part.name)


def convert_group(order: Order, parts: Sequence[PartSource], progress: Progress) -> Iterator[PictureMessage]:
    """Writes the pyramids of parts that are shown in the same windows, and tells of each, in their order.

    Raises SourceProblemError, MemoryError, OSError (disk), pyvips.Error (a fault of our own).
    """
    with naming(parts[0]):
        plan = plan_samples(parts[0].source.open_image(), parts[0].source)
    if plan is None:
        for part, step in _shares(parts, progress):
            yield _convert_plain(order, part, step)
        return
    pixels = sum(part.source.width * part.source.height for part in parts)
    statistics = [ChannelStatistics(plan.dtype) for _ in plan.channels]
    keep = _Keeper(order, plan, statistics, step=max(1, pixels // SAMPLE_COUNT) | 1)
    kept = [keep.write(part, step) for part, step in _shares(parts, part_of(progress, 0, _WRITTEN))]
    channels = build_channels(plan, statistics, has_profile=bool(kept[0].profile))
    for (_, step), item in zip(_shares(parts, part_of(progress, _WRITTEN, 1)), kept, strict=True):
        yield _show(order, item, channels, step)


def _shares(parts: Sequence[PartSource], progress: Progress) -> Iterator[tuple[PartSource, Progress]]:
    """Each part with a share of the progress in proportion to its pixels."""
    total = sum(part.source.width * part.source.height for part in parts)
    done = 0
    for part in parts:
        start = done
        done += part.source.width * part.source.height
        yield part, part_of(progress, start / total, done / total)


@contextmanager
def naming(part: PartSource) -> Iterator[None]:
    """Turns libvips' errors into sentences, and has them name the part where there are several."""
    try:
        with decoding(part.source):
            yield
    except SourceProblemError as exc:
        raise SourceProblemError(f"{exc.predicate} ({part.label})" if part.label else exc.predicate) from exc


def _convert_plain(order: Order, part: PartSource, progress: Progress) -> PictureMessage:
    """8-bit grey or colours: one pass of libvips over the picture."""
    folder = part_path(order, part)
    folder.mkdir(exist_ok=True)
    with naming(part):
        picture = build_picture(part.source, folder)
        upright = _stand_up(picture.image, folder, part_of(progress, 0, 0.4))
        image = upright.image
        levels = build_levels(image.width, image.height)
        step = part_of(progress, 0.4 if upright.spilled else 0, 0.9)
        if streams(levels, image.bands):
            stream_pyramid(image, levels, folder / PYRAMID, order.jpeg_quality, step)
        else:
            halve_pyramid(image, levels, folder / PYRAMID, order.jpeg_quality, order.threads, step)
    return _finish(order, part, image.bands, levels, picture.losses, progress)


@dataclass(frozen=True, slots=True)
class _Keeper:
    """Writes lossless pyramids of one kind of samples."""

    order: Order
    plan: SamplesPlan
    statistics: list[ChannelStatistics]
    step: int

    def write(self, part: PartSource, progress: Progress) -> _Kept:
        folder = part_path(self.order, part)
        folder.mkdir(exist_ok=True)
        losses = list(part.source.losses)
        with naming(part):
            image = part.source.open_image()
            own = plan_samples(image, part.source)
            if own is None or (own.dtype, len(own.channels)) != (self.plan.dtype, len(self.plan.channels)):
                raise SourceProblemError("has other channels than the first plane")
            profile = self._read_profile(part, image, folder, losses)
            upright = _stand_up(image, folder, part_of(progress, 0, 0.3))
            stored = write_samples(
                upright.image,
                part.source,
                build_levels(upright.image.width, upright.image.height),
                folder,
                self.plan,
                self.statistics,
                step=self.step,
                icc_profile=profile,
                threads=self.order.threads,
                progress=part_of(progress, 0.3 if upright.spilled else 0, 1),
            )
        _remove_spilled(folder)
        return _Kept(part, stored, profile, tuple(losses))

    def _read_profile(self, part: PartSource, image: pyvips.Image, folder: Path, losses: list[str]) -> bytes:
        """The embedded profile where it moves colours; it stays in the folder."""
        colours = self.plan.colours or 1
        single = len(self.plan.channels) - (self.plan.alpha is not None) == 1
        if not part.source.has_profile:
            return b""
        if self.plan.dtype.kind != "u" or not (single or self.plan.colours):
            losses.append("The embedded colour profile cannot be used and was ignored.")
            return b""
        data, path = read_profile(part.source, image, colours, folder, losses)
        if not data or len(data) > MAX_PROFILE_BYTES or profile_is_srgb(path, colours):
            return b""
        losses.append(convert_sentence(colours, data))
        return data


def _show(order: Order, kept: _Kept, channels: tuple[Channel, ...], progress: Progress) -> PictureMessage:
    """The first pyramid, out of the lossless one."""
    folder, plan = part_path(order, kept.part), kept.stored.plan
    look = build_look(plan, channels, folder / PROFILE if kept.profile else None)
    show_pyramid(kept.stored, look, folder / PYRAMID, order.jpeg_quality, order.threads, part_of(progress, 0, 0.9))
    samples = Samples(
        type=plan.type,
        channels=channels,
        size_bytes=kept.stored.path.stat().st_size,
        sha256=file_sha256(folder / SAMPLES),
        icc_profile=kept.profile,
    )
    losses = kept.losses
    if plan.alpha is not None:
        losses = (*losses, "Transparency was flattened onto white.")
    levels = tuple(level.size for level in kept.stored.levels)
    return replace(_finish(order, kept.part, look.bands, levels, losses, progress), samples=samples)


def _stand_up(image: pyvips.Image, folder: Path, progress: Progress) -> _Upright:
    orientation = image.get("orientation") if image.get_typeof("orientation") else 1
    if not needs_spill(orientation) or image.format == "double":  # those are read from their bytes, in any order
        return _Upright(turn(image, orientation), False)
    flat = spill(image, folder / "turned.spill", progress)
    return _Upright(turn(flat, orientation), True)


def _remove_spilled(folder: Path) -> None:
    for leftover in folder.glob("*.spill"):
        leftover.unlink(missing_ok=True)


def _finish(
    order: Order,
    part: PartSource,
    bands: int,
    levels: tuple[LevelSize, ...],
    losses: tuple[str, ...],
    progress: Progress,
) -> PictureMessage:
    """Cut tiles, index and checksums of a pyramid that is written; removes what else lies in its folder."""
    folder = part_path(order, part)
    pyramid = folder / PYRAMID
    _remove_spilled(folder)
    (folder / PROFILE).unlink(missing_ok=True)
    prefix, tiles = place_tiles(pyramid, levels, order.jpeg_quality, order.threads)
    progress(0.95)
    index_head = write_index(pyramid, tiles, folder / INDEX)
    return PictureMessage(
        channels="gray" if bands == 1 else "rgb",
        levels=tuple((level.scale, level.width, level.height) for level in levels),
        jpeg_prefix=prefix,
        losses=losses,
        pyramid_sha256=file_sha256(pyramid),
        pyramid_size_bytes=pyramid.stat().st_size,
        samples=None,
        label=part.label,
        index_head=index_head,
    )
