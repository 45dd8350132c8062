"""Which files PATH means, and how they are called."""

from __future__ import annotations

from pathlib import Path

from pigture.sources import SourceFile, find_sources


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_a_file_is_called_by_its_stem() -> None:
    assert list(find_sources([Path("scans/лист 1.v2.tif")])) == [SourceFile(Path("scans/лист 1.v2.tif"), "лист 1.v2")]


def test_a_file_is_called_as_wanted() -> None:
    assert list(find_sources([Path("a.tif")], "x/y")) == [SourceFile(Path("a.tif"), "x/y")]


def test_files_in_a_folder_are_called_by_their_path_there(tmp_path: Path) -> None:
    make(tmp_path, "b.tif", "a/c.jpg", "a/d/e.png")
    names = [source.identifier for source in find_sources([tmp_path])]
    assert names == ["a/c", "a/d/e", "b"]


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    make(tmp_path, ".DS_Store", ".git/a.jpg", "kept.jpg")
    assert [source.identifier for source in find_sources([tmp_path])] == ["kept"]


def test_a_folder_that_is_itself_hidden_is_searched_where_named(tmp_path: Path) -> None:
    make(tmp_path, ".scans/a.jpg")
    assert [source.identifier for source in find_sources([tmp_path / ".scans"])] == ["a"]
