"""What the two sides of a conversion say to each other: one JSON document in, JSON lines out. PURE."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter
from pydantic.dataclasses import dataclass

from iiif_server.base64_json import Base64Bytes
from iiif_server.samples_record import Samples
from ingest.errors import InterruptionReason


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be converted, into which empty folder, and within which limits. `parent`: who waits for it."""

    source: str
    output: str
    file_name: str
    jpeg_quality: int
    threads: int
    max_pixels: int
    memory_mb: int
    parent: int


@dataclass(frozen=True, slots=True)
class ProgressMessage:
    """How much is done, from 0 to 1."""

    done: float
    event: Literal["progress"] = "progress"


@dataclass(frozen=True, slots=True)
class PictureMessage:
    """A pyramid that is written. `levels` as (scale, width, height), the full size first."""

    channels: Literal["gray", "rgb"]
    levels: tuple[tuple[int, int, int], ...]
    jpeg_prefix: Base64Bytes
    losses: tuple[str, ...]
    pyramid_sha256: str
    pyramid_size_bytes: int
    samples: Samples | None
    label: str
    index_head: Base64Bytes


@dataclass(frozen=True, slots=True)
class PartMessage:
    """A picture beside the first; `name` as iiif_server.parts.format_part_name spells it."""

    name: str
    picture: PictureMessage
    event: Literal["part"] = "part"


@dataclass(frozen=True, slots=True)
class ResultMessage:
    """The first picture, after all others; all is done."""

    picture: PictureMessage
    pixel_size_mm: tuple[float, float] | None
    event: Literal["result"] = "result"


@dataclass(frozen=True, slots=True)
class UnusableMessage:
    """The file is at fault; `detail` is one sentence."""

    detail: str
    event: Literal["unusable"] = "unusable"


@dataclass(frozen=True, slots=True)
class InterruptedMessage:
    """Something else is at fault."""

    reason: InterruptionReason
    event: Literal["interrupted"] = "interrupted"


Message = Annotated[
    ProgressMessage | PartMessage | ResultMessage | UnusableMessage | InterruptedMessage, Field(discriminator="event")
]

ORDER: TypeAdapter[Order] = TypeAdapter(Order)
MESSAGE: TypeAdapter[Message] = TypeAdapter(Message)
