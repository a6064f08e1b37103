"""The ahead-of-time cache: recorded by one, used by the next, and never the reason that a broker doesn't start."""

import hashlib
import os
from pathlib import Path

import psutil
import pytest

from deploy.local.aot import AotCache, cache_folder, cache_key
from deploy.local.kafka import EmbeddedKafka


def record(folder: Path, key: str, content: bytes) -> None:
    cache = AotCache(folder, key)
    (flag,) = cache.flags()
    Path(flag.removeprefix("-XX:AOTCacheOutput=")).write_bytes(content)
    cache.keep()


def test_the_first_run_records_and_the_next_uses_it(tmp_path: Path) -> None:
    record(tmp_path, "key", b"classes")
    (flag,) = AotCache(tmp_path, "key").flags()
    assert flag.startswith("-XX:AOTCache=")
    assert Path(flag.removeprefix("-XX:AOTCache=")).read_bytes() == b"classes"


def test_another_key_records_its_own(tmp_path: Path) -> None:
    record(tmp_path, "key", b"classes")
    other = AotCache(tmp_path, "other")
    assert other.flags()[0].startswith("-XX:AOTCacheOutput=")
    other.release()


def test_only_one_run_records_at_a_time(tmp_path: Path) -> None:
    first, second = AotCache(tmp_path, "key"), AotCache(tmp_path, "key")
    assert len(first.flags()) == 1 and first.recording
    assert second.flags() == [] and not second.recording
    first.release()
    assert len(second.flags()) == 1
    second.release()


def test_a_damaged_cache_is_dropped_and_recorded_anew(tmp_path: Path) -> None:
    record(tmp_path, "key", b"classes")
    (stored,) = tmp_path.glob("*.aot")
    stored.write_bytes(b"classeS")
    cache = AotCache(tmp_path, "key")
    assert cache.flags()[0].startswith("-XX:AOTCacheOutput=")
    assert not stored.exists()
    cache.release()


def test_a_run_that_recorded_nothing_leaves_nothing(tmp_path: Path) -> None:
    cache = AotCache(tmp_path, "key")
    cache.flags()
    cache.keep()
    assert not cache.recording
    assert list(tmp_path.glob("*.aot")) == []


def test_no_cache_directory_means_no_flags(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert AotCache(tmp_path / "file" / "cache", "key").flags() == []


def test_the_key_changes_with_flags_and_with_jars(tmp_path: Path) -> None:
    jar = tmp_path / "a.jar"
    jar.write_bytes(b"one")
    keys = {cache_key(["-Xone"], [jar]), cache_key(["-Xtwo"], [jar])}
    os.utime(jar, ns=(0, 0))
    keys.add(cache_key(["-Xone"], [jar]))
    jar.write_bytes(b"longer")
    os.utime(jar, ns=(0, 0))
    keys.add(cache_key(["-Xone"], [jar]))
    assert len(keys) == 4


@pytest.mark.servers
@pytest.mark.slow
def test_a_real_broker_records_uses_and_survives_a_bad_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    words: list[str] = []
    broker = EmbeddedKafka(tmp_path / "data", tmp_path / "logs")
    broker.start()
    broker.stop(words.append)
    assert len(words) == 1
    (stored,) = cache_folder().glob("kafka-*.aot")
    with broker:
        assert f"-XX:AOTCache={stored}" in psutil.Process(broker.pid).cmdline()
    damaged = bytearray(stored.read_bytes())
    for offset in range(1 << 20, len(damaged) - 4096, 1 << 20):  # leaves the header, which the JVM checks, as it is
        damaged[offset : offset + 4096] = b"\xff" * 4096
    bad = stored.with_name(stored.name.replace(stored.stem[-64:], hashlib.sha256(damaged).hexdigest()))
    bad.write_bytes(damaged)
    stored.unlink()
    with broker:
        assert broker.alive
        assert not bad.exists()
