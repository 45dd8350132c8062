"""The sample images that ship."""

from __future__ import annotations

from pathlib import Path

import pyvips

from pigture.samples import Sample, default_folder, sample_files

MEBIBYTE = 1024 * 1024


def test_every_sample_is_an_image_that_can_be_read() -> None:
    samples = sample_files()
    assert [sample.identifier for sample in samples] == ["blue-marble", "human-retina", "huckleberry-finn"]
    sizes = [(image.width, image.height) for image in map(_open, samples)]
    assert sizes == [(5400, 2700), (1411, 1411), (770, 995)]


def test_every_file_of_the_folder_is_a_sample_whose_origin_is_stated() -> None:
    readme = (default_folder() / "README.md").read_text(encoding="utf-8")
    names = {sample.path.name for sample in sample_files()}
    assert {path.name for path in default_folder().iterdir()} == names | {"README.md"}
    assert all(f"`{name}`" in readme for name in names)


def test_every_sample_is_free_and_its_licence_is_the_one_stated() -> None:
    readme = (default_folder() / "README.md").read_text(encoding="utf-8")
    for sample in sample_files():
        assert sample.rights.startswith("http://creativecommons.org/publicdomain/")
        row = next(line for line in readme.splitlines() if f"`{sample.path.name}`" in line)
        assert sample.rights.removeprefix("http://") in row


def test_samples_stay_small() -> None:
    sizes = [sample.path.stat().st_size for sample in sample_files()]
    assert max(sizes) <= 3 * MEBIBYTE
    assert sum(sizes) <= 7 * MEBIBYTE


def test_an_installation_without_the_folder_has_no_samples(tmp_path: Path) -> None:
    assert sample_files(tmp_path) == ()


def _open(sample: Sample) -> pyvips.Image:
    return pyvips.Image.new_from_file(str(sample.path))
