"""Computed answers: waits for admission, reads the tiles, computes in a thread, and does the same work once only."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from iiif_server.admission import Admission
from iiif_server.adopted_plan import scale_of
from iiif_server.caches import BoundedCache
from iiif_server.encoders import check_sides, weigh_pixel
from iiif_server.errors import RenderCancelledError
from iiif_server.flights import Flights, Leads
from iiif_server.geometry import ResolvedImage
from iiif_server.painting import Pixels
from iiif_server.pixels import render_image
from iiif_server.plan import Render, is_stored_form
from iiif_server.published import PublishedImage
from iiif_server.resampling import weigh_band
from iiif_server.rounds import Rounds
from iiif_server.samples import locate_samples, render_bands, render_level_bands, render_samples, weigh_composite
from iiif_server.source import ImageSource
from iiif_server.tiles import TileLocation, TileReader, locate_tile
from iiif_server.whole_files import WholeFiles, render_level, weigh_whole

# Thumbnails and the like are kept: they are asked for again, and weigh little beside what they cost.
KEPT_BYTES_EACH = 64 * 1024

SLIGHT_PIXELS = 512 * 512
"""Of so many pixels, decoded and made, a picture is computed in about 0.7 ms."""


@dataclass(frozen=True, slots=True)
class RenderParts:
    """What a Renderer works with, and how much it may keep: small results, and levels of whole files."""

    source: ImageSource
    tiles: TileReader
    admission: Admission
    threads: Executor
    cache_bytes: int = 0
    whole_cache_bytes: int = 0


@dataclass(slots=True)
class RenderTimes:
    """Where the seconds of one render went, filled in on the way; none where others computed it, or it was kept."""

    kept: bool = False
    wait_s: float | None = None
    read_s: float | None = None
    render_s: float | None = None


class _Cancellation:
    """Told by the event loop, seen by a thread. (An Event has locks, which nobody waits for here.)"""

    __slots__ = ("_is_set",)

    def __init__(self) -> None:
        self._is_set = False

    def set(self) -> None:
        self._is_set = True

    def is_set(self) -> bool:
        return self._is_set


class Renderer:
    """Makes the encoded bytes of Renders."""

    def __init__(self, parts: RenderParts) -> None:
        self._parts = parts
        self._flights: Flights[tuple[str, str], bytes] = Flights()
        self._leads: Leads[tuple[str, str], bytes] = Leads()
        self._kept: BoundedCache[tuple[str, str], bytes] = BoundedCache(parts.cache_bytes, len)
        self._rounds = Rounds()
        self._wholes = WholeFiles(parts.source, parts.tiles, parts.threads, parts.whole_cache_bytes)

    @property
    def cache(self) -> BoundedCache[tuple[str, str], bytes]:
        """The results that are kept."""
        return self._kept

    def is_brief(self, image: PublishedImage, plan: Render) -> bool:
        """Whether it takes less time than it would take to begin a task for it and to watch its client meanwhile."""
        return self._parts.tiles.is_instant and is_slight(image, plan)

    async def render(
        self,
        image: PublishedImage,
        plan: Render,
        key: str,
        times: RenderTimes | None = None,
        has_gone: Callable[[], bool] | None = None,
    ) -> bytes:
        """The encoded image. `key` names its bytes within the revision for good: the same is never computed twice at
        a time, and small results are kept for some time.

        Cancelling leaves the work to the others who wait for it, and ends it where there are none. What is brief may
        be given `has_gone` instead: it is not begun where all who asked have gone (RenderCancelledError). Raises
        InvalidRequestError, TooLargeRequestError, OverloadedError, DamagedImageError, RenderFailedError, and what
        the store raises.
        """
        name = (image.pyramid_key, key)
        kept = self._kept.get(name)
        times = times or RenderTimes()
        if kept is not None:
            times.kept = True
            return kept
        check_sides(*turned_size(plan.image), plan.image.format)
        if has_gone is None:
            encoded = await self._flights.join(name, lambda: self._admitted(image, plan, times, None))
        else:

            def is_for_nobody() -> bool:
                return has_gone() and not self._leads.is_shared(name)

            encoded = await self._leads.join(name, lambda: self._admitted(image, plan, times, is_for_nobody))
        if len(encoded) <= KEPT_BYTES_EACH:
            self._kept.put(name, encoded)
        return encoded

    async def _admitted(
        self, image: PublishedImage, plan: Render, times: RenderTimes, is_for_nobody: Callable[[], bool] | None
    ) -> bytes:
        samples = await locate_samples(self._parts.source, image, plan)
        weight_bytes = weigh_render(plan, _bands(image)) + weigh_whole(image.revision)
        weight_bytes += weigh_composite(image, plan, samples)
        asked = time.perf_counter()
        await self._parts.admission.enter(weight_bytes)
        admitted = time.perf_counter()
        times.wait_s = admitted - asked
        work: asyncio.Future[Any] | None = None
        cancelled = _Cancellation()
        is_cancelled = is_for_nobody or cancelled.is_set
        try:
            if is_cancelled():  # who waited in line may be gone by now
                raise RenderCancelledError
            adopted = image.revision.adopted
            if adopted is not None and adopted.is_whole:
                work = loading = self._wholes.load(image, adopted, plan.level)
                render = _render_level(await asyncio.shield(loading), image, plan, is_cancelled)
            else:
                render = await self._read(image, plan, samples, is_cancelled)
            read = time.perf_counter()
            times.read_s = read - admitted
            if is_slight(image, plan):
                encoded = await self._rounds.call(render)
                times.render_s = time.perf_counter() - read
                return encoded
            work = rendering = asyncio.get_running_loop().run_in_executor(self._parts.threads, render)
            encoded = await asyncio.shield(rendering)
            times.render_s = time.perf_counter() - read
            return encoded
        finally:
            cancelled.set()
            self._leave_after(work, weight_bytes)

    def _leave_after(self, work: asyncio.Future[Any] | None, weight_bytes: int) -> None:
        """Gives the place back when the thread has really ended, which may be later than its last client left."""
        if work is None or work.done():
            self._parts.admission.leave(weight_bytes)
            return

        def ended(ended_work: asyncio.Future[Any]) -> None:
            if not ended_work.cancelled():
                ended_work.exception()
            self._parts.admission.leave(weight_bytes)

        work.add_done_callback(ended)

    async def _read(
        self,
        image: PublishedImage,
        plan: Render,
        samples: Sequence[TileLocation],
        is_cancelled: Callable[[], bool],
    ) -> Callable[[], bytes]:
        """What remains to be done in a thread when the tiles are there."""
        scale, revision, composite = scale_of(image.revision, plan.level), image.revision, image.composite
        if composite is not None and revision.samples is not None:
            tiles, shape = await self._parts.tiles.read_all(samples), (revision.tile_height, revision.tile_width)
            return partial(render_samples, plan, scale, composite, shape, tiles, is_cancelled)
        tiles = await self._read_tiles(image, plan)
        if composite is not None:
            return partial(render_bands, plan, scale, composite, tiles, is_cancelled)
        return partial(render_image, plan, scale, _bands(image), tiles, is_cancelled, _profile(image))

    async def _read_tiles(self, image: PublishedImage, plan: Render) -> list[bytes]:
        parts = self._parts
        locations = [
            locate_tile(image, await parts.source.load_entry(image, read.entry_number), read.entry_number)
            for read in plan.tiles
        ]
        return await parts.tiles.read_all(locations)


def is_slight(image: PublishedImage, plan: Render) -> bool:
    """Whether the way to a thread and back would take more than a fifth of the work: a small JPEG out of one tile."""
    revision = image.revision
    return (
        len(plan.tiles) == 1
        and revision.adopted is None
        and image.composite is None
        and revision.tile_width * revision.tile_height <= SLIGHT_PIXELS
        and plan.image.width * plan.image.height <= SLIGHT_PIXELS
        and is_stored_form(plan.image, revision.channels)
    )


def weigh_render(plan: Render, bands: int) -> int:
    """An upper bound of the bytes of memory that the render's pixels take."""
    width, height = turned_size(plan.image)
    angle = plan.image.angle_deg
    of_result = weigh_pixel(plan.image.format, alpha=angle != 0 and angle % 90 != 0)
    window, result = (plan.window.width, plan.window.height), (plan.image.width, plan.image.height)
    # Colours may be held in four bytes for each pixel.
    bytes_each = 1 if bands == 1 else 4
    return window[0] * window[1] * bytes_each + weigh_band(window, result, bands) + width * height * of_result


def turned_size(resolved: ResolvedImage) -> tuple[int, int]:
    """Width and height after rotation; those of the bounding box, where the angle is no quarter turn."""
    width, height = resolved.width, resolved.height
    # Nearly all are not turned at all, and dividing fractions takes its time.
    if resolved.angle_deg == 0 or resolved.angle_deg % 180 == 0:
        return width, height
    if resolved.angle_deg % 90 == Fraction(0):
        return height, width
    angle = math.radians(resolved.angle_deg)
    sine, cosine = abs(math.sin(angle)), abs(math.cos(angle))
    return math.ceil(width * cosine + height * sine) + 1, math.ceil(width * sine + height * cosine) + 1


def _render_level(
    level: Pixels, image: PublishedImage, plan: Render, is_cancelled: Callable[[], bool]
) -> Callable[[], bytes]:
    scale = scale_of(image.revision, plan.level)
    if image.composite is not None:
        return partial(render_level_bands, level, plan, scale, image.composite, is_cancelled)
    return partial(render_level, level, plan, scale, is_cancelled)


def _profile(image: PublishedImage) -> bytes:
    adopted = image.revision.adopted
    return b"" if adopted is None else adopted.icc_profile


def _bands(image: PublishedImage) -> int:
    return 1 if image.revision.channels == "gray" else 3
