"""Starts one program so that it cannot outlive whoever started it, where needed without the rights of root.

Executed by path, before anything of ours is imported: standard library only.
    python launch.py PARENT SIGNAL [FOLDER…] -- PROGRAM ARGUMENT…
The kernel sends SIGNAL to PROGRAM when PARENT ends, however that happens. Where folders are given and this is root,
the program runs as an ordinary user who owns them: PostgreSQL refuses to be root.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

NOBODY_ID = 65534
EXIT_ORPHANED = 75
EXIT_NO_ORDINARY_USER = 78
_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1


def launch_argv(
    argv: Sequence[str], parent_pid: int, death_signal: signal.Signals, ordinary_user: Sequence[Path] = ()
) -> list[str]:
    """The command that starts `argv` by way of this module. `ordinary_user` are folders that it must own."""
    return [
        *(sys.executable, "-I", "-S", str(Path(__file__).resolve())),
        *(str(parent_pid), str(int(death_signal)), *map(str, ordinary_user), "--", *argv),
    ]


def main(arguments: list[str]) -> None:
    """Becomes the program; ends with EXIT_ORPHANED where the parent is gone already."""
    split = arguments.index("--")
    parent_pid, death_signal = int(arguments[0]), int(arguments[1])
    folders, argv = arguments[2:split], arguments[split + 1 :]
    if folders and os.geteuid() == 0:
        _stop_being_root(folders)
    # Last, since changes of identity clear it; and the parent may have ended before it was set.
    _die_with_parent(death_signal)
    if os.getppid() != parent_pid:
        sys.exit(EXIT_ORPHANED)
    os.execv(argv[0], argv)  # noqa: S606  becoming the program, without a shell, is the purpose


def _die_with_parent(death_signal: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, death_signal)


def _stop_being_root(folders: list[str]) -> None:
    if _namespace_is_allowed():
        _own(folders, os.geteuid(), os.getegid())
        _enter_namespace()
    else:
        _own(folders, NOBODY_ID, NOBODY_ID)
        os.setgroups([])
        os.setgid(NOBODY_ID)
        os.setuid(NOBODY_ID)
    unreachable = [folder for folder in folders if not os.access(folder, os.R_OK | os.W_OK | os.X_OK)]
    if unreachable:
        print(  # noqa: T201  standard error is all that there is here
            f"PostgreSQL does not run as root, and no other user can be given access to {unreachable[0]}. "
            "Start Pigture as an ordinary user, or set PIGTURE_DATABASE_URL.",
            file=sys.stderr,
        )
        sys.exit(EXIT_NO_ORDINARY_USER)


def _namespace_is_allowed() -> bool:
    # Tried in a child: a namespace that was entered but cannot be given its user map cannot be left again.
    if sys.platform != "linux":
        return False
    child = os.fork()
    if child == 0:
        try:
            _enter_namespace()
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def _enter_namespace() -> None:
    """Enters a user namespace in which our user (root, outside) is called nobody. Raises OSError."""
    uid, gid = os.geteuid(), os.getegid()
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{NOBODY_ID} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{NOBODY_ID} {gid} 1")


def _own(folders: list[str], uid: int, gid: int) -> None:
    for folder in folders:
        if Path(folder).stat().st_uid == uid:
            continue
        for path, _, names in os.walk(folder, topdown=False):
            for name in names:
                os.chown(Path(path, name), uid, gid, follow_symlinks=False)
            os.chown(path, uid, gid)


if __name__ == "__main__":
    main(sys.argv[1:])
