"""Which Pigture this is: the version of the package and the commit that it was built from."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Version:
    """What /health and `pigture --version` tell."""

    version: str
    commit: str


def read_version(commit: str | None = None, checkout: Path | None = None) -> Version:
    """The installed version, with the commit as given, else that of the checkout which the packages lie in."""
    try:
        installed = version("pigture")
    except PackageNotFoundError:
        installed = UNKNOWN
    return Version(installed, commit or read_commit(checkout or Path(__file__).resolve().parent.parent) or UNKNOWN)


def read_commit(checkout: Path) -> str | None:
    """The commit that HEAD stands at, read from git's files (git itself may not be installed); None elsewhere."""
    folder = checkout / ".git"
    try:
        if folder.is_file():  # a linked work tree
            folder = checkout / folder.read_text().removeprefix("gitdir:").strip()
        head = (folder / "HEAD").read_text().strip()
        return _read_ref(folder, head.removeprefix("ref: ")) if head.startswith("ref: ") else head
    except OSError:
        return None


def _read_ref(folder: Path, name: str) -> str | None:
    common = folder / "commondir"
    base = folder / common.read_text().strip() if common.exists() else folder
    if (base / name).is_file():
        return (base / name).read_text().strip()
    for line in (base / "packed-refs").read_text().splitlines():
        commit, _, ref = line.partition(" ")
        if ref == name:
            return commit
    return None
