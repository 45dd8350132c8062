from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from ingest.errors import SourceTooLargeError, UnreadableSourceError
from ingest.incoming import CHUNK_BYTES, MAX_NAME_BYTES, IncomingFile, clean_file_name, copy_source


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "scratch"
    made.mkdir()
    return made


def test_a_file_is_copied_and_hashed_in_one_pass(tmp_path: Path, folder: Path) -> None:
    data = os.urandom(2 * CHUNK_BYTES + 17)
    (tmp_path / "лист.tif").write_bytes(data)
    steps: list[tuple[int, int]] = []
    incoming = copy_source(tmp_path / "лист.tif", folder, len(data), lambda done, total: steps.append((done, total)))
    assert incoming.path.read_bytes() == data
    assert (incoming.file_name, incoming.sha256, incoming.size_bytes) == (
        "лист.tif",
        hashlib.sha256(data).hexdigest(),
        len(data),
    )
    assert steps == [(done, len(data)) for done in (CHUNK_BYTES, 2 * CHUNK_BYTES, len(data))]


def test_a_file_above_the_limit_is_refused_before_it_is_read(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "a.tif").write_bytes(b"12345")
    with pytest.raises(SourceTooLargeError, match=r"a\.tif is larger than the 4 bytes"):
        copy_source(tmp_path / "a.tif", folder, 4)
    assert list(folder.iterdir()) == []


def test_bytes_above_the_limit_are_refused_while_they_come(folder: Path) -> None:
    file = IncomingFile(folder, "a.tif", 4)
    file.write(b"1234")
    with pytest.raises(SourceTooLargeError):
        file.write(b"5")
    file.close()


@pytest.mark.parametrize("name", ["missing.tif", "folder", "pipe"])
def test_what_is_no_file_is_refused_with_its_name(tmp_path: Path, folder: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnreadableSourceError, match=name):
        copy_source(tmp_path / name, folder, 100)


def test_a_pipe_in_the_place_of_a_file_keeps_nobody_waiting(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr("ingest.incoming._check_source", lambda *_: 5)
    with pytest.raises(UnreadableSourceError, match="pipe is empty"):
        copy_source(tmp_path / "pipe", folder, 100)


def test_an_empty_file_is_refused(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "a.tif").touch()
    with pytest.raises(UnreadableSourceError, match=r"a\.tif is empty"):
        copy_source(tmp_path / "a.tif", folder, 100)


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("leaf.tif", "leaf.tif"),
        ("Лист №1.tif", "Лист №1.tif"),
        ("a/b\\c.tif", "a_b_c.tif"),
        ("a\0b\n.tif", "a_b_.tif"),
        ("..", "original"),
        (" . ", "original"),
        ("", "original"),
        ("\udcff.tif", "_.tif"),
    ],
)
def test_file_names_are_fit_for_keys(name: str, clean: str) -> None:
    assert clean_file_name(name) == clean


def test_a_long_name_keeps_its_suffix_and_whole_characters() -> None:
    clean = clean_file_name("Ж" * 300 + ".tif")
    assert clean.endswith("Ж.tif")
    assert MAX_NAME_BYTES - 2 < len(clean.encode()) <= MAX_NAME_BYTES
