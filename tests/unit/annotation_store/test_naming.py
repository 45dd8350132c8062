"""Names that the server chooses."""

from unittest.mock import patch

import pytest
from ulid import ULID

from annotation_store import naming
from annotation_store.names import is_name


@pytest.mark.parametrize("chance", [bytes(10), b"\xff" * 10, bytes(range(10)), b"\x80" + bytes(8) + b"\x01"])
@pytest.mark.parametrize("moment_ms", [0, 1, 1_795_903_700_863, 2**48 - 1])
def test_names_are_the_ulids_of_the_library_in_lower_case(chance: bytes, moment_ms: int) -> None:
    with (
        patch.object(naming.os, "urandom", return_value=chance),
        patch.object(naming.time, "time_ns", return_value=moment_ms * 1_000_000 + 999_999),
    ):
        name = naming.new_name()
    assert name == str(ULID(moment_ms.to_bytes(6) + chance)).lower()
    assert is_name(name)


def test_each_name_is_another() -> None:
    assert len({naming.new_name() for _ in range(10_000)}) == 10_000
