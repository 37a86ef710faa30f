"""A lock beside a file, which dies with its process, so that one process writes the file; local disks alone."""

import errno
import fcntl
import os
import sys
from contextlib import suppress
from pathlib import Path

from bot.errors import OperatorError

_NETWORK = ("nfs", "cifs", "smb", "9p", "afs", "ceph", "gluster", "lustre", "fuse.")
_MOUNTS = Path("/proc/self/mounts")


class FileLock:
    """The lock `<file>.lock`. It holds the number and the name of the process that writes `<file>`."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.path = file.with_name(file.name + ".lock")  # stays when the process ends
        self._descriptor: int | None = None

    def take(self) -> None:
        """Take the lock. Raises OperatorError: another process has it, or the disk knows no locks."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip()
            os.close(descriptor)
            if error.errno != errno.EWOULDBLOCK:
                raise OperatorError(f"{self._file} cannot be locked: put the database on a local disk.") from error
            raise OperatorError(
                f"{self._file} is in use by process {holder}; one process writes it. Stop that one first."
            ) from error
        self._descriptor = descriptor
        with suppress(OSError):  # a full disk
            os.ftruncate(descriptor, os.pwrite(descriptor, f"{os.getpid()} ({_program()})\n".encode(), 0))

    def give_back(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def refuse_network_disk(file: Path, mounts: str | None = None) -> None:
    """Raise OperatorError when `file` is on a network disk, where SQLite's locks and shared memory do not hold.

    `mounts` has the form of `/proc/self/mounts`, which is read where it exists.
    """
    if mounts is None:
        mounts = _MOUNTS.read_text(errors="surrogateescape") if _MOUNTS.exists() else ""
    kinds = {fields[1]: fields[2] for fields in map(str.split, mounts.splitlines()) if len(fields) > 2}
    kind = next((kinds[str(place)] for place in file.absolute().parents if str(place) in kinds), "")
    if kind.startswith(_NETWORK):
        raise OperatorError(f"{file} is on a network disk ({kind}), where SQLite loses data; use a local disk.")


def _program() -> str:
    """Return the command line's first words, enough for an operator to know the process."""
    name = Path(sys.argv[0])
    return " ".join([name.parent.name if name.name == "__main__.py" else name.name, *sys.argv[1:2]])
