"""A JDK ahead-of-time cache for one server: recorded at the end of a normal run, used by the later ones.

Only a matter of speed: where it is missing, stale, damaged or can't be written, the server starts without.
"""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from deploy.local.datadir import exclusive

_NAME = "kafka-{key}-{digest}.aot"


def cache_folder() -> Path:
    """The user's cache directory for baogong."""
    named = os.environ.get("XDG_CACHE_HOME")
    return (Path(named) if named else Path.home() / ".cache") / "baogong"


def cache_key(parts: Iterable[str], files: Iterable[Path]) -> str:
    """What a cache is good for: the same Java, the same flags, the same jars (by path, size and time)."""
    stats = (f"{file}:{file.stat().st_size}:{file.stat().st_mtime_ns}" for file in files)
    return hashlib.sha256("\n".join([*parts, *stats]).encode()).hexdigest()[:16]


class AotCache:
    """The cache of one `key` in `folder`; its file's name holds its SHA-256, since the JVM crashes on a damaged one."""

    def __init__(self, folder: Path, key: str) -> None:
        self._folder, self._key = folder, key
        self._recording = folder / "recording.aot"
        self._lock: int | None = None

    @property
    def recording(self) -> bool:
        """Whether this run records: it then takes some seconds longer to end."""
        return self._lock is not None

    def flags(self) -> list[str]:
        """The JVM's flags for this run: use the cache, or record one where nobody else is recording, or nothing."""
        self.release()
        try:
            cached = self._intact()
            if cached:
                return [f"-XX:AOTCache={cached}"]
            return [f"-XX:AOTCacheOutput={self._recording}"] if self._claimed() else []
        except OSError:
            return []  # no cache directory here: start as if there were no such thing

    def keep(self) -> None:
        """After a normal end of the run: let later runs use what it recorded."""
        try:
            if self.recording and self._recording.exists():
                self._recording.replace(self._folder / _NAME.format(key=self._key, digest=_digest(self._recording)))
        except OSError:
            return  # the disk is full or read-only: later runs start as this one did
        finally:
            self.release()

    def discard(self) -> None:
        """Forget a cache that didn't work."""
        for cached in self._found():
            cached.unlink(missing_ok=True)

    def release(self) -> None:
        """Let another process record."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _found(self) -> list[Path]:
        return list(self._folder.glob(_NAME.format(key=self._key, digest="*")))

    def _intact(self) -> Path | None:
        for cached in self._found():
            if cached.name == _NAME.format(key=self._key, digest=_digest(cached)):
                return cached
            cached.unlink()
        return None

    def _claimed(self) -> bool:
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            self._lock = exclusive(self._folder / "recording.lock")
        except BlockingIOError:
            return False
        self._recording.unlink(missing_ok=True)
        return True


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
