import pytest
from hypothesis import given
from hypothesis import strategies as st

from iiif_server.index import (
    CHUNK_ENTRIES,
    ENTRY_BYTES,
    FIRST_ENTRIES,
    HEADER_BYTES,
    MAGIC,
    MalformedIndexError,
    TileEntry,
    build_index,
    chunk_number,
    chunk_range,
    holds_entry,
    is_head,
    parse_index_header,
    read_entry,
    take_head,
)

entries = st.builds(
    TileEntry,
    st.integers(0, 2**62 - 1),
    st.integers(0, 2**32 - 1),
    st.none() | st.integers(0, 2**32 - 1),
    st.booleans(),
)


def entry_in(data, number):
    start, end = chunk_range(chunk_number(number))
    return read_entry(data[start:end], number)


@given(st.lists(entries, max_size=20))
def test_entries_survive_being_written_and_read(made):
    data = build_index(made)
    assert parse_index_header(data) == len(made)
    assert [entry_in(data, number) for number in range(len(made))] == made


def test_every_entry_is_found_in_its_own_chunk():
    made = [TileEntry(number, number + 1, number + 2, bool(number % 2)) for number in range(2 * CHUNK_ENTRIES + 1)]
    data = build_index(made)
    for number in (0, CHUNK_ENTRIES - 1, CHUNK_ENTRIES, 2 * CHUNK_ENTRIES - 1, 2 * CHUNK_ENTRIES):
        assert entry_in(data, number) == made[number]


def test_chunks_follow_one_another_and_the_first_holds_the_header():
    assert chunk_range(0) == (0, HEADER_BYTES + CHUNK_ENTRIES * ENTRY_BYTES)
    assert chunk_range(1)[0] == chunk_range(0)[1]
    assert chunk_range(2)[0] == chunk_range(1)[1]


@pytest.mark.parametrize("count", [1, FIRST_ENTRIES - 1, FIRST_ENTRIES, FIRST_ENTRIES + 1, CHUNK_ENTRIES + 1])
def test_the_head_holds_the_first_entries_as_the_index_does(count):
    made = [TileEntry(number, number + 1, number + 2, bool(number % 2)) for number in range(count)]
    head = take_head(build_index(made))
    held = [number for number in range(count + 1) if holds_entry(head, number)]
    assert held == list(range(min(count, FIRST_ENTRIES)))
    assert [read_entry(head, number) for number in held] == made[: len(held)]
    assert is_head(head)
    assert not holds_entry(b"", 0)


def test_what_is_no_head_is_told():
    index = build_index([TileEntry(1, 2, 3, True)] * (FIRST_ENTRIES + 1))
    for data in (b"", b"x" + index[1:33], index[:15], index[:33], index, index[:8] + bytes(24)):
        assert not is_head(data)


@pytest.mark.parametrize("data", [b"", MAGIC, b"x" * 16, MAGIC + b"\x01" + b"\0" * 7])
def test_what_is_no_index_is_refused(data):
    with pytest.raises(MalformedIndexError):
        parse_index_header(data)


def test_an_entry_behind_the_end_is_refused():
    data = build_index([TileEntry(1, 2, 3, True)])
    with pytest.raises(MalformedIndexError):
        read_entry(data, 1)
    with pytest.raises(MalformedIndexError):
        read_entry(data[:-1], 0)
    with pytest.raises(MalformedIndexError):
        read_entry(b"", CHUNK_ENTRIES)


@pytest.mark.parametrize("bit", range(0, 8 * ENTRY_BYTES, 5))
def test_an_entry_with_a_flipped_bit_leads_to_no_checksum_that_holds(bit):
    made = TileEntry(1000, 2000, 0x12345678, False)
    data = bytearray(build_index([made]))
    data[HEADER_BYTES + bit // 8] ^= 1 << bit % 8
    assert read_entry(bytes(data), 0).crc32c != made.crc32c


def test_entries_that_changed_places_lead_to_no_checksum_that_holds():
    first, second = TileEntry(100, 10, 1, True), TileEntry(200, 20, 2, True)
    data = build_index([first, second])
    swapped = (
        data[:HEADER_BYTES] + data[HEADER_BYTES + ENTRY_BYTES :] + data[HEADER_BYTES : HEADER_BYTES + ENTRY_BYTES]
    )
    assert read_entry(swapped, 0).offset == 200
    assert read_entry(swapped, 0).crc32c != second.crc32c
    assert read_entry(swapped, 1).crc32c != first.crc32c


def test_a_damaged_entry_never_passes_for_one_without_a_checksum():
    entry = TileEntry(7, 5, 0xC0FFEE, complete=False)
    data = bytearray(build_index([entry]))
    data[HEADER_BYTES + 7] ^= 0x40
    with pytest.raises(MalformedIndexError):
        read_entry(bytes(data), 0)
