"""Every setting, typed, with its unit and the reason for its default.

``bootstrap.environment`` reads them from environment variables named ``COPYTASTER_…``.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field, SecretStr

from copytaster.model.limits import MEBIBYTE, Limits
from copytaster.model.network_settings import NetworkSettings, split_at_commas
from copytaster.model.retention_settings import MOST_DAYS, MOST_HOURS, MOST_SECONDS, RetentionSettings

PREFIX = "COPYTASTER_"


class LogFormat(StrEnum):
    """The format of log lines."""

    CONSOLE = "console"
    JSON = "json"


class InboxMode(StrEnum):
    """Whether a taken file is moved out of the inbox or stays there."""

    AUTO = "auto"
    MOVE = "move"
    KEEP = "keep"


class Settings(NetworkSettings, RetentionSettings):
    """The settings of all parts; each part reads the few that it needs."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    data: Path = Field(
        default=Path("data"),
        description="Folder of inbox/, staging/, archive/, quarantine/, redis/, search/ and logs/; best on one disk.",
    )
    group_readable: bool = Field(
        default=False,
        description="true: the group of the user that runs the parts may read the data folder (folders 0750, files"
        " 0640). false: only that user may (0700, 0600).",
    )
    inbox_mode: InboxMode = Field(
        default=InboxMode.AUTO,
        description="`move`: taken files are moved out of the inbox. `keep`: they stay in place, and the server records"
        " them. `auto`: `keep` if the inbox is read-only, else `move`.",
    )
    ignored_names: Annotated[tuple[str, ...], BeforeValidator(split_at_commas)] = Field(
        default=(),
        description="Patterns, separated by commas, of names of files and folders in the inbox that are passed over, in"
        " addition to the known ones: `*.bak, drafts-*`. `*` stands for any characters, `?` for one; case is ignored.",
    )
    redis_url: SecretStr | None = Field(
        default=None,
        description="Address of the Redis or Valkey server, of its Sentinels or of a cluster. Unset: the embedded one"
        " that `copytaster up` runs.",
    )
    redis_password: SecretStr | None = Field(
        default=None,
        description="Password for the user of COPYTASTER_REDIS_URL, if the address has none.",
    )
    broker_url: SecretStr | None = Field(
        default=None,
        description="Address of the server of the queues, or of its Sentinels. Unset: that of COPYTASTER_REDIS_URL,"
        " which must not be a cluster then.",
    )
    archive_url: str | None = Field(
        default=None, description="Place of the originals, as an fsspec address (s3://). Unset: archive/ in the data."
    )
    search_folder: Path | None = Field(
        default=None, description="Folder of this machine's search index, on a local disk. Unset: search/ in the data."
    )
    settle_seconds: Annotated[float, Field(gt=0, le=MOST_SECONDS)] = Field(
        default=2.0,
        description="A file is taken when its size and times have not changed for this many seconds; a complete file"
        " that was renamed into the inbox, or written and closed there, is taken earlier.",
    )
    empty_seconds: Annotated[float, Field(gt=0, le=MOST_SECONDS)] = Field(
        default=10.0,
        description="An empty file is refused after this many seconds: many writers create a file and write it later.",
    )
    incomplete_seconds: Annotated[float, Field(gt=0, le=MOST_SECONDS)] = Field(
        default=600.0,
        description="A file whose format shows that its end is missing goes to quarantine after this many seconds"
        " without a change: longer than a stalled transfer takes to resume or to fail.",
    )
    late_seconds: Annotated[float, Field(ge=0, le=MOST_SECONDS)] = Field(
        default=60.0,
        description="A file that was taken in is kept for this many seconds in staging/.released/. A file that a writer"
        " changes meanwhile is taken in again, as a new version. 0: files are deleted when they are taken in.",
    )
    done_markers: bool = Field(
        default=False,
        description="true: a file is taken only when its writer has created an empty file NAME.done in its folder.",
    )
    sidecar_seconds: Annotated[float, Field(ge=0, le=MOST_SECONDS)] = Field(
        default=0.0,
        description="A finished file waits this many seconds for its sidecar NAME.meta.json. 0: it does not wait; for"
        " sources that write the sidecar first.",
    )
    scan_seconds: Annotated[float, Field(gt=0, le=MOST_SECONDS)] = Field(
        default=1.0, description="Interval of scans of the inbox, in seconds, independent of filesystem notifications."
    )
    max_file_bytes: Annotated[int, Field(gt=0)] = Field(
        default=Limits.file_bytes,
        description="Documents and members of archives larger than this, in bytes, are rejected unread.",
    )
    max_container_bytes: Annotated[int, Field(gt=0)] = Field(
        default=Limits.container_bytes,
        description="The same for files that are read item by item (JSON Lines, WARC, archives, mailboxes), packed and"
        " unpacked.",
    )
    max_items: Annotated[int, Field(gt=0)] = Field(
        default=Limits.items, description="Items that are read from one file; further items are refused."
    )
    max_text_characters: Annotated[int, Field(gt=0)] = Field(
        default=Limits.text_characters, description="An item with a longer text, in characters, is rejected."
    )
    max_archive_ratio: Annotated[int, Field(gt=1)] = Field(
        default=Limits.ratio,
        description="An archive that unpacks to more than this many times its size is rejected as a bomb.",
    )
    max_archive_depth: Annotated[int, Field(ge=1)] = Field(
        default=Limits.depth, description="Deepest nesting of containers (archives, mails, feeds)."
    )
    max_xml_depth: Annotated[int, Field(ge=8)] = Field(
        default=Limits.xml_depth, description="Deepest nesting of XML elements."
    )
    field_map: Path | None = Field(
        default=None,
        description="YAML or JSON file that maps the property names of plain JSON objects, tables and XML to fields of"
        " an article. Unset: the usual names.",
    )
    taxonomy: Path | None = Field(
        default=None,
        description="JSON file of the IPTC Media Topics, as IPTC publishes it: names in all languages, the whole"
        " hierarchy, retired codes. Unset: the topics that come with the package.",
    )
    topic_model: Path | None = Field(
        default=None,
        description="File of a topic model that `copytaster train-topics` wrote; used if it exists and matches its"
        " hash. Unset: topics are found by terms alone.",
    )
    rules: Path | None = Field(
        default=None,
        description="YAML file of rules that set tags, topics and a status of articles. It is read again when it"
        " changes. Unset: no rules.",
    )
    mail_attachments: bool = Field(
        default=False,
        description="true: files and mails that are attached to a mail are separate items, besides the mail's text.",
    )
    accept_any_text: bool = Field(
        default=False,
        description="true: every text file is an article. false: source code of programs, settings, logs and texts"
        " of less than two words are rejected.",
    )
    allow_unsandboxed: bool = Field(
        default=False,
        description="true: workers and watchers also start if the kernel refuses the sandbox's system call filter;"
        " the status then has the notice `unsandboxed`. false: they do not start.",
    )
    queue_limit: Annotated[int, Field(gt=0)] = Field(
        default=5_000,
        description="Deliveries in flight above which the intake pauses: more would wait for over five minutes behind"
        " two busy processes, and be published again.",
    )
    backfill_days: Annotated[float, Field(gt=0, le=MOST_DAYS)] = Field(
        default=7.0,
        description="A file that was last changed more than this many days ago waits behind newer files, as all files"
        " below inbox/_backfill/ do. A week-old file is not breaking news.",
    )
    memory_limit: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.8,
        description="Share of the server's maxmemory above which the intake pauses; files already taken in need the"
        " rest.",
    )
    disk_free_bytes: Annotated[int, Field(ge=0)] = Field(
        default=256 * MEBIBYTE,
        description="Free space of the inbox's and the archive's disk, in bytes, below which the intake pauses: five of"
        " the largest files. A free inode counts for as many bytes as the disk has for one.",
    )
    batch_size: Annotated[int, Field(ge=1, le=500)] = Field(
        default=20,
        description="Largest number of ids in one message. Ten to fifty make the queue 3.5 to 4.6 times cheaper than"
        " one.",
    )
    concurrency: Annotated[int, Field(ge=1, le=256)] = Field(
        default=2, description="Number of parallel processes of a worker."
    )
    lease_seconds: Annotated[float, Field(gt=0, le=600)] = Field(
        default=20.0,
        description="Lease of a worker on a delivery, in seconds; without a result by then, another worker takes over.",
    )
    max_attempts: Annotated[int, Field(ge=1)] = Field(
        default=3,
        description="Attempts at a delivery that may end by a fault of the file or the death of a process before it"
        " goes to quarantine: two among other files, and one alone. Outages do not count.",
    )
    outage_hours: Annotated[float, Field(gt=0, le=MOST_HOURS)] = Field(
        default=72.0,
        description="A delivery whose attempts have failed by an outage for this many hours goes to quarantine when"
        " the next one fails too. An archive that fails on a Friday evening is repaired on Monday.",
    )
    retry_seconds: Annotated[float, Field(gt=0, le=MOST_SECONDS)] = Field(
        default=5.0, description="Delay before the second attempt, in seconds; it doubles with each further attempt."
    )
    archive_check_days: Annotated[float, Field(ge=0, le=MOST_DAYS)] = Field(
        default=30.0,
        description="The watcher reads the whole archive once in this many days and compares all checksums, as is usual"
        " for scrubs of filesystems. 0: only `copytaster archive check` does.",
    )
    archive_check_bytes_per_second: Annotated[int, Field(gt=0)] = Field(
        default=8 * MEBIBYTE,
        description="Limit on the rate of that check, in bytes per second: less than a tenth of a hard disk's.",
    )
    reconcile_seconds: Annotated[float, Field(gt=0, le=MOST_SECONDS)] = Field(
        default=2.0, description="Interval at which the reconciler checks for overdue work, in seconds."
    )
    near_threshold: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.8,
        description="Confidence, 0 to 1, from which one of two compared texts is called a copy of the other.",
    )
    story_days: Annotated[float, Field(gt=0, le=MOST_DAYS)] = Field(
        default=7,
        description="Articles join a story until it has had none for this many days; then it is closed.",
    )
    story_links: bool = Field(
        default=False,
        description="Whether a story has links to stories in other languages that seem to report the same event.",
    )
    near_days: Annotated[float, Field(gt=0, le=MOST_DAYS)] = Field(
        default=30.0, description="Days for which an article can be found as the original of near-duplicates."
    )
    log_level: str = Field(
        default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Lowest level that is logged."
    )
    log_format: LogFormat = Field(
        default=LogFormat.CONSOLE,
        description="`console` for people, `json` (one object a line) for collectors; with `json`, `copytaster up` logs"
        " to standard error instead of files.",
    )

    @property
    def limits(self) -> Limits:
        """The limits on what is read from a file."""
        return Limits(
            file_bytes=self.max_file_bytes,
            container_bytes=max(self.max_container_bytes, self.max_file_bytes),
            text_characters=self.max_text_characters,
            items=self.max_items,
            ratio=self.max_archive_ratio,
            depth=self.max_archive_depth,
            xml_depth=self.max_xml_depth,
        )

    @property
    def inbox(self) -> Path:
        """The watched folder."""
        return self.data / "inbox"

    @property
    def staging(self) -> Path:
        """The folder of files that do not arrive through the inbox: uploads, retries."""
        return self.data / "staging"

    @property
    def quarantine(self) -> Path:
        """The folder of failed files, which wait for a person."""
        return self.data / "quarantine"

    @property
    def logs(self) -> Path:
        """The folder of the log files that `copytaster up` writes."""
        return self.data / "logs"

    @property
    def server_folder(self) -> Path:
        """The embedded server's folder: append-only file, log and address."""
        return self.data / "redis"

    @property
    def archive_address(self) -> str:
        """The archive's fsspec address."""
        # Not as_uri(): fsspec does not unescape the path after file://, so that spaces must not be escaped.
        return self.archive_url or f"file://{(self.data / 'archive').absolute()}"
