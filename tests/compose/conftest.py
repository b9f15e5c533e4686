"""One engine and one stack for all tests of the run that need them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.chaos.older_release import NoOlderReleaseError
from tests.compose.engine import Engine, NoEngineError, engine
from tests.compose.older_checkout import build_older, unpack_older_checkout
from tests.compose.stack import BUILD_SECONDS, Stack, build, image_names, stack


@pytest.fixture(scope="session")
def older_checkout(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path | str:
    """Give the folder with the files of the release before, or the reason why there is none."""
    # Its image takes minutes, and has to be built before the engine runs containers.
    if not any("older_checkout" in getattr(each, "fixturenames", ()) for each in request.session.items):
        return "no test of this run needs it"
    folder = tmp_path_factory.mktemp("older")
    try:
        unpack_older_checkout(folder)
    except NoOlderReleaseError as error:
        return str(error)
    return folder


@pytest.fixture(scope="session")
def running_engine(older_checkout: Path | str) -> Iterator[Engine]:
    """Give an engine that has the images; skip the test with the reason if none can be started."""

    def build_all(made: Engine) -> None:
        build(made)
        if isinstance(older_checkout, Path):
            build_older(made, older_checkout, image_names(made), seconds=BUILD_SECONDS)

    try:
        with engine(build_all) as running:
            yield running
    except NoEngineError as error:
        pytest.skip(f"no Docker engine: {error}")


@pytest.fixture(scope="session")
def copytaster(running_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with stack(running_engine, tmp_path_factory.mktemp("data")) as running:
        yield running
