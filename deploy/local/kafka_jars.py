"""Apache Kafka's jars: fetched once through jgo, checked against the committed lock before every start.

`python -m deploy.local.kafka_jars --lock` resolves them anew and rewrites the lock.
"""

import argparse
import hashlib
import os
import sys
import tempfile
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import BaogongError

KAFKA_VERSION = "4.3.1"
COORDINATES = (
    # "!" keeps jgo from taking a jar's own version table for all of them (log4j's would pull in an older Kafka client)
    f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}!",
    "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4!",
)
LOCK = Path(__file__).with_name("kafka.lock.toml")
_AT_ONCE, _TRIES = 6, 3

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Jar:
    """One file of the lock."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def path(self) -> Path:
        """Where it lies in a Maven repository."""
        return Path(*self.group.split("."), self.artifact, self.version, f"{self.artifact}-{self.version}.jar")


def ensure_jars(progress: Progress | None = None) -> list[Path]:
    """The class path's jars, in the lock's order, fetched where missing; every one has the lock's SHA-256.

    Raises BaogongError when one differs or can't be fetched.
    """
    jars, repository = locked_jars(), local_repository()
    missing = [jar for jar in jars if not (repository / jar.path).exists()]
    if missing:
        _fetch(missing, repository, progress or (lambda _words: None))
    for jar in jars:
        if _sha256(repository / jar.path) != jar.sha256:
            raise BaogongError(
                f"{repository / jar.path} is not the file that baogong was tested with (its SHA-256 differs from the "
                "lock's): delete it and start again"
            )
    return [repository / jar.path for jar in jars]


def locked_jars() -> list[Jar]:
    """What the committed lock names."""
    entries = tomllib.loads(LOCK.read_text())["dependencies"]
    return [Jar(entry["groupId"], entry["artifactId"], entry["version"], entry["sha256"]) for entry in entries]


def local_repository() -> Path:
    """The user's Maven repository, shared with every other tool that follows Maven's layout."""
    named = os.environ.get("M2_REPO")
    return Path(named) if named else Path.home() / ".m2" / "repository"


def _fetch(jars: list[Jar], repository: Path, progress: Progress) -> None:
    progress(f"Fetching Apache Kafka {KAFKA_VERSION} (once, {len(jars)} files)")
    try:
        repository.mkdir(parents=True, exist_ok=True)
        # Fetched aside and moved when checked, so that a cut download never passes for a jar.
        with tempfile.TemporaryDirectory(prefix=".baogong-", dir=repository) as aside:
            _fetch_all(jars, Path(aside), repository, progress)
    except OSError as error:
        raise BaogongError(
            f"{repository} can't hold Kafka's jars ({error.strerror}): make it writable, or name another directory "
            "in the environment variable M2_REPO"
        ) from error


def _fetch_all(jars: list[Jar], aside: Path, repository: Path, progress: Progress) -> None:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        under_way = [pool.submit(_fetch_one, jar, aside, repository) for jar in jars]
        try:
            for count, done in enumerate(as_completed(under_way), 1):
                done.result()
                if count % 10 == 0 or count == len(jars):
                    progress(f"Fetching Apache Kafka: {count} of {len(jars)} files")
        finally:
            pool.shutdown(cancel_futures=True)


def _fetch_one(jar: Jar, aside: Path, repository: Path) -> None:
    fetched = _download(jar, aside)
    if _sha256(fetched) != jar.sha256:
        raise BaogongError(
            f"The Maven repository delivered another {jar.path.name} than baogong was tested with (its SHA-256 differs "
            "from the lock's): nothing was installed; check what stands between this machine and Maven Central"
        )
    final = repository / jar.path
    final.parent.mkdir(parents=True, exist_ok=True)
    fetched.replace(final)


def _download(jar: Jar, aside: Path) -> Path:
    import requests  # here and below: jgo takes longer to import than a look whether the jars are there
    from jgo.config import GlobalSettings
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    remotes = {"central": MAVEN_CENTRAL_URL, **GlobalSettings.load().repositories}
    context = MavenContext(repo_cache=aside, remote_repos=remotes)
    artifact = context.project(jar.group, jar.artifact).at_version(jar.version).artifact()
    problem: Exception | None = None
    for _ in range(_TRIES):
        (aside / jar.path).unlink(missing_ok=True)
        try:
            return Path(artifact.resolve())
        except (requests.RequestException, RuntimeError) as error:  # RuntimeError: no repository has it
            problem = error
    raise BaogongError(
        f"Kafka's jars can't be fetched from Maven Central ({type(problem).__name__} for {jar.path.name}): check the "
        "network, or name a mirror as 'central' under [repositories] in ~/.config/jgo.conf, and start again"
    ) from problem


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_lock(path: Path = LOCK) -> int:
    """Resolve `COORDINATES` from their POMs, fetch the jars, write their versions and SHA-256; returns their number."""
    from jgo.env import LockFile
    from jgo.maven import MavenContext
    from jgo.parse import Coordinate

    context = MavenContext(repo_cache=local_repository())
    wanted = [context.create_dependency(Coordinate.parse(words)) for words in COORDINATES]
    named, implied = context.resolver.resolve(wanted)
    needed = [*named, *(one for one in implied if one.scope in ("compile", "runtime"))]
    LockFile.from_resolved_dependencies(needed, environment_name="kafka").save(path)
    return len(needed)


def main() -> None:
    """Fetch the jars, or rewrite the lock."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.kafka_jars", description=__doc__)
    parser.add_argument("--lock", action="store_true", help="resolve the jars anew and rewrite the lock")
    if parser.parse_args().lock:
        sys.stdout.write(f"{write_lock()} jars locked in {LOCK}\n")
    else:
        sys.stdout.write(f"{len(ensure_jars())} jars in {local_repository()}\n")


if __name__ == "__main__":
    main()
