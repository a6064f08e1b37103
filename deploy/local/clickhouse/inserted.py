"""What a client inserts, from its first block until the engine has read it."""

import os
import tempfile
from pathlib import Path


class Blocks:
    """The blocks of one insert, as a file that the engine reads: in memory on Linux, a temporary one elsewhere."""

    def __init__(self, folder: Path) -> None:
        in_memory = hasattr(os, "memfd_create")
        descriptor, path = (os.memfd_create("insert"), "") if in_memory else tempfile.mkstemp(dir=folder)
        self._file = os.fdopen(descriptor, "wb")
        self._temporary = path
        self.path = path or f"/proc/self/fd/{descriptor}"
        self.size = 0

    def add(self, block: memoryview) -> None:
        """Append one block."""
        self.size += self._file.write(block)

    def flush(self) -> None:
        """Have everything where the engine can read it."""
        self._file.flush()

    def __enter__(self) -> "Blocks":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        if self._temporary:
            os.unlink(self._temporary)
