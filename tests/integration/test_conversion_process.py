"""The conversion in a process of its own: what is reported, and that nothing of it is ever left behind."""

from __future__ import annotations

import os
import resource
import signal
import struct
import subprocess
import sys
import textwrap
import time

import numpy as np
import psutil
import pytest
import pyvips

from ingest.errors import ConversionInterruptedError


@pytest.fixture
def slow_source(tmp_path):
    """A picture whose conversion takes some seconds."""
    path = tmp_path / "slow.png"
    tile = pyvips.Image.new_from_array(np.random.default_rng(1).integers(0, 256, (500, 500, 3), np.uint8))
    tile.copy(interpretation="srgb").replicate(16, 16).pngsave(str(path), compression=1)
    return path


@pytest.fixture
def small_source(tmp_path):
    path = tmp_path / "small.png"
    pyvips.Image.black(700, 600, bands=3).copy(interpretation="srgb").pngsave(str(path))
    return path


def children():
    """Conversion processes of this one, running or waiting to be reaped."""
    return [child for child in psutil.Process().children() if child.status() == "zombie" or is_conversion(child)]


def is_conversion(process):
    return "ingest.conversion.convert" in process.cmdline()


def test_progress_grows_from_nothing_to_all(conversion_request, run_in_process_of_its_own, slow_source):
    seen = []
    converted = run_in_process_of_its_own(conversion_request(slow_source), seen.append)
    assert (converted.width, converted.height) == (8000, 8000)
    assert len(seen) > 2
    assert seen == sorted(seen)
    assert 0 <= seen[0] < seen[-1] <= 1
    assert not children()


def test_levels_begin_in_the_index_where_the_smaller_ones_end(
    conversion_request, run_in_process_of_its_own, small_source
):
    converted = run_in_process_of_its_own(conversion_request(small_source))
    assert [(level.scale, level.first_entry) for level in converted.levels] == [(1, 1), (2, 0)]


def test_killed_from_outside_is_an_interruption(conversion_request, run_in_process_of_its_own, slow_source):
    def kill(done):
        for child in children():
            child.send_signal(signal.SIGKILL)

    with pytest.raises(ConversionInterruptedError) as caught:
        run_in_process_of_its_own(conversion_request(slow_source), kill)
    assert caught.value.reason == "killed"
    assert caught.value.detail == "The conversion of slow.png was killed from outside."
    assert not children()


def test_time_limit_is_an_interruption(conversion_request, run_in_process_of_its_own, slow_source):
    with pytest.raises(ConversionInterruptedError) as caught:
        run_in_process_of_its_own(conversion_request(slow_source, timeout_s=1))
    assert caught.value.reason == "timeout"
    assert caught.value.detail == "The conversion of slow.png took longer than 1 s (setting conversion_timeout_s)."
    assert not children()


def test_memory_limit_is_an_interruption(conversion_request, run_in_process_of_its_own, tmp_path):
    path = tmp_path / "bomb.tif"
    write_bomb(path)
    with pytest.raises(ConversionInterruptedError) as caught:
        run_in_process_of_its_own(conversion_request(path, memory_mb=16))
    assert caught.value.reason == "memory"
    assert caught.value.detail == (
        "The conversion of bomb.tif ran out of memory: 16 MiB are allowed (setting conversion_memory_mb)."
    )
    assert not children()


def write_bomb(path):
    """A BigTIFF whose list of strips alone (in a hole of the file) takes more memory than there is."""
    count = 30_000_000
    entry = struct.pack("<HHQQ", 273, 16, count, 64)  # StripOffsets, LONG8
    with path.open("wb") as file:
        file.write(b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 1) + entry + struct.pack("<Q", 0))
        file.truncate(64 + 8 * count)


def test_an_exception_of_the_caller_stops_the_conversion(conversion_request, run_in_process_of_its_own, slow_source):
    def lose_the_lease(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_in_process_of_its_own(conversion_request(slow_source), lose_the_lease)
    assert not children()


def test_full_disk_is_an_interruption(conversion_request, run_in_process_of_its_own, slow_source):
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, limit[1]))
    try:
        with pytest.raises(ConversionInterruptedError) as caught:
            run_in_process_of_its_own(conversion_request(slow_source))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert caught.value.reason == "disk"
    assert caught.value.detail == "The conversion of slow.png found no room on the disk."


def test_a_missing_source_is_a_crash_and_not_blamed_on_a_file(
    conversion_request, run_in_process_of_its_own, tmp_path
):
    with pytest.raises(ConversionInterruptedError) as caught:
        run_in_process_of_its_own(conversion_request(tmp_path / "gone.png"))
    assert caught.value.reason == "crashed"


def test_a_foreign_package_in_the_current_folder_is_not_imported(
    conversion_request, run_in_process_of_its_own, small_source, tmp_path, monkeypatch
):
    (tmp_path / "ingest").mkdir()
    (tmp_path / "ingest" / "__init__.py").write_text("raise SystemExit('a stranger')")
    monkeypatch.chdir(tmp_path)
    assert run_in_process_of_its_own(conversion_request(small_source)).width == 700


def test_other_loaders_of_libvips_are_out_of_reach():
    code = """
        import pyvips
        from ingest.conversion.readers.opening import block_other_loaders
        block_other_loaders()
        for load in (pyvips.Image.gifload_buffer, pyvips.Image.svgload_buffer):
            try:
                load(b"<svg/>")
            except pyvips.Error as exc:
                assert "blocked" in str(exc), exc
            else:
                raise SystemExit("reachable")
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, timeout=60)


def test_it_dies_with_the_process_that_started_it(conversion_request, slow_source):
    request = conversion_request(slow_source)
    code = f"""
        from pathlib import Path
        from ingest.conversion.run import ConversionRequest, run_conversion
        request = ConversionRequest(
            Path({str(slow_source)!r}), Path({str(request.output)!r}), "slow.png", 88, 1, 10**9, 2048, 300)
        run_conversion(request, lambda done: print(done, flush=True))
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    parent.stdout.readline()  # it is in the middle of its work
    (child,) = psutil.Process(parent.pid).children()
    assert is_conversion(child)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    for _ in range(200):
        if not child.is_running() or child.status() == "zombie":
            break
        time.sleep(0.05)
    else:
        pytest.fail("the conversion lives on")


@pytest.mark.parametrize("threads", [1, 64])
def test_the_least_memory_that_can_be_set_suffices_for_any_number_of_threads(
    conversion_request, run_in_process_of_its_own, slow_source, threads
):
    request = conversion_request(slow_source, memory_mb=256, threads=threads)
    assert run_in_process_of_its_own(request).width == 8000


@pytest.mark.slow
def test_a_gigapixel_takes_no_more_than_600_mib(conversion_request, relief, tmp_path):
    path = tmp_path / "giga.jpg"
    relief.resize(40_000 / relief.width, vscale=25_000 / relief.height, kernel="linear").jpegsave(str(path), Q=85)
    assert peak_mib(conversion_request(path)) < 600


@pytest.mark.slow
def test_a_very_wide_gigapixel_takes_no_more_than_600_mib(conversion_request, relief, tmp_path):
    path = tmp_path / "wide.tif"
    wide = relief.resize(200_000 / relief.width, vscale=5_000 / relief.height, kernel="linear")
    wide.tiffsave(str(path), compression="jpeg", tile=True, bigtiff=True)
    assert peak_mib(conversion_request(path, max_pixels=10**10)) < 600


@pytest.mark.slow
def test_300_megapixels_of_16_bits_take_no_more_than_they_may(conversion_request, relief, tmp_path):
    path = tmp_path / "deep.tif"
    gray = relief.colourspace("grey16").resize(20_000 / relief.width, vscale=15_000 / relief.height, kernel="linear")
    gray.tiffsave(str(path), compression="deflate", tile=True, bigtiff=True)
    assert peak_mib(conversion_request(path)) < 600


def peak_mib(request):
    """The peak resident memory of a conversion, measured in a process that has only this child."""
    code = f"""
        import resource
        from pathlib import Path
        from ingest.conversion.run import ConversionRequest, run_conversion
        run_conversion(ConversionRequest(Path({str(request.source)!r}), Path({str(request.output)!r}),
            "big", 88, 2, 10**10, 2048, 3000), lambda done: None)
        print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
    """
    out = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, stdout=subprocess.PIPE)
    return float(out.stdout)
