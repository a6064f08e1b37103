"""Kafka's jars: the lock says which, its SHA-256 are obeyed, and what fails is said in a sentence."""

import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deploy.local.datadir import LOOPBACK
from deploy.local.kafka_jars import COORDINATES, LOCK, Jar, ensure_jars, local_repository, locked_jars
from schemas.errors import BaogongError


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def originals() -> Path:
    """The machine's own repository, filled."""
    repository = local_repository()
    ensure_jars()
    return repository


@pytest.fixture
def central(tmp_path: Path, originals: Path, settings: Path) -> Iterator[Path]:
    """A directory served as the Maven repository, with the first jar; jgo's own settings name it."""
    served = tmp_path / "central"
    put(originals, served, locked_jars()[0])
    with ThreadingHTTPServer((LOOPBACK, 0), partial(QuietHandler, directory=str(served))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        settings.write_text(f"[repositories]\ncentral = http://{LOOPBACK}:{server.server_port}\n")
        yield served
        server.shutdown()
        thread.join()


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, originals: Path) -> Path:
    """An own, empty repository (M2_REPO) and jgo settings file."""
    monkeypatch.setenv("M2_REPO", str(tmp_path / "m2"))
    monkeypatch.setenv("JGO_CONFIG_FILE", str(tmp_path / "jgo.conf"))
    return tmp_path / "jgo.conf"


def put(source: Path, target: Path, jar: Jar) -> Path:
    (target / jar.path).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source / jar.path, target / jar.path)
    return target / jar.path


@pytest.mark.servers
class TestWithFetchedJars:
    def test_they_lie_in_the_users_maven_repository(self, originals: Path) -> None:
        jars = ensure_jars()
        assert len(jars) == len(locked_jars())
        assert all(jar.is_file() and jar.is_relative_to(originals) for jar in jars)

    def test_a_jar_with_another_hash_is_refused(self, originals: Path, settings: Path) -> None:
        copies = [put(originals, local_repository(), jar) for jar in locked_jars()]
        assert ensure_jars() == copies
        with copies[7].open("ab") as jar:
            jar.write(b"!")
        with pytest.raises(BaogongError, match=f"{copies[7].name} is not the file that baogong was tested with"):
            ensure_jars()

    def test_an_unreachable_repository_is_said(self, settings: Path) -> None:
        settings.write_text(f"[repositories]\ncentral = http://{LOOPBACK}:1\n")
        with pytest.raises(BaogongError, match=r"can't be fetched from Maven Central \(ConnectionError"):
            ensure_jars()
        assert list(local_repository().iterdir()) == []

    def test_a_missing_jar_is_fetched_once(self, originals: Path, central: Path) -> None:
        first, *others = locked_jars()
        for jar in others:
            put(originals, local_repository(), jar)
        words: list[str] = []
        assert ensure_jars(words.append)[0].read_bytes() == (originals / first.path).read_bytes()
        assert words[0].startswith("Fetching Apache Kafka")
        words.clear()
        shutil.rmtree(central)
        ensure_jars(words.append)
        assert words == []

    def test_a_repository_that_delivers_another_file_is_refused(self, originals: Path, central: Path) -> None:
        first, *others = locked_jars()
        for jar in others:
            put(originals, local_repository(), jar)
        (central / first.path).write_bytes(b"not the jar")
        with pytest.raises(BaogongError, match="delivered another kafka"):
            ensure_jars()
        assert not (local_repository() / first.path).exists()


def test_the_lock_is_of_the_named_versions_and_names_no_host() -> None:
    assert "://" not in LOCK.read_text()
    locked = {f"{jar.group}:{jar.artifact}:{jar.version}!" for jar in locked_jars()}
    assert set(COORDINATES) <= locked


def test_every_locked_jar_has_a_sha256() -> None:
    assert all(len(jar.sha256) == 64 and int(jar.sha256, 16) for jar in locked_jars())


def test_a_jars_place_follows_mavens_layout() -> None:
    assert Jar("org.slf4j", "slf4j-api", "1.7.36", "").path == Path("org/slf4j/slf4j-api/1.7.36/slf4j-api-1.7.36.jar")
