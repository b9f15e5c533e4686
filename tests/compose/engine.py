"""A Docker engine for the tests: the machine's engine if it answers, else one that is started for the run and removed.

The second kind comes from the scripts ``engine.sh`` and ``images/build-bases.sh``, in the folder that ``E2E_SCRIPTS``
names, by default ``shared/containers`` next to the checkout. They need root on Debian: nothing is pulled,
the engine and stand-ins for the public base images are made from the distribution's packages. Images are built while
that engine shares the machine's network; the containers only have their own networks.
"""

from __future__ import annotations

import os
import platform
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PREPARE_SECONDS = 600
"""Time limit of each step that downloads: measured were 25 to 57 s for the engine, 32 to 93 s for the base images."""

START_SECONDS = 90
"""Time limit for a start or a stop: 1 to 4 s were measured; a start fails after 20, a stop kills after 60."""

SETTING_PREFIXES = (
    "COPYTASTER_",
    "COMPOSE_",
    "REDIS_",
    "FLOWER_",
    "PROMETHEUS_",
    "ALERTMANAGER_",
    "PROXY_",
    "PYTHON_IMAGE",
    "BACKUP_",
    "INBOX_",
)
"""Variables of the caller that would change the meaning of the compose file."""

STAND_INS = {
    "ALERTMANAGER_IMAGE": "alertmanager",
    "REDIS_EXPORTER_IMAGE": "redis-exporter",
    "PROXY_IMAGE": "caddy",
}
"""Stages of stand-ins.Dockerfile, by the variables of the compose files that name their images."""


class NoEngineError(Exception):
    """No engine answers and none can be started; the message has the reason."""


class CommandError(Exception):
    """A command failed; the message has its exit status and the end of its output."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A place where commands can use an engine. ``prefix`` precedes each command."""

    prefix: tuple[str, ...] = ()
    build_overlays: tuple[str, ...] = ()
    """Compose files that are laid over the real one while it builds."""
    images: Mapping[str, str] = field(default_factory=dict)
    """Variables of the compose file that name this engine's replacement images."""
    power_cut: Callable[[], None] | None = None
    """Kills the engine with all containers, and starts it again; None for an engine that is not ours to kill."""

    def build_options(self, compose_file: Path) -> list[str]:
        """Return the options of ``docker compose`` while it builds the images of a compose file."""
        return [part for each in (str(compose_file), *self.build_overlays) for part in ("-f", each)]

    def run(self, command: Sequence[str], *, environ: Mapping[str, str] | None = None, seconds: float = 60) -> str:
        """Return what ``command`` prints, run in the checkout. Raises ``CommandError`` if it fails or takes longer."""
        return call([*self.prefix, *command], environ=environ or {}, seconds=seconds)


def call(command: Sequence[str], *, environ: Mapping[str, str] | None = None, seconds: float = 60) -> str:
    """Return the standard output of ``command``, run in the checkout; see ``Engine.run``."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(SETTING_PREFIXES)}
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=clean | dict(environ or {}),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CommandError(f"{' '.join(command)}: not done after {seconds} s") from error
    if done.returncode != 0:
        raise CommandError(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done.stdout


def succeeds(command: Sequence[str]) -> bool:
    """Return whether ``command`` exists and exits with 0."""
    try:
        call(command)
    except (CommandError, OSError):
        return False
    return True


@contextmanager
def engine(build: Callable[[Engine], None]) -> Iterator[Engine]:
    """Yield a running engine on which ``build`` has been called. Raises ``NoEngineError`` if none can be started."""
    if succeeds(["docker", "info"]) and succeeds(["docker", "compose", "version"]):
        own = Engine()
        build(own)
        yield own
    else:
        with _started(_scripts(), build) as made:
            yield made


def _scripts() -> Path:
    """Return the folder of ``engine.sh``, if it can be used here."""
    folder = Path(os.environ.get("E2E_SCRIPTS", ROOT.parent / "shared" / "containers"))
    if platform.system() != "Linux" or os.geteuid() != 0:
        raise NoEngineError("`docker info` fails, and starting an engine for the run needs root on Linux")
    if not (folder / "engine.sh").is_file():
        raise NoEngineError(
            f"`docker info` fails, and there is no engine.sh in {folder} (E2E_SCRIPTS names another folder)"
        )
    if not Path("/etc/apt/sources.list.d/debian.sources").is_file():
        raise NoEngineError("`docker info` fails, and engine.sh can only build an engine from Debian's packages")
    return folder


@contextmanager
def _started(scripts: Path, build: Callable[[Engine], None]) -> Iterator[Engine]:
    """Yield an engine that is started for this run, and remove it afterwards."""
    script = str(scripts / "engine.sh")
    home = Path(os.environ.get("E2E_HOME", "/var/tmp/compose-e2e"))  # noqa: S108  # engine.sh's own default
    if succeeds([script, "exec", "true"]):
        raise CommandError(f"an engine runs in {home} already, perhaps another test's: end it with `{script} stop`")
    prepared_before = home.exists()
    made = Engine(
        prefix=(script, "exec"),
        build_overlays=("tests/compose/build-network.yml",),
        images={
            "PYTHON_IMAGE": "python:3.12-slim",
            "REDIS_IMAGE": "redis:7-alpine",
            "PROMETHEUS_IMAGE": "prom/prometheus:latest",
            **{variable: f"e2e/{stage}:latest" for variable, stage in STAND_INS.items()},
        },
        power_cut=lambda: _cut_power(script, home),
    )
    try:
        _prepare(
            script, [str(scripts / "images" / "build-bases.sh"), str(home / "images"), *made.prefix, "docker"], made
        )
        build(made)
        call([script, "stop"], seconds=START_SECONDS)
        call([script, "start", "run"], seconds=START_SECONDS)
        yield made
    finally:
        call([script, "stop" if prepared_before else "clean"], seconds=START_SECONDS)


def _cut_power(script: str, home: Path) -> None:
    """Kill the first process of the engine's namespace, which takes all others along, and start the engine anew."""
    os.kill(int((home / "state" / "init.hostpid").read_text(encoding="ascii")), signal.SIGKILL)
    call([script, "stop"], seconds=START_SECONDS)
    call([script, "start", "run"], seconds=START_SECONDS)


def _prepare(script: str, bases: Sequence[str], made: Engine) -> None:
    """Start the engine in the mode that builds, and give it the base images. Raises ``NoEngineError``."""
    try:
        call([script, "prepare"], seconds=PREPARE_SECONDS)
        call([script, "start", "build"], seconds=START_SECONDS)
        # What a run that was killed has left: the engine has started its containers again.
        call(
            [*made.prefix, "sh", "-c", "docker ps --all --quiet | xargs -r docker rm --force --volumes"],
            seconds=START_SECONDS,
        )
        call([*made.prefix, "docker", "volume", "prune", "--all", "--force"], seconds=START_SECONDS)
        # An image that is imported anew is another one, and everything that builds on it would be built anew.
        if not succeeds([*made.prefix, "docker", "image", "inspect", *made.images.values()]):
            call(bases, environ={"WITH_PROM": "1"}, seconds=PREPARE_SECONDS)
            _build_stand_ins(made)
    except CommandError as error:
        raise NoEngineError(f"`docker info` fails, and no engine could be started: {error}") from error


def _build_stand_ins(made: Engine) -> None:
    """Build images of Debian's programs in place of public ones. Raises ``CommandError``."""
    for variable, stage in STAND_INS.items():
        options = ["--file", "tests/compose/stand-ins.Dockerfile", "--target", stage, "--tag", made.images[variable]]
        made.run(
            ["docker", "build", "--quiet", "--network", "host", *options, "tests/compose"], seconds=PREPARE_SECONDS
        )
