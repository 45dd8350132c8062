"""The rules for keys and ranges."""

from __future__ import annotations

import pytest

from storage.errors import InvalidKeyError
from storage.keys import MAX_KEY_BYTES, MAX_SEGMENT_BYTES, check_key, check_range


@pytest.mark.parametrize(
    "key",
    ["a", "images/ab/cd/record.json", "masters/01/Ключ №5 .tif", "a/.b", "a/..b", "a/...", "a%2Fb", "я" * 127],
)
def test_a_clean_relative_path_is_a_key(key: str) -> None:
    assert check_key(key) == key


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "../a",
        "a/../b",
        "a/.",
        ".a/b",
        "a\\b",
        "a\0b",
        "a\tb",
        "a\x7f",
        "\udcff",
    ],
)
def test_anything_else_is_refused_with_its_key(key: str) -> None:
    with pytest.raises(InvalidKeyError) as caught:
        check_key(key)
    assert caught.value.key == key


def test_lengths_are_counted_in_bytes() -> None:
    check_key("я" * 127 + "a")
    with pytest.raises(InvalidKeyError, match=str(MAX_SEGMENT_BYTES)):
        check_key("я" * 128)
    check_key("/".join(["abc"] * 256))
    with pytest.raises(InvalidKeyError, match=str(MAX_KEY_BYTES)):
        check_key("/".join(["abc"] * 257))


@pytest.mark.parametrize(("start", "end"), [(-1, 1), (0, 0), (2, 1)])
def test_an_empty_or_negative_range_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="not a range"):
        check_range(start, end)


def test_one_byte_is_a_range() -> None:
    check_range(0, 1)
