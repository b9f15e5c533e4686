from __future__ import annotations

import errno
import os

import pytest

from copytaster.errors import PermanentError, descriptor_shortage, outage_error
from copytaster.model.disposition import Reason
from copytaster.model.outage import Resource


def an_error(number: int, path: str = "/archive/.incoming/4f0d") -> OSError:
    return OSError(number, os.strerror(number), path)


def test_an_error_of_the_disk_is_an_outage_of_the_resource_with_cause_and_cure() -> None:
    error = outage_error("write to the archive /archive", an_error(errno.EROFS), resource=Resource.ARCHIVE)

    assert error.resource is Resource.ARCHIVE
    assert str(error).startswith(
        "cannot write to the archive /archive: [Errno 30] Read-only file system: the filesystem"
    )
    assert "mount it for writing" in str(error)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM])
def test_a_lack_of_descriptors_or_memory_is_an_outage_of_the_machine_and_not_of_the_disk(number: int) -> None:
    assert outage_error("read", an_error(number), resource=Resource.ARCHIVE).resource is Resource.WORKER


def test_the_message_does_not_change_with_the_name_of_a_temporary_file() -> None:
    messages = {
        str(outage_error("write to the archive", an_error(errno.EIO, f"/a/.incoming/{n}"), resource=Resource.ARCHIVE))
        for n in range(3)
    }

    assert len(messages) == 1


def test_an_error_without_a_number_keeps_its_words() -> None:
    error = outage_error("read the journal", OSError("a bucket's error"), resource=Resource.ARCHIVE)

    assert str(error) == "cannot read the journal: a bucket's error"


FULL = OSError(errno.EMFILE, os.strerror(errno.EMFILE))
MODULE = "_etree.so: cannot open shared object file: "


def caused_by(error: Exception, cause: Exception) -> Exception:
    """Return the error as it is when it was raised from a cause."""
    error.__cause__ = cause
    return error


def hiding(error: Exception, hidden: Exception) -> Exception:
    """Return the error as it is when it was raised while another one was handled."""
    error.__context__ = hidden
    return error


@pytest.mark.parametrize(
    "error",
    [
        FULL,
        OSError(errno.ENFILE, os.strerror(errno.ENFILE)),
        ImportError(MODULE + os.strerror(errno.EMFILE)),
        ImportError(MODULE + os.strerror(errno.ENFILE)),
        caused_by(RuntimeError("no data"), FULL),
        hiding(PermanentError(Reason.PARSE_FAILED, "broken"), caused_by(LookupError("no codec"), FULL)),
    ],
)
def test_a_lack_of_descriptors_is_found_in_the_causes_of_an_error(error: Exception) -> None:
    shortage = descriptor_shortage(error)

    assert shortage is not None
    assert shortage.errno in {errno.EMFILE, errno.ENFILE}


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)),  # a file may need too much memory
        FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)),
        ModuleNotFoundError("No module named 'tables'"),
        ValueError(os.strerror(errno.EMFILE)),  # the text of a file may say so
        MemoryError(),
    ],
)
def test_another_error_is_no_lack_of_descriptors(error: Exception) -> None:
    assert descriptor_shortage(error) is None


def test_errors_that_cause_each_other_have_an_end() -> None:
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first

    assert descriptor_shortage(first) is None
