"""One writer at a time: a lock on the open file itself, under whatever name, that ends with its process.

It is the operating system's own lock, and no lock file beside it: that would be missed by whoever opens the file
through a link, and would be left behind by a process that is killed.
"""

from __future__ import annotations

import os
import sys
from io import FileIO
from weakref import WeakSet

_HELD: WeakSet[FileIO] = WeakSet()

if sys.platform == "win32":
    import msvcrt

    NO_BYTE = 0x7FFF_0000
    """Beyond what is written: others may still read."""

    def locked(file: FileIO) -> bool:
        """Lock the file until it is closed; False when somebody else has it."""
        file.seek(NO_BYTE)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

else:
    import fcntl

    def locked(file: FileIO) -> bool:
        """Lock the file until it is closed; False when somebody else has it. Raises OSError where nothing is locked."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        _HELD.add(file)
        return True

    def _let_go() -> None:
        """A forked child has the lock too, and would keep it when its parent is killed."""
        for file in list(_HELD):
            file.close()

    os.register_at_fork(after_in_child=_let_go)
