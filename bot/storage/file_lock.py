"""One process writes an SQLite file: a lock beside it that dies with its process."""

import errno
import fcntl
import os
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from bot.errors import OperatorError

_NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}
_NETWORK = {
    *("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "beegfs", "gpfs"),
    *("ocfs2", "gfs2", "davfs", "vboxsf", "orangefs", "fuse.sshfs", "fuse.glusterfs", "fuse.ceph"),
    *("fuse.ceph-fuse", "fuse.rclone", "fuse.s3fs", "fuse.davfs", "fuse.juicefs", "fuse.gcsfuse"),
    *("fuse.blobfuse2", "fuse.vmhgfs-fuse"),
}
_MOUNTS = Path("/proc/self/mounts")
_ESCAPED = re.compile(r"\\([0-7]{3})")  # blanks, tabs, newlines and backslashes in its paths

_FREE = "free\n"


class FileLock:
    """The lock `<file>.lock`, which holds the number and the name of the process that writes `<file>`.

    It is empty only while there is no file yet.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._path = file.with_name(file.name + ".lock")
        self._descriptor: int | None = None

    def take(self) -> None:
        """Take the lock, still unsigned. Raises OperatorError: another has it, or the disk knows no locks."""
        refuse_network_disk(self._file)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip()
            os.close(descriptor)
            raise self._refusal(error, holder) from error
        self._descriptor = descriptor

    def was_signed(self) -> bool:
        """Tell whether somebody once signed: then there was a file."""
        return self._path.exists() and self._path.stat().st_size > 0

    def sign(self) -> None:
        """Write who has the lock, for whoever is refused."""
        self._write(f"{os.getpid()} {_program()}\n")

    def still_there(self) -> bool:
        """Tell whether the lock keeps others out: somebody who removes its file lets them in."""
        return self._descriptor is not None and same_file(self._path, os.fstat(self._descriptor))

    def give_back(self) -> None:
        """Free the lock; the file stays, and tells that there is a file to be locked."""
        if self._descriptor is not None:
            with suppress(OSError):  # a broken disk keeps nobody from leaving
                if os.fstat(self._descriptor).st_size:
                    self._write(_FREE)
            os.close(self._descriptor)
            self._descriptor = None

    def _write(self, text: str) -> None:
        assert self._descriptor is not None, "the lock is taken"
        os.ftruncate(self._descriptor, os.pwrite(self._descriptor, text.encode(), 0))  # never empty on a full disk

    def _refusal(self, error: OSError, holder: str) -> OperatorError:
        if error.errno in _NO_LOCKS:
            return OperatorError(
                f"The disk under {self._file} knows no file locks; put the database on a local disk."
            )
        pid, _, program = holder.partition(" ")
        who = f"process {pid} ({program})" if pid.isdecimal() else "another process"
        return OperatorError(
            f"{self._file} is in use by {who}; one process writes it at a time. Stop that one first."
        )


def same_file(path: Path, known: os.stat_result) -> bool:
    """Tell whether the file that was `known` is still the one at `path`."""
    try:
        found = path.stat()
    except OSError:
        return False
    return (found.st_dev, found.st_ino) == (known.st_dev, known.st_ino)


def refuse_network_disk(file: Path, mounts: str | None = None) -> None:
    """Raise OperatorError when `file` is on a network disk, where SQLite's locks and shared memory do not hold.

    `mounts` has the form of `/proc/self/mounts`, which is read where it exists.
    """
    kind = _file_system(file.absolute().parent, _mounted(mounts))
    if kind in _NETWORK:
        raise OperatorError(f"{file} is on a network disk ({kind}), where SQLite loses data; use a local disk.")


def refuse_second_name(file: Path, mounts: str | None = None) -> None:
    """Raise OperatorError when `file` can be opened by another name than its own; `mounts` as above.

    Beside each name lies another log: what was committed under one is missing under the other, and lost once both
    are written.
    """
    names = file.stat().st_nlink if file.is_file() else 1
    if names > 1:
        raise OperatorError(
            f"{file} has {names} names (hard links), and {file.name}-wal, which holds the last punches, lies "
            "beside one of them only. Keep the name that the bot used and remove the others, which "
            f"`find FOLDER -samefile {file}` lists. A hard link is no backup."
        )
    if str(file) in _mounted(mounts):
        raise OperatorError(
            f"{file} is mounted by itself, so that {file.name}-wal, which holds the last punches, does not lie "
            "beside it where it comes from. Mount the folder that holds it, not the file."
        )


def _mounted(mounts: str | None) -> dict[str, str]:
    """Return the type of the file system at each mount point, of two at one place the one on top."""
    if mounts is None:
        mounts = _MOUNTS.read_text(errors="surrogateescape") if _MOUNTS.exists() else ""
    lines = (line.split(" ") for line in mounts.split("\n"))
    return {
        _ESCAPED.sub(lambda escaped: chr(int(escaped[1], 8)), fields[1]): fields[2]
        for fields in lines
        if len(fields) > 2
    }


def _file_system(directory: Path, found: Mapping[str, str]) -> str:
    """Return the type of the file system that holds `directory`, '' when unknown."""
    holding = [place for place in (directory, *directory.parents) if str(place) in found]
    return found[str(holding[0])] if holding else ""


def _program() -> str:
    """Return the command line's first words, enough for an operator to know the process."""
    name = Path(sys.argv[0])
    return " ".join([name.parent.name if name.name == "__main__.py" else name.name, *sys.argv[1:2]])
