"""What is published under a name: the picture, and the objects in storage that hold it. PURE."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from iiif_server.composite import Composite, compose
from iiif_server.layout import picture_folder
from iiif_server.parts import PartName, format_part_name
from iiif_server.record import Record, Revision
from iiif_server.rendering import Rendering, format_rendering
from iiif_server.samples_record import SAMPLES, SAMPLES_INDEX


class Lease:
    """Until when, on the source's clock, an image may be taken for what it was without asking the source again."""

    __slots__ = ("until",)

    def __init__(self, until: float) -> None:
        self.until = until

    def end(self) -> None:
        """Something has changed, or may have."""
        self.until = 0.0


_OBJECTS = (
    ("pyramid_key", "pyramid.tif"),
    ("index_key", "index"),
    ("samples_key", SAMPLES),
    ("samples_index_key", SAMPLES_INDEX),
)


@dataclass(frozen=True, slots=True, eq=False)
class PublishedImage:
    """A record and the picture that a name means: for the first one, the same object as long as the record does not
    change.

    `revision` describes the picture, which is a part where `part` names it. `pyramid_key` and `index_key` are the
    objects that hold its tiles and tell where they lie, `samples_key` and `samples_index_key` those of its second
    pyramid, if there is one. With a `rendering` it is seen as `composite` says. `content_name` tells its pixels from
    all others of the image.
    """

    record: Record
    revision: Revision
    pinned: bool
    lease: Lease
    part: PartName | None = None
    rendering: Rendering | None = None
    composite: Composite | None = None
    pyramid_key: str = field(init=False)
    index_key: str = field(init=False)
    samples_key: str = field(init=False)
    samples_index_key: str = field(init=False)
    content_name: str = field(init=False)

    def __post_init__(self) -> None:
        folder = picture_folder(self.record.identifier, self.revision.name, self.part)
        for field_name, name in _OBJECTS:
            object.__setattr__(self, field_name, f"{folder}/{name}")
        part = "" if self.part is None else f";{format_part_name(self.part)}"
        rendering = "" if self.rendering is None else f";{format_rendering(self.rendering)}"
        object.__setattr__(self, "content_name", f"{self.revision.name}{part}{rendering}")

    @property
    def identifier(self) -> str:
        """The image's identifier."""
        return self.record.identifier

    def render_as(self, rendering: Rendering) -> PublishedImage:
        """The same picture with its channels shown as the rendering says. Raises UnknownChannelError."""
        composite = compose(rendering, self.revision)
        revision = replace(self.revision, channels="gray" if composite.bands == 1 else "rgb")
        return replace(self, revision=revision, rendering=rendering, composite=composite)
