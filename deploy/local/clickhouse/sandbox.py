"""Keeps the server process to its own files and off the network, by the kernel's word (Linux, Landlock).

ClickHouse can read files and open connections in more ways than any list names (`file()`, schemas, templates, disks):
grants and `guard` refuse the known ones, and this refuses what they miss. Where the kernel has no Landlock (macOS,
Linux before 5.13) the process runs without, and says so. See `landlock(7)`.
"""

import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG, _PATH_BENEATH, _NO_NEW_PRIVILEGES = 1, 1, 38
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | 1 << 14
"""What can be granted on a file that is no directory (bit 14: truncate)."""
_NETWORK = 0b11
"""Binding and connecting TCP sockets (since version 4)."""
_RIGHTS_BY_VERSION = {1: 13, 2: 14, 3: 15, 5: 16}
"""How many rights on files each version of Landlock knows, counted from bit 0."""


def landlock_version() -> int:
    """The version of Landlock that this kernel has; 0 for none."""
    if sys.platform != "linux":
        return 0
    return max(0, int(_libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_FLAG)))


def confine(readable: Iterable[Path], writable: Iterable[Path]) -> bool:
    """Bar this thread and all that it starts from every path but these, and from making TCP connections.

    Call it before other threads start and after listening. False where the kernel can't. Raises OSError.
    """
    version = landlock_version()
    if not version:
        return False
    known = max(bits for since, bits in _RIGHTS_BY_VERSION.items() if since <= version)
    rights = (1 << known) - 1
    ruleset = _ruleset(rights, _NETWORK if version >= 4 else 0)
    try:
        for allowed, paths in ((_READ, readable), (rights, writable)):
            for path in filter(Path.exists, paths):
                _allow(ruleset, path, allowed)
        _checked(_libc().prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
        _checked(_libc().syscall(_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)
    return True


def _ruleset(files: int, network: int) -> int:
    handled = (ctypes.c_uint64 * 2)(files, network)
    size = 16 if network else 8
    return _checked(_libc().syscall(_CREATE_RULESET, ctypes.byref(handled), ctypes.c_size_t(size), 0))


def _allow(ruleset: int, path: Path, rights: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    granted = rights if path.is_dir() else rights & _FILE_RIGHTS
    beneath = granted.to_bytes(8, sys.byteorder) + descriptor.to_bytes(4, sys.byteorder)
    try:
        _checked(_libc().syscall(_ADD_RULE, ruleset, _PATH_BENEATH, beneath, 0))
    finally:
        os.close(descriptor)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
