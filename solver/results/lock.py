"""The lock that keeps a second run out of a result directory, where the file system can lock."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]


class Lock:
    """The lock of one directory; it ends with the process, however that ends."""

    def __init__(self) -> None:
        self._handle: int | None = None

    def take(self, directory: Path) -> bool:
        """Whether no other process has it; where nothing can be locked, nobody has."""
        if fcntl is None:
            return True
        with suppress(OSError):
            self._handle = os.open(directory, os.O_RDONLY)
            try:
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.release()
                return False
        return True

    def release(self) -> None:
        """Let others in."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def __del__(self) -> None:
        self.release()


def is_locked(directory: Path) -> bool | None:
    """Whether a run writes into a directory; None where that cannot be told."""
    if fcntl is None:
        return None
    try:
        handle = os.open(directory, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    finally:
        os.close(handle)
    return False
