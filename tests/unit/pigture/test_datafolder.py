"""The run file and the lock of a data folder."""

from __future__ import annotations

import fcntl
import stat
from pathlib import Path

import pytest

from pigture.datafolder import (
    DataFolder,
    DataFolderBusyError,
    DataFolderError,
    RunFile,
    read_run_file,
    write_run_file,
)
from pigture.locks import is_locked, lock_now, locked, open_lock


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    folder.make()
    return folder


def test_the_run_file_is_read_as_it_was_written(folder: DataFolder) -> None:
    run = RunFile(12, "serve", "/tmp/x", {"database_url": "postgresql://a:b@c/d"}, "http://127.0.0.1:1", True)
    write_run_file(folder, run)
    assert read_run_file(folder) == run


def test_only_this_user_may_read_the_run_file(folder: DataFolder) -> None:
    write_run_file(folder, RunFile(1, "ingest", "", {}))
    assert stat.S_IMODE(folder.run_file.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"pid": 1, "new": 2}'])
def test_a_run_file_that_makes_no_sense_is_none(folder: DataFolder, text: str) -> None:
    folder.run_file.write_text(text)
    assert read_run_file(folder) is None


def test_one_at_a_time_holds_the_lock(folder: DataFolder) -> None:
    assert not is_locked(folder)
    with locked(folder):
        assert is_locked(folder)
        with pytest.raises(DataFolderBusyError), locked(folder):
            pass
    assert not is_locked(folder)


def test_looking_at_the_lock_does_not_keep_a_supervisor_out(folder: DataFolder) -> None:
    assert not is_locked(folder)
    with locked(folder):
        pass


def test_visitors_share_their_lock(folder: DataFolder) -> None:
    with open_lock(folder.visitors) as one, open_lock(folder.visitors) as two, open_lock(folder.visitors) as last:
        assert lock_now(one, fcntl.LOCK_SH)
        assert lock_now(two, fcntl.LOCK_SH)
        assert not lock_now(last, fcntl.LOCK_EX)


def test_a_data_folder_that_is_a_file_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(DataFolderError, match=r"The data folder .*data cannot be used: File exists\."):
        DataFolder(tmp_path / "data").make()
