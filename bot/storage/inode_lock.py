"""One database, one name: a lock on the SQLite file itself, and no file that has a log under a second name."""

import fcntl
import os
import sys
from pathlib import Path

from bot.errors import OperatorError
from bot.storage.file_lock import NO_LOCKS, is_mount_point

# Elsewhere than on Linux flock() would keep SQLite's own locks out.
_LOCKS_APART = sys.platform == "linux"
_LOCKS = Path("/proc/locks")


class InodeLock:
    """A lock that is found by whatever name somebody opens the file: a hard link, a mount in a container.

    SQLite frees its own locks when its process closes any descriptor of the file. So none may be open when this
    lock is taken, nor when it is given back.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._descriptor: int | None = None

    def take(self) -> None:
        """Lock the file, where that is possible. Raises OperatorError: another process has it."""
        if not _LOCKS_APART:
            return
        descriptor = os.open(self._file, os.O_RDONLY | os.O_NONBLOCK)  # what is no file does not hang
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            if error.errno in NO_LOCKS:
                return  # the lock beside the file is held all the same
            raise OperatorError(
                f"{self._file} is in use by {_user(self._file) or 'another process'}, under another name or in "
                "another container; one process writes it at a time. Stop that one first."
            ) from error
        self._descriptor = descriptor

    def give_back(self) -> None:
        """Free the lock."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def refuse_second_name(file: Path, mounts: str | None = None) -> None:
    """Raise OperatorError when `file` can be opened by another name than its own.

    Beside each name lies another log: what was committed under one is missing under the other, and lost once both
    are written. `mounts` has the form of `/proc/self/mounts`, which is read where it exists.
    """
    names = file.stat().st_nlink if file.is_file() else 1
    if names < 2 and not is_mount_point(file, mounts):
        return
    user = _user(file)
    beside = f" It is in use by {user} now: stop that one first." if user else ""
    if names > 1:
        raise OperatorError(
            f"{file} has {names} names (hard links), and {file.name}-wal, which holds the last punches, lies "
            f"beside one of them only.{beside} Keep the name that the bot used and remove the others, which "
            f"`find FOLDER -samefile {file}` lists. A hard link is no backup."
        )
    raise OperatorError(
        f"{file} is mounted by itself, so that {file.name}-wal, which holds the last punches, does not lie beside "
        f"it where it comes from.{beside} Mount the folder that holds it, not the file."
    )


def _user(file: Path) -> str:
    """Return who has locked the file itself, '' when nobody did or it cannot be seen from here."""
    try:
        found, lines = file.stat(), _LOCKS.read_text().splitlines()
    except OSError:
        return ""
    this = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
    held = (line.split() for line in lines)
    pids = [fields[4] for fields in held if fields[1] == "FLOCK" and fields[5] == this]
    return f"process {pids[0]}" if pids else ""
