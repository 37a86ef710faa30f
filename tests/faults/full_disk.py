"""A small file system of its own that can be filled to its last byte, for who may mount one."""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import Event, Thread

MIB = 1024 * 1024
KINDS = ("tmpfs", "ext4")


class SmallDisk:
    """A mounted directory, and the file that takes the room in it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._filler = directory / "filler"
        self._emptied = Event()
        self._keeper: Thread | None = None

    def fill(self, *, leaving: int = 0) -> None:
        """Write until nothing more goes in, then give back `leaving` bytes.

        A bot that still runs frees blocks of its log. So a disk without `leaving` is kept full until `empty`.
        """
        self._write_until_refused(leaving)
        if leaving:
            return
        self._emptied.clear()
        self._keeper = Thread(target=self._keep_full, daemon=True)
        self._keeper.start()

    def empty(self) -> None:
        """Make room again."""
        self._emptied.set()
        if self._keeper is not None:
            self._keeper.join()
            self._keeper = None
        self._filler.unlink(missing_ok=True)

    def _keep_full(self) -> None:
        while not self._emptied.wait(0.005):
            self._write_until_refused()

    def _write_until_refused(self, leaving: int = 0) -> None:
        with self._filler.open("ab", buffering=0) as file:
            for _ in range(3):  # what was set aside for the last bytes is given back once they are on the disk
                for piece in (b"x" * 65536, b"x" * 4096, b"x"):
                    with suppress(OSError):
                        while True:
                            file.write(piece)
                os.fsync(file.fileno())
            if leaving:
                os.ftruncate(file.fileno(), max(0, file.tell() - leaving))

    @property
    def is_full(self) -> bool:
        """Tell whether a file of one page finds no room."""
        try:
            probe = self.directory / "probe"
            with probe.open("wb", buffering=0) as file:
                file.write(b"x" * 4096)
                os.fsync(file.fileno())
        except OSError as error:
            return error.errno == errno.ENOSPC
        finally:
            probe.unlink(missing_ok=True)
        return False


@contextmanager
def a_small_disk(folder: Path, kind: str, size: int = 16 * MIB) -> Iterator[SmallDisk]:
    """Mount a new file system of `size` bytes in `folder`."""
    directory = folder / kind
    directory.mkdir()
    _mount(folder, directory, kind, size)
    disk = SmallDisk(directory)
    try:
        yield disk
    finally:
        disk.empty()
        _run("umount", "--lazy", directory)  # a test that fails leaves files open


@cache
def why_not(kind: str) -> str:
    """Return why this process can mount no such file system, '' if it can."""
    if os.geteuid() != 0:
        return "needs root, to mount a small file system"
    if kind == "ext4" and shutil.which("mkfs.ext4") is None:
        return "needs mkfs.ext4"
    place = Path("/tmp") / f"mount-{os.getpid()}-{kind}"
    place.mkdir()
    try:
        with a_small_disk(place, kind):
            return ""
    except subprocess.CalledProcessError as error:
        return f"may not mount {kind}: {error.stderr.decode().strip()}"
    finally:
        shutil.rmtree(place)


def _mount(folder: Path, directory: Path, kind: str, size: int) -> None:
    if kind == "tmpfs":
        _run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", directory)
        return
    image = folder / "image"
    with image.open("wb") as file:
        file.truncate(size)
    # Blocks as a larger disk has them. In smaller ones SQLite cannot reserve what it maps into memory: SIGBUS.
    _run("mkfs.ext4", "-q", "-m", "0", "-b", "4096", image)
    _run("mount", "-o", "loop", image, directory)


def _run(*command: object) -> None:
    subprocess.run([str(word) for word in command], check=True, capture_output=True)
