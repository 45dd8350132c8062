"""The commit is read from git's files, where there are any."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.version import UNKNOWN, read_commit, read_version

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def git(tmp_path: Path) -> Path:
    folder = tmp_path / ".git"
    folder.mkdir()
    (folder / "HEAD").write_text("ref: refs/heads/main\n")
    return folder


def test_a_branch_is_followed(git: Path) -> None:
    (git / "refs/heads").mkdir(parents=True)
    (git / "refs/heads/main").write_text(COMMIT + "\n")
    assert read_commit(git.parent) == COMMIT


def test_a_packed_branch_is_found(git: Path) -> None:
    (git / "packed-refs").write_text(
        f"# pack-refs with: peeled\n{'f' * 40} refs/heads/other\n{COMMIT} refs/heads/main\n"
    )
    assert read_commit(git.parent) == COMMIT


def test_a_detached_head_is_the_commit(git: Path) -> None:
    (git / "HEAD").write_text(COMMIT + "\n")
    assert read_commit(git.parent) == COMMIT


def test_a_linked_work_tree_is_followed(git: Path, tmp_path: Path) -> None:
    tree, entry = tmp_path / "tree", git / "worktrees/tree"
    tree.mkdir()
    entry.mkdir(parents=True)
    (tree / ".git").write_text(f"gitdir: {entry}\n")
    (entry / "HEAD").write_text("ref: refs/heads/topic\n")
    (entry / "commondir").write_text("../..\n")
    (git / "packed-refs").write_text(f"{COMMIT} refs/heads/topic\n")
    assert read_commit(tree) == COMMIT


def test_no_checkout_no_commit(tmp_path: Path) -> None:
    assert read_commit(tmp_path) is None
    assert read_version(checkout=tmp_path).commit == UNKNOWN


def test_a_commit_that_was_given_wins(git: Path) -> None:
    assert read_version("abc", git.parent).commit == "abc"
