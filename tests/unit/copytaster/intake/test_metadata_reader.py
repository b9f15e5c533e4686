"""What a death of the reading process means for sidecars and ``_source.yml`` files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from copytaster.errors import PermanentError, ProcessKilledError
from copytaster.intake.metadata_content import answer
from copytaster.intake.metadata_reader import MetadataReader, SourceFileError
from copytaster.model.metadata import Metadata
from copytaster.parsing.sandbox.calls import Call, CallDiedError, CallFaultError, Calls, DirectCalls, Reply


class RepliesTo(Calls):
    """Calls that all have one reply."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply

    def call_each(self, calls: Sequence[Call]) -> list[Reply | None]:
        return [self.reply] * len(calls)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "file").write_text("{}")
    return tmp_path / "file"


@pytest.mark.parametrize("reply", [CallDiedError("it needed memory"), CallFaultError("ZeroDivisionError")])
def test_a_file_that_kills_the_process_is_blamed(file: Path, reply: Reply) -> None:
    reader = MetadataReader(RepliesTo(reply))

    with pytest.raises(PermanentError, match=f"the sidecar a.json cannot be used: {reply!s}"):
        reader.sidecar(file, path="a.json")
    with pytest.raises(SourceFileError, match=f"_source.yml cannot be used: {reply!s}"):
        reader.folder_defaults(file, name="_source.yml")


def test_a_file_whose_process_was_killed_from_outside_is_not_blamed(file: Path) -> None:
    reader = MetadataReader(RepliesTo(ProcessKilledError("killed from outside (SIGKILL)")))

    with pytest.raises(ProcessKilledError):
        reader.sidecar(file, path="a.json")
    with pytest.raises(ProcessKilledError):
        reader.folder_defaults(file, name="_source.yml")


class DiesOnce(DirectCalls):
    """Calls of which the first one ends with a death, as if the machine had been stopped meanwhile."""

    has_died = False

    def call_each(self, calls: Sequence[Call]) -> list[Reply | None]:
        if self.has_died:
            return super().call_each(calls)
        self.has_died = True
        return [CallDiedError("it did not end within 2 s")]


def test_a_sidecar_over_which_one_process_dies_is_read_by_the_next(file: Path) -> None:
    assert MetadataReader(DiesOnce(answer)).sidecar(file, path="a.json") == Metadata()
