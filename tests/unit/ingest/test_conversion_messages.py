from __future__ import annotations

import pytest

from ingest.conversion.messages import MESSAGE, InterruptedMessage, ProgressMessage, ResultMessage, UnusableMessage
from ingest.conversion.run import build_converted

RESULT = ResultMessage(
    channels="rgb",
    levels=((1, 1403, 999), (2, 702, 500), (4, 351, 250)),
    jpeg_prefix=b"\xff\xd8\xff\xdb\x00",
    losses=("Прозрачность",),
    pyramid_sha256="0" * 64,
    pyramid_size_bytes=10,
)


@pytest.mark.parametrize(
    "message", [ProgressMessage(0.5), RESULT, UnusableMessage("bad.jpg is empty."), InterruptedMessage("disk")]
)
def test_every_message_arrives_as_it_was_sent(message):
    line = MESSAGE.dump_json(message)
    assert b"\n" not in line
    assert MESSAGE.validate_json(line) == message


def test_levels_begin_in_the_index_behind_all_smaller_ones():
    converted = build_converted(RESULT)
    assert (converted.width, converted.height) == (1403, 999)
    assert [(level.scale, level.first_entry) for level in converted.levels] == [(1, 3), (2, 1), (4, 0)]
