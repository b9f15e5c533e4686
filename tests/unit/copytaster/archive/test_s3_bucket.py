"""What is particular about an archive in a bucket: whole objects, errors of the network and of keys, and costs."""

from __future__ import annotations

import hashlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.hosts.s3_server import S3Server
from copytaster.archive.bucket_errors import BucketError
from copytaster.archive.filesystems import open_filesystem, probe
from copytaster.archive.journal import FilesystemJournal
from copytaster.archive.originals import FilesystemArchive
from copytaster.archive.s3_bucket import PART_BYTES, S3Bucket
from copytaster.bootstrap.archive import check_archive
from copytaster.bootstrap.doctor import examine as examine_installation
from copytaster.clock import ManualClock
from copytaster.errors import ConfigurationError, TransientError
from copytaster.model.outage import Resource
from copytaster.settings import Settings
from tests.conftest import ReservedPort, Waiter

SHA256 = "0" * 64

EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
READING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetObject"], "Resource": "*"}],
}


@pytest.fixture
def own_s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """Give a server that is not started yet, with the variables that lead to it."""
    port = ReservedPort()
    server = S3Server(tmp_path, port.number)
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    S3Bucket.clear_instance_cache()  # one of another server may be there
    yield server
    server.stop()
    port.close()
    S3Bucket.clear_instance_cache()


class FailingFile(io.BytesIO):
    """A file whose disk fails after the first chunk."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell():
            raise OSError("the disk failed")
        return super().read(size)


def test_a_file_that_cannot_be_read_to_its_end_leaves_nothing_in_the_bucket(bucket: str) -> None:
    archive = FilesystemArchive(bucket)
    content = b"story" * 1024 * 1024

    with pytest.raises(TransientError, match="the disk failed"):
        archive.put(FailingFile(content))

    assert archive.names(hashlib.sha256(content[: 1024 * 1024]).hexdigest()[:2]) == []
    assert archive.names("") == []


def test_a_large_file_is_written_in_parts_and_read_back(bucket: str) -> None:
    content = os.urandom(2 * PART_BYTES + 7)

    archive = FilesystemArchive(bucket)
    sha256 = archive.put(io.BytesIO(content))

    with archive.open(sha256) as file:
        assert file.read() == content
    assert archive.get(sha256) == content


def test_an_original_is_written_and_read_by_one_request_each(bucket: str, s3: S3Server) -> None:
    archive = FilesystemArchive(bucket)
    before = len(s3.requests())

    sha256 = archive.put(io.BytesIO(b"a story"))
    archive.get(sha256)
    with archive.open(sha256) as file:
        file.read()

    assert [each.split()[0] for each in s3.requests()[before:]] == ["PUT", "GET", "GET"]


def test_a_server_that_cannot_be_reached_is_an_outage_that_ends(own_s3: S3Server, wait: Waiter) -> None:
    archive = FilesystemArchive("s3://originals")

    with pytest.raises(TransientError, match=r"does not answer .*; check the network") as caught:
        archive.put(io.BytesIO(b"a story"))
    with pytest.raises(TransientError, match="does not answer"):
        archive.get(SHA256)

    own_s3.start()
    wait(own_s3.answers, seconds=30)
    own_s3.create_bucket("originals")
    assert archive.get(archive.put(io.BytesIO(b"a story"))) == b"a story"
    assert caught.value.resource is Resource.ARCHIVE


def test_a_part_starts_during_an_outage_of_the_server(own_s3: S3Server, capsys: pytest.CaptureFixture[str]) -> None:
    assert own_s3.address

    check_archive(Settings(archive_url="s3://originals"))

    assert "archive.unavailable" in "".join(capsys.readouterr())


def test_a_missing_bucket_does_not_mean_that_originals_are_lost(s3: S3Server) -> None:
    assert s3.address
    archive = FilesystemArchive("s3://no-such-bucket/originals")

    for read in (lambda: archive.get(SHA256), lambda: archive.stored_at(SHA256), lambda: archive.names("00")):
        with pytest.raises(TransientError, match="there is no bucket no-such-bucket; create it"):
            read()
    with pytest.raises(TransientError, match="there is no bucket"):
        FilesystemJournal("s3://no-such-bucket/originals").days()


def test_a_part_does_not_start_without_its_bucket(s3: S3Server) -> None:
    assert s3.address

    with pytest.raises(ConfigurationError, match="COPYTASTER_ARCHIVE_URL: there is no bucket no-such-bucket"):
        check_archive(Settings(archive_url="s3://no-such-bucket/originals"))


def test_an_address_without_a_bucket_is_refused(s3: S3Server) -> None:
    assert s3.address

    with pytest.raises(ConfigurationError, match="names no bucket"):
        check_archive(Settings(archive_url="s3://"))


@pytest.mark.parametrize("key", ["id:hunter2", "id:with/hunter2", "hunter2"])
def test_a_key_in_the_address_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(ConfigurationError, match="has a key in front of the bucket") as caught:
        open_filesystem(f"s3://{key}@originals/news")

    assert "hunter2" not in str(caught.value)


def test_a_bucket_may_be_named_by_an_arn_and_a_folder_may_have_any_name() -> None:
    point = "arn:aws:s3:eu-central-1:123456789012:accesspoint/news"

    assert open_filesystem(f"s3://{point}/originals")[1] == f"{point}/originals"
    assert open_filesystem("s3://news-archive/from:desk@2026")[1] == "news-archive/from:desk@2026"


def test_a_wrong_key_stops_the_start_and_is_an_outage_later(
    own_s3: S3Server, wait: Waiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_s3.start()
    wait(own_s3.answers, seconds=30)
    own_s3.create_bucket("originals")
    key, secret = own_s3.examine_keys(EVERYTHING)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", own_s3.environment(key, secret)["AWS_SHARED_CREDENTIALS_FILE"])
    check_archive(Settings(archive_url="s3://originals"))

    wrong = own_s3.environment(key, "guessed" + secret[7:])
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", wrong["AWS_SHARED_CREDENTIALS_FILE"])
    S3Bucket.clear_instance_cache()
    with pytest.raises(ConfigurationError, match=r"missing or refused .*AWS_SHARED_CREDENTIALS_FILE") as caught:
        check_archive(Settings(archive_url="s3://originals"))
    with pytest.raises(TransientError, match="missing or refused"):
        FilesystemArchive("s3://originals").put(io.BytesIO(b"a story"))
    assert "guessed" not in str(caught.value)


def test_a_key_that_may_only_read_stops_the_start(
    own_s3: S3Server, wait: Waiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_s3.start()
    wait(own_s3.answers, seconds=30)
    own_s3.create_bucket("originals")
    key, secret = own_s3.examine_keys(READING)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", own_s3.environment(key, secret)["AWS_SHARED_CREDENTIALS_FILE"])

    with pytest.raises(ConfigurationError, match=r"no access to the bucket originals .*; allow the key"):
        check_archive(Settings(archive_url="s3://originals"))


def test_a_missing_key_stops_the_start(s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert s3.address
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "missing"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "missing"))

    with pytest.raises(ConfigurationError, match="missing or refused"):
        check_archive(Settings(archive_url="s3://originals"))


def test_without_its_package_the_address_is_refused_with_the_name_of_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "copytaster.archive.s3_bucket", None)

    with pytest.raises(ConfigurationError, match=r"pip install 'copytaster\[s3\]'"):
        probe("s3://originals")


def test_the_doctor_reports_the_bucket(bucket: str, tmp_path: Path, clock: ManualClock) -> None:
    def archive(address: str) -> tuple[str, str]:
        settings = Settings(data=tmp_path, archive_url=address)
        found = {each.check: each for each in examine_installation(settings, clock=clock).findings}["archive"]
        return found.level.value, found.found

    assert archive(bucket) == ("ok", f"{bucket} can be listed and written")
    assert archive("s3://no-such-bucket") == ("fail", "there is no bucket no-such-bucket")


def test_examining_leaves_no_object_behind(bucket: str) -> None:
    probe(bucket)

    assert FilesystemArchive(bucket).names("") == []
    with pytest.raises(BucketError):
        probe("s3://no-such-bucket")
