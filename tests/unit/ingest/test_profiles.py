from __future__ import annotations

import pytest
import pyvips

from ingest.conversion.profiles import profile_is_srgb, profile_is_usable, profile_name


@pytest.fixture
def stored(tmp_path):
    """A profile of libvips, as bytes and as a file."""

    def load(name):
        data = bytes(pyvips.Operation.call("profile_load", name))
        (tmp_path / "profile.icc").write_bytes(data)
        return data, tmp_path / "profile.icc"

    return load


def test_srgb_is_known_by_what_it_does(stored):
    data, path = stored("srgb")
    assert profile_is_usable(data, path, 3)
    assert profile_is_srgb(path, 3)


def test_a_wide_gamut_is_no_srgb(stored):
    data, path = stored("p3")
    assert profile_is_usable(data, path, 3)
    assert not profile_is_srgb(path, 3)


def test_a_profile_fits_its_own_number_of_channels_only(stored):
    data, path = stored("cmyk")
    assert profile_is_usable(data, path, 4)
    assert not profile_is_usable(data, path, 3)
    assert not profile_is_usable(data, path, 1)


def test_a_profile_with_a_sound_header_and_nonsense_behind_is_unusable(stored):
    data, path = stored("p3")
    broken = data[:200] + b"\xff" * (len(data) - 200)
    path.write_bytes(broken)
    assert not profile_is_usable(broken, path, 3)


def tagged(element):
    return (
        b"\0" * 128
        + (1).to_bytes(4, "big")
        + b"desc"
        + (144).to_bytes(4, "big")
        + len(element).to_bytes(4, "big")
        + element
    )


def test_names_of_version_2_and_version_4_profiles():
    text = b"Adobe RGB (1998)\0"
    assert profile_name(tagged(b"desc\0\0\0\0" + len(text).to_bytes(4, "big") + text)) == "Adobe RGB (1998)"
    name = "Дисплей".encode("utf-16-be")
    record = b"mluc\0\0\0\0" + (1).to_bytes(4, "big") + (12).to_bytes(4, "big") + b"ruRU"
    record += len(name).to_bytes(4, "big") + (28).to_bytes(4, "big") + name
    assert profile_name(tagged(record)) == "Дисплей"


@pytest.mark.parametrize("data", [b"", b"x" * 50, b"\xff" * 5000, tagged(b""), tagged(b"mluc")])
def test_nonsense_has_no_name(data):
    assert profile_name(data) == ""
