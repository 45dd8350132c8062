import os

from pigture.machine_memory import memory_bytes
from pigture.postgres import shared_buffers_mb

MACHINE = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
GB = 1 << 30


def written(folder, files):
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return memory_bytes(folder / "groups", folder / "own")


def test_without_limits_it_is_the_machines(tmp_path):
    assert memory_bytes(tmp_path / "none", tmp_path / "none") == MACHINE
    assert written(tmp_path, {"groups/memory.max": "max\n", "own": "0::/\n"}) == MACHINE


def test_a_container_has_what_its_group_leaves_it(tmp_path):
    assert written(tmp_path, {"groups/memory.max": "123456789\n", "own": "0::/\n"}) == 123456789


def test_the_least_of_the_groups_around_counts(tmp_path):
    files = {
        "own": "0::/a/b\n",
        "groups/a/memory.max": "1000000\n",
        "groups/a/b/memory.max": "2000000\n",
    }
    assert written(tmp_path, files) == 1_000_000


def test_groups_of_version_1(tmp_path):
    files = {
        "own": "4:cpu,memory:/a\n3:cpuset:/\n",
        "groups/memory/a/memory.limit_in_bytes": "3000000\n",
        "groups/memory/memory.limit_in_bytes": "9223372036854771712\n",
    }
    assert written(tmp_path, files) == 3_000_000


def test_buffers_are_an_eighth_within_bounds():
    assert shared_buffers_mb(256 << 20) == 64
    assert shared_buffers_mb(4 * GB) == 512
    assert shared_buffers_mb(1024 * GB) == 2048
