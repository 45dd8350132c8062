from __future__ import annotations

from datetime import UTC, datetime

import pytest

from iiif_server.parts import Part
from iiif_server.samples_record import Channel, Samples
from ingest.conversion.converted import build_converted
from ingest.conversion.messages import (
    MESSAGE,
    InterruptedMessage,
    PartMessage,
    PictureMessage,
    ProgressMessage,
    ResultMessage,
    UnusableMessage,
)

CREATED = datetime(2026, 1, 2, tzinfo=UTC)
SAMPLES = Samples("uint16", (Channel("Клетки", "00ff00", 0, 4095, 3, 4000),), 10, "0" * 64, b"\0\xff")


def picture(samples=None, label=""):
    return PictureMessage(
        channels="rgb",
        levels=((1, 1403, 999), (2, 702, 500), (4, 351, 250)),
        jpeg_prefix=b"\xff\xd8\xff\xdb\x00",
        losses=("Прозрачность",),
        pyramid_sha256="0" * 64,
        pyramid_size_bytes=10,
        samples=samples,
        label=label,
        index_head=b"PIGTINDX\0\xff",
    )


RESULT = ResultMessage(picture(SAMPLES), (0.001, 0.002))
PART = PartMessage("z=5;t=2", picture(SAMPLES, "z 5, t 2"))


@pytest.mark.parametrize(
    "message", [ProgressMessage(0.5), RESULT, PART, UnusableMessage("bad.jpg is empty."), InterruptedMessage("disk")]
)
def test_every_message_arrives_as_it_was_sent(message):
    line = MESSAGE.dump_json(message)
    assert b"\n" not in line
    assert MESSAGE.validate_json(line) == message


def test_levels_begin_in_the_index_behind_all_smaller_ones():
    revision = build_converted(RESULT, []).revision(name="r", created=CREATED, master_sha256="0" * 64)
    assert (revision.width, revision.height) == (1403, 999)
    assert [(level.scale, level.first_entry) for level in revision.levels] == [(1, 3), (2, 1), (4, 0)]


def test_revisions_carry_the_head_of_their_index():
    converted, made = build_converted(RESULT, [PART]), {"name": "r", "created": CREATED, "master_sha256": "0" * 64}
    revisions = [converted.revision(**made), *(part.revision for part in converted.part_revisions(**made))]
    assert [revision.index_head for revision in revisions] == [b"PIGTINDX\0\xff"] * 2


def test_parts_are_revisions_of_their_own_and_planes_have_the_same_scale():
    label = PartMessage("image=label", picture(label="Label"))
    converted = build_converted(RESULT, [PART, label])
    made = {"name": "r", "created": CREATED, "master_sha256": "0" * 64}
    revision = converted.revision(**made)
    assert (revision.part_count, revision.pixel_size_mm, revision.samples) == (2, (0.001, 0.002), SAMPLES)
    plane, other = converted.part_revisions(**made)
    assert plane.part == Part("z=5;t=2", "z 5, t 2", 1403, 999, 351, 250)
    assert (plane.revision.name, plane.revision.part_count, plane.revision.label) == ("r", 0, "z 5, t 2")
    assert (plane.revision.pixel_size_mm, other.revision.pixel_size_mm) == ((0.001, 0.002), None)
